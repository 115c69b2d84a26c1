"""Receipts over AMQP: an exchange to which specialist systems publish, and the gateway as its only reader."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from typing import Self

from aio_pika.abc import AbstractConnection, AbstractIncomingMessage, HeadersType

from gateway.core.errors import BrokerUnavailable
from gateway.core.ports import Letter
from queues.link import HEARTBEAT, TIMEOUT, Link, declare
from queues.publisher import Publisher
from queues.subscription import Held, Subscription
from queues.topology import RECEIPTS_DEAD, dead_queue, receipts_queue


class RabbitReceipts:
    """The `Letterbox` over RabbitMQ; an async context manager that connects with its first use.

    Who sent a letter stands in the property `user_id`, which RabbitMQ compares with the user of the connection
    before it takes the message.
    """

    def __init__(self, url: str, *, timeout: float = TIMEOUT, heartbeat: int = HEARTBEAT) -> None:
        self._timeout = timeout
        self._link = Link(
            url, "amtsbote-receipts", timeout=timeout, heartbeat=heartbeat, prepare=self._declare_all
        )
        self._publisher = Publisher(self._link)
        self._stack = AsyncExitStack()

    async def prepare(self) -> None:
        """Declare exchange and queues now, so that a system with no right to do so finds them.

        Raises:
            BrokerUnavailable: they are declared when the broker is back.
        """
        await self._link.connection()

    def letters(self, prefetch: int) -> AbstractAsyncContextManager[AsyncIterator[Letter]]:
        """Receipts as they come, at most `prefetch` in hand. The iterator outlives broken connections."""

        def hand(message: AbstractIncomingMessage, timeout: float) -> HeldLetter:
            return HeldLetter(message, timeout, self._publisher)

        return Subscription(self._link, _QUEUES, prefetch, hand)

    async def _declare_all(self, connection: AbstractConnection) -> None:
        await declare(connection, _QUEUES, self._timeout)

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._link)
        await self._stack.enter_async_context(self._publisher)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()


class HeldLetter(Held):
    """A receipt in hand."""

    def __init__(self, message: AbstractIncomingMessage, timeout: float, publisher: Publisher) -> None:
        super().__init__(message, timeout)
        self._publisher = publisher
        self.sender = message.user_id
        self.body = message.body

    async def refuse(self, reason: str) -> None:
        """To the dead letters, with its reason, and only then off the queue. Where that does not work now it comes
        again.
        """
        headers: dict[str, str] = {"reason": reason}
        if self.sender is not None:
            headers["sender"] = self.sender
        with suppress(BrokerUnavailable):
            await self._publisher.send(
                RECEIPTS_DEAD, "", self.body, _content_type(self._message), _as(headers)
            )
            await self.ack()


def _content_type(message: AbstractIncomingMessage) -> str:
    return message.content_type or "application/octet-stream"


def _as(headers: dict[str, str]) -> HeadersType:
    return dict(headers)


_QUEUES = (receipts_queue(), dead_queue(RECEIPTS_DEAD))
