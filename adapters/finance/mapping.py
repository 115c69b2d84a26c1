"""Mapping of finance: from a message to the JSON of a case in the tax and treasury system."""

from adapters.bausteine import anlage, anschrift, anschrift_inland, bankverbindung, beteiligter
from adapters.dispatch import Dispatch
from adapters.mapping import Mappings, Payload, art_of, codes, flags, kopf_of, numbers, part, parts, texts
from gateway.core.document import Element
from gateway.core.ports import Consignment


def vorgang(consignment: Consignment) -> Dispatch | None:
    """A case in fields; None for a kind of message that is not mapped."""
    read = MAPPINGS.get(consignment.document.kind.root)
    if read is None:
        return None
    art = art_of(consignment)
    fields = kopf_of(consignment) | {"art": art, "daten": read(consignment.document.root)}
    return Dispatch(consignment.delivery, consignment.message, art, fields=fields)


def hundesteueranmeldung(root: Element) -> Payload:
    """A dog is registered for the dog tax."""
    return (
        part(root, "halter", _halter)
        | part(root, "hund", _hund)
        | part(root, "haltung", _haltung)
        | parts(root, "verguenstigung", _verguenstigung)
        | part(root, "haftpflicht", _haftpflicht)
        | codes(root, "zahlungsrhythmus")
        | part(root, "sepaMandat", _mandat)
        | parts(root, "anlage", anlage)
        | texts(root, "bemerkung")
    )


def hundesteuerabmeldung(root: Element) -> Payload:
    """A dog is no longer kept in the municipality."""
    return (
        part(root, "halter", _halter)
        | part(root, "hund", _bekannter_hund)
        | texts(root, "ende")
        | codes(root, "grund")
        | part(root, "erwerber", beteiligter)
        | texts(root, "wegzugNach")
        | part(root, "neueAnschrift", anschrift)
        | numbers(root, "verbleibendeHunde")
        | flags(root, "steuermarkeZurueck")
        | part(root, "erstattung", bankverbindung)
        | parts(root, "anlage", anlage)
        | texts(root, "bemerkung")
    )


def hundesteueraenderung(root: Element) -> Payload:
    """Something changes about a registered dog; each entry of `aenderung` has one key, which says what."""
    return (
        part(root, "halter", _halter)
        | part(root, "hund", _bekannter_hund)
        | texts(root, "gueltigAb")
        | parts(root, "aenderung", _aenderung)
        | parts(root, "anlage", anlage)
        | texts(root, "bemerkung")
    )


def sepamandat(root: Element) -> Payload:
    """A debtor allows the municipality to collect from an account."""
    return (
        part(root, "zahlungspflichtiger", beteiligter)
        | part(root, "mandat", _mandat)
        | parts(root, "forderung", _forderung)
        | texts(root, "gueltigAb", "ersetztMandat")
        | parts(root, "anlage", anlage)
        | texts(root, "bemerkung")
    )


def zahlungsmitteilung(root: Element) -> Payload:
    """A fee or a tax was paid; the same `zahlungskennung` is the same payment."""
    return (
        part(root, "zahlung", _zahlung)
        | part(root, "anlass", _anlass)
        | part(root, "zahler", beteiligter)
        | texts(root, "bemerkung")
    )


MAPPINGS: Mappings[Payload] = {
    "finanzen.hundesteueranmeldung.0401": hundesteueranmeldung,
    "finanzen.hundesteuerabmeldung.0402": hundesteuerabmeldung,
    "finanzen.hundesteueraenderung.0403": hundesteueraenderung,
    "finanzen.sepamandat.0411": sepamandat,
    "finanzen.zahlungsmitteilung.0421": zahlungsmitteilung,
}


def _halter(element: Element) -> Payload:
    return part(element, "person", beteiligter) | texts(element, "idnr", "kassenzeichen")


def _hund(element: Element) -> Payload:
    return (
        texts(element, "name", "rasse", "geburtsdatum", "farbe", "chipnummer", "gewichtKg", "steuermarke")
        | codes(element, "geschlecht")
        | numbers(element, "schulterhoeheCm")
        | flags(element, "mischling", "gefaehrlich")
    )


def _bekannter_hund(element: Element) -> Payload:
    return texts(element, "name", "rasse", "chipnummer", "steuermarke")


def _aenderung(element: Element) -> Payload:
    return (
        part(element, "neueAnschrift", anschrift)
        | part(element, "neuerHalter", beteiligter)
        | part(element, "haltungsort", anschrift_inland)
        | numbers(element, "anzahlHunde")
        | part(element, "hund", _hund)
        | part(element, "verguenstigung", _verguenstigung)
        | codes(element, "wegfallVerguenstigung", "zahlungsrhythmus")
        | part(element, "haftpflicht", _haftpflicht)
        | part(element, "sepaMandat", _mandat)
    )


def _haltung(element: Element) -> Payload:
    return (
        texts(element, "beginn", "zuzugAus")
        | part(element, "vorbesitzer", beteiligter)
        | part(element, "haltungsort", anschrift_inland)
        | numbers(element, "anzahlHunde")
    )


def _verguenstigung(element: Element) -> Payload:
    return codes(element, "art", "grund") | texts(element, "begruendung") | parts(element, "nachweis", anlage)


def _haftpflicht(element: Element) -> Payload:
    return texts(element, "versicherer", "versicherungsnummer")


def _mandat(element: Element) -> Payload:
    return (
        texts(element, "glaeubigerName", "glaeubigerID", "mandatsreferenz")
        | codes(element, "art")
        | part(element, "bankverbindung", bankverbindung)
        | part(element, "kontoinhaberAnschrift", anschrift)
        | texts(element, "unterschriftOrt", "unterschriftDatum")
    )


def _forderung(element: Element) -> Payload:
    return codes(element, "abgabeart") | texts(element, "kassenzeichen", "verwendungszweck")


def _zahlung(element: Element) -> Payload:
    return (
        texts(element, "zahlungskennung")
        | numbers(element, "betrag")
        | texts(element, "waehrung")
        | codes(element, "zahlungsmittel")
        | texts(element, "zahlungszeitpunkt", "verwendungszweck", "kassenzeichen", "zahlungsdienst")
    )


def _anlass(element: Element) -> Payload:
    return texts(element, "nachrichtenUUID", "leistungsschluessel") | codes(element, "abgabeart")
