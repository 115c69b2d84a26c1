"""Dispatch: what is to be said to a specialist system about one delivery, before a transport puts it on its wire."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import orjson

from adapters.mapping import Payload, Value
from gateway.core.mapped import Place
from gateway.core.message import DeliveryId, Message
from gateway.core.outcome import Rejected
from gateway.core.ports import Consignment


@dataclass(frozen=True, slots=True)
class Paper:
    """Content as bytes, for wires that carry a document."""

    content: bytes
    media_type: str
    suffix: str
    """Of a file's name, without the dot."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One delivery, put into the words of the system that gets it.

    Nothing in it depends on the attempt or on the clock, so that a repetition says the same in the same bytes.
    """

    delivery: DeliveryId
    """Goes along on every wire: the same on every attempt."""
    message: Message
    """Its facts travel beside the content."""
    name: str
    """What it is about, in a word that is fit for the name of a file."""
    fields: Payload | None = None
    """The case in fields, for wires that carry a structure."""
    document: Paper | None = None
    """The case as a document; beside `fields`, the document that they describe."""
    operation: str | None = None
    """What the system calls the act, where it has several."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What else the system is told beside the content, by name."""

    def paper(self) -> Paper:
        """The content as bytes: the document, or else the fields as JSON."""
        return self.document or Paper(as_json(self.fields), "application/json", "json")


def as_json(value: Value) -> bytes:
    """Fields as JSON; bytes in them, which only SOAP has a type for, as a text in base64."""
    return orjson.dumps(value, default=lambda content: b64encode(content).decode())


class Part(StrEnum):
    """What a payload form makes, and what a transport can't do without."""

    FIELDS = "fields"
    DOCUMENT = "document"
    OPERATION = "operation"


@dataclass(frozen=True, slots=True)
class Outline:
    """What a form says of one kind of message, as far as it is known before there is one."""

    place: Place
    """Where that is written down."""
    operation: str | None
    targets: Mapping[str, Place]
    """The fields that it may make, by their names joined by `/`; where each is written down."""


@dataclass(frozen=True, slots=True)
class Form:
    """A way to put messages into words, by the name under which a destination chooses it."""

    write: Callable[[Consignment], Dispatch | Rejected | None]
    """Pure. None for a kind of message that it does not know; a refusal where the message lacks what it needs."""
    makes: frozenset[Part]
    outlines: tuple[Outline, ...] = ()
    """Of a form that is data, one for each kind."""


def original(consignment: Consignment) -> Dispatch:
    """The message byte for byte, of whatever kind, for a system that reads the standard itself."""
    message = consignment.message
    name = message.kind.service.replace("/", "-")
    document = Paper(message.content, "application/xml", "xml")
    return Dispatch(consignment.delivery, message, name, document=document)


ORIGINAL = Form(original, frozenset({Part.DOCUMENT}))
