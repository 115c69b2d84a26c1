"""The legal date: versions switch at midnight in Berlin, in summer, in winter and in the nights between."""

from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.clock import legal_date

MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("midnight", "day"),
    [
        ("2026-04-30T22:00:00", date(2026, 5, 1)),  # a release date of XÖV, in summer time
        ("2026-10-31T23:00:00", date(2026, 11, 1)),  # the other one, in winter time
        ("2026-03-28T23:00:00", date(2026, 3, 29)),  # the day that has 23 hours
        ("2026-03-29T22:00:00", date(2026, 3, 30)),
        ("2026-10-24T22:00:00", date(2026, 10, 25)),  # the day that has 25 hours
        ("2026-10-25T23:00:00", date(2026, 10, 26)),
        ("2027-10-31T23:00:00", date(2027, 11, 1)),  # release date behind a day of 25 hours
    ],
)
def test_a_day_begins_at_midnight_in_berlin(midnight: str, day: date) -> None:
    moment = datetime.fromisoformat(midnight).replace(tzinfo=UTC)

    assert legal_date(moment) == day
    assert legal_date(moment - MICROSECOND) == day - timedelta(days=1)
