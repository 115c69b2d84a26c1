"""Views: what is shown of messages, deliveries and keys to those who may see them. Never content."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from gateway.core.message import DeliveryId, MessageId
from gateway.core.refusal import Finding
from gateway.core.status import DeliveryState, MessageState


@dataclass(frozen=True, slots=True)
class EventView:
    """One line of a message's timeline."""

    at: datetime
    action: str
    """received, claimed, delivered, pending, failed, unclear, rejected, confirmed, replayed, lease-lost ..."""
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


Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A slice of a list; `next` continues it, None at its end."""

    items: tuple[Item, ...]
    next: str | None = None


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
