"""Measures growth: `python -m benchmarks.growth [FOLDER]`.

Without a folder everything is made anew and removed at the end; with one the stores stay there, the databases on the
server of `GROWTH_POSTGRES`. Other environment: SIZES (10000,1000000,10000000), ROUNDS (15), ON (postgresql,sqlite),
SPREAD=1 to go on with as much open as the store is large, which the stores keep, WRITE=1 to write the tables into
docs/growth.md and the plans at the second size into docs/query-plans.md.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import orjson
from rich.console import Console
from rich.markdown import Markdown

from benchmarks.growth import report
from benchmarks.growth.exercises import HOT, counting, looking
from benchmarks.growth.measure import measure
from benchmarks.growth.plans import Plan, Recorder, plans
from benchmarks.growth.rare import RARE
from benchmarks.growth.server import own_server
from benchmarks.growth.stores import Place, opened_up, prepared
from benchmarks.growth.visit import Visit
from gateway.store import SqlStore

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks/results/growth.json"


def _environment(name: str, default: str) -> Sequence[str]:
    return os.environ.get(name, default).split(",")


def main(folder: Path) -> None:
    """Both databases, one after the other: their stores need the disk."""
    for kind in _environment("ON", "postgresql,sqlite"):
        with ExitStack() as stack:
            server = None
            if kind == "postgresql":
                server = os.environ.get("GROWTH_POSTGRES") or stack.enter_context(own_server())
            asyncio.run(_of_database(folder, kind, server))
        if "GROWTH_POSTGRES" not in os.environ:
            for notes in folder.glob("postgresql-*.json"):
                notes.unlink()


async def _of_database(folder: Path, kind: str, server: str | None) -> None:
    sizes = [int(size) for size in _environment("SIZES", "10000,1000000,10000000")]
    (rounds,) = _environment("ROUNDS", "15")
    places = await prepared(folder, server, sizes)
    watches = await measure(places, HOT, int(rounds))
    _tell(f"{kind}", report.table(sizes, watches))
    figures = {kind: report.raw(sizes, watches)}
    if len(places) > 1:
        _keep_plans(kind, await _plans(places[1]))
    if os.environ.get("SPREAD") == "1":
        places = [await opened_up(folder, place) for place in places]
        watches = await measure(places, (looking, counting), max(int(rounds) // 3, 1))
        _tell(f"{kind}-open", report.table(sizes, watches))
        figures[f"{kind}, open"] = report.raw(sizes, watches)
    RESULTS.parent.mkdir(exist_ok=True)
    before = orjson.loads(RESULTS.read_bytes()) if RESULTS.exists() else {}
    RESULTS.write_bytes(orjson.dumps(before | figures, option=orjson.OPT_INDENT_2))


async def _plans(place: Place) -> list[Plan]:
    """What the database does for each statement at this size."""
    recorder = Recorder()
    async with await SqlStore.open(place.url) as store:
        with recorder.listening():
            for exercise in (*HOT, *RARE):
                await exercise(Visit(store, place.filled, recorder))
    return await plans(place.url, list(recorder.statements.values()))


def _tell(marker: str, table: str) -> None:
    Console().print(Markdown(f"{marker}\n\n{table}"))
    if os.environ.get("WRITE") == "1":
        report.insert(ROOT / "docs/growth.md", marker, table)


def _keep_plans(kind: str, found: Sequence[Plan]) -> None:
    for plan in found:
        for walk in plan.walks:
            Console().print(f"{kind}, {plan.statement.call}: {walk}")
    if os.environ.get("WRITE") == "1":
        report.insert(ROOT / "docs/query-plans.md", kind, report.plan_pages(found))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory(prefix="amtsbote-growth-") as made:
            main(Path(made))
