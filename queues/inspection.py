"""Inspection: what lies in our queues and who consumes them, as seen from outside; changes nothing."""

import asyncio
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from aio_pika import Message

from gateway.core.errors import BrokerUnavailable
from queues.errors import TopologyUnusable, translated
from queues.link import Link
from queues.topology import DEAD, dead_queue, deliver_queue

PATIENCE = 5.0
"""Seconds for one question."""


@dataclass(frozen=True, slots=True)
class QueueSeen:
    """A queue and who stands at it."""

    name: str
    messages: int
    """That nobody has in hand."""
    consumers: int


@dataclass(frozen=True, slots=True)
class BrokerSeen:
    """What a broker says of itself."""

    queues: tuple[QueueSeen, ...]
    """The working ones, of the destinations asked for."""
    missing: tuple[str, ...]
    dead: int
    """Tickets that came back too often, or were none."""
    takes_messages: bool
    """False while an alarm (memory, disk) holds up who publishes."""


async def inspect(url: str, destinations: Collection[str]) -> BrokerSeen:
    """Look at the queues of destinations.

    Raises:
        BrokerUnavailable: the broker does not answer.
    """
    async with Link(url, "amtsbote-doctor", timeout=PATIENCE) as link:
        found = [await _seen(link, deliver_queue(each).name) for each in sorted(destinations)]
        dead = await _seen(link, dead_queue(DEAD).name)
        return BrokerSeen(
            queues=tuple(each for each in found if isinstance(each, QueueSeen)),
            missing=tuple(each for each in found if isinstance(each, str)),
            dead=dead.messages if isinstance(dead, QueueSeen) else 0,
            takes_messages=await _takes_messages(link),
        )


async def _seen(link: Link, name: str) -> QueueSeen | str:
    """A queue; only its name where there is none."""
    try:
        async with link.channel() as channel, translated(link.timeout):
            queue = await channel.declare_queue(name, passive=True)
            result = queue.declaration_result
            return QueueSeen(name, result.message_count or 0, result.consumer_count or 0)
    except TopologyUnusable:
        return name


async def _takes_messages(link: Link) -> bool:
    """Publish what no queue is bound for: it is confirmed, and gone. While an alarm lasts it is not read."""
    try:
        async with asyncio.timeout(PATIENCE), link.channel(confirms=True) as channel:
            message = Message(b"", message_id=uuid.uuid4().hex)
            await channel.default_exchange.publish(
                message, f"amtsbote.doctor.{uuid.uuid4()}", mandatory=False
            )
    except (TimeoutError, BrokerUnavailable):
        return False
    return True
