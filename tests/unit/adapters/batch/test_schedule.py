from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from adapters.transports.batch.schedule import ScheduleSettings
from gateway.core.batch import Collection


def is_due(said: Mapping[str, object], oldest: str, now: str, *, items: int = 1, ordered: str = "") -> bool:
    settings = ScheduleSettings.model_validate(said)
    collection = Collection("kasse", "l", items, at(oldest), 1, at(ordered) if ordered else None)
    return settings.is_due(collection, at(now))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MONDAYS_AND_THURSDAYS = {"days": ["mon", "thu"], "at": "18:00"}


@pytest.mark.parametrize(
    ("oldest", "now", "due"),
    [
        # 18:00 in Berlin is 16:00 in UTC in summer, 17:00 in winter. 2026-06-01 is a Monday.
        ("2026-06-01T15:59", "2026-06-01T15:59:59", False),
        ("2026-06-01T15:59", "2026-06-01T16:00", True),
        ("2026-06-01T16:01", "2026-06-03T23:00", False),
        ("2026-06-01T16:01", "2026-06-04T16:00", True),
        ("2026-05-29T10:00", "2026-06-01T15:00", False),
        ("2026-05-28T10:00", "2026-06-01T15:00", True),
        ("2026-11-02T16:30", "2026-11-02T16:59", False),
        ("2026-11-02T16:30", "2026-11-02T17:00", True),
    ],
)
def test_a_batch_is_closed_on_its_days_at_its_time_in_berlin(oldest: str, now: str, due: bool) -> None:
    assert is_due(MONDAYS_AND_THURSDAYS, oldest, now) is due


def test_a_size_closes_at_once() -> None:
    said = {**MONDAYS_AND_THURSDAYS, "max_items": 3}
    assert not is_due(said, "2026-06-02T10:00", "2026-06-02T10:01", items=2)
    assert is_due(said, "2026-06-02T10:00", "2026-06-02T10:01", items=3)


def test_a_person_closes_what_came_until_then() -> None:
    assert is_due(MONDAYS_AND_THURSDAYS, "2026-06-02T10:00", "2026-06-02T11:00", ordered="2026-06-02T10:30")
    assert not is_due(
        MONDAYS_AND_THURSDAYS, "2026-06-02T10:31", "2026-06-02T11:00", ordered="2026-06-02T10:30"
    )


def test_several_times_a_day() -> None:
    said = {"at": ["06:00", "18:00"]}
    assert is_due(said, "2026-06-01T03:00", "2026-06-01T04:00")
    assert not is_due(said, "2026-06-01T05:00", "2026-06-01T15:00")


@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"])
def test_the_change_of_clocks_skips_no_time_and_closes_once(night: str) -> None:
    said = {"at": "02:30"}
    assert is_due(said, f"{night}T00:00", f"{night}T01:30")
    assert not is_due(said, f"{night}T01:31", f"{night}T03:00")


@pytest.mark.parametrize(
    "said", [{"days": []}, {"days": ["montag"]}, {"at": "25:00"}, {"at": "18:00+02:00"}, {"max_items": 0}]
)
def test_times_that_never_come_are_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ScheduleSettings.model_validate(said)
