"""Mapping: the few words that every adapter's mapping from a message to a payload is made of."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from gateway.core.document import Element
from gateway.core.outcome import Cause, Rejected
from gateway.core.ports import Consignment

Payload = dict[str, "Value"]
Value = str | int | float | bytes | None | Payload | list["Value"]
"""What a payload holds; bytes only for SOAP, which has a type for them."""

Content = TypeVar("Content")
Mappings = Mapping[str, Callable[[Element], Content]]
"""From the name of a message's root element to the pure function that maps it."""

NO_MAPPING = Rejected(Cause("no-mapping", "The adapter has no mapping for messages of this kind."))


def kopf_of(consignment: Consignment) -> Payload:
    """What every system wants to know of a message's head, under the names that our own wires use."""
    message = consignment.message
    return {
        "vorgangsId": consignment.delivery,
        "nachrichtenUUID": message.kopf.nachrichten_uuid,
        "nachrichtentyp": message.kind.root,
        "ags": message.kopf.leser.schluessel,
        "test": message.kopf.test,
    }


def art_of(consignment: Consignment) -> str:
    """What a message is about: its service without the area."""
    return consignment.message.kind.service.partition("/")[2]


def present(**fields: Value) -> Payload:
    """The fields that there are: what a message leaves out is left out, not sent as empty."""
    return {name: value for name, value in fields.items() if value is not None and value not in ({}, [])}


def texts(element: Element, *names: str) -> Payload:
    """Children that are plain text, under their own names."""
    return present(**{name: element.text(name) for name in names})


def codes(element: Element, *names: str) -> Payload:
    """Children that hold an XÖV code, under their own names: the code without its list and its label."""
    return present(**{name: element.text(f"{name}/code") for name in names})


def numbers(element: Element, *names: str) -> Payload:
    """Children that are whole numbers, under their own names."""
    found = {name: element.text(name) for name in names}
    return present(**{name: int(text) for name, text in found.items() if text is not None})


def flags(element: Element, *names: str) -> Payload:
    """Children that are truth values (`true`, `1`, `false`, `0`), under their own names."""
    found = {name: element.text(name) for name in names}
    return present(**{name: text in {"true", "1"} for name, text in found.items() if text is not None})


def part(element: Element, name: str, read: Callable[[Element], Payload]) -> Payload:
    """A child that has children of its own, under its own name."""
    child = element.one(name)
    return present(**{name: read(child)}) if child is not None else {}


def parts(element: Element, name: str, read: Callable[[Element], Value]) -> Payload:
    """All children of one name, as a list under this name."""
    return present(**{name: [read(child) for child in element.all(name)]})


def text(element: Element) -> str | None:
    """An element's own text, for lists of them."""
    return element.text()


def code(element: Element) -> str | None:
    """The code of an element, for lists of them."""
    return element.text("code")
