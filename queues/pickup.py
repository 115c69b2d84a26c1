"""Pickup over AMQP: queues from which a specialist system fetches its messages by itself."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Self
from urllib.parse import unquote, urlsplit

from aio_pika.abc import AbstractConnection, AbstractIncomingMessage, HeadersType

from gateway.core.delivery import Parcel
from gateway.core.errors import ParcelTooLarge
from gateway.core.message import DeliveryId, MessageId
from queues.errors import TopologyUnusable, Unroutable, translated
from queues.link import HEARTBEAT, TIMEOUT, Link, declare
from queues.publisher import Publisher
from queues.subscription import Held, Subscription
from queues.tickets import Unreadable
from queues.topology import PICKUP, PICKUP_DEAD, RECEIPTS, dead_queue, pickup_queue

LARGEST_BODY = 15 * 1024 * 1024
"""RabbitMQ 4 takes 16 MiB by default, and closes the channel on more, with everything that is on it."""


class RabbitPickup:
    """The pickup port over RabbitMQ; an async context manager that connects with its first use.

    A parcel's body is the AMQP body; everything else stands in its properties (`docs/topology.md`).
    """

    def __init__(
        self, url: str, destinations: Iterable[str], *, timeout: float = TIMEOUT, heartbeat: int = HEARTBEAT
    ) -> None:
        self._destinations = frozenset(destinations)
        self._timeout = timeout
        self._link = Link(
            url, "amtsbote-pickup", timeout=timeout, heartbeat=heartbeat, prepare=self._declare_all
        )
        self._publisher = Publisher(self._link)
        self._stack = AsyncExitStack()

    async def prepare(self) -> None:
        """Declare the queues now and not only with the first parcel.

        Raises:
            BrokerUnavailable: they are declared when the broker is back.
        """
        await self._link.connection()

    async def ready(self, destination: str) -> None:
        """Find out whether the destination's queue is there.

        Raises:
            BrokerUnavailable: it is not, or the broker does not answer.
        """
        async with self._link.channel() as channel, translated(self._timeout):
            await channel.get_queue(pickup_queue(destination).name, ensure=True)

    async def offer(self, destination: str, parcel: Parcel) -> None:
        """Publish a parcel and wait for the confirm.

        Raises:
            ParcelTooLarge: RabbitMQ does not take it, now or later.
            BrokerUnavailable: not laid out, or unknown whether it was.
        """
        if len(parcel.body) > LARGEST_BODY:
            raise ParcelTooLarge(f"{len(parcel.body)} bytes, and RabbitMQ takes {LARGEST_BODY}")
        try:
            await self._publisher.send(
                PICKUP, destination, parcel.body, parcel.content_type, _headers(parcel)
            )
        except (Unroutable, TopologyUnusable):
            if destination in self._destinations:
                await self._link.renew()
            raise

    async def _declare_all(self, connection: AbstractConnection) -> None:
        queues = [dead_queue(PICKUP_DEAD), *map(pickup_queue, sorted(self._destinations))]
        await declare(connection, queues, self._timeout)

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._link)
        await self._stack.enter_async_context(self._publisher)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()


class HeldParcel(Held):
    """A parcel in the hands of a specialist system."""

    def __init__(self, message: AbstractIncomingMessage, timeout: float) -> None:
        super().__init__(message, timeout)
        self.parcel = _parcel(message)


@asynccontextmanager
async def consume_parcels(
    url: str, destination: str, prefetch: int = 1, *, timeout: float = TIMEOUT
) -> AsyncIterator[AsyncIterator[HeldParcel]]:
    """Fetch parcels as a specialist system would: ack each one once it is safe over there.

    The iterator outlives broken connections and ends with the context.
    """
    queues = (pickup_queue(destination), dead_queue(PICKUP_DEAD))
    async with (
        Link(url, f"pickup-{destination}", timeout=timeout) as link,
        Subscription(link, queues, prefetch, HeldParcel) as parcels,
    ):
        yield parcels


class ReceiptSender:
    """Sends receipts as a specialist system would."""

    def __init__(self, publisher: Publisher, user: str) -> None:
        self._publisher = publisher
        self._user = user

    async def send(self, receipt: bytes) -> None:
        """Publish a receipt, which is JSON, and wait until the broker has it safe.

        Raises:
            BrokerUnavailable: not confirmed; it may have arrived all the same.
        """
        await self._publisher.send(RECEIPTS, "", receipt, "application/json", {}, user=self._user)


@asynccontextmanager
async def sending_receipts(url: str, *, timeout: float = TIMEOUT) -> AsyncIterator[ReceiptSender]:
    """A connection for receipts, as the user whom the URL names."""
    user = unquote(urlsplit(url).username or "guest")
    async with Link(url, "receipts", timeout=timeout) as link, Publisher(link) as publisher:
        yield ReceiptSender(publisher, user)


def _headers(parcel: Parcel) -> HeadersType:
    headers: dict[str, str | bool] = {
        "delivery": parcel.delivery,
        "message": parcel.message,
        "tenant": parcel.tenant,
        "service": parcel.service,
        "root": parcel.root,
        "test": parcel.test,
    }
    if parcel.order_key is not None:
        headers["order_key"] = parcel.order_key
    return dict(headers)


def _parcel(message: AbstractIncomingMessage) -> Parcel:
    headers = message.headers
    try:
        order_key = headers.get("order_key")
        return Parcel(
            delivery=DeliveryId(str(headers["delivery"])),
            message=MessageId(str(headers["message"])),
            tenant=str(headers["tenant"]),
            service=str(headers["service"]),
            root=str(headers["root"]),
            content_type=message.content_type or "application/octet-stream",
            body=message.body,
            test=headers["test"] is not False,
            order_key=None if order_key is None else str(order_key),
        )
    except KeyError as error:
        raise Unreadable(f"no header {error}") from None
