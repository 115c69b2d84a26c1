"""Retry: from an outcome to what happens next, purely."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from gateway.core.breaker import OURS
from gateway.core.outcome import Cause, Delivered, Failed, Outcome, Pending, Rejected, Unclear
from gateway.core.status import DeliveryState


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long and how often a delivery that certainly failed is tried again."""

    first: timedelta = timedelta(seconds=5)
    factor: float = 2.0
    longest: timedelta = timedelta(hours=2)
    """No single wait is longer, unless the system asked for it."""
    give_up_after: timedelta = timedelta(days=7)
    """Age of the delivery at which no further attempt is planned."""
    jitter: float = 0.2
    """Share of a wait by which it is lengthened or shortened at random, 0..1."""

    def wait(self, attempt: int, spread: float) -> timedelta:
        """Wait after `attempt` (1 for the first) with `spread` in 0..1 as the draw of the jitter."""
        # The exponent is bounded so that a large attempt number can't overflow a float.
        seconds = self.first.total_seconds() * self.factor ** min(attempt - 1, 64)
        seconds = min(seconds, self.longest.total_seconds())
        return timedelta(seconds=seconds * (1 + self.jitter * (2 * spread - 1)))


def covered(spans: Iterable[tuple[datetime, datetime | None]], since: datetime, until: datetime) -> timedelta:
    """How much of the time from `since` to `until` lies within spans, which may overlap; one without an end
    goes on.
    """
    total, reached = timedelta(0), since
    for begin, end in sorted((begin, end or until) for begin, end in spans):
        first, last = max(begin, reached), min(end, until)
        if first < last:
            total += last - first
            reached = last
    return total


@dataclass(frozen=True, slots=True)
class Attempt:
    """The attempt that an outcome belongs to, as far as the decision needs it."""

    number: int
    """1 for the first."""
    age: timedelta
    """Since the delivery was accepted, or replayed, without the time for which its destination got nothing."""
    idempotent: bool
    """The destination recognises a repeated delivery."""
    askable: bool = False
    """The system can be asked whether it has the delivery, which the next attempt then begins with."""
    spread: float = 0.5
    """A random draw in 0..1, made outside so that the decision stays pure."""
    doubtful: bool = False
    """An earlier attempt may have reached the system."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The specialist system has the message."""


@dataclass(frozen=True, slots=True)
class AwaitReceipt:
    """Handed over; wait for the system's own confirmation."""

    on_its_way: bool = True
    """Whether the time to confirm runs already."""


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Another attempt after `delay`."""

    delay: timedelta
    cause: Cause


@dataclass(frozen=True, slots=True)
class Park:
    """No further attempt without a person; `state` says how certain it is that nothing arrived."""

    state: DeliveryState
    cause: Cause


Decision = Finish | AwaitReceipt | TryAgain | Park


def decide(outcome: Outcome, attempt: Attempt, policy: RetryPolicy) -> Decision:
    """Decide what follows from an outcome.

    A permanent refusal is never repeated; an unclear outcome only where the destination recognises
    a repetition or can be asked first; a wait that the system asked for wins over our own schedule. What
    certainly did not arrive within the time granted has expired.
    """
    match outcome:
        case Delivered():
            return Finish()
        case Pending(_, on_its_way):
            return AwaitReceipt(on_its_way)
        case Failed(cause, retry_after):
            return _again_or_park(cause, retry_after, attempt, policy, _given_up(cause, attempt))
        case Unclear(cause) if attempt.idempotent or attempt.askable:
            return _again_or_park(cause, None, attempt, policy, DeliveryState.UNCLEAR)
        case Unclear(cause):
            return Park(DeliveryState.UNCLEAR, cause)
        case Rejected(cause):
            return Park(DeliveryState.REJECTED, cause)
        case _:
            assert_never(outcome)


def _given_up(cause: Cause, attempt: Attempt) -> DeliveryState:
    if attempt.doubtful:
        return DeliveryState.UNCLEAR
    # What the gateway itself can't do, its people can mend: the sender has nothing to decide.
    return DeliveryState.PARKED if cause.code in OURS else DeliveryState.EXPIRED


def _again_or_park(
    cause: Cause,
    retry_after: timedelta | None,
    attempt: Attempt,
    policy: RetryPolicy,
    last_state: DeliveryState,
) -> TryAgain | Park:
    delay = policy.wait(attempt.number, attempt.spread)
    if retry_after is not None:
        delay = max(delay, retry_after)
    if attempt.age + delay > policy.give_up_after:
        return Park(last_state, cause)
    return TryAgain(delay, cause)
