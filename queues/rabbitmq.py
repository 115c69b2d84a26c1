"""RabbitMQ: the broker port over quorum queues, for any number of processes on any number of hosts."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Self

import structlog
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage

from gateway.core.delivery import Ticket
from gateway.core.errors import BrokerUnavailable
from gateway.core.ports import Handed
from queues.errors import NotTaken, TopologyUnusable, Unroutable, translated
from queues.link import HEARTBEAT, TIMEOUT, Link, declare
from queues.publisher import Publisher
from queues.subscription import Held, Subscription
from queues.tickets import CONTENT_TYPE, decode, encode
from queues.topology import DEAD, DELIVER, dead_queue, deliver_queue

log = structlog.get_logger()

IN_FLIGHT = 32
"""Publishes that wait for their confirm at the same time: 3.4 times as fast as one, and 128 are slower."""


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

    @property
    def generation(self) -> int:
        """Changes whenever what was published may have been lost."""
        return self._publishing.generation

    async def publish(self, tickets: Sequence[Ticket]) -> frozenset[Ticket]:
        """Publish with confirms, 32 in flight, all of it within the timeout."""
        confirmed: set[Ticket] = set()
        failures: list[BrokerUnavailable] = []
        remaining = iter(tickets)

        async def publish_some() -> None:
            for ticket in remaining:
                try:
                    await self._send(ticket)
                    confirmed.add(ticket)
                except NotTaken as error:
                    log.warning("ticket_not_taken", destination=ticket.destination, reason=str(error))
                except BrokerUnavailable as error:
                    failures.append(error)
                    return

        try:
            async with translated(self._timeout), asyncio.TaskGroup() as group:
                for _ in range(min(IN_FLIGHT, len(tickets))):
                    group.create_task(publish_some())
        except BrokerUnavailable as error:
            failures.append(error)
        if failures and not confirmed:
            raise failures[0]
        return frozenset(confirmed)

    def consume(self, destination: str, prefetch: int) -> AbstractAsyncContextManager[AsyncIterator[Handed]]:
        """Consume one destination's queue; each consumer has a channel of its own."""
        queues = (deliver_queue(destination), dead_queue(DEAD))

        def hand(message: AbstractIncomingMessage, timeout: float) -> HeldTicket:
            return HeldTicket(message, timeout, decode(message.body, destination))

        return Subscription(self._consuming, queues, prefetch, hand)

    async def ping(self) -> None:
        """Ask the broker for one of our exchanges."""
        async with translated(self._timeout):
            try:
                async with self._publishing.channel() as channel:
                    await channel.declare_exchange(DELIVER.name, passive=True)
            except TopologyUnusable:
                await self._publishing.renew()
                raise

    async def _send(self, ticket: Ticket) -> None:
        try:
            await self._publisher.send(
                DELIVER, ticket.destination, encode(ticket), CONTENT_TYPE, {"delivery": ticket.delivery}
            )
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


class HeldTicket(Held):
    """A ticket in hand."""

    def __init__(self, message: AbstractIncomingMessage, timeout: float, ticket: Ticket) -> None:
        super().__init__(message, timeout)
        self.ticket = ticket
