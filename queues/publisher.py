"""Publisher: one channel on which every message waits for the broker's confirm."""

import asyncio
import uuid
from contextlib import AsyncExitStack
from typing import Self

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, HeadersType

from queues.errors import translated
from queues.link import Link
from queues.topology import Exchange


class Publisher:
    """Publishes persistent messages, mandatory, and opens a new channel where the last one is gone."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._opening = asyncio.Lock()
        self._channel: AbstractChannel | None = None
        self._stack = AsyncExitStack()

    async def send(
        self,
        exchange: Exchange,
        key: str,
        body: bytes,
        content_type: str,
        headers: HeadersType,
        *,
        user: str | None = None,
    ) -> None:
        """Publish one message and wait until the broker has it safe. `user` is said to be its sender: that of the
        connection, or the broker closes the channel.

        Raises:
            BrokerUnavailable: not confirmed; it may have arrived all the same.
            Unroutable: there is no queue for it.
        """
        channel = await self._open_channel()
        message = Message(
            body,
            headers=headers,
            content_type=content_type,
            delivery_mode=DeliveryMode.PERSISTENT,
            # Two publishes in flight with the same id would get each other's confirms.
            message_id=uuid.uuid4().hex,
            app_id="amtsbote",
            user_id=user,
        )
        async with translated(self._link.timeout):
            target = await channel.get_exchange(exchange.name, ensure=False)
            await target.publish(message, key, mandatory=True)

    async def _open_channel(self) -> AbstractChannel:
        # Also where the channel is open: a blocked connection must hold a message back before it is sent.
        await self._link.connection()
        async with self._opening:
            if self._channel is None or self._channel.is_closed:
                await self._stack.aclose()
                self._channel = await self._stack.enter_async_context(self._link.channel(confirms=True))
            return self._channel

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
