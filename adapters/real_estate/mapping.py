"""Mapping of real estate: a case in fields, in the order of its plots."""

from adapters.bausteine import anlage, beteiligter, zahlung, zustellung
from adapters.dispatch import Dispatch
from adapters.mapping import (
    Mappings,
    Payload,
    art_of,
    code,
    codes,
    kopf_of,
    numbers,
    part,
    parts,
    present,
    texts,
)
from adapters.real_estate.bauantrag import bauantrag
from adapters.real_estate.eigentumswechsel import eigentumswechsel
from adapters.real_estate.grundstueck import flurstueck, flurstueckskennzeichen, grundbuch, notar, urkunde
from gateway.core.document import Element
from gateway.core.ports import Consignment


def vorgang(consignment: Consignment) -> Dispatch | None:
    """A case in fields; None for a kind of message that is not mapped."""
    read = MAPPINGS.get(consignment.message.kind.root)
    if read is None:
        return None
    art, root = art_of(consignment), consignment.document.root
    fields = kopf_of(consignment) | {"art": art, "daten": read(root)}
    return Dispatch(consignment.delivery, consignment.message, art, fields=fields)


def negativzeugnis(root: Element) -> Payload:
    """A notary asks whether the municipality has a right of first refusal and uses it."""
    return (
        part(root, "notar", notar)
        | part(root, "urkunde", urkunde)
        | parts(root, "verkaeufer", _vertragspartei)
        | parts(root, "kaeufer", _vertragspartei)
        | parts(root, "flurstueck", flurstueck)
        | parts(root, "grundbuch", grundbuch)
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
    "liegenschaften.bauantrag.0521": bauantrag,
    "liegenschaften.eigentumswechsel.0531": eigentumswechsel,
}


def _vertragspartei(element: Element) -> Payload:
    return part(element, "person", beteiligter) | texts(element, "anteil")


def _gebuehrenschuldner(element: Element) -> Payload:
    return codes(element, "schuldner") | part(element, "person", beteiligter)


def _auskunft(element: Element) -> Payload:
    return codes(element, "art", "format") | texts(element, "massstab") | numbers(element, "anzahl")


def _berechtigtes_interesse(element: Element) -> Payload:
    return codes(element, "grund") | texts(element, "darlegung") | parts(element, "nachweis", anlage)
