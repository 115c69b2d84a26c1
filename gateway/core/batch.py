"""Batch: deliveries that a specialist system takes together, in one file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.core.message import DeliveryId


class BatchState(StrEnum):
    """How far a batch is."""

    CLOSED = "closed"
    """Its members and its file are fixed; nothing of it is at the system yet."""
    PREPARED = "prepared"
    """The file lies at the system under a name that nobody takes it by, or has got its own already."""
    WRITTEN = "written"
    """The file has its name."""


@dataclass(frozen=True, slots=True)
class BatchItem:
    """A delivery's line, ready for the file."""

    delivery: DeliveryId
    line: bytes
    sums: Mapping[str, str] = field(default_factory=dict)
    """What it adds to the totals: decimal numbers by the names of columns."""


@dataclass(frozen=True, slots=True)
class Collection:
    """What has been collected for a destination and is in no batch yet."""

    destination: str
    layout: str
    """Tells the layouts apart by which the lines were written."""
    items: int
    oldest: datetime
    number: int
    """That of the next batch: without gaps, from 1."""
    ordered_at: datetime | None = None
    """A person wants it closed that was collected until then."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch on its way to the system. Its file depends on nothing else."""

    destination: str
    number: int
    state: BatchState
    name: str
    """Of the file."""
    content: bytes


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch as people see it."""

    destination: str
    number: int
    state: BatchState | None
    """None while it collects."""
    items: int
    since: datetime
    """When it was closed, or when its oldest item came."""
    name: str | None = None
    written_at: datetime | None = None
    code: str | None = None
    """Why the latest attempt to write it failed."""


@dataclass(frozen=True, slots=True)
class BatchMember:
    """An item of a batch as people see it: never its line."""

    line: int
    """Its place among the items, from 1."""
    delivery: DeliveryId
    tenant: str
    state: str
    code: str | None = None
    reference: str | None = None
