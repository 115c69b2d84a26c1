"""The command: `python -m tests.matrix [--transport PART] [--fault PART] [--write]`."""

import argparse
import sys
from collections.abc import Iterator, Sequence

from tests.matrix.bench import LETTERS, Cell
from tests.matrix.cases import CASES, QUIET, Case
from tests.matrix.line import Line
from tests.matrix.lines import LINES
from tests.matrix.run import Results, run
from tests.servers.compose import ROOT

PAGE = ROOT / "docs" / "fault-matrix.md"
BEGIN, END = "<!-- matrix: begin -->\n", "<!-- matrix: end -->\n"


def main() -> int:
    """Run what is asked for, print it, and say by the exit code whether all is good."""
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument("--transport", default="", help="only lines with this in their name")
    parser.add_argument("--fault", default="", help="only cases with this in their name")
    parser.add_argument("--write", action="store_true", help=f"also write {PAGE.relative_to(ROOT)}")
    asked = parser.parse_args()
    lines = [line for line in LINES if asked.transport in line.name]
    cases = [case for case in CASES if asked.fault in case.name]
    results = run(lines, cases, say=lambda text: print(text, file=sys.stderr, flush=True))  # noqa: T201
    table = "".join(tables(lines, cases, results))
    print(table)  # noqa: T201
    if asked.write:
        head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        PAGE.write_text(head + BEGIN + "\n" + table + END + rest.partition(END)[2], encoding="utf-8")
    return 0 if results and all(cell.good for cell in results.values()) else 1


def tables(lines: Sequence[Line], cases: Sequence[Case], results: Results) -> Iterator[str]:
    """One table per line, in Markdown."""
    for line in lines:
        if line.quiet:
            continue
        yield f"### {line.name}\n\n"
        size = "PostgreSQL, RabbitMQ, API, relay, two workers" if line.data_centre else "one process, SQLite"
        yield f"{size}\n\n"
        yield HEAD.format("fault")
        for case in cases:
            cell = results.get((line.key, case.name))
            yield (
                _row(case.name, cell)
                if cell
                else f"| {case.name} | | | | | does not apply: {case.why_not(line)} |\n"
            )
        yield "\n"
    quiet = [
        (line.name, results[line.key, QUIET]) for line in lines if (line.key, QUIET) in results and line.quiet
    ]
    if quiet:
        yield "### TLS\n\n"
        yield HEAD.format("transport")
        yield from (_row(name, cell) for name, cell in quiet)
        yield "\n"
    total = list(results.values())
    yield (
        f"{len(total)} cells with {LETTERS} messages each: {sum(each.accepted for each in total)} accepted, "
        f"{sum(each.once for each in total)} delivered once, {sum(each.twice for each in total)} delivered twice, "
        f"{sum(each.lost for each in total)} lost, {sum(each.parked.total() for each in total)} parked with a reason.\n"
    )


HEAD = (
    "| {} | accepted | delivered once | delivered twice | lost | parked, with reason |\n"
    "|---|---|---|---|---|---|\n"
)


def _row(name: str, cell: Cell) -> str:
    parked = ", ".join(f"{number} {reason}" for reason, number in sorted(cell.parked.items()))
    lost = cell.lost + cell.unfinished
    return f"| {name} | {cell.accepted} | {cell.once} | {cell.twice} | {lost} | {parked} |\n"


if __name__ == "__main__":
    sys.exit(main())
