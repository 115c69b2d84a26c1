"""Eigentumswechsel: mapping of a notification that plots have other owners now."""

from adapters.bausteine import anlage, bankverbindung, beteiligter
from adapters.mapping import Payload, codes, part, parts, texts
from adapters.real_estate.grundstueck import flurstueck, grundbuch, notar, urkunde
from gateway.core.document import Element


def eigentumswechsel(root: Element) -> Payload:
    """Plots change hands: from whom, to whom, when and on what ground."""
    return (
        part(root, "mitteilender", _mitteilender)
        | parts(root, "flurstueck", flurstueck)
        | parts(root, "grundbuch", grundbuch)
        | part(root, "uebergang", _uebergang)
        | parts(root, "bisherigesEigentum", _eigentum)
        | parts(root, "neuesEigentum", _eigentum)
        | part(root, "abgaben", _abgaben)
        | parts(root, "anlage", anlage)
        | texts(root, "bemerkung")
    )


def _mitteilender(element: Element) -> Payload:
    return codes(element, "stelle") | part(element, "person", beteiligter) | texts(element, "aktenzeichen")


def _uebergang(element: Element) -> Payload:
    return (
        codes(element, "rechtsgrund")
        | texts(element, "eigentumsdatum", "besitzdatum")
        | part(element, "urkunde", urkunde)
        | part(element, "notar", notar)
        | part(element, "entscheidung", _entscheidung)
    )


def _entscheidung(element: Element) -> Payload:
    return texts(element, "stelle", "aktenzeichen", "datum")


def _eigentum(element: Element) -> Payload:
    return (
        texts(element, "anteil")
        | codes(element, "gemeinschaft")
        | parts(element, "eigentuemer", _eigentuemer)
    )


def _eigentuemer(element: Element) -> Payload:
    return (
        part(element, "person", beteiligter)
        | texts(element, "idnr")
        | part(element, "bevollmaechtigter", beteiligter)
    )


def _abgaben(element: Element) -> Payload:
    return texts(element, "aktenzeichenFinanzamt", "kassenzeichen") | part(
        element, "bankverbindung", bankverbindung
    )
