"""Faults: rules by which the sandbox's systems misbehave, and how often each has done so."""

import itertools
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.sandbox.journal import Arrival
from gateway.sandbox.settings import System


class Fault(StrEnum):
    """The ways to misbehave."""

    DELAY = "delay"
    """Takes `seconds` longer, then all is well."""
    ERROR_500 = "error-500"
    """An internal error, in the words of the system's own protocol."""
    UNAVAILABLE_503 = "unavailable-503"
    """Not now; asks with Retry-After to come again in `seconds`."""
    REFUSE = "refuse"
    """The system looks at the message and refuses it for good."""
    CUT = "cut"
    """The connection ends without a single byte of an answer."""
    HTML = "html"
    """An HTML page of a proxy with `status` instead of the system's answer."""
    STALL = "stall"
    """Neither answers nor hangs up for `seconds`; then the connection ends."""
    FORGET = "forget"
    """Does not recognise a repetition: it has another effect."""


class When(StrEnum):
    """Whether the message had its effect when the fault shows."""

    BEFORE = "before"
    AFTER = "after"


WITHOUT_HTTP = frozenset({Fault.DELAY, Fault.REFUSE, Fault.CUT, Fault.STALL, Fault.FORGET})
"""What a system can do that takes files or parcels: there `cut` is a crash in the middle of the work."""


class FaultRule(BaseModel):
    """When one system misbehaves, how and how often."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    system: System
    fault: Fault
    times: Annotated[int, Field(ge=1)] | None = 1
    """How often; null: until the rule is removed."""
    after: Annotated[int, Field(ge=0)] = 0
    """Matching deliveries that are left alone first."""
    match: str = ""
    """Part of the delivery's id or of its kind; empty matches all."""
    when: When = When.BEFORE
    seconds: Annotated[float, Field(ge=0, le=86_400)] | None = None
    """Default: delay 1, unavailable-503 5, stall 300."""
    status: Annotated[int, Field(ge=200, le=599)] = 502
    """HTTP status of `html`."""

    @property
    def duration(self) -> float:
        """Seconds that this fault lasts or asks to wait."""
        if self.seconds is not None:
            return self.seconds
        return {Fault.STALL: 300.0, Fault.UNAVAILABLE_503: 5.0}.get(self.fault, 1.0)

    def matches(self, arrival: Arrival) -> bool:
        """Whether the rule speaks of this arrival."""
        return self.system is arrival.system and (
            self.match in arrival.delivery or self.match in (arrival.kind or "")
        )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.system in {System.TRADE, System.REAL_ESTATE} and self.fault not in WITHOUT_HTTP:
            raise ValueError(f"{self.system} speaks no HTTP; possible are {', '.join(sorted(WITHOUT_HTTP))}")
        return self


@dataclass(slots=True)
class ActiveFault:
    """A rule at work."""

    id: int
    rule: FaultRule
    seen: int = 0
    """Matching arrivals while the rule was at work."""
    hits: int = 0

    def fires(self, arrival: Arrival) -> bool:
        """Count an arrival and say whether the rule strikes it."""
        exhausted = self.rule.times is not None and self.hits >= self.rule.times
        if exhausted or not self.rule.matches(arrival):
            return False
        self.seen += 1
        strikes = self.seen > self.rule.after
        self.hits += strikes
        return strikes


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

    def pick(self, arrival: Arrival) -> FaultRule | None:
        """The rule that strikes this arrival, if any."""
        return next((active.rule for active in self if active.fires(arrival)), None)


class _FaultFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    faults: list[FaultRule]


def load_faults(path: Path) -> list[FaultRule]:
    """Read rules from a TOML file of `[[faults]]` tables.

    Raises:
        ValueError: the file is no TOML, or a rule in it is wrong.
    """
    return _FaultFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).faults
