"""The sweeper takes what is due in small steps, until nothing is."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.core.retention import FOR_EVER, Removed, Retention
from gateway.retention import AT_ONCE, Sweeper
from tests.builders import NOON


class FixedClock:
    def now(self) -> datetime:
        return NOON


@dataclass
class FakeStore:
    due: int
    asked: list[int] = field(default_factory=list)

    async def remove(self, retention: Retention, now: datetime, limit: int) -> Removed:
        removed = min(self.due, limit)
        self.due -= removed
        self.asked.append(removed)
        return Removed(removed, 0)


async def test_everything_that_is_due_goes_in_steps() -> None:
    store = FakeStore(due=2 * AT_ONCE + 1)

    await Sweeper(store, Retention(timedelta(days=7)), FixedClock()).turn()

    assert store.asked == [AT_ONCE, AT_ONCE, 1]


async def test_where_everything_is_kept_nobody_is_asked() -> None:
    store = FakeStore(due=1)

    await Sweeper(store, FOR_EVER, FixedClock()).turn()

    assert store.asked == []
