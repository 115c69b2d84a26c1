"""Throttle: how fast one key may ask, and how many submissions are in progress at once."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from gateway.api.problem import ApiCode, ApiProblem
from gateway.api.services import Limits

_AGAIN_SECONDS = 1.0


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class TokenBuckets:
    """One bucket of tokens for each holder of a key; a request takes one."""

    def __init__(self, limits: Limits, now: Callable[[], float] = time.monotonic) -> None:
        self._rate = limits.requests_per_second
        self._burst = float(limits.burst)
        self._now = now
        self._buckets: dict[str, _Bucket] = {}

    def take(self, holder: str) -> None:
        """Take a token.

        Raises:
            ApiProblem: the bucket is empty; `Retry-After` says when it is not.
        """
        now = self._now()
        bucket = self._buckets.get(holder)
        if bucket is None:
            bucket = self._buckets[holder] = _Bucket(self._burst, now)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.filled_at) * self._rate)
        bucket.filled_at = now
        if bucket.tokens < 1.0:
            raise ApiProblem(ApiCode.TOO_MANY_REQUESTS, retry_after=(1.0 - bucket.tokens) / self._rate)
        bucket.tokens -= 1.0


class Slots:
    """Places for submissions in progress, so that a flood can't fill the memory and one portal not all places."""

    def __init__(self, limits: Limits) -> None:
        self._all = limits.submissions
        self._per_portal = limits.submissions_per_portal
        self._taken: Counter[str] = Counter()
        self._total = 0

    def take(self, portal: str) -> None:
        """Take a place, for as long as a submission is read and checked.

        Raises:
            ApiProblem: all places are taken (503), or all that one portal may have (429).
        """
        if self._total >= self._all:
            raise ApiProblem(ApiCode.OVERLOADED, retry_after=_AGAIN_SECONDS)
        if self._taken[portal] >= self._per_portal:
            raise ApiProblem(ApiCode.TOO_MANY_REQUESTS, retry_after=_AGAIN_SECONDS)
        self._taken[portal] += 1
        self._total += 1

    def give_back(self, portal: str) -> None:
        """Give back a place that was taken."""
        self._taken[portal] -= 1
        self._total -= 1

    def taken(self) -> float:
        """How many places are taken."""
        return self._total
