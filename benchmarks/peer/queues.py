"""Queues: RabbitMQ, or a queue in this process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol
from uuid import UUID

import aio_pika
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustChannel

from benchmarks.peer.settings import MEMORY

NAME = "messages"

Handler = Callable[[UUID], Awaitable[None]]


class Queue(Protocol):
    async def publish(self, id: UUID) -> None:
        """Return when the queue has it."""

    async def consume(self, handler: Handler, at_once: int) -> None:
        """Hand over what is published, from now on. What the handler could not do comes again."""


class _RabbitMq:
    def __init__(self, channel: AbstractRobustChannel) -> None:
        self._channel = channel

    async def publish(self, id: UUID) -> None:
        message = aio_pika.Message(id.bytes, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await self._channel.default_exchange.publish(message, NAME)

    async def consume(self, handler: Handler, at_once: int) -> None:
        async def handle(message: AbstractIncomingMessage) -> None:
            async with message.process(requeue=True):
                await handler(UUID(bytes=message.body))

        await self._channel.set_qos(prefetch_count=at_once)
        await (await self._channel.get_queue(NAME)).consume(handle)


class _InProcess:
    def __init__(self) -> None:
        self._waiting: asyncio.Queue[UUID] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    async def publish(self, id: UUID) -> None:
        await self._waiting.put(id)

    async def consume(self, handler: Handler, at_once: int) -> None:
        async def work() -> None:
            while True:
                await handler(await self._waiting.get())

        self._tasks += [asyncio.create_task(work()) for _ in range(at_once)]

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()


@asynccontextmanager
async def open_queue(url: str) -> AsyncIterator[Queue]:
    """Connect to the broker, and declare the queue."""
    if url == MEMORY:
        queue = _InProcess()
        yield queue
        queue.close()
    else:
        async with await aio_pika.connect_robust(url, heartbeat=10) as connection:
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            await channel.declare_queue(NAME, durable=True)
            yield _RabbitMq(channel)
