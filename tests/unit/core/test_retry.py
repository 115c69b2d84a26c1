"""The decision what follows from an outcome."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.outcome import Cause, Delivered, Failed, Outcome, Pending, Rejected, Unclear
from gateway.core.retry import Attempt, AwaitReceipt, Finish, Park, RetryPolicy, TryAgain, decide
from gateway.core.status import TRANSITIONS, DeliveryState

POLICY = RetryPolicy(first=timedelta(seconds=5), factor=2, longest=timedelta(hours=2), jitter=0.2)
CAUSE = Cause("http-503")

causes = st.builds(Cause, st.sampled_from(["http-503", "connect-timeout"]))
outcomes: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Delivered),
    st.builds(Pending),
    st.builds(Failed, causes, st.none() | st.timedeltas(timedelta(0), timedelta(days=30))),
    st.builds(Unclear, causes),
    st.builds(Rejected, causes),
)
attempts = st.builds(
    Attempt,
    st.integers(1, 100_000),
    st.timedeltas(timedelta(0), timedelta(days=30)),
    st.booleans(),
    st.booleans(),
    st.floats(0, 1),
)


def an_attempt(
    number: int = 1,
    age: timedelta = timedelta(0),
    *,
    idempotent: bool = False,
    askable: bool = False,
    spread: float = 0.5,
) -> Attempt:
    return Attempt(number, age, idempotent, askable, spread)


def test_delivered_is_the_end() -> None:
    assert decide(Delivered(), an_attempt(), POLICY) == Finish()


def test_handed_over_waits_for_the_receipt() -> None:
    assert decide(Pending(), an_attempt(), POLICY) == AwaitReceipt()


def test_what_has_not_left_yet_waits_without_a_clock() -> None:
    assert decide(Pending(on_its_way=False), an_attempt(), POLICY) == AwaitReceipt(on_its_way=False)


@pytest.mark.parametrize(
    ("number", "seconds"), [(1, 5), (2, 10), (3, 20), (11, 5120), (12, 7200), (99, 7200)]
)
def test_waits_double_up_to_the_longest(number: int, seconds: float) -> None:
    assert decide(Failed(CAUSE), an_attempt(number), POLICY) == TryAgain(timedelta(seconds=seconds), CAUSE)


def test_a_longer_wait_that_the_system_asks_for_wins() -> None:
    asked = Failed(CAUSE, retry_after=timedelta(hours=5))

    assert decide(asked, an_attempt(), POLICY) == TryAgain(timedelta(hours=5), CAUSE)


def test_a_shorter_wait_than_ours_does_not_hurry_us() -> None:
    asked = Failed(CAUSE, retry_after=timedelta(0))

    assert decide(asked, an_attempt(), POLICY) == TryAgain(timedelta(seconds=5), CAUSE)


def test_nothing_is_planned_beyond_the_cap_by_age() -> None:
    old = an_attempt(40, timedelta(days=6, hours=23))

    assert decide(Failed(CAUSE), old, POLICY) == Park(DeliveryState.EXPIRED, CAUSE)


def test_what_the_gateway_itself_can_not_do_waits_for_its_people() -> None:
    old = an_attempt(40, timedelta(days=8))

    assert decide(Failed(Cause("unreadable")), old, POLICY) == Park(DeliveryState.PARKED, Cause("unreadable"))


def test_what_may_have_arrived_earlier_does_not_expire() -> None:
    old = replace(an_attempt(40, timedelta(days=8)), doubtful=True)

    assert decide(Failed(CAUSE), old, POLICY) == Park(DeliveryState.UNCLEAR, CAUSE)


def test_unclear_is_never_blindly_repeated() -> None:
    assert decide(Unclear(CAUSE), an_attempt(), POLICY) == Park(DeliveryState.UNCLEAR, CAUSE)


def test_unclear_is_repeated_where_the_system_recognises_it() -> None:
    assert decide(Unclear(CAUSE), an_attempt(idempotent=True), POLICY) == TryAgain(
        timedelta(seconds=5), CAUSE
    )


def test_unclear_is_tried_again_where_the_system_can_be_asked_first() -> None:
    assert decide(Unclear(CAUSE), an_attempt(askable=True), POLICY) == TryAgain(timedelta(seconds=5), CAUSE)


def test_unclear_stays_unclear_when_its_time_is_up() -> None:
    old = an_attempt(age=timedelta(days=8), idempotent=True)

    assert decide(Unclear(CAUSE), old, POLICY) == Park(DeliveryState.UNCLEAR, CAUSE)


def test_a_permanent_refusal_is_not_repeated() -> None:
    assert decide(Rejected(CAUSE), an_attempt(idempotent=True), POLICY) == Park(DeliveryState.REJECTED, CAUSE)


@given(outcomes, attempts)
def test_every_decision_fits_the_transition_table(outcome: Outcome, attempt: Attempt) -> None:
    match decide(outcome, attempt, POLICY):
        case Park(state):
            assert state in TRANSITIONS[DeliveryState.CLAIMED]
        case TryAgain(delay):
            assert delay > timedelta(0)
            assert attempt.age + delay <= POLICY.give_up_after
        case Finish() | AwaitReceipt():
            assert isinstance(outcome, Delivered | Pending)


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_jitter_stays_within_its_share(number: int, spread: float) -> None:
    middle = POLICY.wait(number, 0.5)

    assert middle * 0.79 <= POLICY.wait(number, spread) <= middle * 1.21
