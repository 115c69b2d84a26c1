"""Due rows to the broker, and what happens when the broker is away."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pytest

from gateway.core.delivery import Ticket
from gateway.core.errors import BrokerUnavailable, StoreUnavailable
from gateway.core.ports import NO_RATES
from gateway.core.rate import Rate
from gateway.delivery.relay import REST, Relay
from gateway.telemetry.metrics import Metrics
from tests.builders import NOON, FakeClock, a_ticket


class FakeStore:
    def __init__(self, *due: Ticket) -> None:
        self.due = list(due)
        self.republished = 0
        self.given_back_until: datetime | None = None
        self.loses_its_answer = False
        self.late: list[Ticket] = []
        """First tries of which a process with a wrong clock wrote when they are due."""

    async def take_due(
        self, now: datetime, limit: int, republish_after: timedelta, rates: Mapping[str, Rate] = NO_RATES
    ) -> list[Ticket]:
        self.rates = rates
        taken, self.due = self.due[:limit], self.due[limit:]
        if self.loses_its_answer:
            raise StoreUnavailable
        return taken

    async def give_back(self, tickets: Sequence[Ticket], at: datetime) -> None:
        self.due += tickets
        self.given_back_until = at

    async def republish_all(self, now: datetime) -> None:
        self.republished += 1

    async def hasten(self, now: datetime, latest: datetime) -> int:
        late, self.late = self.late, []
        self.due += late
        return len(late)

    async def wait_due(self, timeout: timedelta) -> None: ...


class FakeBroker:
    def __init__(self) -> None:
        self.generation = 0
        self.away = False
        self.confirms = 1000
        self.published: list[Ticket] = []

    async def publish(self, tickets: Sequence[Ticket]) -> frozenset[Ticket]:
        await self.ping()
        self.published += tickets[: self.confirms]
        return frozenset(tickets[: self.confirms])

    def consume(self, destination: str, prefetch: int) -> None:
        raise AssertionError("a relay does not consume")

    async def ping(self) -> None:
        if self.away:
            raise BrokerUnavailable


def a_relay(store: FakeStore, broker: FakeBroker) -> Relay:
    return Relay(store, broker, FakeClock(), Metrics())  # type: ignore[arg-type]  # consume is not its business


async def test_what_is_due_is_published() -> None:
    tickets = [a_ticket(), a_ticket()]
    broker = FakeBroker()

    assert await a_relay(FakeStore(*tickets), broker).publish_due() == 2
    assert broker.published == tickets


async def test_what_a_wrong_clock_has_put_off_is_published_at_once() -> None:
    store, broker, ticket = FakeStore(), FakeBroker(), a_ticket()
    store.late = [ticket]

    assert await a_relay(store, broker).publish_due() == 1
    assert broker.published == [ticket]


async def test_what_comes_while_a_round_is_rested_from_goes_out_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Idle(Exception):
        """Nothing is due any more."""

    class Ending(FakeStore):
        async def wait_due(self, timeout: timedelta) -> None:
            raise Idle

    class Counting(FakeBroker):
        rounds = 0

        async def publish(self, tickets: Sequence[Ticket]) -> frozenset[Ticket]:
            self.rounds += 1
            return await super().publish(tickets)

    first, *later = (a_ticket() for _ in range(3))
    store, broker = Ending(first), Counting()

    async def rest(_: float) -> None:
        store.due += later
        later.clear()

    monkeypatch.setattr("gateway.delivery.relay.asyncio.sleep", rest)
    with pytest.raises(Idle):
        await a_relay(store, broker).run()
    assert (len(broker.published), broker.rounds) == (3, 2)


async def test_the_rates_of_destinations_are_kept_to() -> None:
    store, rates = FakeStore(), {"einwohner": Rate(5, 10)}

    await Relay(store, FakeBroker(), FakeClock(), Metrics(), rates).publish_due()  # type: ignore[arg-type]

    assert store.rates == rates


async def test_what_was_not_confirmed_is_due_again() -> None:
    tickets = [a_ticket() for _ in range(5)]
    store, broker = FakeStore(*tickets), FakeBroker()
    relay = a_relay(store, broker)

    broker.confirms = 3
    await relay.publish_due()
    broker.confirms = 1000
    await relay.publish_due()

    assert set(broker.published) == set(tickets)


async def test_queues_that_confirm_nothing_rest_while_the_others_flow() -> None:
    store, broker = FakeStore(a_ticket(), a_ticket()), FakeBroker()
    broker.confirms = 1

    await a_relay(store, broker).publish_due()

    assert store.given_back_until == NOON + REST


async def test_a_new_relay_publishes_what_an_earlier_one_took_with_it() -> None:
    store = FakeStore()

    await a_relay(store, FakeBroker()).publish_due()

    assert store.republished == 1


async def test_what_was_taken_without_an_answer_is_published_again_soon() -> None:
    store = FakeStore(a_ticket())
    relay = a_relay(store, FakeBroker())
    await relay.publish_due()
    before = store.republished

    store.loses_its_answer = True
    with pytest.raises(StoreUnavailable):
        await relay.publish_due()
    store.loses_its_answer = False
    await relay.publish_due()
    await relay.publish_due()

    assert store.republished == before + 1


async def test_while_the_broker_is_away_nothing_is_taken_from_the_store() -> None:
    tickets = [a_ticket()]
    store, broker = FakeStore(*tickets), FakeBroker()
    relay = a_relay(store, broker)
    broker.away = True

    for _ in range(3):
        with pytest.raises(BrokerUnavailable):
            await relay.publish_due()

    assert store.due == tickets
    broker.away = False
    assert await relay.publish_due() == 1


async def test_a_broker_that_may_have_lost_everything_gets_everything_again() -> None:
    store, broker = FakeStore(), FakeBroker()
    relay = a_relay(store, broker)

    await relay.publish_due()
    before = store.republished
    broker.generation += 1
    await relay.publish_due()
    await relay.publish_due()

    assert store.republished == before + 1
