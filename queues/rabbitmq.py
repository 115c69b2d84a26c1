"""RabbitMQ: the broker port over quorum queues, for any number of processes on any number of hosts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Self

import structlog
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage, HeadersType

from gateway.core.delivery import Ticket
from gateway.core.errors import BrokerUnavailable
from gateway.core.ports import Handed
from queues.errors import NotTaken, TopologyUnusable, Unroutable, translated
from queues.link import HEARTBEAT, TIMEOUT, Link, declare
from queues.publisher import Publisher
from queues.subscription import Held, Subscription
from queues.tickets import CONTENT_TYPE, TRACE, decode, encode
from queues.topology import DEAD, DELIVER, dead_queue, deliver_queue

log = structlog.get_logger()

IN_FLIGHT = 32
"""Publishes that wait for their confirm at the same time: 3.4 times as fast as one, and 128 are slower."""


REST = 15.0
"""Seconds for which nothing is sent to a queue that confirmed nothing while others did."""


class RabbitBroker:
    """The broker port over RabbitMQ; an async context manager that connects with its first use.

    Publishing and consuming have a connection each, because RabbitMQ stops reading from a connection that
    publishes while an alarm lasts, and acks must get through all the same. `generation` counts the
    publishing connections that were lost.
    """

    def __init__(
        self, url: str, destinations: Iterable[str], *, timeout: float = TIMEOUT, heartbeat: int = HEARTBEAT
    ) -> None:
        self._destinations = frozenset(destinations)
        self._timeout = timeout
        self._publishing = Link(
            url, "amtsbote-publish", timeout=timeout, heartbeat=heartbeat, prepare=self._declare_all
        )
        self._consuming = Link(url, "amtsbote-consume", timeout=timeout, heartbeat=heartbeat)
        self._publisher = Publisher(self._publishing)
        self._stack = AsyncExitStack()
        self._resting: dict[str, float] = {}

    @property
    def generation(self) -> int:
        """Changes whenever what was published may have been lost."""
        return self._publishing.generation

    async def publish(self, tickets: Sequence[Ticket]) -> frozenset[Ticket]:
        """Publish with confirms, 32 in flight, all of it within the timeout.

        The destinations share the 32 evenly, so that a queue which has lost its majority and confirms
        nothing holds up its own tickets alone. It then rests for a while.
        """
        now = asyncio.get_running_loop().time()
        lanes: dict[str, list[Ticket]] = {}
        for ticket in tickets:
            if self._resting.get(ticket.destination, now) <= now:
                lanes.setdefault(ticket.destination, []).append(ticket)
        batch = Batch(self._send)
        late = False
        try:
            async with asyncio.timeout(self._timeout), asyncio.TaskGroup() as group:
                for lane in lanes.values():
                    waiting = iter(lane)
                    for _ in range(min(len(lane), max(1, IN_FLIGHT // len(lanes)))):
                        group.create_task(batch.publish(waiting))
        except TimeoutError:
            late = True
            batch.failures.append(BrokerUnavailable(f"not confirmed within {self._timeout:g} seconds"))
        if batch.refused:
            log.warning("tickets_not_taken", destinations=sorted(batch.refused))
        if tickets and not lanes:
            raise BrokerUnavailable("no queue that is wanted confirms at present")
        if batch.failures and not batch.confirmed:
            raise batch.failures[0]
        if late:
            self._rest(lanes.keys() - {ticket.destination for ticket in batch.confirmed} - batch.refused)
        return frozenset(batch.confirmed)

    def _rest(self, destinations: AbstractSet[str]) -> None:
        until = asyncio.get_running_loop().time() + REST
        for destination in destinations:
            log.warning("queue_confirms_nothing", destination=destination, seconds=REST)
            self._resting[destination] = until

    def consume(self, destination: str, prefetch: int) -> AbstractAsyncContextManager[AsyncIterator[Handed]]:
        """Consume one destination's queue; each consumer has a channel of its own."""
        queues = (deliver_queue(destination), dead_queue(DEAD))

        def hand(message: AbstractIncomingMessage, timeout: float) -> HeldTicket:
            return HeldTicket(message, timeout, decode(message.body, destination, message.headers.get(TRACE)))

        return Subscription(self._consuming, queues, prefetch, hand)

    async def ping(self) -> None:
        """Ask the broker for one of our exchanges."""
        try:
            async with self._publishing.channel() as channel, translated(self._timeout):
                await channel.declare_exchange(DELIVER.name, passive=True)
        except TopologyUnusable:
            await self._publishing.renew()
            raise

    async def _send(self, ticket: Ticket) -> None:
        headers: HeadersType = {"delivery": ticket.delivery}
        if ticket.trace is not None:
            headers[TRACE] = ticket.trace
        try:
            await self._publisher.send(DELIVER, ticket.destination, encode(ticket), CONTENT_TYPE, headers)
        except (Unroutable, TopologyUnusable):
            if ticket.destination in self._destinations:
                # Somebody has removed a queue, and with it what was on it.
                await self._publishing.renew()
            raise

    async def _declare_all(self, connection: AbstractConnection) -> None:
        queues = [dead_queue(DEAD), *map(deliver_queue, sorted(self._destinations))]
        await declare(connection, queues, self._timeout)

    async def __aenter__(self) -> Self:
        for part in (self._publishing, self._consuming, self._publisher):
            await self._stack.enter_async_context(part)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()


class Batch:
    """What became of the tickets that are published together."""

    def __init__(self, send: Callable[[Ticket], Awaitable[None]]) -> None:
        self.confirmed: set[Ticket] = set()
        self.refused: set[str] = set()
        """Destinations for which the broker refused a ticket."""
        self.failures: list[BrokerUnavailable] = []
        self._send = send

    async def publish(self, waiting: Iterator[Ticket]) -> None:
        """Publish one ticket after the other until there is none left or the broker fails."""
        for ticket in waiting:
            try:
                await self._send(ticket)
                self.confirmed.add(ticket)
            except NotTaken:
                self.refused.add(ticket.destination)
            except BrokerUnavailable as error:
                self.failures.append(error)
                return


class HeldTicket(Held):
    """A ticket in hand."""

    def __init__(self, message: AbstractIncomingMessage, timeout: float, ticket: Ticket) -> None:
        super().__init__(message, timeout)
        self.ticket = ticket
