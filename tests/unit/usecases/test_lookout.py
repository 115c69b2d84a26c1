"""The lookout: what the store knows becomes metrics, and while it is away nothing is shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from gateway.core.breaker import BreakerState
from gateway.core.errors import StoreUnavailable
from gateway.core.incident import Incident, Trouble
from gateway.core.status import DeliveryState
from gateway.core.views import Depth, DestinationView
from gateway.telemetry.lookout import Lookout
from gateway.telemetry.metrics import Metrics
from tests.builders import NOON, FakeClock
from tests.unit.api.fakes import FakeQueries


@dataclass
class Counting(FakeQueries):
    asked: list[dict[str, object]] = field(default_factory=list)
    away: bool = False

    async def depths(self, now: datetime) -> list[Depth]:
        if self.away:
            raise StoreUnavailable
        return [
            Depth("finanzen", DeliveryState.QUEUED, 7, NOON, due=5),
            Depth("finanzen", DeliveryState.PARKED, 2, NOON),
        ]

    async def destinations(self, names: Sequence[str], now: datetime) -> list[DestinationView]:
        shut = DestinationView(
            "finanzen", BreakerState.OPEN, "http-503", NOON, NOON, NOON, "Umzug", "op", 7, NOON
        )
        free = DestinationView("standesamt", BreakerState.CLOSED, None, None, None, None, None, None, 0, None)
        return [shut, free]

    async def incidents(self, *, open_only: bool = False, limit: int = 100) -> list[Incident]:
        assert open_only
        return [Incident("standesamt", Trouble.LEFTOVERS, "no-delivery", NOON, None, 3)]


async def test_what_the_store_counts_is_shown() -> None:
    metrics = Metrics()

    await Lookout(Counting(), ["finanzen", "standesamt"], FakeClock(), metrics).look()

    shown = metrics.expose().decode()
    for line in (
        'amtsbote_open_deliveries{destination="finanzen",state="queued"} 7.0',
        'amtsbote_open_deliveries{destination="finanzen",state="parked"} 2.0',
        'amtsbote_due_deliveries{destination="finanzen"} 5.0',
        'amtsbote_due_deliveries{destination="standesamt"} 0.0',
        'amtsbote_breaker_state{destination="finanzen"} 2.0',
        'amtsbote_destination_paused{destination="finanzen"} 1.0',
        'amtsbote_destination_paused{destination="standesamt"} 0.0',
        'amtsbote_answers_left{destination="standesamt"} 3.0',
    ):
        assert line in shown
    assert metrics.oldest_delivery.labels("finanzen", "queued")._value.get() == NOON.timestamp()


async def test_while_the_store_is_away_old_counts_are_not_shown_as_new(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    metrics, store = Metrics(), Counting()
    lookout = Lookout(store, ["finanzen"], FakeClock(), metrics)
    await lookout.look()
    counted = metrics.counted._value.get()

    class Enough(Exception):
        pass

    async def no_rest(_: float) -> None:
        raise Enough

    store.away = True
    monkeypatch.setattr("gateway.telemetry.lookout.asyncio.sleep", no_rest)
    with pytest.raises(Enough):
        await lookout.run()

    assert "amtsbote_open_deliveries{" not in metrics.expose().decode()
    assert metrics.counted._value.get() == counted
