"""Bauantrag: mapping of a building application."""

from adapters.bausteine import anlage, beteiligter, natuerliche_person, zahlung, zustellung
from adapters.mapping import Payload, codes, flags, numbers, part, parts, text, texts
from adapters.real_estate.grundstueck import flurstueck, flurstueckskennzeichen, grundbuch
from gateway.core.document import Element


def bauantrag(root: Element) -> Payload:
    """Somebody wants to build, change or remove something; costs in cents."""
    return (
        parts(root, "bauherr", _bauherr)
        | part(root, "entwurfsverfasser", _entwurfsverfasser)
        | parts(root, "fachplaner", _fachplaner)
        | part(root, "verfahren", _verfahren)
        | parts(root, "flurstueck", flurstueck)
        | parts(root, "grundbuch", grundbuch)
        | part(root, "baugrundstueck", _baugrundstueck)
        | part(root, "vorhaben", _vorhaben)
        | part(root, "masse", _masse)
        | part(root, "kosten", _kosten)
        | parts(root, "nachbar", _nachbar)
        | parts(root, "bauvorlage", _bauvorlage)
        | part(root, "zustellung", zustellung)
        | part(root, "zahlung", zahlung)
        | texts(root, "bemerkung")
    )


def _bauherr(element: Element) -> Payload:
    return (
        part(element, "person", beteiligter)
        | part(element, "vertreter", natuerliche_person)
        | part(element, "vollmacht", anlage)
    )


def _entwurfsverfasser(element: Element) -> Payload:
    return (
        part(element, "person", beteiligter)
        | texts(element, "berufsbezeichnung")
        | part(element, "bauvorlageberechtigung", _bauvorlageberechtigung)
    )


def _bauvorlageberechtigung(element: Element) -> Payload:
    return (
        codes(element, "grundlage")
        | texts(element, "kammer", "nummer")
        | flags(element, "haftpflichtversichert")
    )


def _fachplaner(element: Element) -> Payload:
    return codes(element, "fachplanung") | part(element, "person", beteiligter) | texts(element, "nummer")


def _verfahren(element: Element) -> Payload:
    return (
        codes(element, "verfahrensart")
        | part(element, "bezug", _bezug)
        | parts(element, "abweichung", _abweichung)
        | parts(element, "frage", text)
    )


def _bezug(element: Element) -> Payload:
    return texts(element, "aktenzeichen", "datum")


def _abweichung(element: Element) -> Payload:
    return codes(element, "art") | texts(element, "vorschrift", "begruendung")


def _baugrundstueck(element: Element) -> Payload:
    return (
        codes(element, "planungsrecht")
        | texts(element, "bebauungsplan", "baulast")
        | parts(element, "eigentuemer", beteiligter)
        | flags(element, "bauherrIstEigentuemer", "strasse", "trinkwasser", "abwasser", "denkmalschutz")
    )


def _vorhaben(element: Element) -> Payload:
    return (
        codes(element, "art", "nutzung", "bisherigeNutzung", "gebaeudeklasse")
        | texts(element, "bezeichnung", "beschreibung", "baubeginn")
        | flags(element, "sonderbau")
    )


def _masse(element: Element) -> Payload:
    flaechen = "grundflaecheQm", "bruttoGrundflaecheQm", "wohnflaecheQm", "nutzflaecheQm"
    anzahlen = "vollgeschosse", "wohnungen", "stellplaetze", "fahrradstellplaetze"
    return (
        numbers(element, *flaechen, "bruttoRauminhaltKbm", *anzahlen)
        # Decimals stay texts: JSON knows only binary fractions.
        | texts(element, "laengeMeter", "breiteMeter", "hoeheMeter")
    )


def _kosten(element: Element) -> Payload:
    return numbers(element, "gesamtkostenCent", "rohbaukostenCent")


def _nachbar(element: Element) -> Payload:
    return (
        flurstueckskennzeichen(element.text("flurstueckskennzeichen") or "")
        | part(element, "person", beteiligter)
        | flags(element, "zugestimmt")
        | part(element, "zustimmung", anlage)
    )


def _bauvorlage(element: Element) -> Payload:
    return codes(element, "art") | part(element, "anlage", anlage) | texts(element, "verfasser")
