"""Breaker: when a destination gets nothing more than a probe now and then, and when it flows again. Purely."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from gateway.core.outcome import Cause, Delivered, Failed, Outcome, Pending, Rejected, Unclear

OURS = frozenset(
    {
        "adapter-fault",
        "file-conflict",
        "http-409",
        "lease-expired",
        "no-mapping",
        "not-confirmed",
        "not-mappable",
        "parcel-too-large",
        "test-message",
        "unreadable",
    }
)
"""Causes that lie with the gateway or with the one message, and say nothing about the system's health."""


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When a destination's breaker opens, and how long it waits between two probes."""

    failures: int = 5
    """So many attempts in a row, of whatever deliveries, open it."""
    first: timedelta = timedelta(seconds=5)
    factor: float = 2.0
    longest: timedelta = timedelta(minutes=5)

    def wait(self, probes: int) -> timedelta:
        """Wait for the next probe after `probes` that failed."""
        seconds = self.first.total_seconds() * self.factor ** min(probes, 64)
        return timedelta(seconds=min(seconds, self.longest.total_seconds()))


@dataclass(frozen=True, slots=True)
class Sign:
    """What an attempt told of the system."""

    cause: Cause | None
    """None: the system works, whether it took the message or refused it."""
    retry_after: timedelta | None
    policy: BreakerPolicy
    """By which the sign counts."""


class BreakerState(StrEnum):
    """What a destination's breaker lets through."""

    CLOSED = "closed"
    """Everything."""
    PROBING = "probing"
    """One delivery, which is under way."""
    OPEN = "open"
    """Nothing before the next probe."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """Where the breaker of one destination stands; the initial one is closed."""

    failures: int = 0
    """In a row."""
    code: str | None = None
    """Cause of the latest of them."""
    opened_at: datetime | None = None
    probe_at: datetime | None = None
    """While open: not before then may one delivery try."""
    probes: int = 0
    """While open: how many have failed."""


def sign(outcome: Outcome, policy: BreakerPolicy) -> Sign | None:
    """What an outcome tells of the system; None where it tells nothing."""
    match outcome:
        case Delivered() | Pending():
            return Sign(None, None, policy)
        case Failed(cause) | Unclear(cause) | Rejected(cause) if cause.code in OURS:
            return None
        case Rejected():
            return Sign(None, None, policy)
        case Failed(cause, retry_after):
            return Sign(cause, retry_after, policy)
        case Unclear(cause):
            return Sign(cause, None, policy)
        case _:
            assert_never(outcome)


def after(breaker: Breaker, seen: Sign, now: datetime, *, probe: bool) -> Breaker:
    """The breaker after a sign. Success closes it, whoever had it; failures of attempts that had begun before it
    opened do not lengthen its wait, a probe's does; the system's own wish to be left alone always counts.
    """
    if seen.cause is None:
        return Breaker()
    policy, asked = seen.policy, seen.retry_after or timedelta(0)
    counted = replace(breaker, failures=breaker.failures + 1, code=seen.cause.code)
    if breaker.opened_at is None or breaker.probe_at is None:
        if counted.failures < policy.failures and asked <= policy.first:
            return counted
        return replace(counted, opened_at=now, probe_at=now + max(policy.wait(0), asked))
    if not probe:
        return replace(counted, probe_at=max(breaker.probe_at, now + asked))
    probes = breaker.probes + 1
    return replace(counted, probes=probes, probe_at=now + max(policy.wait(probes), asked))
