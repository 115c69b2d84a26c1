"""How many may go now, and what is kept of it."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.rate import Rate
from tests.builders import NOON

RATE = Rate(per_second=2, burst=4)


def test_after_a_rest_a_burst_may_go() -> None:
    assert RATE.room(None, NOON) == 4
    assert RATE.room(NOON - timedelta(days=9), NOON) == 4


@pytest.mark.parametrize(("seconds", "room"), [(0, 0), (0.4, 0), (0.5, 1), (1, 2), (2, 4), (99, 4)])
def test_what_was_used_up_comes_back_with_time(seconds: float, room: int) -> None:
    used = RATE.after(None, NOON, 4)

    assert RATE.room(used, NOON + timedelta(seconds=seconds)) == room


@given(
    rate=st.builds(Rate, st.floats(0.01, 200), st.integers(1, 50)),
    looks=st.lists(st.tuples(st.integers(0, 5_000_000), st.integers(0, 100)), max_size=30),
)
def test_in_no_span_of_time_more_goes_than_the_rate_and_a_burst(
    rate: Rate, looks: list[tuple[int, int]]
) -> None:
    now, used = NOON, None
    gone: list[tuple[datetime, int]] = []
    for microseconds, wish in looks:
        now += timedelta(microseconds=microseconds)
        taken = min(wish, rate.room(used, now))
        used = rate.after(used, now, taken)
        gone.append((now, taken))

    for number, (begin, _) in enumerate(gone):
        for end, _ in gone[number:]:
            total = sum(taken for at, taken in gone if begin <= at <= end)
            allowed = rate.burst + (end - begin) / rate.step
            assert total <= allowed + 0.01
