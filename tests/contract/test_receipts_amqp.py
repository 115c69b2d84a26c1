"""Receipts over RabbitMQ: what arrives, who sent it, where the unusable goes, and what a system's user may do."""

import asyncio
import secrets
import shlex
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, ChannelPreconditionFailed
from aiormq.exceptions import ChannelAccessRefused

from gateway.core.ports import Letter
from queues.grants import grants
from queues.link import declare
from queues.pickup import RabbitPickup
from queues.receipts import RabbitReceipts
from queues.topology import DELIVER, RECEIPTS, RECEIPTS_DEAD, deliver_queue
from tests.contract.test_pickup_amqp import PARCEL
from tests.servers.rabbitmq import RabbitMqServer
from tests.unit.docs.pages import blocks, page, section

PATIENCE = 40.0
PASSWORD = "only-for-this-test"

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def box(rabbitmq_url: str) -> AsyncIterator[RabbitReceipts]:
    async with RabbitReceipts(rabbitmq_url) as opened:
        await opened.prepare()
        yield opened


@asynccontextmanager
async def channel_of(url: str) -> AsyncIterator[AbstractChannel]:
    async with (
        await aio_pika.connect(url) as connection,
        connection.channel(on_return_raises=True) as channel,
    ):
        yield channel


async def send(url: str, body: bytes, *, user: str | None, exchange: str = RECEIPTS.name) -> None:
    async with channel_of(url) as channel:
        target = await channel.get_exchange(exchange, ensure=False)
        message = aio_pika.Message(body, content_type="application/json", user_id=user)
        await asyncio.wait_for(target.publish(message, "whatever"), PATIENCE)


async def take(letters: AsyncIterator[Letter]) -> Letter:
    return await asyncio.wait_for(anext(letters), PATIENCE)


def user_of(url: str) -> str:
    return urlsplit(url).username or "guest"


async def test_a_receipt_arrives_with_its_sender_under_whatever_key(
    box: RabbitReceipts, rabbitmq_url: str
) -> None:
    await send(rabbitmq_url, b"{}", user=user_of(rabbitmq_url))
    await send(rabbitmq_url, b"[]", user=None)

    async with box.letters(2) as letters:
        first, second = await take(letters), await take(letters)

    assert (first.sender, first.body) == (user_of(rabbitmq_url), b"{}")
    assert (second.sender, second.body) == (None, b"[]")


async def test_a_receipt_comes_until_it_is_acked(box: RabbitReceipts, rabbitmq_url: str) -> None:
    await send(rabbitmq_url, b"first", user=None)
    async with box.letters(1) as letters:
        await take(letters)
    async with box.letters(1) as letters:
        again = await take(letters)
        await again.ack()
        await send(rabbitmq_url, b"second", user=None)
        assert (await take(letters)).body == b"second"


async def test_what_is_refused_lies_where_people_look_with_its_reason(
    box: RabbitReceipts, rabbitmq_url: str
) -> None:
    user = user_of(rabbitmq_url)
    await send(rabbitmq_url, b"poison", user=user)
    await send(rabbitmq_url, b"next", user=user)
    async with box.letters(1) as letters:
        await (await take(letters)).refuse("not-a-receipt")
        assert (await take(letters)).body == b"next"

    async with channel_of(rabbitmq_url) as channel:
        queue = await channel.get_queue(RECEIPTS_DEAD.name, ensure=False)
        dead = await queue.get(timeout=PATIENCE)

    assert dead is not None
    assert (dead.body, dead.headers["reason"], dead.headers["sender"]) == (b"poison", "not-a-receipt", user)


async def test_nobody_sends_in_the_name_of_another(box: RabbitReceipts, rabbitmq_url: str) -> None:
    with pytest.raises(ChannelPreconditionFailed):
        await send(rabbitmq_url, b"{}", user="somebody-else")


# --- the rights of a system's user --------------------------------------------------------------------


@pytest.fixture
def limited_url(rabbitmq_server: RabbitMqServer, rabbitmq_url: str) -> Iterator[str]:
    """The address of a system that got its rights by the printed commands, and nothing else."""
    user = f"amtsbote-test-{secrets.token_hex(6)}"
    rabbitmq_server.add_user(user, PASSWORD)
    try:
        [_, rights] = grants(rabbitmq_url, user, ["alkis"])
        rabbitmq_server.run_printed(shlex.split(rights))
        parts = urlsplit(rabbitmq_url)
        yield urlunsplit(parts._replace(netloc=f"{user}:{PASSWORD}@{parts.hostname}:{parts.port or 5672}"))
    finally:
        rabbitmq_server.delete_user(user)


@pytest.fixture
async def furnished(box: RabbitReceipts, rabbitmq_url: str) -> AsyncIterator[RabbitReceipts]:
    """A virtual host with everything that a gateway has, and a parcel on two pickup queues."""
    async with RabbitPickup(rabbitmq_url, ["alkis", "other"]) as pickup:
        for name in ("alkis", "other"):
            await pickup.offer(name, PARCEL)
        async with await aio_pika.connect(rabbitmq_url) as connection:
            await declare(connection, [deliver_queue("alkis")])
        yield box


async def test_a_limited_user_fetches_its_messages_and_sends_its_receipts(
    furnished: RabbitReceipts, limited_url: str
) -> None:
    async with channel_of(limited_url) as channel:
        queue = await channel.get_queue("pickup.alkis", ensure=False)
        async with queue.iterator() as messages:
            parcel = await asyncio.wait_for(anext(messages), PATIENCE)
            await parcel.ack()
    await send(limited_url, b"receipt", user=user_of(limited_url))

    assert parcel.body == PARCEL.body
    async with furnished.letters(1) as letters:
        letter = await take(letters)
    assert (letter.sender, letter.body) == (user_of(limited_url), b"receipt")


async def _consume(channel: AbstractChannel, name: str) -> None:
    await (await channel.get_queue(name, ensure=False)).consume(_ignored)


async def _ignored(_: AbstractIncomingMessage) -> None: ...


async def _publish(channel: AbstractChannel, exchange: str, key: str) -> None:
    if exchange:
        target = await channel.get_exchange(exchange, ensure=False)
    else:
        target = channel.default_exchange
    await target.publish(aio_pika.Message(b"x"), key)


async def _bind(channel: AbstractChannel) -> None:
    await (await channel.get_queue("pickup.alkis", ensure=False)).bind(DELIVER.name, "alkis")


async def _purge(channel: AbstractChannel, name: str) -> None:
    await (await channel.get_queue(name, ensure=False)).purge()


FORBIDDEN: dict[str, Callable[[AbstractChannel], Awaitable[object]]] = {
    "read the tickets": lambda channel: _consume(channel, "amtsbote.deliver.alkis"),
    "read the messages of others": lambda channel: _consume(channel, "pickup.other"),
    "read the receipts": lambda channel: _consume(channel, "amtsbote.receipts.inbox"),
    "read the dead receipts": lambda channel: _consume(channel, RECEIPTS_DEAD.name),
    "publish a ticket": lambda channel: _publish(channel, DELIVER.name, "alkis"),
    "publish a parcel": lambda channel: _publish(channel, "amtsbote.pickup", "other"),
    "publish past the exchanges": lambda channel: _publish(channel, "", "amtsbote.deliver.alkis"),
    "publish dead letters": lambda channel: _publish(channel, RECEIPTS_DEAD.name, ""),
    "bind its queue to the tickets": _bind,
    "make a queue": lambda channel: channel.declare_queue("mine"),
    "make a nameless queue": lambda channel: channel.declare_queue(exclusive=True),
    "make an exchange": lambda channel: channel.declare_exchange("mine"),
    "delete its queue": lambda channel: channel.queue_delete("pickup.alkis"),
    "delete the exchange of receipts": lambda channel: channel.exchange_delete(RECEIPTS.name),
    "empty the queue of receipts": lambda channel: _purge(channel, "amtsbote.receipts.inbox"),
}


@pytest.mark.usefixtures("furnished")
async def test_a_limited_user_can_do_nothing_else(limited_url: str) -> None:
    refused: list[str] = []
    async with await aio_pika.connect(limited_url) as connection:
        for what, act in FORBIDDEN.items():
            channel = await connection.channel(on_return_raises=True)
            try:
                await asyncio.wait_for(act(channel), PATIENCE)
            except ChannelAccessRefused:
                refused.append(what)

    assert refused == list(FORBIDDEN)


async def test_a_limited_user_sees_no_other_virtual_host(
    limited_url: str, rabbitmq_server: RabbitMqServer
) -> None:
    elsewhere = urlsplit(rabbitmq_server.create()).path
    with pytest.raises(AMQPError):
        await aio_pika.connect(urlunsplit(urlsplit(limited_url)._replace(path=elsewhere)))


def test_the_rights_are_exact() -> None:
    user, rights = grants("amqp://gw:x@host/amts%2Fbote", "katasteramt", ["b.kataster-2", "a"])
    assert user == "rabbitmqctl add_user katasteramt"
    assert rights == (
        r"rabbitmqctl set_permissions -p amts/bote katasteramt '^$' '^amtsbote\.receipts$' "
        r"'^(pickup\.a|pickup\.b\.kataster-2)$'"
    )
    assert grants("amqp://host", "meldet-nur", [])[1].endswith(
        r" -p / meldet-nur '^$' '^amtsbote\.receipts$' '^$'"
    )


def test_the_documented_commands_are_the_printed_ones() -> None:
    shown = blocks(section(page("operating-a-system.md"), "RabbitMQ pickup"), "sh")[1]

    assert shown.splitlines() == grants(
        "amqp://gateway@broker/amtsbote", "liegenschaftsverfahren", ["liegenschaften"]
    )
