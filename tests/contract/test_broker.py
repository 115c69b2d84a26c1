"""The contract of the broker port, held by every implementation."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest
from aio_pika.abc import AbstractIncomingMessage

from gateway.core.delivery import Ticket
from gateway.core.message import DeliveryId
from gateway.core.ports import Broker, Handed
from queues.embedded import EmbeddedBroker
from queues.link import Link
from queues.publisher import Publisher
from queues.rabbitmq import RabbitBroker
from queues.subscription import Held, Subscription
from queues.topology import DEAD, DELIVER, DELIVERY_LIMIT, dead_queue

DESTINATIONS = ["ewo", "gewerbe", "kasse", "standesamt"]
PATIENCE = 10.0
A_MOMENT = 0.3
"""How long we look for what must not come."""


@dataclass
class Bench:
    """A broker, and the two things that its users can't do but a test must."""

    broker: Broker
    put: Callable[[str, bytes], Awaitable[None]]
    """Put bytes on a destination's queue."""
    next_dead: Callable[[], Awaitable[bytes]]


@pytest.fixture(params=["embedded", "rabbitmq"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        if request.param == "embedded":
            yield await embedded(stack)
        else:
            yield await rabbitmq(stack, request.getfixturevalue("rabbitmq_url"))


async def embedded(stack: AsyncExitStack) -> Bench:
    broker = await stack.enter_async_context(EmbeddedBroker(DESTINATIONS))

    async def put(destination: str, body: bytes) -> None:
        broker.put(destination, body)

    async def next_dead() -> bytes:
        return broker.dead.pop(0)[1]

    return Bench(broker, put, next_dead)


async def rabbitmq(stack: AsyncExitStack, url: str) -> Bench:
    broker = await stack.enter_async_context(RabbitBroker(url, DESTINATIONS))
    await broker.ping()
    link = await stack.enter_async_context(Link(url, "test"))
    publisher = await stack.enter_async_context(Publisher(link))
    dead = await stack.enter_async_context(Subscription(link, (dead_queue(DEAD),), 1, HeldBody))

    async def put(destination: str, body: bytes) -> None:
        await publisher.send(DELIVER, destination, body, "text/plain", {})

    async def next_dead() -> bytes:
        held = await asyncio.wait_for(anext(dead), PATIENCE)
        await held.ack()
        return held.body

    return Bench(broker, put, next_dead)


class HeldBody(Held):
    def __init__(self, message: AbstractIncomingMessage, timeout: float) -> None:
        super().__init__(message, timeout)
        self.body = message.body


def some_tickets(count: int, destination: str = "ewo", attempt: int = 1) -> list[Ticket]:
    return [Ticket(DeliveryId(f"delivery-{number}"), attempt, destination) for number in range(count)]


async def take(tickets: AsyncIterator[Handed], count: int) -> list[Handed]:
    return [await asyncio.wait_for(anext(tickets), PATIENCE) for _ in range(count)]


async def nothing_comes(tickets: AsyncIterator[Handed]) -> bool:
    try:
        await asyncio.wait_for(anext(tickets), A_MOMENT)
    except TimeoutError:
        return True
    return False


async def test_what_is_published_is_consumed_and_after_its_ack_gone(bench: Bench) -> None:
    published = some_tickets(3, attempt=7)
    assert await bench.broker.publish(published) == frozenset(published)
    async with bench.broker.consume("ewo", prefetch=10) as tickets:
        handed = await take(tickets, 3)
        assert [each.ticket for each in handed] == published
        for each in handed:
            await each.ack()
    async with bench.broker.consume("ewo", prefetch=10) as tickets:
        assert await nothing_comes(tickets)


async def test_the_trace_of_a_ticket_crosses_the_queue_with_it(bench: Bench) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    traced, other = some_tickets(2)
    await bench.broker.publish([replace(traced, trace=trace), other])
    async with bench.broker.consume("ewo", prefetch=10) as tickets:
        handed = await take(tickets, 2)

    assert {each.ticket.delivery: each.ticket.trace for each in handed} == {
        traced.delivery: trace,
        other.delivery: None,
    }


async def test_nothing_to_publish_is_confirmed_at_once(bench: Bench) -> None:
    assert await bench.broker.publish([]) == frozenset()


async def test_what_was_not_acked_comes_again_when_the_consumer_ends(bench: Bench) -> None:
    await bench.broker.publish(some_tickets(3))
    async with bench.broker.consume("ewo", prefetch=10) as tickets:
        first, second, third = await take(tickets, 3)
        await second.ack()
    async with bench.broker.consume("ewo", prefetch=10) as tickets:
        again = await take(tickets, 2)
    assert {each.ticket for each in again} == {first.ticket, third.ticket}


async def test_an_ack_after_the_consumer_ended_changes_nothing(bench: Bench) -> None:
    await bench.broker.publish(some_tickets(1))
    async with bench.broker.consume("ewo", prefetch=1) as tickets:
        (late,) = await take(tickets, 1)
    async with bench.broker.consume("ewo", prefetch=1) as tickets:
        await late.ack()
        (again,) = await take(tickets, 1)
        assert again.ticket == late.ticket
        await late.put_back()
        await again.ack()
        assert await nothing_comes(tickets)


async def test_what_is_put_back_comes_again(bench: Bench) -> None:
    await bench.broker.publish(some_tickets(1))
    async with bench.broker.consume("ewo", prefetch=1) as tickets:
        (handed,) = await take(tickets, 1)
        await handed.put_back()
        (again,) = await take(tickets, 1)
        assert again.ticket == handed.ticket
        await again.ack()
        await again.put_back()
        assert await nothing_comes(tickets)


async def test_what_is_put_back_too_often_goes_to_the_dead_letters(bench: Bench) -> None:
    await bench.broker.publish(some_tickets(1))
    seen = 0
    async with bench.broker.consume("ewo", prefetch=1) as tickets:
        for _ in range(DELIVERY_LIMIT + 1):
            (handed,) = await take(tickets, 1)
            seen += 1
            await handed.put_back()
        assert b"delivery-0" in await bench.next_dead()
        assert await nothing_comes(tickets)
    assert seen == DELIVERY_LIMIT + 1


async def test_a_consumer_holds_no_more_than_its_prefetch(bench: Bench) -> None:
    await bench.broker.publish(some_tickets(5))
    async with bench.broker.consume("ewo", prefetch=3) as tickets:
        held = await take(tickets, 3)
        assert await nothing_comes(tickets)
        await held[0].ack()
        await take(tickets, 1)
        assert await nothing_comes(tickets)
        await held[1].put_back()
        await take(tickets, 1)


async def test_the_order_of_publishing_is_roughly_kept(bench: Bench) -> None:
    published = some_tickets(300)
    for start in range(0, 300, 100):
        await bench.broker.publish(published[start : start + 100])
    places = {ticket: place for place, ticket in enumerate(published)}
    async with bench.broker.consume("ewo", prefetch=10) as tickets:
        for place in range(300):
            (handed,) = await take(tickets, 1)
            assert abs(places[handed.ticket] - place) <= 64
            await handed.ack()


async def test_of_two_thousand_tickets_none_is_lost_however_often_they_are_put_back(bench: Bench) -> None:
    chance = random.Random(20260501)
    published = some_tickets(2_000)
    for start in range(0, 2_000, 200):
        assert len(await bench.broker.publish(published[start : start + 200])) == 200
    done: list[Ticket] = []

    async def work() -> None:
        async with bench.broker.consume("ewo", prefetch=20) as tickets:
            async for handed in tickets:
                if chance.random() < 0.3:
                    await handed.put_back()
                else:
                    await handed.ack()
                    done.append(handed.ticket)
                if len(done) == 2_000:
                    finished.set()

    finished = asyncio.Event()
    workers = [asyncio.create_task(work()) for _ in range(2)]
    async with asyncio.timeout(60):
        await finished.wait()
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    assert sorted(done, key=str) == sorted(published, key=str)


async def test_each_destination_has_a_queue_of_its_own(bench: Bench) -> None:
    everything = [ticket for each in DESTINATIONS for ticket in some_tickets(20, each)]
    assert await bench.broker.publish(everything) == frozenset(everything)
    for destination in DESTINATIONS:
        async with bench.broker.consume(destination, prefetch=20) as tickets:
            handed = await take(tickets, 20)
            assert [each.ticket for each in handed] == some_tickets(20, destination)
            assert await nothing_comes(tickets)


async def test_an_unknown_destination_is_not_confirmed_and_hinders_no_other(bench: Bench) -> None:
    known, unknown = some_tickets(5), some_tickets(5, "abgeschafft")
    mixed = [ticket for pair in zip(known, unknown, strict=True) for ticket in pair]
    assert await bench.broker.publish(mixed) == frozenset(known)
    assert await bench.broker.publish(unknown) == frozenset()
    assert bench.broker.generation == 0


async def test_two_consumers_share_a_queue(bench: Bench) -> None:
    published = some_tickets(40)
    await bench.broker.publish(published)
    async with (
        bench.broker.consume("ewo", prefetch=20) as ours,
        bench.broker.consume("ewo", prefetch=20) as theirs,
    ):
        handed = await take(ours, 20) + await take(theirs, 20)
    assert {each.ticket for each in handed} == set(published)


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"[]", b'{"delivery": 7}', b'{"delivery": "x", "attempt": 0}']
)
async def test_an_unreadable_body_goes_to_the_dead_letters_and_blocks_nobody(
    bench: Bench, body: bytes
) -> None:
    await bench.put("ewo", body)
    await bench.broker.publish(some_tickets(1))
    async with bench.broker.consume("ewo", prefetch=1) as tickets:
        (handed,) = await take(tickets, 1)
        await handed.ack()
    assert handed.ticket == some_tickets(1)[0]
    assert await bench.next_dead() == body


async def test_whoever_stops_waiting_for_a_ticket_can_wait_again(bench: Bench) -> None:
    async with bench.broker.consume("ewo", prefetch=1) as tickets:
        assert await nothing_comes(tickets)
        assert await nothing_comes(tickets)
        await bench.broker.publish(some_tickets(1))
        assert await take(tickets, 1)


async def test_a_healthy_broker_answers_and_loses_nothing(bench: Bench) -> None:
    await bench.broker.ping()
    assert bench.broker.generation == 0
