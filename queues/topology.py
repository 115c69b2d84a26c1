"""Topology: every exchange, queue, argument and binding that the gateway has in RabbitMQ, as data.

`docs/topology.md` gives operators the reason of each argument; a test holds the two together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

DELIVERY_LIMIT = 20
"""How often a ticket may come back to its queue before it counts as dead. RabbitMQ 4 has the same number
as its default, 3.x has none: it is always written out."""

DEAD_TICKETS_KEPT = timedelta(days=30)
DEAD_PARCELS_KEPT = timedelta(days=7)
"""Shorter: a parcel holds a message, a ticket only an id. Both are still in the store."""
DEAD_RECEIPTS_KEPT = timedelta(days=30)
"""Longer: there is no other copy of a receipt."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A durable exchange. `kind` is `direct` (by destination) or `fanout` (whatever arrives)."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable queue, bound to one exchange with one key."""

    name: str
    exchange: Exchange
    key: str
    arguments: Mapping[str, str | int] = field(hash=False)


DELIVER = Exchange("amtsbote.deliver", "direct")
DEAD = Exchange("amtsbote.dead", "fanout")
PICKUP = Exchange("amtsbote.pickup", "direct")
PICKUP_DEAD = Exchange("amtsbote.pickup-dead", "fanout")
RECEIPTS = Exchange("amtsbote.receipts", "fanout")
RECEIPTS_DEAD = Exchange("amtsbote.receipts-dead", "fanout")


def deliver_queue(destination: str) -> Queue:
    """The queue on which tickets for `destination` wait for a worker."""
    return Queue(f"amtsbote.deliver.{destination}", DELIVER, destination, _working(DEAD))


def pickup_queue(destination: str) -> Queue:
    """The queue from which the specialist system behind `destination` fetches its messages itself."""
    return Queue(f"pickup.{destination}", PICKUP, destination, _working(PICKUP_DEAD))


def receipts_queue() -> Queue:
    """The queue on which receipts of specialist systems wait for the gateway. Not named as its exchange, so that
    the right to write to the one is none for the other.
    """
    return Queue("amtsbote.receipts.inbox", RECEIPTS, "", _working(RECEIPTS_DEAD))


def dead_queue(exchange: Exchange) -> Queue:
    """Where ends what a working queue gave up, `exchange` being its dead-letter exchange."""
    kept = _KEPT[exchange]
    arguments: dict[str, str | int] = {
        "x-queue-type": "quorum",
        "x-message-ttl": int(kept.total_seconds() * 1000),
    }
    return Queue(exchange.name, exchange, "", arguments)


_KEPT = {DEAD: DEAD_TICKETS_KEPT, PICKUP_DEAD: DEAD_PARCELS_KEPT, RECEIPTS_DEAD: DEAD_RECEIPTS_KEPT}


def _working(dead: Exchange) -> Mapping[str, str | int]:
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": dead.name,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
