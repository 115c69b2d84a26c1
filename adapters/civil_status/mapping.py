"""Mapping of civil status: the facts by which the register office files the document that comes beside them."""

from adapters.bausteine import zahlung
from adapters.mapping import Mappings, Payload, codes, kopf_of, numbers, part, parts, present, texts
from gateway.core.document import Element
from gateway.core.ports import Consignment


def metadaten(consignment: Consignment) -> Payload | None:
    """The JSON beside the document; None for a kind of message that is not mapped."""
    read = MAPPINGS.get(consignment.document.kind.root)
    if read is None:
        return None
    art = consignment.document.kind.service.partition("/")[2]
    facts = present(art=art, sha256=consignment.message.sha256, vorgang=read(consignment.document.root))
    return kopf_of(consignment) | facts


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


MAPPINGS: Mappings[Payload] = {
    "personenstand.urkunde.020101": urkunde,
    "personenstand.geburtsanzeige.020201": geburtsanzeige,
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
