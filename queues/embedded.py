"""Embedded: the broker port inside one process, with the bytes and the rules of the real one."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Self

import structlog

from gateway.core.delivery import Ticket
from gateway.core.ports import Handed
from queues.tickets import Unreadable, decode, encode
from queues.topology import DELIVERY_LIMIT

log = structlog.get_logger()


@dataclass(eq=False, slots=True)
class Letter:
    """A body on a queue, and how often it has come back."""

    body: bytes
    trace: str | None = None
    returns: int = 0


class EmbeddedBroker:
    """The broker port in memory. It dies with its process, and the store then publishes again.

    `dead` holds (destination, body) of what came back too often or could not be read.
    """

    def __init__(self, destinations: Iterable[str]) -> None:
        self.dead: list[tuple[str, bytes]] = []
        self._queues: dict[str, asyncio.Queue[Letter]] = {each: asyncio.Queue() for each in destinations}

    @property
    def generation(self) -> int:
        """Never changes: what is lost here is lost together with whoever could ask."""
        return 0

    async def publish(self, tickets: Sequence[Ticket]) -> frozenset[Ticket]:
        """Put tickets on their queues; those for unknown destinations are not confirmed."""
        known = [ticket for ticket in tickets if ticket.destination in self._queues]
        if len(known) < len(tickets):
            unknown = {ticket.destination for ticket in tickets} - self._queues.keys()
            log.warning("tickets_not_taken", destinations=sorted(unknown))
        for ticket in known:
            self.put(ticket.destination, encode(ticket), ticket.trace)
        return frozenset(known)

    def put(self, destination: str, body: bytes, trace: str | None = None) -> None:
        """Put a body on a queue as it is, readable or not."""
        self._queues[destination].put_nowait(Letter(body, trace))

    def consume(self, destination: str, prefetch: int) -> AbstractAsyncContextManager[AsyncIterator[Handed]]:
        """Consume one destination's queue; consumers of the same queue share it."""
        queue = self._queues.setdefault(destination, asyncio.Queue())
        return Consumer(destination, queue, self.dead, prefetch)

    async def ping(self) -> None:
        """Always answers."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing to close."""


class Consumer:
    """Hands out a queue's tickets, at most `prefetch` at a time; what is in hand at the end goes back."""

    def __init__(
        self, destination: str, queue: asyncio.Queue[Letter], dead: list[tuple[str, bytes]], prefetch: int
    ) -> None:
        self._destination = destination
        self._queue = queue
        self._dead = dead
        self._slots = asyncio.Semaphore(prefetch)
        self._in_hand: set[Letter] = set()

    async def __aenter__(self) -> AsyncIterator[Handed]:
        return self

    async def __aexit__(self, *_: object) -> None:
        for letter in list(self._in_hand):
            self.give_back(letter)

    def __aiter__(self) -> AsyncIterator[Handed]:
        return self

    async def __anext__(self) -> Handed:
        while True:
            letter = await self._take()
            try:
                ticket = decode(letter.body, self._destination, letter.trace)
            except Unreadable as error:
                log.warning("unreadable_message", destination=self._destination, reason=str(error))
                self.let_go(letter)
                self._dead.append((self._destination, letter.body))
            else:
                return HeldTicket(self, letter, ticket)

    async def _take(self) -> Letter:
        await self._slots.acquire()
        try:
            letter = await self._queue.get()
        except asyncio.CancelledError:
            self._slots.release()
            raise
        self._in_hand.add(letter)
        return letter

    def let_go(self, letter: Letter) -> bool:
        """Take a letter out of the hand; False where it is there no more."""
        if letter not in self._in_hand:
            return False
        self._in_hand.remove(letter)
        self._slots.release()
        return True

    def give_back(self, letter: Letter) -> None:
        """To the queue again, as far as the delivery limit allows."""
        if not self.let_go(letter):
            return
        letter.returns += 1
        if letter.returns <= DELIVERY_LIMIT:
            self._queue.put_nowait(letter)
        else:
            log.error("ticket_dead", destination=self._destination)
            self._dead.append((self._destination, letter.body))


@dataclass(eq=False, slots=True)
class HeldTicket:
    """A ticket in hand."""

    consumer: Consumer
    letter: Letter
    ticket: Ticket

    async def ack(self) -> None:
        """Done with it."""
        self.consumer.let_go(self.letter)

    async def put_back(self) -> None:
        """To the queue again."""
        self.consumer.give_back(self.letter)
