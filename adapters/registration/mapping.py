"""Mapping of registration: from a message to the operation of the Einwohnerdienst that takes it."""

from base64 import b64decode
from dataclasses import dataclass

from adapters import bausteine
from adapters.bausteine import anschrift, anschrift_ausland, anschrift_inland, beteiligter, zustellung
from adapters.mapping import Mappings, Payload, code, codes, flags, kopf_of, part, parts, texts
from gateway.core.document import Element
from gateway.core.ports import Consignment


@dataclass(frozen=True, slots=True)
class Call:
    """An operation of the WSDL and its content."""

    operation: str
    payload: Payload


def call(consignment: Consignment) -> Call | None:
    """The call that delivers a message; None for a kind of message that is not mapped."""
    mapped = MAPPINGS.get(consignment.document.kind.root)
    if mapped is None:
        return None
    content = mapped(consignment.document.root)
    return Call(content.operation, {"vorgang": kopf_of(consignment), **content.payload})


def anmeldung(root: Element) -> Call:
    """Persons move in."""
    content = (
        texts(root, "einzugsdatum")
        | part(root, "neueWohnung", _wohnung)
        | parts(root, "bisherigeWohnung", _bisherige_wohnung)
        | parts(root, "person", _person)
        | part(root, "wohnungsgeberbestaetigung", _wohnungsgeberbestaetigung)
        | parts(root, "anlage", _anlage)
        | texts(root, "bemerkung")
    )
    return Call("AnmeldungEntgegennehmen", content)


def abmeldung(root: Element) -> Call:
    """Persons move out and nowhere else in the country."""
    content = (
        texts(root, "auszugsdatum")
        | part(root, "aufgegebeneWohnung", _wohnung)
        | part(root, "verzug", _verzug)
        | parts(root, "person", _person)
        | part(root, "abmeldebestaetigung", zustellung)
        | parts(root, "anlage", _anlage)
        | texts(root, "bemerkung")
    )
    return Call("AbmeldungEntgegennehmen", content)


MAPPINGS: Mappings[Call] = {
    "meldewesen.anmeldung.0101": anmeldung,
    "meldewesen.abmeldung.0103": abmeldung,
}


def _wohnung(element: Element) -> Payload:
    return (
        part(element, "anschrift", anschrift_inland)
        | codes(element, "wohnungsstatus")
        | texts(element, "wohnungslage")
    )


def _bisherige_wohnung(element: Element) -> Payload:
    return (
        part(element, "anschrift", anschrift)
        | codes(element, "wohnungsstatus")
        | texts(element, "auszugsdatum")
        | flags(element, "beibehalten")
        | codes(element, "kuenftigerStatus")
    )


def _verzug(element: Element) -> Payload:
    return (
        part(element, "ausland", _verzug_ausland)
        | part(element, "nebenwohnungAufgabe", _aufgabe_nebenwohnung)
        | part(element, "unbekannt", _verzug_unbekannt)
    )


def _verzug_ausland(element: Element) -> Payload:
    return codes(element, "staat") | part(element, "anschrift", anschrift_ausland)


def _aufgabe_nebenwohnung(element: Element) -> Payload:
    return part(element, "hauptwohnung", anschrift_inland)


def _verzug_unbekannt(element: Element) -> Payload:
    return texts(element, "ags", "bemerkung")


def _person(element: Element) -> Payload:
    return (
        codes(element, "rolle")
        | _identitaet(element)
        | part(element, "familienstand", _familienstand)
        | parts(element, "staatsangehoerigkeit", code)
        | codes(element, "religion")
        | texts(element, "idnr")
        | parts(element, "ausweis", bausteine.ausweis)
        | part(element, "ehegatte", _angehoeriger)
        | parts(element, "kind", _angehoeriger)
        | parts(element, "vertreter", _vertreter)
        | parts(element, "sperre", code)
        | parts(element, "erreichbarkeit", bausteine.erreichbarkeit)
    )


def _identitaet(element: Element) -> Payload:
    return (
        part(element, "name", bausteine.name)
        | part(element, "geburt", bausteine.geburt)
        | codes(element, "geschlecht")
    )


def _familienstand(element: Element) -> Payload:
    return codes(element, "familienstand") | texts(element, "datum", "ort") | codes(element, "staat")


def _angehoeriger(element: Element) -> Payload:
    return _identitaet(element) | texts(element, "idnr") | part(element, "anschrift", anschrift)


def _vertreter(element: Element) -> Payload:
    return codes(element, "art") | part(element, "vertreter", beteiligter)


def _wohnungsgeberbestaetigung(element: Element) -> Payload:
    return (
        part(element, "wohnungsgeber", beteiligter)
        | flags(element, "eigennutzung")
        | part(element, "eigentuemer", beteiligter)
        | texts(element, "einzugsdatum", "ausstellungsdatum", "zuordnungsmerkmal")
        | part(element, "anlage", _anlage)
    )


def _anlage(element: Element) -> Payload:
    # The WSDL has a type for binary content, and zeep writes it from bytes.
    payload = bausteine.anlage(element)
    inhalt = element.text("inhalt")
    return payload if inhalt is None else payload | {"inhalt": b64decode(inhalt)}
