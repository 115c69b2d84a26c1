"""Report: the figures of one run as tables, for the terminal and for the documentation."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.growth.plans import Plan
from benchmarks.growth.stopwatch import Stopwatch

FLAT = 1.2
"""What takes up to so many times as long counts as flat."""


def table(sizes: Sequence[int], watches: Sequence[Stopwatch]) -> str:
    """Processor time of a call at the first size, and how many times as much at the others, as Markdown."""
    first, *others = sizes
    head = ["call", f"{_short(first)}: ms"]
    head += [f"{_short(size)}: ratio" for size in others]
    lines = [_line(head), _line(["---"] + ["---:"] * (len(head) - 1))]
    base = watches[0]
    for name in base.cpus:
        cells = [f"`{name}`", f"{base.cpu(name) * 1000:.2f}"]
        cells += [_ratio(watch.cpu(name) / base.cpu(name)) for watch in watches[1:]]
        lines.append(_line(cells))
    return "\n".join(lines)


def raw(
    sizes: Sequence[int], watches: Sequence[Stopwatch]
) -> dict[str, dict[str, Mapping[str, list[float]]]]:
    """Every measurement, in seconds."""
    return {
        str(size): {"wall": watch.walls, "cpu": watch.cpus}
        for size, watch in zip(sizes, watches, strict=True)
    }


def insert(file: Path, marker: str, text: str) -> None:
    """Put a text between the two marks of this name in a document."""
    begin, end = f"<!-- {marker} -->\n", f"<!-- /{marker} -->"
    before, found, rest = file.read_text().partition(begin)
    if not found:
        raise LookupError(f"{file} has no place for {marker}")
    file.write_text(before + begin + "\n" + text + "\n\n" + end + rest.partition(end)[2])


def plan_pages(plans: Sequence[Plan]) -> str:
    """Plans by the call that sent the statement first; what only adds rows has none to speak of."""
    parts = []
    call = None
    for each in plans:
        if not any(_READS.search(line) for line in each.lines):
            continue
        if each.statement.call != call:
            call = each.statement.call
            parts.append(f"### {call}\n")
        sql = " ".join(each.statement.sql.split())
        if len(sql) > _SHOWN:
            sql = f"{sql[:_HALF]} ... {sql[-_HALF:]}"
        parts.append("\n".join(["```", sql, "", *(line[:_WIDTH] for line in each.lines), "```\n"]))
    return "\n".join(parts).rstrip()


_READS = re.compile("Scan .* on |SCAN|SEARCH")
_WIDTH = 160
_SHOWN = 300
_HALF = 145


def _ratio(ratio: float) -> str:
    return f"**{ratio:.2f}**" if ratio > FLAT else f"{ratio:.2f}"


def _short(size: int) -> str:
    return f"{size // 1_000_000} million" if size >= 1_000_000 else f"{size:,}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
