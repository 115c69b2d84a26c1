"""Runs what is asked for: `python -m benchmarks.endurance [drain|memory|slow|soak]... [--write]`.

`--write` puts the tables into docs/endurance.md. Environment: BACKLOG (10,000 messages), SECONDS (10) of each load,
SLOW (500 uploads), SOAK_MINUTES (2), SIZE (`embedded` or `data centre`; both).
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.endurance import drain, memory, slow, soak
from benchmarks.endurance.installation import SIZES
from benchmarks.endurance.page import publish
from tests.servers.missing import ServerMissing

SECONDS = float(os.environ.get("SECONDS", "10"))


async def _drain(folder: Path, size: str) -> drain.Result:
    return await drain.measure(folder, size, int(os.environ.get("BACKLOG", "10000")), SECONDS)


async def _slow(folder: Path, size: str) -> list[slow.Seen]:
    return await slow.measure(folder, size, SECONDS)


async def _soak(folder: Path, size: str) -> soak.Soaked:
    return await soak.measure(folder, size, float(os.environ.get("SOAK_MINUTES", "2")))


PARTS: dict[str, tuple[Callable[[Path, str], Awaitable[object]], Callable[..., str]]] = {
    "drain": (_drain, drain.report),
    "memory": (memory.measure, memory.report),
    "slow": (_slow, slow.report),
    "soak": (_soak, soak.report),
}


async def main(names: list[str], *, keep: bool) -> None:
    """Measure these parts in each size."""
    for name in names:
        measure, report = PARTS[name]
        results = []
        for size in os.environ.get("SIZE", ",".join(SIZES)).split(","):
            with tempfile.TemporaryDirectory(prefix="amtsbote-endurance-") as folder:
                try:
                    results.append(await measure(Path(folder) / "it", size))
                except ServerMissing as missing:
                    print(f"{size}: {missing}")
        publish(name, report(results), keep=keep)


if __name__ == "__main__":
    chosen = [each for each in sys.argv[1:] if each != "--write"]
    asyncio.run(main(chosen or list(PARTS), keep="--write" in sys.argv))
