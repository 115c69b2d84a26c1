"""Board: the fault rules at work, which of them strikes an arrival, and how often each has done so."""

import itertools
import random
import time
from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from gateway.sandbox.faults import FOLDER, Fault, FaultRule, When
from gateway.sandbox.journal import Arrival
from gateway.sandbox.systems import System, Way

ARRIVALS = frozenset(Fault) - FOLDER
"""Faults that strike an arrival, not a folder."""


@dataclass(slots=True)
class ActiveFault:
    """A rule at work."""

    id: int
    rule: FaultRule
    seen: int = 0
    """Matching arrivals while the rule was at work."""
    hits: int = 0
    since: float | None = None
    """When a folder came into the state that the rule describes, by the monotonic clock."""
    _seen: Counter[str] = field(default_factory=Counter)
    _hits: Counter[str] = field(default_factory=Counter)
    """By delivery, or together, as the rule counts."""
    _draw: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._draw = random.Random(self.rule.seed)  # noqa: S311  # which requests fail is no secret

    def fires(self, arrival: Arrival) -> bool:
        """Count an arrival and say whether the rule strikes it."""
        key = arrival.delivery if self.rule.per == "delivery" else ""
        exhausted = self.rule.times is not None and self._hits[key] >= self.rule.times
        if exhausted or not self.rule.matches(arrival):
            return False
        self.seen += 1
        self._seen[key] += 1
        if not self._strikes(self._seen[key] - self.rule.after):
            return False
        self._hits[key] += 1
        self.hits += 1
        return True

    def holds(self, system: System, way: Way, now: float) -> bool:
        """Whether the rule describes the system's folder of this way now."""
        rule = self.rule
        if not rule.strikes_folders or rule.system is not system or rule.way not in {None, way}:
            return False
        self.since = now if self.since is None else self.since
        return rule.seconds is None or now < self.since + rule.seconds

    def _strikes(self, number: int) -> bool:
        """Whether the rule strikes the arrival of this number, 1 for the first that is not left alone."""
        return number > 0 and number % self.rule.every == 0 and self._draw.random() < self.rule.share


class FaultBoard:
    """The rules at work, in the order in which they were set: the first that strikes wins."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._active: dict[int, ActiveFault] = {}

    def __iter__(self) -> Iterator[ActiveFault]:
        return iter(self._active.values())

    def add(self, rule: FaultRule) -> ActiveFault:
        """Put a rule to work behind those that are."""
        active = ActiveFault(next(self._ids), rule)
        self._active[active.id] = active
        return active

    def remove(self, id: int) -> bool:
        """Take a rule away; False where there is none."""
        return self._active.pop(id, None) is not None

    def clear(self) -> None:
        """Take all rules away."""
        self._active.clear()

    def folder(self, system: System, way: Way) -> ActiveFault | None:
        """The rule by which something is wrong with a system's folder now, if there is one."""
        now = time.monotonic()
        return next((each for each in self if each.holds(system, way, now)), None)

    def pick(
        self, arrival: Arrival, only: AbstractSet[Fault] = ARRIVALS, when: When | None = None
    ) -> FaultRule | None:
        """The rule that strikes this arrival, if any.

        Args:
            arrival: What came.
            only: The faults that can show now.
            when: The moment in which they show, where what comes is met in several.
        """
        showing = (each for each in self if each.rule.fault in only and when in {None, each.rule.when})
        return next((each.rule for each in showing if each.fires(arrival)), None)
