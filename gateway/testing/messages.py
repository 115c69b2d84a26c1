"""Messages: the samples of schema bundles, opened as a gateway opens them, on their way to an adapter."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path

from gateway.commands import BUNDLES, load_schemas
from gateway.core.document import Document, Element
from gateway.core.message import DeliveryId, Message, MessageId, MessageKind, Nachrichtenkopf
from gateway.core.ports import Consignment, Schemas
from gateway.testing.stand_ins import NOW
from schemas.door import Limits

DELIVERY = DeliveryId("0199a1b2-0000-7000-8000-000000000001")


def samples_of(area: str, pattern: str = "*", bundles: Path = BUNDLES) -> Sequence[Path]:
    """The valid samples of an area, as `area/kind` has it, by the names of their files. `bundles` is a folder of
    schema bundles; without it, those that come with the program.
    """
    found = sorted(bundles.glob(f"*/*/samples/valid/{pattern}.xml"))
    return [path for path in found if _area_of(path, bundles) == area]


def consignment_of(
    content: bytes, *, bundles: Path = BUNDLES, delivery: DeliveryId = DELIVERY
) -> Consignment:
    """A message on its first way to a destination.

    Raises:
        Refused: no bundle knows it.
    """
    document = _library(bundles).open(content)
    message = Message(
        id=MessageId("0199a1b2-0000-7000-8000-00000000000a"),
        tenant="cottbus",
        portal="portal",
        kind=document.kind,
        kopf=document.kopf,
        content=content,
        sha256=sha256(content).hexdigest(),
        received_at=NOW,
        order_key=document.order_key,
    )
    return Consignment(delivery, 1, message, document)


def of_unknown_kind(consignment: Consignment) -> Consignment:
    """The same message, as if it were of a kind that no adapter has ever heard of."""
    kind = replace(consignment.message.kind, root="etwas.neues.9999", service=_area(consignment) + "/neues")
    message = replace(consignment.message, kind=kind)
    return replace(consignment, message=message, document=_Unknown(consignment.document, kind))


@dataclass(frozen=True)
class _Unknown:
    known: Document
    kind: MessageKind

    @property
    def content(self) -> bytes:
        return self.known.content

    @property
    def kopf(self) -> Nachrichtenkopf:
        return self.known.kopf

    @property
    def order_key(self) -> str | None:
        return self.known.order_key

    @property
    def root(self) -> Element:
        return _UnknownRoot(self.known.root, self.kind.root)


@dataclass(frozen=True)
class _UnknownRoot:
    known: Element
    name: str

    def text(self, path: str = ".") -> str | None:
        return self.known.text(path)

    def one(self, path: str) -> Element | None:
        return self.known.one(path)

    def all(self, path: str) -> Sequence[Element]:
        return self.known.all(path)

    def attribute(self, name: str) -> str | None:
        return self.known.attribute(name)


def _area(consignment: Consignment) -> str:
    return consignment.message.kind.area


@cache
def _area_of(path: Path, bundles: Path) -> str:
    return _library(bundles).open(path.read_bytes()).kind.area


@cache
def _library(bundles: Path) -> Schemas:
    return load_schemas(Limits(), None if bundles == BUNDLES else bundles)
