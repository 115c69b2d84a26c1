"""How a batch is shared out between destinations when one of their queues confirms nothing."""

import asyncio

import pytest

from gateway.core.delivery import Ticket
from gateway.core.errors import BrokerUnavailable
from gateway.core.message import DeliveryId
from queues import rabbitmq
from queues.rabbitmq import IN_FLIGHT, RabbitBroker
from queues.topology import Exchange

NOWHERE = "amqp://127.0.0.1:1/"


class FakePublisher:
    """Confirms at once, but for the destinations in `stuck` never."""

    def __init__(self) -> None:
        self.stuck: set[str] = set()
        self.sent: list[str] = []
        self.in_flight = self.most_in_flight = 0

    async def send(self, _exchange: Exchange, key: str, *_: object) -> None:
        self.sent.append(key)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await (asyncio.Event().wait() if key in self.stuck else asyncio.sleep(0))
        finally:
            self.in_flight -= 1


@pytest.fixture
def publisher() -> FakePublisher:
    return FakePublisher()


@pytest.fixture
def broker(publisher: FakePublisher, monkeypatch: pytest.MonkeyPatch) -> RabbitBroker:
    monkeypatch.setattr(rabbitmq, "Publisher", lambda _: publisher)
    return RabbitBroker(NOWHERE, ["ewo", "kasse"], timeout=0.1)


def some_tickets(count: int, destination: str) -> list[Ticket]:
    return [Ticket(DeliveryId(f"delivery-{number}"), 1, destination) for number in range(count)]


async def test_no_more_are_in_flight_than_allowed(broker: RabbitBroker, publisher: FakePublisher) -> None:
    tickets = some_tickets(200, "ewo")
    assert await broker.publish(tickets) == frozenset(tickets)
    assert publisher.most_in_flight == IN_FLIGHT


async def test_a_stuck_queue_holds_up_its_own_tickets_alone(
    broker: RabbitBroker, publisher: FakePublisher
) -> None:
    publisher.stuck = {"ewo"}
    stuck, others = some_tickets(150, "ewo"), some_tickets(50, "kasse")
    assert await broker.publish(stuck + others) == frozenset(others)


async def test_a_stuck_queue_rests_for_a_while_and_is_then_tried_again(
    broker: RabbitBroker, publisher: FakePublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbitmq, "REST", 0.3)
    publisher.stuck = {"ewo"}
    await broker.publish(some_tickets(1, "ewo") + some_tickets(1, "kasse"))
    publisher.stuck, publisher.sent = set(), []
    with pytest.raises(BrokerUnavailable):
        await broker.publish(some_tickets(5, "ewo"))
    assert await broker.publish(some_tickets(5, "ewo") + some_tickets(1, "kasse")) == frozenset(
        some_tickets(1, "kasse")
    )
    assert publisher.sent == ["kasse"]
    await asyncio.sleep(0.3)
    assert await broker.publish(some_tickets(5, "ewo")) == frozenset(some_tickets(5, "ewo"))


async def test_where_nothing_is_confirmed_at_all_no_queue_is_to_blame(
    broker: RabbitBroker, publisher: FakePublisher
) -> None:
    publisher.stuck = {"ewo", "kasse"}
    with pytest.raises(BrokerUnavailable):
        await broker.publish(some_tickets(5, "ewo") + some_tickets(5, "kasse"))
    publisher.stuck = set()
    assert await broker.publish(some_tickets(5, "ewo")) == frozenset(some_tickets(5, "ewo"))
