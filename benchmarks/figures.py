"""Figures: what several runs have measured, beside the floor of the same runs, as a table and as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import orjson
from rich.console import Console
from rich.table import Table

from gateway.texts.terminal import say

PERCENTILES = (50, 95, 99)


@dataclass(slots=True)
class Row:
    """One figure over all runs. The machine may be busy with something else in any of them, so each is held
    against the floor of its own run, and the median of the ratios counts.
    """

    title: str
    unit: str
    floors: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return median(value / floor for value, floor in zip(self.values, self.floors, strict=True))


class Figures:
    """The rows of one run of the benchmarks, by section, in the order in which they come up."""

    def __init__(self) -> None:
        self._sections: dict[str, dict[str, Row]] = {}

    def add(self, section: str, title: str, unit: str, *, floor: float, value: float) -> None:
        """One more measurement of a figure and of its floor."""
        row = self._sections.setdefault(section, {}).setdefault(title, Row(title, unit))
        row.floors.append(floor)
        row.values.append(value)

    def add_waits(self, section: str, title: str, *, floor: Sequence[float], value: Sequence[float]) -> None:
        """The percentiles of two series of seconds."""
        for p in PERCENTILES:
            self.add(
                section,
                f"{title}, p{p}",
                "ms",
                floor=percentile(floor, p) * 1000,
                value=percentile(value, p) * 1000,
            )

    def show(self, console: Console) -> None:
        """Print one table for each section."""
        for section, rows in self._sections.items():
            table = Table(title=section, title_justify="left")
            table.add_column(say("gemessen", "measured"), min_width=52)
            for heading in (
                say("Boden", "floor"),
                say("Gateway", "gateway"),
                say("Verhältnis", "ratio"),
            ):
                table.add_column(heading, justify="right")
            for row in rows.values():
                floor, value = (f"{median(each):.4g} {row.unit}" for each in (row.floors, row.values))
                table.add_row(row.title, floor, value, f"[bold]{row.ratio:.2f}[/]")
            console.print(table)

    def save(self, file: Path) -> None:
        """Keep every single measurement."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(orjson.dumps(self._sections, option=orjson.OPT_INDENT_2))


def percentile(series: Sequence[float], p: int) -> float:
    """The value that `p` percent of the series do not exceed."""
    ordered = sorted(series)
    return ordered[min(len(ordered) - 1, len(ordered) * p // 100)]
