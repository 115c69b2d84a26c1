"""Runs all benchmarks; with `--write` tables and picture in the documentation are renewed.

Environment: RUNS (default 3), SECONDS of each load (default 3), QUICK=1 for one short run, SIZES (`embedded,data_centre`), RESULTS (the
file that keeps every measurement, `benchmarks/results/latest.json`).
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from rich.console import Console

from benchmarks import flow, validation
from benchmarks.figures import LATEST, Figures
from benchmarks.load import CONNECTIONS
from benchmarks.page import write
from benchmarks.report import tables
from gateway.texts.terminal import say
from tests.servers.missing import ServerMissing

OPENED = {"embedded": flow.embedded, "data_centre": flow.data_centre}


async def measure(figures: Figures, sizes: Sequence[str], kept: Path, console: Console) -> None:
    """Measure everything as often and as long as the figures say, and keep it after each run."""
    for _ in range(figures.runs):
        validation.measure(figures)
    for name in sizes:
        with tempfile.TemporaryDirectory(prefix="amtsbote-bench-") as folder:
            try:
                with OPENED[name](Path(folder)) as size:
                    await size.warm_up(min(1.0, figures.seconds))
                    for run in range(1, figures.runs + 1):
                        console.print(say(f"{name}: Durchgang {run} ...", f"{name}: run {run} ..."))
                        await size.measure(figures.seconds, figures)
                        figures.save(kept)
            except ServerMissing as missing:
                console.print(say(f"Ausgelassen: {missing}", f"Left out: {missing}"))


def main() -> None:
    """As the environment and the arguments say."""
    quick = os.environ.get("QUICK") == "1"
    figures = Figures(
        runs=int(os.environ.get("RUNS", "1" if quick else "3")),
        seconds=float(os.environ.get("SECONDS", "1" if quick else "3")),
        cores=os.cpu_count() or 0,
        day=datetime.now(UTC).date().isoformat(),
    )
    # A log has no width of its own.
    console = Console(width=None if sys.stdout.isatty() else 160)
    kept = Path(os.environ.get("RESULTS", LATEST))
    uvloop.run(measure(figures, os.environ.get("SIZES", ",".join(OPENED)).split(","), kept, console))
    for table in tables(figures, say):
        table.show(console)
    console.print(
        say(
            f"Mediane aus {figures.runs} Durchgängen zu {figures.seconds:g} s; {CONNECTIONS} Verbindungen, {figures.cores} Kerne. "
            f"Alle Messwerte: {kept}",
            f"Medians of {figures.runs} runs of {figures.seconds:g} s; {CONNECTIONS} connections, {figures.cores} cores. "
            f"All measurements: {kept}",
        )
    )
    if "--write" in sys.argv:
        write(figures)


if __name__ == "__main__":
    main()
