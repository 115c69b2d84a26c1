"""Mapping of civil status: the facts by which the register office files the document that comes beside them."""

from adapters.bausteine import zahlung
from adapters.dispatch import Dispatch, Paper
from adapters.mapping import (
    Mappings,
    Payload,
    art_of,
    codes,
    flags,
    kopf_of,
    numbers,
    part,
    parts,
    present,
    texts,
)
from gateway.core.document import Element
from gateway.core.ports import Consignment


def antrag(consignment: Consignment) -> Dispatch | None:
    """The facts to file by, and the document byte for byte: what the register records is its original. None for a
    kind of message that is not mapped.
    """
    read = MAPPINGS.get(consignment.document.kind.root)
    if read is None:
        return None
    message = consignment.message
    art = art_of(consignment)
    facts = present(art=art, sha256=message.sha256, vorgang=read(consignment.document.root))
    return Dispatch(
        consignment.delivery,
        message,
        art,
        fields=kopf_of(consignment) | facts,
        document=Paper(message.content, "application/xml", "xml"),
    )


def urkunde(root: Element) -> Payload:
    """Somebody orders certificates from a register."""
    return (
        part(root, "registereintrag", _registereintrag)
        | part(root, "bestellung", _bestellung)
        | codes(root, "verwendungszweck")
        | part(root, "zahlung", zahlung)
    )


def geburtsanzeige(root: Element) -> Payload:
    """A birth is notified."""
    return (
        part(root, "standesamt", _standesamt)
        | part(root, "geburt", _geburt)
        | part(root, "bestellung", _bestellung)
    )


def eheschliessung(root: Element) -> Payload:
    """A marriage is announced: what the office needs for its calendar; persons stay in the document."""
    return (
        part(root, "standesamt", _standesamt)
        | part(root, "standesamtEheschliessung", _standesamt)
        | parts(root, "wunschtermin", _wunschtermin)
        | part(root, "trauort", _trauort)
        | parts(root, "dolmetscher", _dolmetscher)
        | part(root, "bestellung", _bestellung)
        | part(root, "zahlung", zahlung)
    )


def sterbefall(root: Element) -> Payload:
    """A death is notified: when and at what sort of place, and on what ground it is reported."""
    return (
        part(root, "standesamt", _standesamt)
        | part(root, "anzeigender", _anzeigender)
        | part(root, "tod", _tod)
        | part(root, "bestellung", _bestellung)
        | part(root, "zahlung", zahlung)
    )


MAPPINGS: Mappings[Payload] = {
    "personenstand.urkunde.020101": urkunde,
    "personenstand.geburtsanzeige.020201": geburtsanzeige,
    "personenstand.eheschliessung.020301": eheschliessung,
    "personenstand.sterbefall.020401": sterbefall,
}


def _registereintrag(element: Element) -> Payload:
    return (
        codes(element, "registerart")
        | part(element, "standesamt", _standesamt)
        | texts(element, "registernummer", "ereignisdatum")
    )


def _standesamt(element: Element) -> Payload:
    return texts(element, "standesamtsnummer", "name")


def _bestellung(element: Element) -> Payload:
    return numbers(element, "anzahlGesamt") | parts(element, "position", _position)


def _position(element: Element) -> Payload:
    return codes(element, "urkundenart", "format") | numbers(element, "anzahl", "gebuehrCent")


def _geburt(element: Element) -> Payload:
    return texts(element, "geburtsdatum", "geburtszeit") | codes(element, "art")


def _wunschtermin(element: Element) -> Payload:
    return texts(element, "datum", "uhrzeit")


def _trauort(element: Element) -> Payload:
    return texts(element, "bezeichnung") | numbers(element, "gaeste")


def _dolmetscher(element: Element) -> Payload:
    return codes(element, "sprache")


def _anzeigender(element: Element) -> Payload:
    return codes(element, "grund") | texts(element, "aktenzeichen")


def _tod(element: Element) -> Payload:
    return (
        part(element, "zeitpunkt", _todeszeitpunkt)
        | part(element, "zeitraum", _todeszeitraum)
        | part(element, "ort", _sterbeort)
        | flags(element, "amtlicheErmittlung")
    )


def _todeszeitpunkt(element: Element) -> Payload:
    return texts(element, "sterbedatum", "sterbezeit")


def _todeszeitraum(element: Element) -> Payload:
    return part(element, "beginn", _zeitgrenze) | part(element, "ende", _zeitgrenze)


def _zeitgrenze(element: Element) -> Payload:
    return texts(element, "datum", "uhrzeit")


def _sterbeort(element: Element) -> Payload:
    return codes(element, "art") | texts(element, "ags", "einrichtung")
