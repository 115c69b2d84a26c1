"""Adapter: what the Musterkasse is told about dogs, in fields."""

from adapters.adapter import AdapterKind
from adapters.dispatch import ORIGINAL, Dispatch, Form, Part
from adapters.mapping import Mappings, Payload, kopf_of, part, texts
from gateway.core.document import Element
from gateway.core.ports import Consignment


def hundesteueranmeldung(message: Element) -> Payload:
    """A dog is registered: the dog, and since when it is kept."""
    return {
        **part(message, "hund", lambda hund: texts(hund, "name", "rasse", "chipnummer")),
        **part(message, "haltung", lambda haltung: texts(haltung, "beginn")),
    }


MAPPINGS: Mappings[Payload] = {
    "finanzen.hundesteueranmeldung.0401": hundesteueranmeldung,
}
"""One pure function per kind of message, by the name of its root element."""


def vorgang(consignment: Consignment) -> Dispatch | None:
    """A message in the words of the Musterkasse; None for a kind that it does not know."""
    message = consignment.message
    mapping = MAPPINGS.get(message.kind.root)
    if mapping is None:
        return None
    fields = {**kopf_of(consignment), "daten": mapping(consignment.document.root)}
    return Dispatch(consignment.delivery, message, "hundesteuer", fields=fields)


ADAPTER = AdapterKind(
    area="finance",
    forms={"vorgang": Form(vorgang, frozenset({Part.FIELDS})), "original": ORIGINAL},
    payload="vorgang",
    transport="zeilen",
)
