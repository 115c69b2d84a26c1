"""Stores: the filled stores of one database, made where they are not there yet, so that a run can be repeated."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncpg

from benchmarks.growth.fill import fill, spread
from benchmarks.growth.filled import Filled
from gateway.store.engine.database import plain_dsn, sqlite_file

RECENT = 10_000
"""At every size the same number is open: that of ten thousand messages."""


@dataclass(slots=True)
class Place:
    """A store of some size."""

    filled: Filled
    url: str

    @property
    def database(self) -> str | None:
        """Its name on the server; None for a file."""
        return None if sqlite_file(self.url) else self.url.rpartition("/")[2]


async def prepared(folder: Path, server: str | None, sizes: Sequence[int]) -> list[Place]:
    """The stores of these sizes on a server, or as files in the folder, which also keeps what is known of them."""
    return [await _prepared(folder, server, size) for size in sizes]


async def opened_up(folder: Path, place: Place) -> Place:
    """The same store, after what is open has been made to grow with it."""
    more = Filled(place.filled.size, place.filled.until, place.filled.size)
    await spread(place.url, more)
    _note(folder, Place(more, place.url))
    return Place(more, place.url)


async def _prepared(folder: Path, server: str | None, size: int) -> Place:
    name = f"growth_{size}"
    url = f"sqlite:///{folder}/{name}.db" if server is None else f"{server.rpartition('/')[0]}/{name}"
    notes = _notes(folder, url)
    if notes.exists():
        known = json.loads(notes.read_text())
        return Place(Filled(size, datetime.fromisoformat(known["until"]), known["recent"]), url)
    if server is not None:
        connection = await asyncpg.connect(plain_dsn(server))
        await connection.execute(f'CREATE DATABASE "{name}"')
        await connection.close()
    place = Place(Filled.now(size, RECENT), url)
    await fill(url, place.filled)
    _note(folder, place)
    return place


def _note(folder: Path, place: Place) -> None:
    known = {"until": place.filled.until.isoformat(), "recent": place.filled.recent}
    _notes(folder, place.url).write_text(json.dumps(known))


def _notes(folder: Path, url: str) -> Path:
    return folder / f"{url.partition(':')[0]}-{url.rpartition('/')[2]}.json"
