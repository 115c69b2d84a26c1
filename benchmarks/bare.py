"""Bare: a group commit through the raw driver, as durable as the gateway's, with nothing else around it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import asyncpg

LANES = 2
"""Transactions at once on PostgreSQL, as in the gateway."""

Row = tuple[str | bytes, ...]
Write = Callable[[str, Sequence[Row]], Awaitable[None]]
"""Runs a statement once for each row, in one durable transaction."""

TABLE = "CREATE TABLE IF NOT EXISTS bare (id text PRIMARY KEY, content {bytes} NOT NULL, state text)"
INSERT = "INSERT INTO bare (id, content) VALUES ($1, $2)"
UPDATE = "UPDATE bare SET state = $2 WHERE id = $1"


class GroupCommit:
    """Rows for one statement. Those that arrive while the last commit is on its way share the next one."""

    def __init__(self, write: Write, lanes: int, statement: str) -> None:
        self._write = write
        self._statement = statement
        self._waiting: list[tuple[Row, asyncio.Future[None]]] = []
        self._arrived = asyncio.Event()
        self._tasks = [asyncio.create_task(self._lane()) for _ in range(lanes)]

    def close(self) -> None:
        """Nothing more comes."""
        for task in self._tasks:
            task.cancel()

    async def keep(self, *row: str | bytes) -> None:
        """Return when the row is on disk."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, future))
        self._arrived.set()
        await future

    async def _lane(self) -> None:
        while True:
            await self._arrived.wait()
            batch, self._waiting = self._waiting, []
            self._arrived.clear()
            if batch:
                await self._write(self._statement, [row for row, _ in batch])
            for _, future in batch:
                future.set_result(None)


@asynccontextmanager
async def bare_store(url: str) -> AsyncIterator[Callable[[str], GroupCommit]]:
    """Open the database and make the table; gives a group commit for each statement."""
    opened = _sqlite if url.startswith("sqlite") else _postgres
    made: list[GroupCommit] = []

    def make(statement: str) -> GroupCommit:
        made.append(GroupCommit(write, lanes, statement))
        return made[-1]

    async with opened(url) as (write, lanes):
        yield make
        for each in made:
            each.close()


@asynccontextmanager
async def _sqlite(url: str) -> AsyncIterator[tuple[Write, int]]:
    connection = sqlite3.connect(
        url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(TABLE.format(bytes="blob"))

    def commit(statement: str, rows: Sequence[Row]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement.replace("$", "?"), rows)
        connection.execute("COMMIT")

    with ThreadPoolExecutor(1) as thread:

        async def write(statement: str, rows: Sequence[Row]) -> None:
            await asyncio.get_running_loop().run_in_executor(thread, commit, statement, rows)

        yield write, 1
    connection.close()


@asynccontextmanager
async def _postgres(url: str) -> AsyncIterator[tuple[Write, int]]:
    settings = {"synchronous_commit": "on"}
    async with asyncpg.create_pool(url, min_size=LANES, max_size=LANES, server_settings=settings) as pool:
        await pool.execute(TABLE.format(bytes="bytea"))

        async def write(statement: str, rows: Sequence[Row]) -> None:
            # One implicit transaction, without a round trip for its begin and its end.
            await pool.executemany(statement, rows)

        yield write, LANES
