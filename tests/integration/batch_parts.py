"""Batch parts: a destination that takes batches, in a folder of the test, and a process that dies while it writes one.

Run as a program: `batch_parts STORE_URL FOLDER POINT` makes one turn and dies at a point.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from adapters import catalogue
from adapters.transports.folders import local
from gateway.core.batch import Batch, BatchState
from gateway.core.message import DeliveryId
from gateway.core.outcome import Cause
from gateway.core.ports import Adapter
from gateway.core.tenants import Destination
from gateway.delivery.batching import Batcher
from gateway.store import SqlStore
from tests.unit.adapters.builders import surroundings

CLOSED_AT = datetime.fromisoformat("2026-06-01T16:00:00+00:00")
"""A Monday, 18:00 in Berlin."""
LATER = CLOSED_AT + timedelta(minutes=30)
LAYOUT = """\
form = "fixed"
line_end = "\\n"
header = [{ name = "nr", source = "@batch", type = "digits", width = 4 }]
records = [{ columns = [{ name = "vorgang", source = "vorgangsId", width = 36 }] }]
totals = [{ name = "anzahl", source = "@count", type = "digits", width = 4 }]
"""


class Clock:
    def __init__(self, time: datetime) -> None:
        self.time = time

    def now(self) -> datetime:
        return self.time


KASSE = Destination("kasse", "finance", transport="batch", idempotent=True)
DESTINATIONS = {"kasse": KASSE}


def batch_adapters(
    folder: Path, store: SqlStore, clock: Clock, settings: Mapping[str, object] | None = None
) -> dict[str, Adapter]:
    (folder / "layout.toml").write_text(LAYOUT)
    (folder / "kasse").mkdir(exist_ok=True)
    where = {"folder": str(folder / "kasse")} if settings is None else settings
    destination = replace(KASSE, settings={"layout": "layout.toml", "answers_rest": 1, **where})
    assert [*catalogue.faults(destination, folder)] == []
    around = replace(surroundings(folder), batches=store, clock=clock)
    return {"kasse": catalogue.build(destination, around)}


def content(number: int, deliveries: list[DeliveryId]) -> bytes:
    lines = [f"{number:04}", *deliveries, f"{len(deliveries):04}"]
    return "".join(f"{line}\n" for line in lines).encode()


class DyingStore(SqlStore):
    point = ""

    async def close_batch(
        self,
        batch: tuple[str, int],
        members: object,
        file: tuple[str, bytes],
        now: datetime,
    ) -> bool:
        self._die("before-close")
        closed = await super().close_batch(batch, members, file, now)  # type: ignore[arg-type]  # passed on
        self._die("after-close")
        return closed

    async def advance_batch(
        self, batch: Batch, state: BatchState, now: datetime, due: datetime, code: str | None = None
    ) -> bool:
        self._die(f"before-{state}")
        advanced = await super().advance_batch(batch, state, now, due, code)
        self._die(f"after-{state}")
        return advanced

    async def finish_batch(self, batch: Batch, now: datetime, confirm_by: datetime | None) -> bool:
        self._die("before-written")
        finished = await super().finish_batch(batch, now, confirm_by)
        self._die("after-written")
        return finished

    def _die(self, point: str) -> None:
        if point == self.point:
            os._exit(9)


POINTS = (
    "before-close",
    "after-close",
    "half-written",
    "before-prepared",
    "after-prepared",
    "before-rename",
    "before-written",
    "after-written",
)


def die_among_the_files(point: str) -> None:
    """Replace what touches the folder by something that dies in its middle."""

    def half(path: Path, content: bytes) -> None:
        path.write_bytes(content[: len(content) // 2])
        os._exit(9)

    def unnamed(folder: Path, files: object) -> Cause | None:
        os._exit(9)

    if point == "half-written":
        local._write = half
    if point == "before-rename":
        local.release = unnamed


async def main(url: str, folder: Path, point: str) -> None:
    die_among_the_files(point)
    DyingStore.point = point
    clock = Clock(CLOSED_AT)
    async with await DyingStore.open(url) as store:
        await Batcher(store, batch_adapters(folder, store, clock), DESTINATIONS, clock).turn()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
