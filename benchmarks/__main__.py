"""Runs all benchmarks. Environment: RUNS (default 5), SECONDS of each load (default 4), QUICK=1 for one short run."""

import os
import sys
import tempfile
from pathlib import Path

import uvloop
from rich.console import Console

from benchmarks import flow, validation
from benchmarks.figures import Figures
from benchmarks.letters import letters
from benchmarks.load import CONNECTIONS
from gateway.texts.terminal import say
from tests.servers.missing import ServerMissing

RESULTS = Path(__file__).parent / "results/latest.json"


async def main(runs: int, seconds: float) -> None:
    """Measure everything `runs` times, each load for so many seconds, and print the medians."""
    # A log has no width of its own.
    console, figures = Console(width=None if sys.stdout.isatty() else 120), Figures()
    for _ in range(runs):
        validation.measure(figures)
    for opened in (flow.embedded, flow.data_centre):
        with tempfile.TemporaryDirectory(prefix="amtsbote-bench-") as folder:
            try:
                with opened(Path(folder)) as size:
                    await size.warm_up()
                    for _ in range(runs):
                        await size.measure(seconds, figures)
            except ServerMissing as missing:
                console.print(say(f"Ausgelassen: {missing}", f"Left out: {missing}"))
    figures.show(console)
    figures.save(RESULTS)
    console.print(_explanation(runs, seconds))


def _explanation(runs: int, seconds: float) -> str:
    size, cores = len(next(letters())), os.cpu_count()
    return say(
        f"Mediane aus {runs} Durchgängen zu {seconds:g} s; {CONNECTIONS} Verbindungen, Nachrichten von {size} Bytes, "
        f"{cores} Kerne. Alle Messwerte: {RESULTS}",
        f"Medians of {runs} runs of {seconds:g} s; {CONNECTIONS} connections, messages of {size} bytes, "
        f"{cores} cores. All measurements: {RESULTS}",
    )


if __name__ == "__main__":
    quick = os.environ.get("QUICK") == "1"
    uvloop.run(
        main(
            int(os.environ.get("RUNS", "1" if quick else "5")),
            float(os.environ.get("SECONDS", "1" if quick else "4")),
        )
    )
