"""The contract of the pickup port over RabbitMQ, as the gateway lays out and a specialist system fetches."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aio_pika
import pytest

from gateway.core.delivery import Parcel
from gateway.core.errors import ParcelTooLarge, Unavailable
from gateway.core.message import DeliveryId, MessageId
from queues.pickup import LARGEST_BODY, HeldParcel, RabbitPickup, consume_parcels
from tests.servers.proxy import Proxy

PATIENCE = 40.0

PARCEL = Parcel(
    delivery=DeliveryId("01981f2e-0000-7000-8000-000000000001"),
    message=MessageId("01981f2e-0000-7000-8000-000000000000"),
    tenant="maerkische-heide",
    service="real-estate/negativzeugnis",
    root="liegenschaften.negativzeugnis.0501",
    content_type="application/xml",
    body="<liegenschaften.negativzeugnis.0501>Märkische Heide/Markojska Góla</…>".encode(),
    test=True,
    order_key="121234007000450003__",
)


@pytest.fixture
async def pickup(rabbitmq_url: str) -> AsyncIterator[RabbitPickup]:
    async with RabbitPickup(rabbitmq_url, ["alkis"]) as pickup:
        yield pickup


async def take(parcels: AsyncIterator[HeldParcel]) -> HeldParcel:
    return await asyncio.wait_for(anext(parcels), PATIENCE)


@pytest.mark.parametrize("parcel", [PARCEL, replace(PARCEL, test=False, order_key=None, body=b"")])
async def test_a_parcel_arrives_as_it_was_offered(
    pickup: RabbitPickup, rabbitmq_url: str, parcel: Parcel
) -> None:
    await pickup.offer("alkis", parcel)
    async with consume_parcels(rabbitmq_url, "alkis") as parcels:
        assert (await take(parcels)).parcel == parcel


async def test_a_parcel_is_fetched_until_it_is_acked(pickup: RabbitPickup, rabbitmq_url: str) -> None:
    await pickup.offer("alkis", PARCEL)
    async with consume_parcels(rabbitmq_url, "alkis") as parcels:
        await (await take(parcels)).put_back()
        await take(parcels)
    async with consume_parcels(rabbitmq_url, "alkis") as parcels:
        await (await take(parcels)).ack()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(parcels), 0.3)


async def test_parcels_come_in_the_order_in_which_they_were_offered(
    pickup: RabbitPickup, rabbitmq_url: str
) -> None:
    offered = [replace(PARCEL, delivery=DeliveryId(str(number))) for number in range(30)]
    for parcel in offered:
        await pickup.offer("alkis", parcel)
    async with consume_parcels(rabbitmq_url, "alkis", prefetch=10) as parcels:
        for parcel in offered:
            held = await take(parcels)
            assert held.parcel == parcel
            await held.ack()


async def test_what_a_system_sees_is_persistent_and_documented(
    pickup: RabbitPickup, rabbitmq_url: str
) -> None:
    await pickup.offer("alkis", PARCEL)
    async with await aio_pika.connect(rabbitmq_url) as connection, connection.channel() as channel:
        message = await (await channel.get_queue("pickup.alkis", ensure=False)).get()
        await message.ack()
    assert message.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
    assert message.content_type == "application/xml"
    assert message.message_id != PARCEL.delivery
    ours = {name for name in message.headers if not name.startswith("x-")}
    assert ours == {"delivery", "message", "tenant", "service", "root", "test", "order_key"}
    document = (Path(__file__).parents[2] / "docs" / "topology.md").read_text()
    assert [name for name in ours if f"| `{name}` |" not in document] == []


async def test_a_parcel_without_our_headers_goes_to_the_dead_letters(
    pickup: RabbitPickup, rabbitmq_url: str
) -> None:
    await pickup.offer("alkis", PARCEL)
    async with await aio_pika.connect(rabbitmq_url) as connection, connection.channel() as channel:
        exchange = await channel.get_exchange("amtsbote.pickup")
        await exchange.publish(aio_pika.Message(b"from somebody else"), "alkis")
        async with consume_parcels(rabbitmq_url, "alkis") as parcels:
            await (await take(parcels)).ack()
            dead = await channel.get_queue("amtsbote.pickup-dead")
            async with asyncio.timeout(PATIENCE), dead.iterator() as letters:
                letter = await anext(letters)
                await letter.ack()
    assert letter.body == b"from somebody else"


async def test_a_parcel_that_rabbitmq_would_never_take_is_refused_beforehand(pickup: RabbitPickup) -> None:
    with pytest.raises(ParcelTooLarge, match=str(LARGEST_BODY)):
        await pickup.offer("alkis", replace(PARCEL, body=bytes(LARGEST_BODY + 1)))
    await pickup.offer("alkis", replace(PARCEL, body=bytes(LARGEST_BODY)))


async def test_a_destination_without_a_queue_is_said(pickup: RabbitPickup) -> None:
    with pytest.raises(Unavailable):
        await pickup.offer("abgeschafft", PARCEL)
    await pickup.offer("alkis", PARCEL)


async def test_a_broken_connection_is_said_and_mended(rabbitmq_url: str) -> None:
    async with (
        Proxy(rabbitmq_url) as proxy,
        RabbitPickup(proxy.url, ["alkis"]) as pickup,
        consume_parcels(proxy.url, "alkis") as parcels,
    ):
        await pickup.offer("alkis", PARCEL)
        in_hand = await take(parcels)
        await proxy.refuse()
        with pytest.raises(Unavailable):
            await pickup.offer("alkis", PARCEL)
        await in_hand.ack()
        await proxy.accept()
        again = await take(parcels)
        assert again.parcel == PARCEL
        await again.ack()
        second = replace(PARCEL, delivery=DeliveryId("01981f2e-0000-7000-8000-000000000002"))
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    await pickup.offer("alkis", second)
                    break
                except Unavailable:
                    await asyncio.sleep(0.1)
        while (held := await take(parcels)).parcel != second:
            await held.ack()


async def test_a_system_finds_its_queue_before_the_first_parcel(rabbitmq_url: str) -> None:
    async with RabbitPickup(rabbitmq_url, ["alkis"]) as pickup:
        await pickup.prepare()

    async with asyncio.timeout(PATIENCE), await aio_pika.connect(rabbitmq_url) as connection:
        channel = await connection.channel()
        await channel.get_queue("pickup.alkis", ensure=True)


async def test_it_is_ready_when_its_queue_is_there(pickup: RabbitPickup) -> None:
    await pickup.ready("alkis")
    with pytest.raises(Unavailable):
        await pickup.ready("no-such-queue")
    await pickup.ready("alkis")
