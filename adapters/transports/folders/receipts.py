"""Receipts: files in which a system says what became of deliveries, read as words; which name means what is a setting."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from lxml import etree
from pydantic import AfterValidator, Field

from adapters.transports.reference import reference_of
from adapters.transports.settings import TransportSettings
from gateway.core.message import DeliveryId
from gateway.core.word import SpecialistStatus, Word, refusal_cause


def _known(fields: dict[str, str]) -> dict[str, str]:
    if unknown := fields.keys() - _FIELDS.keys():
        raise ValueError(f"a receipt has no {', '.join(sorted(unknown))}; it has {', '.join(_FIELDS)}")
    return fields


_FIELDS = {name: name for name in ("delivery", "status", "reference", "reason", "at", "batch", "line")}

_STATUSES = {"accepted": SpecialistStatus.RECEIVED} | {each.value: each for each in SpecialistStatus}


def _encoding(name: str) -> str:
    try:
        "".encode(name)
    except LookupError:
        raise ValueError("there is no such encoding") from None
    return name


class ReceiptSettings(TransportSettings):
    """How files of receipts are written."""

    answers_format: Literal["json", "key-value", "xml", "csv"] = Field(
        "json", description="How receipts are written."
    )
    answers_fields: Annotated[dict[str, str], AfterValidator(_known)] = Field(
        default_factory=dict,
        description="Where a receipt says what, if not under our own names: for `delivery`, `status`, `reference`, "
        "`reason`, `at`, `batch`, `line` the name of a field or element, or the path to it with slashes.",
    )
    answers_status: dict[str, SpecialistStatus] = Field(
        default_factory=dict, description="What the system's words for a status mean, beside our own."
    )
    answers_item: str | None = Field(
        None, description="Element (XML) or list (JSON) of single receipts, where a file holds several."
    )
    answers_encoding: Annotated[str, AfterValidator(_encoding)] = Field(
        "utf-8", description="Encoding of receipts as `key-value` and `csv`."
    )
    answers_delimiter: str = Field(";", min_length=1, max_length=1, description="Delimiter of `csv`.")


@dataclass(frozen=True, slots=True)
class Place:
    """The place of an item in a batch: how a system may name it that has no room for our ids."""

    batch: int
    line: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """What one receipt says: of a delivery, or of a place in a batch."""

    about: DeliveryId | Place
    status: SpecialistStatus
    reference: str | None
    reason: str | None
    at: datetime | None

    def word(self, delivery: DeliveryId) -> Word:
        """The same of a delivery that is known by now."""
        cause = refusal_cause(self.reason) if self.status is SpecialistStatus.REFUSED else None
        return Word(delivery, self.status, self.reference, cause, self.at)


class UnreadableError(Exception):
    """What can't be used, for a reason that is a short code and holds nothing of the content."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read(content: bytes, settings: ReceiptSettings) -> list[Spoken | UnreadableError]:
    """Every receipt in a file, in its order, or why it is none.

    Raises:
        UnreadableError: the file as a whole is not what it should be.
    """
    try:
        said = [*_READERS[settings.answers_format](content, settings)]
    except (ValueError, etree.XMLSyntaxError, csv.Error):
        raise UnreadableError("not-readable") from None
    if not said:
        raise UnreadableError("empty")
    return [_spoken(each, settings) for each in said]


Look = Callable[[str], str | None]
"""From the path of a field to its text."""


def _spoken(look: Look, settings: ReceiptSettings) -> Spoken | UnreadableError:
    said = {name: (look(path) or "").strip() for name, path in (_FIELDS | settings.answers_fields).items()}
    status = (_STATUSES | settings.answers_status).get(said["status"])
    if status is None:
        return UnreadableError("status-unknown")
    try:
        about = _about(said)
    except ValueError:
        return UnreadableError("delivery-unreadable")
    return Spoken(about, status, reference_of(said["reference"]), said["reason"] or None, _moment(said["at"]))


def _about(said: Mapping[str, str]) -> DeliveryId | Place:
    if said["delivery"]:
        return DeliveryId(str(UUID(said["delivery"])))
    return Place(int(said["batch"]), int(said["line"]))


def _moment(text: str) -> datetime | None:
    """When the system says that it was; a time without zone is that of Berlin. None for what is no time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo("Europe/Berlin"))


def _json(content: bytes, settings: ReceiptSettings) -> Iterator[Look]:
    found = orjson.loads(content)
    if settings.answers_item:
        found = _inside(found, settings.answers_item)
    for each in found if isinstance(found, list) else [found]:
        yield partial(_json_text, each)


def _json_text(found: object, path: str) -> str | None:
    text = _inside(found, path)
    return str(text) if isinstance(text, str | int) and not isinstance(text, bool) else None


def _inside(found: Any, path: str) -> Any:  # noqa: ANN401  # whatever JSON holds
    for step in path.split("/"):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _key_value(content: bytes, settings: ReceiptSettings) -> Iterator[Look]:
    lines = content.decode(settings.answers_encoding).lstrip("\ufeff").splitlines()
    pairs = [line.partition("=") for line in lines if line.strip() and not line.startswith(("#", ";", "["))]
    if not all(equals for _, equals, _ in pairs):
        raise ValueError("a line without a value")
    yield {name.strip(): value for name, _, value in pairs}.get


def _csv(content: bytes, settings: ReceiptSettings) -> Iterator[Look]:
    text = io.StringIO(content.decode(settings.answers_encoding).lstrip("\ufeff"), newline="")
    for row in csv.DictReader(text, delimiter=settings.answers_delimiter, strict=True):
        if None in row or None in row.values():
            raise ValueError("a row of another length than the first")
        yield row.get


def _xml(content: bytes, settings: ReceiptSettings) -> Iterator[Look]:
    careful = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    root = etree.fromstring(content, careful)
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("a DOCTYPE")
    for item in root.iterfind(f".//{{*}}{settings.answers_item}") if settings.answers_item else [root]:
        yield partial(_xml_text, item)


def _xml_text(item: etree._Element, path: str) -> str | None:
    return item.findtext("/".join(f"{{*}}{step}" for step in path.split("/")))


_READERS: Mapping[str, Callable[[bytes, ReceiptSettings], Iterator[Look]]] = {
    "json": _json,
    "key-value": _key_value,
    "xml": _xml,
    "csv": _csv,
}
