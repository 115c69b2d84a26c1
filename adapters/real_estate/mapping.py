"""Mapping of real estate: the parcel that a land management system fetches, in the order of its plots."""

from hashlib import sha256
from typing import Literal

import orjson

from adapters import bausteine
from adapters.bausteine import anlage, anschrift_inland, beteiligter, zahlung, zustellung
from adapters.mapping import (
    Mappings,
    Payload,
    code,
    codes,
    flags,
    kopf_of,
    numbers,
    part,
    parts,
    present,
    texts,
)
from gateway.core.delivery import Parcel
from gateway.core.document import Element
from gateway.core.ports import Consignment

PayloadForm = Literal["json", "original"]
"""`json`: the case in fields. `original`: the message byte for byte, for a system that has a reader of its own
for the standard.
"""


def parcel(consignment: Consignment, payload: PayloadForm = "json") -> Parcel | None:
    """What is laid out; None for a kind of message that is not mapped."""
    message = consignment.message
    if message.kind.root not in MAPPINGS:
        return None
    match payload:
        case "json":
            content_type, body = "application/json", orjson.dumps(vorgang(consignment))
        case "original":
            content_type, body = "application/xml", message.content
    return Parcel(
        delivery=consignment.delivery,
        message=message.id,
        tenant=message.tenant,
        service=message.kind.service,
        root=message.kind.root,
        content_type=content_type,
        body=body,
        test=message.kopf.test,
        order_key=_order_key(consignment.document.root),
    )


def vorgang(consignment: Consignment) -> Payload:
    """The JSON of a case of a kind that is mapped."""
    kind = consignment.message.kind
    daten = MAPPINGS[kind.root](consignment.document.root)
    return kopf_of(consignment) | {"art": kind.service.partition("/")[2], "daten": daten}


def negativzeugnis(root: Element) -> Payload:
    """A notary asks whether the municipality has a right of first refusal and uses it."""
    return (
        part(root, "notar", _notar)
        | part(root, "urkunde", _urkunde)
        | parts(root, "verkaeufer", _vertragspartei)
        | parts(root, "kaeufer", _vertragspartei)
        | parts(root, "flurstueck", _flurstueck)
        | parts(root, "grundbuch", _grundbuch)
        | parts(root, "vorkaufsrecht", code)
        | part(root, "gebuehrenschuldner", _gebuehrenschuldner)
        | part(root, "zustellung", zustellung)
        | parts(root, "anlage", anlage)
        | texts(root, "bemerkung")
    )


def katasterauskunft(root: Element) -> Payload:
    """Somebody asks for information from the cadastre; the plots look as in the other kind."""
    flurstuecke = [flurstueckskennzeichen(each.text() or "") for each in root.all("flurstueckskennzeichen")]
    return (
        part(root, "antragsteller", beteiligter)
        | texts(root, "aktenzeichen")
        | present(flurstueck=[*flurstuecke])
        | parts(root, "auskunft", _auskunft)
        | texts(root, "zweck")
        | part(root, "berechtigtesInteresse", _berechtigtes_interesse)
        | part(root, "zustellung", zustellung)
        | part(root, "zahlung", zahlung)
        | parts(root, "anlage", anlage)
        | texts(root, "bemerkung")
    )


MAPPINGS: Mappings[Payload] = {
    "liegenschaften.negativzeugnis.0501": negativzeugnis,
    "liegenschaften.katasterauskunft.0511": katasterauskunft,
}


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


def _zahl(stellen: str) -> int | None:
    return int(stellen.strip("_") or 0) or None


def _order_key(root: Element) -> str | None:
    """Equal for messages about one plot: the first one, where there are several."""
    plot = root.text("flurstueck/flurstueckskennzeichen") or root.text("flurstueckskennzeichen")
    # It travels in a header, where no value of a message belongs; equal plots still have equal keys.
    return sha256(plot.encode()).hexdigest()[:32] if plot else None


def _notar(element: Element) -> Payload:
    return (
        part(element, "name", bausteine.name)
        | texts(element, "amtssitz", "aktenzeichen")
        | part(element, "anschrift", anschrift_inland)
        | parts(element, "erreichbarkeit", bausteine.erreichbarkeit)
    )


def _urkunde(element: Element) -> Payload:
    return (
        texts(element, "urkundennummer", "vertragsdatum")
        | codes(element, "vertragsart")
        | numbers(element, "kaufpreisCent")
    )


def _vertragspartei(element: Element) -> Payload:
    return part(element, "person", beteiligter) | texts(element, "anteil")


def _flurstueck(element: Element) -> Payload:
    return (
        flurstueckskennzeichen(element.text("flurstueckskennzeichen") or "")
        | texts(element, "gemarkung", "gemarkungsnummer", "flur", "flurstueck")
        | numbers(element, "flaecheQm", "teilflaecheQm")
        | part(element, "lage", anschrift_inland)
        | codes(element, "nutzungsart")
        | flags(element, "bebaut")
    )


def _grundbuch(element: Element) -> Payload:
    return texts(element, "amtsgericht", "grundbuchbezirk", "blatt") | numbers(element, "laufendeNummer")


def _gebuehrenschuldner(element: Element) -> Payload:
    return codes(element, "schuldner") | part(element, "person", beteiligter)


def _auskunft(element: Element) -> Payload:
    return codes(element, "art", "format") | texts(element, "massstab") | numbers(element, "anzahl")


def _berechtigtes_interesse(element: Element) -> Payload:
    return codes(element, "grund") | texts(element, "darlegung") | parts(element, "nachweis", anlage)
