"""Start: how long a gateway takes to be ready, and how much memory the forms of its schemas need.

`python -m benchmarks.start [FOLDER]`: with the shipped bundles, and with those installed in a folder beside them.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from gateway.commands import BUNDLES
from gateway.texts.terminal import say
from schemas.library import SchemaLibrary
from schemas.stock import stock

RUNS = 5
"""Of which the best counts: others may be at work on the machine."""
_ROOT = Path(__file__).parents[1]
_READY = b"gateway_ready"
_MEASURE_FORMS = """
import sys
from pathlib import Path
from schemas import building
from schemas.forms import FormCache
from schemas.library import SchemaLibrary
def filled():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
cache, *folders = map(Path, sys.argv[1:])
library = SchemaLibrary.load(folders, forms=FormCache(cache))
before = filled()
library.warm()
compiled = filled()
library.warm(explanations=True)
print(before, compiled - before, filled() - compiled)
"""


@dataclass(frozen=True, slots=True)
class Started:
    """One start."""

    seconds: float
    processor_seconds: float
    megabytes: float


def main(installed: Path | None) -> None:
    """Measure and print."""
    table = Table(
        say("Pakete", "bundles"), "cache", say("bereit nach", "ready after"), say("Rechenzeit", "processor time"),
        say("Speicher", "memory"), say("Formen: libxml2, xmlschema", "forms: libxml2, xmlschema"),
    )  # fmt: skip
    for folder in (None, installed) if installed else (None,):
        with tempfile.TemporaryDirectory(prefix="amtsbote-start-") as place:
            config, cache = _installation(Path(place), folder)
            folders = [BUNDLES, Path(place) / "var/schemas"]
            count = str(len(SchemaLibrary.load(folders).bundles))
            _add(table, count, say("leer", "empty"), [_start(config, cache) for _ in range(RUNS)], "")
            asyncio.run(stock(folders, cache))
            forms = _forms(cache, folders)
            _add(table, count, say("voll", "full"), [_start(config) for _ in range(RUNS)], forms)
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def _add(table: Table, count: str, cache: str, starts: Sequence[Started], forms: str) -> None:
    table.add_row(
        count,
        cache,
        f"{min(each.seconds for each in starts):.2f} s",
        f"{min(each.processor_seconds for each in starts):.2f} s",
        f"{min(each.megabytes for each in starts):.0f} MB",
        forms,
    )


def _installation(place: Path, installed: Path | None) -> tuple[Path, Path]:
    """Its `amtsbote.toml`, and where it keeps forms."""
    shutil.copytree(_ROOT / "config", place / "config")
    config = place / "config/amtsbote.toml"
    config.write_text(config.read_text(encoding="utf-8").replace("port = 8080", "port = 0"), encoding="utf-8")
    if installed is not None:
        shutil.copytree(installed, place / "var/schemas")
    subprocess.run([*_COMMAND, "db", "upgrade", "-c", str(config)], check=True, cwd=_ROOT)
    return config, place / "var/cache"


_COMMAND = (sys.executable, "-m", "gateway")


def _start(config: Path, empty: Path | None = None) -> Started:
    """Start until it says that it is ready, and stop it again. `empty` is emptied before."""
    if empty is not None:
        shutil.rmtree(empty, ignore_errors=True)
    started_at = time.perf_counter()
    command = [*_COMMAND, "serve", "-c", str(config)]
    with subprocess.Popen(command, cwd=_ROOT, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if _READY in line:
                break
        seconds = time.perf_counter() - started_at
        folder = Path(f"/proc/{process.pid}")
        times = (folder / "stat").read_text().rpartition(")")[2].split()
        ticks = os.sysconf("SC_CLK_TCK")
        pages = int((folder / "statm").read_text().split()[1])
        process.terminate()
    used = (int(times[11]) + int(times[12])) / ticks
    return Started(seconds, used, pages * os.sysconf("SC_PAGE_SIZE") / 1e6)


def _forms(cache: Path, folders: Sequence[Path]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE_FORMS, str(cache), *map(str, folders)],
        check=True,
        capture_output=True,
        text=True,
        cwd=_ROOT,
    )
    _, compiled, explaining = map(float, done.stdout.split())
    return f"{compiled:.0f} MB, {explaining:.0f} MB"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
