"""Mapping of registration: from a message, in its version, to the operation of the Einwohnerdienst that takes it."""

from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from adapters import bausteine
from adapters.bausteine import anschrift, anschrift_ausland, anschrift_inland, beteiligter, zustellung
from adapters.dispatch import Dispatch
from adapters.mapping import (
    Mappings,
    Payload,
    art_of,
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
from gateway.core.document import Element
from gateway.core.ports import Consignment

Read = Callable[[Element], Payload]


@dataclass(frozen=True, slots=True)
class Call:
    """An operation of the WSDL and its content."""

    operation: str
    payload: Payload


def einwohnerdienst(consignment: Consignment) -> Dispatch | None:
    """The call that delivers a message; None for a kind of message, or a version of it, that is not mapped."""
    kind = consignment.document.kind
    mapped = MAPPINGS.get(kind.version, {}).get(kind.root)
    if mapped is None:
        return None
    content = mapped(consignment.document.root)
    return Dispatch(
        consignment.delivery,
        consignment.message,
        art_of(consignment),
        fields={"vorgang": kopf_of(consignment), **content.payload},
        operation=content.operation,
    )


def anmeldung_1_0(root: Element) -> Call:
    """Persons move in."""
    return _anmeldung(root, _bisherige_wohnung_1_0, _person_1_0)


def anmeldung_1_1(root: Element) -> Call:
    """Persons move in: what becomes of an earlier residence is a choice, and objections stand for themselves."""
    return _anmeldung(root, _bisherige_wohnung_1_1, _person_1_1)


def ummeldung_1_1(root: Element) -> Call:
    """Persons move within the municipality."""
    content = (
        texts(root, "einzugsdatum", "auszugsdatum")
        | part(root, "bisherigeWohnung", _wohnung)
        | part(root, "neueWohnung", _wohnung)
        | parts(root, "weitereWohnung", _wohnung)
        | parts(root, "person", _person_1_1)
        | part(root, "wohnungsgeberbestaetigung", _wohnungsgeberbestaetigung)
        | flags(root, "anschriftAufAusweis")
        | _beigefuegt(root)
    )
    return Call("UmmeldungEntgegennehmen", content)


def abmeldung_1_0(root: Element) -> Call:
    """Persons move out and nowhere else in the country."""
    return _abmeldung(root, _verzug_1_0, _person_1_0)


def abmeldung_1_1(root: Element) -> Call:
    """Persons move out and nowhere else in the country: who has no residence ahead has no AGS to tell."""
    return _abmeldung(root, _verzug_1_1, _person_1_1)


def meldebescheinigung_1_1(root: Element) -> Call:
    """A certificate of registration is requested."""
    content = (
        part(root, "antragsteller", _antragsteller)
        | part(root, "vertreter", _vertreter)
        | codes(root, "art")
        | parts(root, "inhalt", code)
        | parts(root, "person", _bescheinigte_person)
        | codes(root, "zweck")
        | texts(root, "zweckErlaeuterung", "stichtag")
        | numbers(root, "anzahl")
        | part(root, "zustellung", zustellung)
        | part(root, "zahlung", bausteine.zahlung)
        | texts(root, "gebuehrenbefreiung")
        | _beigefuegt(root)
    )
    return Call("MeldebescheinigungBeantragen", content)


MAPPINGS: Mapping[str, Mappings[Call]] = {
    "1.0": {
        "meldewesen.anmeldung.0101": anmeldung_1_0,
        "meldewesen.abmeldung.0103": abmeldung_1_0,
    },
    "1.1": {
        "meldewesen.anmeldung.0101": anmeldung_1_1,
        "meldewesen.ummeldung.0102": ummeldung_1_1,
        "meldewesen.abmeldung.0103": abmeldung_1_1,
        "meldewesen.meldebescheinigung.0111": meldebescheinigung_1_1,
    },
}
"""By the version of the standard. One that is not here has no mapping, rather than that of another version, which
might leave out what is new."""

OHNE_FESTE_WOHNUNG = "99999999"
"""The AGS of an unknown place, which the system wants and version 1.1 no longer asks a portal for."""


def _anmeldung(root: Element, bisherige_wohnung: Read, person: Read) -> Call:
    content = (
        texts(root, "einzugsdatum")
        | part(root, "neueWohnung", _wohnung)
        | parts(root, "bisherigeWohnung", bisherige_wohnung)
        | parts(root, "person", person)
        | part(root, "wohnungsgeberbestaetigung", _wohnungsgeberbestaetigung)
        | _beigefuegt(root)
    )
    return Call("AnmeldungEntgegennehmen", content)


def _abmeldung(root: Element, verzug: Read, person: Read) -> Call:
    content = (
        texts(root, "auszugsdatum")
        | part(root, "aufgegebeneWohnung", _wohnung)
        | part(root, "verzug", verzug)
        | parts(root, "person", person)
        | part(root, "abmeldebestaetigung", zustellung)
        | _beigefuegt(root)
    )
    return Call("AbmeldungEntgegennehmen", content)


def _beigefuegt(root: Element) -> Payload:
    return parts(root, "anlage", _anlage) | texts(root, "bemerkung")


def _wohnung(element: Element) -> Payload:
    return (
        part(element, "anschrift", anschrift_inland)
        | codes(element, "wohnungsstatus")
        | texts(element, "wohnungslage")
    )


def _bisherige_wohnung_1_0(element: Element) -> Payload:
    return (
        part(element, "anschrift", anschrift)
        | codes(element, "wohnungsstatus")
        | texts(element, "auszugsdatum")
        | flags(element, "beibehalten")
        | codes(element, "kuenftigerStatus")
    )


def _bisherige_wohnung_1_1(element: Element) -> Payload:
    return (
        part(element, "anschrift", anschrift)
        | codes(element, "wohnungsstatus")
        | present(
            auszugsdatum=element.text("aufgegeben/auszugsdatum"),
            beibehalten=element.one("beibehalten") is not None,
            kuenftigerStatus=element.text("beibehalten/kuenftigerStatus/code"),
        )
    )


def _verzug_1_0(element: Element) -> Payload:
    return _verzug(element) | part(element, "unbekannt", _verzug_unbekannt)


def _verzug_1_1(element: Element) -> Payload:
    ohne = element.one("ohneFesteWohnung")
    unbekannt = None if ohne is None else present(ags=OHNE_FESTE_WOHNUNG, bemerkung=ohne.text("erlaeuterung"))
    return _verzug(element) | present(unbekannt=unbekannt)


def _verzug(element: Element) -> Payload:
    return part(element, "ausland", _verzug_ausland) | part(
        element, "nebenwohnungAufgabe", _aufgabe_nebenwohnung
    )


def _verzug_ausland(element: Element) -> Payload:
    return codes(element, "staat") | part(element, "anschrift", anschrift_ausland)


def _aufgabe_nebenwohnung(element: Element) -> Payload:
    return part(element, "hauptwohnung", anschrift_inland)


def _verzug_unbekannt(element: Element) -> Payload:
    return texts(element, "ags", "bemerkung")


def _person_1_0(element: Element) -> Payload:
    return _person(element) | parts(element, "sperre", code)


def _person_1_1(element: Element) -> Payload:
    # The system keeps one list of what blocks information, as version 1.0 did.
    sperren = [code(each) for name in ("auskunftssperre", "widerspruch") for each in element.all(name)]
    return _person(element) | present(sperre=[*sperren])


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


def _antragsteller(element: Element) -> Payload:
    return (
        part(element, "name", bausteine.name)
        | part(element, "geburt", bausteine.geburt)
        | part(element, "anschrift", anschrift_inland)
        | texts(element, "idnr")
        | part(element, "ausweis", bausteine.ausweis)
        | parts(element, "erreichbarkeit", bausteine.erreichbarkeit)
    )


def _bescheinigte_person(element: Element) -> Payload:
    return codes(element, "rolle") | _identitaet(element)


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
