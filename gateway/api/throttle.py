"""Throttle: how fast one key may ask, and how much of the process it may use at once."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

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


class Room:
    """So much of something for all together, fairly: who takes more must then have no more than is left.

    One holder alone gets half, two get a third each, and so on: whatever some do, the next one finds room.
    """

    def __init__(self, total: int) -> None:
        self._left = total
        self._total = total
        self._taken: dict[str, int] = {}

    def take(self, holder: str, amount: int = 1) -> None:
        """Take some of it.

        Raises:
            ApiProblem: nothing is left (503), or less than the holder would then have (429).
        """
        taken = self._taken.get(holder, 0) + amount
        if taken > self._left:
            code = ApiCode.OVERLOADED if self._left < amount else ApiCode.TOO_MANY_REQUESTS
            raise ApiProblem(code, retry_after=_AGAIN_SECONDS)
        self._taken[holder] = taken
        self._left -= amount

    def give_back(self, holder: str, amount: int = 1) -> None:
        """Give back what was taken."""
        self._left += amount
        if left := self._taken[holder] - amount:
            self._taken[holder] = left
        else:
            del self._taken[holder]

    def taken(self) -> float:
        """How much is taken."""
        return self._total - self._left


class Upload:
    """What one body takes of the room for bodies, from its first piece until its request is answered.

    A body that comes in one piece takes nothing: nobody waited for it.
    """

    def __init__(self, room: Room, holder: str) -> None:
        self._room = room
        self._holder = holder
        self._held = 0

    def hold(self, size: int) -> None:
        """So many bytes more are here, and others are still to come.

        Raises:
            ApiProblem: as `Room.take` does.
        """
        amount = size if self._held else size + UPLOAD_BYTES
        self._room.take(self._holder, amount)
        self._held += amount

    def give_back(self) -> None:
        """The request is answered."""
        if self._held:
            self._room.give_back(self._holder, self._held)
            self._held = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.give_back()


UPLOAD_BYTES = 64 * 1024
"""What a body that is on its way counts for beside its bytes: about what the server buffers of it."""
