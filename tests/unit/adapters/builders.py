"""Builders: messages, destinations and surroundings for the tests of the adapters."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

from lxml import etree

import schemas
from adapters import catalogue
from adapters.dispatch import Dispatch, Paper
from gateway.core.message import (
    DeliveryId,
    Kommunikationspartner,
    Message,
    MessageId,
    MessageKind,
    Nachrichtenkopf,
)
from gateway.core.outcome import Rejected
from gateway.core.ports import Adapter, Consignment, Surroundings
from gateway.core.tenants import Destination
from gateway.core.word import Inquiry
from gateway.testing.messages import DELIVERY
from gateway.testing.stand_ins import NOW, Clock, Names, Shelf, surroundings
from schemas.bundle import BundleFile
from schemas.order import OrderReader

__all__ = ["DELIVERY", "NOW", "Clock", "Names", "Shelf", "surroundings"]
"""What is at hand here and comes from `gateway.testing`."""


class Node:
    """The core's view of an element, over ElementTree."""

    def __init__(self, element: ET.Element) -> None:
        self._element = element

    @property
    def name(self) -> str:
        return self._element.tag.rpartition("}")[2]

    def all(self, path: str) -> Sequence["Node"]:
        wild = "/".join(step if step == "." else "{*}" + step for step in path.split("/"))
        return [Node(found) for found in self._element.findall(wild)] if path != "." else [self]

    def one(self, path: str) -> "Node | None":
        return next(iter(self.all(path)), None)

    def text(self, path: str = ".") -> str | None:
        node = self.one(path)
        return ((node._element.text or "").strip() or None) if node else None

    def attribute(self, name: str) -> str | None:
        return self._element.get(name)


@dataclass(frozen=True)
class Opened:
    content: bytes
    kind: MessageKind
    kopf: Nachrichtenkopf
    root: Node
    order_key: str | None = None


def a_consignment(
    content: bytes, service: str = "finance/sepa-mandat", *, delivery: DeliveryId = DELIVERY
) -> Consignment:
    """A message around any XML, on its first way to a destination."""
    root = Node(ET.fromstring(content))
    head = "nachrichtenkopf.g2g"
    kind = MessageKind("ab-test", root.attribute("version") or "1.0", root.name, service)
    kopf = Nachrichtenkopf(
        root.text(f"{head}/identifikation.nachricht/nachrichtenUUID") or "",
        root.text(f"{head}/identifikation.nachricht/nachrichtentyp/code") or "",
        root.text(f"{head}/identifikation.nachricht/erstellungszeitpunkt") or "",
        Kommunikationspartner(root.text(f"{head}/leser/kennung") or ""),
        Kommunikationspartner(root.text(f"{head}/autor/kennung") or ""),
        test=root.attribute("test") is not None,
    )
    message = Message(
        MessageId("0199a1b2-0000-7000-8000-00000000000a"),
        "cottbus",
        "portal",
        kind,
        kopf,
        content,
        sha256(content).hexdigest(),
        NOW,
        _order_key(content),
    )
    return Consignment(delivery, 1, message, Opened(content, kind, kopf, root))


def _order_key(content: bytes) -> str | None:
    """As our own bundles say, whatever the message is."""
    root = etree.fromstring(content)
    found = (read.read(root, content) for read in ORDERS)
    return next(filter(None, found), None)


def kinds() -> Mapping[str, str]:
    """Every root of our own bundles with its service, but for what the gateway writes itself."""
    return {
        kind["root"]: kind["service"]
        for path in BUNDLES.glob("*/*/bundle.toml")
        for kind in tomllib.loads(path.read_text(encoding="utf-8"))["kinds"]
        if not kind["service"].startswith("transport/")
    }


def samples(area: str, pattern: str = "*") -> list[Path]:
    """Valid messages of an area, from our own bundles."""
    return sorted(
        sample
        for sample in BUNDLES.glob(f"ab-*/*/samples/valid/{pattern}.xml")
        if SERVICES.get(Node(ET.parse(sample).getroot()).name, "").partition("/")[0] == area
    )


def a_consignment_of(sample: Path, *, delivery: DeliveryId = DELIVERY) -> Consignment:
    """A sample on its way."""
    content = sample.read_bytes()
    return a_consignment(content, SERVICES[Node(ET.fromstring(content)).name], delivery=delivery)


BUNDLES = Path(schemas.__file__).parent / "bundles"
SERVICES = kinds()
ORDERS = [
    OrderReader(BundleFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))))
    for path in sorted(BUNDLES.glob("*/*/bundle.toml"))
]


def a_destination(adapter: str = "finance", **settings: object) -> Destination:
    return Destination(f"{adapter}-system", adapter, settings)


def an_adapter(
    name: str,
    around: Surroundings | None = None,
    *,
    payload: str = "",
    transport: str | None = None,
    **settings: object,
) -> Adapter:
    """The adapter of a destination that says no more than it must."""
    around = around or surroundings()
    destination = replace(a_destination(name, **settings), payload=payload, transport=transport)
    assert [*catalogue.faults(destination, around.config_folder)] == []
    return catalogue.build(destination, around)


def dispatch_of(area: str, consignment: Consignment, payload: str = "") -> Dispatch | None:
    """What an adapter says, before it goes to the wire."""
    kind = catalogue.adapter(area.replace("-", "_"))
    dispatch = kind.forms[payload or kind.payload].write(consignment)
    assert not isinstance(dispatch, Rejected)
    return dispatch


def a_dispatch() -> Dispatch:
    """Something to say, of no area."""
    message = a_consignment(b"<a/>").message
    document = Paper("<ort>Chóśebuz</ort>".encode(), "application/xml", "xml")
    return Dispatch(DELIVERY, message, "antrag", fields={"ort": "Chóśebuz"}, document=document)


def an_inquiry(reference: str | None = "A-7", *, delivery: DeliveryId = DELIVERY) -> Inquiry:
    """A question for a delivery of a SEPA mandate."""
    message = a_consignment(b"<a/>").message
    uuid = message.kopf.nachrichten_uuid
    return Inquiry(
        delivery, message.id, message.tenant, message.kind, uuid, test=False, since=NOW, reference=reference
    )
