"""What the RabbitMQ broker does when the connection or the broker itself is hurt."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import aio_pika
import pytest
from pamqp.common import FieldValue

from gateway.core.delivery import Ticket
from gateway.core.errors import BrokerUnavailable
from gateway.core.message import DeliveryId
from gateway.core.ports import Broker, Handed
from queues.errors import TopologyMismatch
from queues.rabbitmq import RabbitBroker
from tests.servers.proxy import Proxy
from tests.servers.rabbitmq import PrivateRabbitMq

PATIENCE = 40.0


@pytest.fixture
async def proxy(rabbitmq_url: str) -> AsyncIterator[Proxy]:
    async with Proxy(rabbitmq_url) as proxy:
        yield proxy


def some_tickets(count: int, first: int = 0) -> list[Ticket]:
    return [Ticket(DeliveryId(f"delivery-{first + number}"), 1, "ewo") for number in range(count)]


async def take(tickets: AsyncIterator[Handed], count: int) -> list[Handed]:
    return [await asyncio.wait_for(anext(tickets), PATIENCE) for _ in range(count)]


async def ack_all(tickets: AsyncIterator[Handed], wanted: set[Ticket]) -> None:
    """Ack until every wanted ticket was seen; what comes twice is acked twice."""
    missing = set(wanted)
    while missing:
        (handed,) = await take(tickets, 1)
        await handed.ack()
        missing.discard(handed.ticket)


async def soon(attempt: Callable[[], Awaitable[object]]) -> None:
    """Try again until the broker is back."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await attempt()
            except BrokerUnavailable:
                await asyncio.sleep(0.1)
            else:
                return


async def publish_soon(broker: Broker, tickets: list[Ticket]) -> None:
    """Publish as the relay does: what was not confirmed, again."""
    missing = set(tickets)

    async def publish_missing() -> None:
        missing.difference_update(await broker.publish(sorted(missing, key=str)))
        if missing:
            raise BrokerUnavailable

    await soon(publish_missing)


async def test_a_consumer_outlives_a_cut_connection_and_a_late_ack_does_no_harm(proxy: Proxy) -> None:
    async with RabbitBroker(proxy.url, ["ewo"]) as broker:
        await broker.publish(some_tickets(5))
        async with broker.consume("ewo", prefetch=3) as tickets:
            in_hand, *_ = await take(tickets, 2)
            proxy.cut()
            await in_hand.ack()
            await in_hand.put_back()
            await ack_all(tickets, set(some_tickets(5)))


async def test_a_publisher_outlives_a_cut_connection_and_says_that_tickets_may_be_lost(proxy: Proxy) -> None:
    async with RabbitBroker(proxy.url, ["ewo"]) as broker:
        await broker.publish(some_tickets(1))
        proxy.cut()
        await publish_soon(broker, some_tickets(50))
        assert broker.generation == 1


async def test_tickets_published_while_the_connection_is_cut_again_and_again_all_arrive(proxy: Proxy) -> None:
    everything = some_tickets(1_000)

    async def publish() -> None:
        for start in range(0, 1_000, 50):
            await publish_soon(broker, everything[start : start + 50])

    async def cut() -> None:
        for _ in range(8):
            await asyncio.sleep(0.25)
            proxy.cut()

    async with RabbitBroker(proxy.url, ["ewo"]) as broker, asyncio.TaskGroup() as group:
        group.create_task(publish())
        group.create_task(cut())
        async with broker.consume("ewo", prefetch=20) as tickets:
            await ack_all(tickets, set(everything))


async def test_a_broker_away_is_said_at_once_and_noticed_when_it_is_back(proxy: Proxy) -> None:
    async with RabbitBroker(proxy.url, ["ewo"]) as broker:
        await proxy.refuse()
        with pytest.raises(BrokerUnavailable):
            await broker.publish(some_tickets(1))
        with pytest.raises(BrokerUnavailable):
            await broker.ping()
        async with broker.consume("ewo", prefetch=1) as tickets:
            await proxy.accept()
            await soon(broker.ping)
            await publish_soon(broker, some_tickets(1))
            await ack_all(tickets, set(some_tickets(1)))


async def test_a_stalled_connection_is_given_up_within_the_timeout(proxy: Proxy) -> None:
    async with RabbitBroker(proxy.url, ["ewo"], timeout=1.0) as broker:
        await broker.ping()
        proxy.stall()
        async with asyncio.timeout(10):
            with pytest.raises(BrokerUnavailable):
                await broker.publish(some_tickets(200))
        async with asyncio.timeout(10):
            with pytest.raises(BrokerUnavailable):
                await broker.ping()
        proxy.flow()
        await publish_soon(broker, some_tickets(200))


async def test_missed_heartbeats_do_not_look_like_a_cancellation(proxy: Proxy) -> None:
    async with RabbitBroker(proxy.url, ["ewo"], timeout=15.0, heartbeat=1) as broker:
        await broker.publish(some_tickets(1))
        proxy.stall()
        with pytest.raises(BrokerUnavailable):
            await broker.publish(some_tickets(40))
        proxy.cut()
        proxy.flow()
        await publish_soon(broker, some_tickets(40))


async def test_a_queue_removed_by_somebody_is_declared_and_consumed_again(
    rabbitmq_url: str,
) -> None:
    async with RabbitBroker(rabbitmq_url, ["ewo"]) as broker:
        await broker.publish(some_tickets(3))
        async with broker.consume("ewo", prefetch=3) as tickets:
            await ack_all(tickets, set(some_tickets(3)))
            async with await aio_pika.connect(rabbitmq_url) as connection, connection.channel() as channel:
                await channel.queue_delete("amtsbote.deliver.ewo")
                await publish_soon(broker, some_tickets(3, first=10))
            await ack_all(tickets, set(some_tickets(3, first=10)))


async def test_a_removed_exchange_is_declared_again(rabbitmq_url: str) -> None:
    async with RabbitBroker(rabbitmq_url, ["ewo"]) as broker:
        await broker.ping()
        async with await aio_pika.connect(rabbitmq_url) as connection, connection.channel() as channel:
            await channel.exchange_delete("amtsbote.deliver")
        await publish_soon(broker, some_tickets(3))
        assert broker.generation > 0


async def test_a_queue_with_other_arguments_is_named_with_what_differs(rabbitmq_url: str) -> None:
    async with await aio_pika.connect(rabbitmq_url) as connection, connection.channel() as channel:
        arguments: dict[str, FieldValue] = {"x-queue-type": "quorum", "x-delivery-limit": 3}
        await channel.declare_queue("amtsbote.deliver.ewo", durable=True, arguments=arguments)
    async with RabbitBroker(rabbitmq_url, ["ewo"]) as broker:
        with pytest.raises(TopologyMismatch, match=r"amtsbote\.deliver\.ewo.*x-(delivery-limit|dead-letter)"):
            await broker.publish(some_tickets(1))


async def test_an_alarm_and_a_frozen_broker_are_said_within_the_timeout(
    private_rabbitmq: Callable[[], PrivateRabbitMq],
) -> None:
    server = await asyncio.to_thread(private_rabbitmq)
    async with RabbitBroker(server.url, ["ewo"], timeout=1.0) as broker:
        await soon(broker.ping)
        await publish_soon(broker, some_tickets(3))
        async with broker.consume("ewo", prefetch=3) as tickets:
            held = await take(tickets, 3)
            await asyncio.to_thread(server.ctl, "set_disk_free_limit", "900GB")
            async with asyncio.timeout(10):
                with pytest.raises(BrokerUnavailable):
                    await broker.publish(some_tickets(50, first=10))
            for each in held:
                await each.ack()
            await asyncio.to_thread(server.ctl, "set_disk_free_limit", "1MB")
            await publish_soon(broker, some_tickets(50, first=10))
            await ack_all(tickets, set(some_tickets(50, first=10)))

            await asyncio.to_thread(server.pause)
            async with asyncio.timeout(10):
                with pytest.raises(BrokerUnavailable):
                    await broker.publish(some_tickets(50, first=100))
            await asyncio.to_thread(server.resume)
            await publish_soon(broker, some_tickets(50, first=100))
            await ack_all(tickets, set(some_tickets(50, first=100)))


async def test_confirmed_tickets_survive_a_killed_broker_and_a_wiped_one_is_noticed(
    private_rabbitmq: Callable[[], PrivateRabbitMq],
) -> None:
    server = await asyncio.to_thread(private_rabbitmq)
    async with RabbitBroker(server.url, ["ewo"]) as broker:
        await publish_soon(broker, some_tickets(100))
        await asyncio.sleep(1.5)  # RabbitMQ 3.10 forgets a queue that was declared just before a SIGKILL
        await asyncio.to_thread(server.kill)
        with pytest.raises(BrokerUnavailable):
            await broker.publish(some_tickets(1, first=1_000))
        await asyncio.to_thread(server.start)
        async with broker.consume("ewo", prefetch=10) as tickets:
            await ack_all(tickets, set(some_tickets(100)))
            await soon(broker.ping)
            before = broker.generation
            for step in ("stop_app", "reset", "start_app"):
                await asyncio.to_thread(server.ctl, step)
            await publish_soon(broker, some_tickets(100, first=200))
            assert broker.generation > before
            await ack_all(tickets, set(some_tickets(100, first=200)))
