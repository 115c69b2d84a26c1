"""Views: what is shown of messages, deliveries and keys to those who may see them. Never content."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from gateway.core.batch import BatchView
from gateway.core.breaker import BreakerState
from gateway.core.message import DeliveryId, MessageId, MessageKind
from gateway.core.refusal import Finding
from gateway.core.status import DeliveryState, MessageState
from gateway.core.word import SpecialistStatus


@dataclass(frozen=True, slots=True)
class EventView:
    """One line of a message's timeline."""

    at: datetime
    action: str
    """received, claimed, delivered, pending, failed, unclear, rejected, confirmed, status, late-status, reply,
    reply-fetched, replayed ...
    """
    actor: str
    """`portal:NAME`, `system:NAME`, `operator:NAME` or `gateway`."""
    destination: str | None = None
    attempt: int | None = None
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """Where one delivery stands."""

    id: DeliveryId
    message: MessageId
    tenant: str
    portal: str
    service: str
    destination: str
    state: DeliveryState
    attempt: int
    """Number of the current or next attempt."""
    due_at: datetime | None
    updated_at: datetime
    reference: str | None = None
    code: str | None = None
    detail: str | None = None
    waits_for: DeliveryId | None = None
    """The delivery of an earlier message of the same case, which has to end first."""
    system_status: SpecialistStatus | None = None
    """What the specialist system itself said last."""
    system_at: datetime | None = None
    """When it came to that, or when it said so."""
    since: datetime | None = None
    """Start of its age: its acceptance, or its latest replay."""
    trace: str | None = None
    """The trace that it is part of, where it is recorded (W3C `traceparent`)."""


@dataclass(frozen=True, slots=True)
class ReplyView:
    """A document that a specialist system has sent back, without its content and its name."""

    message: MessageId
    number: int
    """Within its message, from 1."""
    delivery: DeliveryId
    destination: str
    media_type: str
    size: int
    sha256: str
    received_at: datetime
    kind: MessageKind | None = None
    """What it is, where it is XML that a bundle knows."""
    findings: tuple[Finding, ...] = ()
    """What speaks against it; it is kept all the same."""
    fetched_at: datetime | None = None
    """When the portal first fetched it."""
    kept: bool = True
    """Whether its content is still there."""

    @property
    def valid(self) -> bool | None:
        """Whether the schemas have nothing against it; None where they can't tell: no bundle knows it."""
        return None if self.kind is None and not self.findings else not self.findings


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message with all its deliveries; the timeline only where one message is asked for."""

    id: MessageId
    nachrichten_uuid: str
    standard: str
    version: str
    root: str
    service: str
    tenant: str
    portal: str
    sha256: str
    size: int
    received_at: datetime
    state: MessageState
    deliveries: tuple[DeliveryView, ...]
    timeline: tuple[EventView, ...] = ()
    warnings: tuple[Finding, ...] = ()
    replies: tuple[ReplyView, ...] = ()
    """Only where one message is asked for."""


Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A slice of a list; `next` continues it, None at its end."""

    items: tuple[Item, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Depth:
    """The deliveries of one destination in one state."""

    destination: str
    state: DeliveryState
    number: int
    oldest: datetime
    """QUEUED and CLAIMED: acceptance, or latest replay, of the one that waits longest; else since when the first of
    them has been in this state."""
    due: int = 0
    """QUEUED: how many of them could be delivered now, as far as time is concerned."""

    def __add__(self, other: "Depth") -> "Depth":
        """Both together, where they are of the same destination and state."""
        return replace(
            self,
            number=self.number + other.number,
            oldest=min(self.oldest, other.oldest),
            due=self.due + other.due,
        )


@dataclass(frozen=True, slots=True)
class Unpublished:
    """What of a destination has been due for longer than a relay ever takes."""

    destination: str
    number: int
    since: datetime


@dataclass(frozen=True, slots=True)
class WorkerSeen:
    """A worker, and when it last took a delivery."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the store tells of those who work on it."""

    clock: datetime
    """The database's own; ours where it has none."""
    unpublished: tuple[Unpublished, ...]
    expired: int
    """Deliveries whose lease ended some time ago, and which nobody took back."""
    workers: tuple[WorkerSeen, ...]
    """Of the latest deliveries, the latest first."""
    delivered: Mapping[str, datetime]
    """By destination, of the latest deliveries: when one last succeeded."""


@dataclass(frozen=True, slots=True)
class DestinationView:
    """Where a destination stands."""

    name: str
    breaker: BreakerState
    code: str | None
    """Cause of the latest failure, while the breaker is open."""
    opened_at: datetime | None
    probe_at: datetime | None
    """While the breaker is open: the next probe is not before."""
    paused_until: datetime | None
    reason: str | None
    """Of the pause."""
    paused_by: str | None
    waiting: int
    """Deliveries that wait for an attempt."""
    oldest: datetime | None
    """Acceptance, or latest replay, of the one that waits longest."""


@dataclass(frozen=True, slots=True)
class KeyView:
    """An access key without its secret."""

    id: str
    holder: str
    """Name of the portal or specialist system."""
    created_at: datetime
    revoked_at: datetime | None
    grants: dict[str, tuple[str, ...]]
    """Portal: autoren, tenants, services. Specialist system: destinations."""


Performed = DeliveryView | KeyView | DestinationView | BatchView
"""What an act was about, as it is afterwards."""
