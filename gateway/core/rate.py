"""Rate: how many deliveries a destination gets in a span of time, purely."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `per_second` on average, and at most `burst` at once.

    What is kept of the past is one moment, the theoretical arrival time of the generic cell rate algorithm: it
    lies as far in the future as the allowance is used up.
    """

    per_second: float
    burst: int

    def room(self, used_until: datetime | None, now: datetime) -> int:
        """How many may go now."""
        used = max((used_until or now) - now, timedelta(0)) / self.step
        return max(int(self.burst - used + _ROUNDING), 0)

    def after(self, used_until: datetime | None, now: datetime, taken: int) -> datetime:
        """What is to be kept after `taken` have gone."""
        return max(used_until or now, now) + taken * self.step

    @property
    def step(self) -> timedelta:
        """The time that one uses up."""
        return timedelta(seconds=1 / self.per_second)


_ROUNDING = 1e-4
"""A step is kept in whole microseconds: the rest must not hide a whole one."""
