"""Delivery: one (message, destination), the unit of failure and of replay, and what is said about it."""

from dataclasses import dataclass, field
from datetime import datetime

from gateway.core.breaker import Sign
from gateway.core.message import DeliveryId, Message, MessageId
from gateway.core.outcome import Cause
from gateway.core.priority import Priority
from gateway.core.refusal import Finding
from gateway.core.status import DeliveryState


@dataclass(frozen=True, slots=True)
class Ticket:
    """What crosses an internal queue: which attempt of which delivery is ready. Never content."""

    delivery: DeliveryId
    attempt: int
    """1 for the first. A ticket of an earlier attempt can't claim the delivery any more."""
    destination: str
    message: MessageId | None = field(default=None, compare=False)
    """For the log of who took the ticket from the store; it does not cross the queue."""
    trace: str | None = field(default=None, compare=False)
    """The trace that the delivery is part of, where it is recorded (W3C `traceparent`)."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that a worker holds under a lease."""

    ticket: Ticket
    message: Message
    since: datetime
    """Start of the delivery's age: its acceptance, its latest replay, or the end of the one that it waited for."""
    reference: str | None = None
    """The system's own name for the case, where it has given one."""
    doubtful: bool = False
    """An earlier attempt may have reached the system without its saying so."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """A delivery whose lease has run out, or whose receipt did not come in time."""

    ticket: Ticket
    state: DeliveryState
    """CLAIMED or PENDING."""
    tenant: str
    service: str
    since: datetime
    claimed_at: datetime
    """When the attempt began."""
    doubtful: bool = False
    """An earlier attempt may have reached the system without its saying so."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """How an attempt ended and what follows: written in one commit, before the broker gets its ack."""

    ticket: Ticket
    state: DeliveryState
    """The delivery's next state. QUEUED means another attempt, numbered `ticket.attempt + 1`."""
    outcome: str
    """Name of the outcome in lower case: delivered, pending, failed, unclear, rejected."""
    started_at: datetime
    finished_at: datetime
    due_at: datetime | None = None
    """QUEUED: not before; PENDING: to be confirmed until, None as long as it has not left; else None."""
    cause: Cause | None = None
    reference: str | None = None
    sign: Sign | None = None
    """What the attempt told of the destination's system."""
    since: datetime | None = field(default=None, compare=False)
    """Start of the delivery's age, for who measures."""
    reaped: bool = False
    """Judged by the reaper: void where the lease was renewed since it looked."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What intake has checked and routed, ready to be made durable in one commit."""

    message: Message
    destinations: tuple[str, ...]
    idempotency_key: str | None = None
    warnings: tuple[Finding, ...] = ()
    """What was found against the message without being a reason to refuse it."""
    ordered: frozenset[str] = frozenset()
    """Those of the destinations that want the messages of one case in their order."""
    priority: Priority = Priority.NORMAL
    trace: str | None = None
    """The trace that its acceptance is part of, where it is recorded (W3C `traceparent`)."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of acceptance: the message and all its deliveries are safe on disk."""

    id: MessageId
    nachrichten_uuid: str
    standard: str
    version: str
    root: str
    service: str
    tenant: str
    destinations: tuple[str, ...]
    sha256: str
    received_at: datetime
    warnings: tuple[Finding, ...] = ()
    repeated: bool = False
    """This very submission had been accepted before; nothing was accepted twice."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a specialist system fetches by itself, from a RabbitMQ queue or over HTTP."""

    delivery: DeliveryId
    message: MessageId
    tenant: str
    service: str
    root: str
    content_type: str
    body: bytes
    test: bool = False
    order_key: str | None = None
    """Parcels with the same key belong to one case; the system takes them in the order given."""
