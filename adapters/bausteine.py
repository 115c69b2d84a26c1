"""Bausteine: the building blocks that messages of all areas share, each as a payload of its own."""

from adapters.mapping import Payload, code, codes, numbers, part, parts, text, texts
from gateway.core.document import Element


def beteiligter(element: Element) -> Payload:
    """A natural person or an organisation."""
    return part(element, "natuerlichePerson", natuerliche_person) | part(
        element, "organisation", organisation
    )


def natuerliche_person(element: Element) -> Payload:
    """A person with name, birth and address."""
    return (
        part(element, "name", name)
        | part(element, "geburt", geburt)
        | codes(element, "geschlecht")
        | parts(element, "staatsangehoerigkeit", code)
        | part(element, "anschrift", anschrift)
        | parts(element, "erreichbarkeit", erreichbarkeit)
    )


def organisation(element: Element) -> Payload:
    """A company, an association, an authority."""
    return (
        texts(element, "name")
        | codes(element, "rechtsform")
        | part(element, "registereintrag", registereintrag)
        | part(element, "anschrift", anschrift)
        | part(element, "ansprechperson", name)
        | parts(element, "erreichbarkeit", erreichbarkeit)
    )


def name(element: Element) -> Payload:
    """All parts of a person's name."""
    einzelne = "familienname", "geburtsname", "vornamen", "rufname", "doktorgrad", "ordensOderKuenstlername"
    return texts(element, *einzelne) | parts(element, "fruehererName", text)


def geburt(element: Element) -> Payload:
    """Day, place and country of a birth."""
    return texts(element, "geburtsdatum", "geburtsort") | codes(element, "geburtsstaat")


def anschrift(element: Element) -> Payload:
    """An address at home or abroad. `staat` and `zeile` tell the one abroad."""
    for inland in element.all("inland"):
        return anschrift_inland(inland)
    for ausland in element.all("ausland"):
        return anschrift_ausland(ausland)
    return {}


def anschrift_inland(element: Element) -> Payload:
    """An address in Germany."""
    felder = "strasse", "hausnummer", "hausnummerZusatz", "adresszusatz", "plz", "ort", "ortsteil", "ags"
    return texts(element, *felder)


def anschrift_ausland(element: Element) -> Payload:
    """An address abroad: the country, and lines as they are written there."""
    return codes(element, "staat") | parts(element, "zeile", text)


def erreichbarkeit(element: Element) -> Payload:
    """A way to reach somebody: channel and number or address."""
    return codes(element, "kanal") | texts(element, "kennung", "zusatz")


def registereintrag(element: Element) -> Payload:
    """An entry in the commercial register."""
    return texts(element, "registergericht", "registernummer")


def ausweis(element: Element) -> Payload:
    """An identity document."""
    felder = "nummer", "ausstellendeBehoerde", "ausstellungsdatum", "gueltigBis"
    return codes(element, "art") | texts(element, *felder)


def bankverbindung(element: Element) -> Payload:
    """An account at a bank."""
    return texts(element, "kontoinhaber", "iban", "bic", "kreditinstitut")


def zustellung(element: Element) -> Payload:
    """How an answer shall arrive: collected, by post or electronically."""
    return (
        texts(element, "abholung")
        | part(element, "versand", anschrift)
        | part(element, "elektronisch", erreichbarkeit)
    )


def zahlung(element: Element) -> Payload:
    """The payment of a fee; the amount in cents."""
    return (
        numbers(element, "betrag")
        | texts(element, "waehrung")
        | codes(element, "zahlungsart")
        | texts(element, "zahlungskennung", "kassenzeichen", "zahlungszeitpunkt")
    )


def anlage(element: Element) -> Payload:
    """An attachment; its content stays as in the message, in base64."""
    return texts(element, "bezeichnung", "dateiname", "medientyp", "pruefsumme", "inhalt")
