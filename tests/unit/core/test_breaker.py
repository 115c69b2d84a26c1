"""When a breaker opens, how long it waits, and when it closes."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.breaker import OURS, Breaker, BreakerPolicy, Sign, after, sign
from gateway.core.outcome import Cause, Delivered, Failed, Outcome, Pending, Rejected, Unclear
from gateway.core.retry import covered
from tests.builders import NOON

POLICY = BreakerPolicy(failures=3, first=timedelta(seconds=10), longest=timedelta(minutes=1))
BROKEN = Cause("http-503")
WELL = Sign(None, None, POLICY)
ILL = Sign(BROKEN, None, POLICY)


def asked(wait: timedelta) -> Sign:
    return Sign(BROKEN, wait, POLICY)


def after_all(
    *signs: Sign, breaker: Breaker | None = None, now: datetime = NOON, probe: bool = False
) -> Breaker:
    breaker = breaker or Breaker()
    for each in signs:
        breaker = after(breaker, each, now, probe=probe)
    return breaker


OPEN = after_all(ILL, ILL, ILL)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Delivered(), WELL),
        (Pending(), WELL),
        (Rejected(Cause("http-422")), WELL),
        (Failed(BROKEN, timedelta(minutes=5)), asked(timedelta(minutes=5))),
        (Failed(Cause("connect-timeout")), Sign(Cause("connect-timeout"), None, POLICY)),
        (Unclear(Cause("total-timeout")), Sign(Cause("total-timeout"), None, POLICY)),
        (Unclear(Cause("http-500")), Sign(Cause("http-500"), None, POLICY)),
        (Unclear(Cause("http-409")), None),
    ],
)
def test_what_an_outcome_tells_of_the_system(outcome: Outcome, expected: Sign | None) -> None:
    assert sign(outcome, POLICY) == expected


@pytest.mark.parametrize("code", sorted(OURS))
def test_our_own_troubles_tell_nothing(code: str) -> None:
    assert {sign(kind(Cause(code)), POLICY) for kind in (Failed, Unclear, Rejected)} == {None}


def test_it_opens_with_the_last_failure_in_a_row() -> None:
    assert after_all(ILL, ILL).opened_at is None
    assert after_all(ILL, ILL, WELL, ILL, ILL).opened_at is None
    assert (OPEN.opened_at, OPEN.probe_at, OPEN.code) == (NOON, NOON + timedelta(seconds=10), "http-503")


def test_the_systems_wish_to_be_left_alone_opens_it_at_once() -> None:
    wait = timedelta(minutes=7)

    assert after_all(asked(wait)).probe_at == NOON + wait


def test_a_short_wish_is_a_failure_like_others() -> None:
    assert after_all(asked(POLICY.first)).opened_at is None


def test_the_wait_grows_with_each_failed_probe_up_to_the_longest() -> None:
    breaker, waits = OPEN, []
    for _ in range(4):
        breaker = after(breaker, ILL, NOON, probe=True)
        assert breaker.probe_at is not None
        waits.append((breaker.probe_at - NOON).total_seconds())

    assert waits == [20, 40, 60, 60]
    assert breaker.opened_at == NOON


def test_failures_of_attempts_that_began_before_it_opened_do_not_lengthen_the_wait() -> None:
    later = NOON + timedelta(seconds=9)

    assert after(OPEN, ILL, later, probe=False).probe_at == OPEN.probe_at
    assert after(OPEN, asked(timedelta(hours=1)), later, probe=False).probe_at == later + timedelta(hours=1)


@pytest.mark.parametrize("probe", [True, False])
def test_any_success_closes_it(probe: bool) -> None:
    assert after(OPEN, WELL, NOON, probe=probe) == Breaker()


@given(signs=st.lists(st.tuples(st.sampled_from([WELL, ILL, asked(timedelta(hours=1))]), st.booleans())))
def test_an_open_breaker_always_has_a_time_for_its_probe(signs: list[tuple[Sign, bool]]) -> None:
    breaker, now = Breaker(), NOON
    for seen, probe in signs:
        breaker = after(breaker, seen, now, probe=probe)
        assert (breaker.opened_at is None) == (breaker.probe_at is None)
        assert breaker.probe_at is None or breaker.probe_at > now or not probe
        now += timedelta(seconds=30)


def test_wait_of_very_many_probes_is_no_overflow() -> None:
    assert POLICY.wait(10_000) == POLICY.longest


def hours(*pairs: tuple[int, int | None]) -> list[tuple[datetime, datetime | None]]:
    return [(NOON + timedelta(hours=a), None if b is None else NOON + timedelta(hours=b)) for a, b in pairs]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        (hours(), 0),
        (hours((1, 2)), 1),
        (hours((-5, 1), (9, 20)), 2),
        (hours((1, 4), (2, 3), (3, 5)), 4),
        (hours((8, None)), 2),
        (hours((-3, -1), (11, None)), 0),
    ],
)
def test_time_within_spans_counts_once(spans: list[tuple[datetime, datetime | None]], expected: int) -> None:
    assert covered(spans, NOON, NOON + timedelta(hours=10)) == timedelta(hours=expected)
