"""Figures: every single measurement, and the medians and ratios that are made of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import NamedTuple

import orjson

FLOOR, GATEWAY, PEER = "floor", "gateway", "peer"
PERCENTILES = (50, 95, 99)
LATEST = Path(__file__).parent / "results/latest.json"


class Case(NamedTuple):
    """What is measured of several subjects under the same conditions."""

    what: str
    """`intake`, `through`, `claims` or `validation`."""
    where: str = ""
    """`embedded` or `data_centre`; empty where neither is needed."""
    processes: int = 1
    """That take messages in."""
    kilobytes: int = 8
    """Of a message."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One subject in one run. Rates are per second, times in milliseconds, shares of one core."""

    case: Case
    who: str
    values: dict[str, float]


@dataclass(slots=True)
class Figures:
    """All measurements, in the order in which they were made, and how."""

    runs: int = 0
    seconds: float = 0.0
    """Of each load."""
    cores: int = 0
    day: str = ""
    measured: list[Measurement] = field(default_factory=list)

    def add(self, case: Case, who: str, **values: float) -> None:
        """One more measurement."""
        self.measured.append(Measurement(case, who, values))

    def cases(self, what: str) -> list[Case]:
        """Those that were measured, each once."""
        return list(dict.fromkeys(each.case for each in self.measured if each.case.what == what))

    def series(self, case: Case, who: str, value: str) -> list[float]:
        """Of all runs."""
        return [
            each.values[value]
            for each in self.measured
            if (each.case, each.who) == (case, who) and value in each.values
        ]

    def median(self, case: Case, who: str, value: str) -> float | None:
        """None where it was not measured."""
        series = self.series(case, who, value)
        return median(series) if series else None

    def ratio(
        self, case: Case, value: str, who: str, base: str, *, base_case: Case | None = None
    ) -> float | None:
        """How many times as much one has as the other. The machine may be busy with something else in any run, so each
        is held against the other of its own run, and the median of the ratios counts. None where one was not measured.
        """
        over, under = self.series(case, who, value), self.series(base_case or case, base, value)
        ratios = [a / b for a, b in zip(over, under, strict=False) if b]
        return median(ratios) if ratios else None

    def save(self, file: Path = LATEST) -> None:
        """Keep every single measurement."""
        file.parent.mkdir(parents=True, exist_ok=True)
        # A named tuple is none to orjson.
        file.write_bytes(orjson.dumps(self, default=tuple, option=orjson.OPT_INDENT_2))

    @classmethod
    def load(cls, file: Path = LATEST) -> "Figures":
        """What was kept."""
        kept = orjson.loads(file.read_bytes())
        measured = [
            Measurement(Case(*each["case"]), each["who"], each["values"]) for each in kept.pop("measured")
        ]
        return cls(**kept, measured=measured)


def percentile(series: Sequence[float], p: int) -> float:
    """The value that `p` percent of the series do not exceed."""
    ordered = sorted(series)
    return ordered[min(len(ordered) - 1, len(ordered) * p // 100)]


def percentiles(waits: Sequence[float]) -> dict[str, float]:
    """Of a series of seconds: p50, p95 and p99 in milliseconds."""
    return {f"p{p}": percentile(waits, p) * 1000 for p in PERCENTILES}
