"""Subscription: a queue's messages in hand, one after the other, whatever happens to the connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from gateway.core.errors import BrokerUnavailable
from queues.errors import translated
from queues.link import Link, declare, pauses
from queues.tickets import Unreadable
from queues.topology import Queue

log = structlog.get_logger()


class Held:
    """A message that the broker keeps for us until it is acked or put back, whichever comes first."""

    def __init__(self, message: AbstractIncomingMessage, timeout: float) -> None:
        self._message = message
        self._timeout = timeout
        self._done = False

    async def ack(self) -> None:
        """Done with it. On a broken connection nothing happens, and it comes again."""
        if self._first():
            with suppress(BrokerUnavailable):
                async with translated(self._timeout):
                    await self._message.ack()

    async def put_back(self) -> None:
        """To the queue again. On a broken connection it goes there by itself."""
        if self._first():
            with suppress(BrokerUnavailable):
                async with translated(self._timeout):
                    await self._message.nack(requeue=True)

    def _first(self) -> bool:
        first, self._done = not self._done, True
        return first


H = TypeVar("H", bound=Held)
H_co = TypeVar("H_co", bound=Held, covariant=True)


class Hand(Protocol[H_co]):
    """Makes of a message what the consumer gets.

    Raises:
        Unreadable: nothing can be made of it.
    """

    def __call__(self, message: AbstractIncomingMessage, timeout: float) -> H_co: ...


class Subscription(Generic[H]):
    """Consumes the first of `queues`, all of which are declared before, with at most `prefetch` in hand.

    The iterator ends with the context, never before; what is in hand then goes back to the queue. What
    nothing can be made of goes to the dead letters.
    """

    def __init__(self, link: Link, queues: tuple[Queue, ...], prefetch: int, hand: Hand[H]) -> None:
        self._link = link
        self._queues = queues
        self._prefetch = prefetch
        self._hand = hand
        self._inbox: asyncio.Queue[H] = asyncio.Queue()
        self._feeder: asyncio.Task[None] | None = None

    async def __aenter__(self) -> AsyncIterator[H]:
        self._feeder = asyncio.create_task(self._feed())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._feeder is not None
        self._feeder.cancel()
        await asyncio.gather(self._feeder, return_exceptions=True)

    def __aiter__(self) -> AsyncIterator[H]:
        return self

    async def __anext__(self) -> H:
        return await self._inbox.get()

    async def _feed(self) -> None:
        waits = pauses()
        while True:
            try:
                await declare(await self._link.connection(), self._queues, self._link.timeout)
                async with self._link.channel() as channel:
                    ended = await self._start(channel)
                    waits = pauses()
                    await ended.wait()
            except BrokerUnavailable as error:
                log.warning("consumer_waits", queue=self._queues[0].name, reason=str(error))
            finally:
                # The broker hands these out again, so nobody needs to see them twice.
                while not self._inbox.empty():
                    self._inbox.get_nowait()
            await asyncio.sleep(next(waits))

    async def _start(self, channel: AbstractChannel) -> asyncio.Event:
        """Begin to consume; the event is set when the channel is gone or the broker cancelled us."""
        ended = asyncio.Event()
        channel.close_callbacks.add(lambda *_: ended.set())
        async with translated(self._link.timeout):
            underlay = await channel.get_underlay_channel()
            # A deleted queue cancels its consumers and leaves the channel open.
            underlay.on_consumer_cancel_callbacks.add(lambda _: ended.set())
            await channel.set_qos(prefetch_count=self._prefetch)
            queue = await channel.get_queue(self._queues[0].name, ensure=False)
            await queue.consume(self._receive)
        return ended

    async def _receive(self, message: AbstractIncomingMessage) -> None:
        try:
            self._inbox.put_nowait(self._hand(message, self._link.timeout))
        except Unreadable as error:
            log.warning("unreadable_message", queue=self._queues[0].name, reason=str(error))
            with suppress(BrokerUnavailable):
                async with translated(self._link.timeout):
                    await message.reject(requeue=False)
