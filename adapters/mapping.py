"""Mapping: the few words that every adapter's mapping from a message to a payload is made of."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from gateway.core.document import Element
from gateway.core.message import Kommunikationspartner
from gateway.core.outcome import Cause, Rejected
from gateway.core.ports import Consignment

Payload = dict[str, "Value"]
Value = str | int | float | bool | None | Payload | list["Value"]

Content = TypeVar("Content")
Mappings = Mapping[str, Callable[[Element], Content]]
"""From the name of a message's root element to the pure function that maps it."""

NO_MAPPING = Rejected(Cause("no-mapping", "The adapter has no mapping for messages of this kind."))


def present(**fields: Value) -> Payload:
    """The fields that there are: what a message leaves out is left out, not sent as empty."""
    return {name: value for name, value in fields.items() if value not in (None, {}, [])}


def kopf_of(consignment: Consignment) -> Payload:
    """What every system wants to know of a message's head, under the names that our own wires use."""
    message = consignment.message
    return present(
        vorgangsId=consignment.delivery,
        nachrichtenUUID=message.kopf.nachrichten_uuid,
        nachrichtentyp=message.kind.root,
        ags=ags_of(message.kopf.leser),
        test=message.kopf.test,
    )


def ags_of(leser: Kommunikationspartner) -> str:
    """The municipality to which a message is addressed."""
    return leser.schluessel
