"""Grundstueck: plots, land register and deeds, as all messages about real estate have them."""

from adapters import bausteine
from adapters.bausteine import anschrift_inland
from adapters.mapping import Payload, codes, flags, numbers, part, parts, present, texts
from gateway.core.document import Element


def flurstueck(element: Element) -> Payload:
    """A plot, with its identifier whole and taken apart."""
    return (
        flurstueckskennzeichen(element.text("flurstueckskennzeichen") or "")
        | texts(element, "gemarkung", "gemarkungsnummer", "flur", "flurstueck")
        | numbers(element, "flaecheQm", "teilflaecheQm")
        | part(element, "lage", anschrift_inland)
        | codes(element, "nutzungsart")
        | flags(element, "bebaut")
    )


def flurstueckskennzeichen(kennzeichen: str) -> Payload:
    """The 20 places of a Flurstückskennzeichen, whole and in its six parts: Land 2, Gemarkung 4, Flur 3,
    Zähler 5, Nenner 4, Folge 2. Land and Gemarkung are keys and stay texts. The others are numbers; one that
    is filled with underscores or zeros does not exist.
    """
    zerlegt = present(
        land=kennzeichen[0:2],
        gemarkung=kennzeichen[2:6],
        flur=_zahl(kennzeichen[6:9]),
        zaehler=_zahl(kennzeichen[9:14]),
        nenner=_zahl(kennzeichen[14:18]),
        folge=_zahl(kennzeichen[18:20]),
    )
    return {"flurstueckskennzeichen": kennzeichen, "zerlegt": zerlegt}


def grundbuch(element: Element) -> Payload:
    """A place in the land register."""
    return texts(element, "amtsgericht", "grundbuchbezirk", "blatt") | numbers(element, "laufendeNummer")


def notar(element: Element) -> Payload:
    """A notary and the notary's office."""
    return (
        part(element, "name", bausteine.name)
        | texts(element, "amtssitz", "aktenzeichen")
        | part(element, "anschrift", anschrift_inland)
        | parts(element, "erreichbarkeit", bausteine.erreichbarkeit)
    )


def urkunde(element: Element) -> Payload:
    """A contract before a notary; the price in cents."""
    return (
        texts(element, "urkundennummer", "vertragsdatum")
        | codes(element, "vertragsart")
        | numbers(element, "kaufpreisCent")
    )


def _zahl(stellen: str) -> int | None:
    return int(stellen.strip("_") or 0) or None
