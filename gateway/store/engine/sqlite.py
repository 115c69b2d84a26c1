"""SQLite: one writing connection in a thread of its own, and readers that can't write."""

import asyncio
import fcntl
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from gateway.core.errors import StoreUnavailable
from gateway.store.engine.statement import SQLITE, Tx
from gateway.store.engine.translate import translated

Value = TypeVar("Value")

READERS = 4
_BUSY_SECONDS = 5.0


class SqliteDatabase:
    """A SQLite file in WAL mode.

    A whole transaction is one hop to the writer's thread. Two writing connections, or a reader that
    checkpoints, can damage the WAL of SQLite up to 3.51.2: so there is one writer per file, held by a
    lock on `<file>.lock`, and readers are opened read-only.
    """

    lanes = 1
    connections = READERS + 1

    def __init__(self, file: Path, *, writable: bool) -> None:
        self._lock = _lock(file) if writable else None
        self._writer = _writing_engine(file) if writable else None
        self._readers = _reading_engine(file)
        self._writing = ThreadPoolExecutor(1, "store-writer")
        self._reading = ThreadPoolExecutor(READERS, "store-reader")

    @property
    def in_use(self) -> int:
        """Connections that somebody has now."""
        pools = [engine.pool for engine in (self._readers, self._writer) if engine is not None]
        return sum(pool.checkedout() for pool in pools if isinstance(pool, QueuePool))

    async def write(self, work: Callable[[Tx], Value]) -> Value:
        """Run work in the writer's thread; it is fsynced when this returns."""
        writer = self._writer
        if writer is None:
            raise StoreUnavailable("the store was opened for reading only")
        return await _in_thread(self._writing, lambda: _commit(writer, work))

    async def read(self, work: Callable[[Tx], Value]) -> Value:
        """Run work on a consistent snapshot, beside the writer."""
        return await _in_thread(self._reading, lambda: _rollback(self._readers, work))

    async def migrate(self, work: Callable[[Connection], None]) -> None:
        """Run work on the tables in the writer's transaction."""
        await self.write(lambda tx: work(tx.connection))

    async def aclose(self) -> None:
        """Close the readers first: the writer's last connection cleans the WAL up."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._reading.shutdown()
        self._writing.shutdown()
        self._readers.dispose()
        if self._writer is not None:
            self._writer.dispose()
        if self._lock is not None:
            self._lock.close()


def _commit(engine: Engine, work: Callable[[Tx], Value]) -> Value:
    with engine.begin() as connection:
        return work(Tx(connection, SQLITE))


def _rollback(engine: Engine, work: Callable[[Tx], Value]) -> Value:
    with engine.connect() as connection:
        return work(Tx(connection, SQLITE))


async def _in_thread(executor: ThreadPoolExecutor, work: Callable[[], Value]) -> Value:
    try:
        return await asyncio.get_running_loop().run_in_executor(executor, work)
    except Exception as error:
        raise translated(error) from error


def _writing_engine(file: Path) -> Engine:
    # The connection is opened by whoever comes first and then used by the writer's thread alone.
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(
            file, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        ),
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        hide_parameters=True,
    )
    _on_connect(engine, "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON")
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _reading_engine(file: Path) -> Engine:
    # mode=ro also keeps a reader from checkpointing when it happens to be the last one to close.
    address = f"{file.absolute().as_uri()}?mode=ro"
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(
            address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        ),
        poolclass=QueuePool,
        pool_size=READERS,
        max_overflow=0,
        hide_parameters=True,
    )
    _on_connect(engine, "PRAGMA query_only = ON", "PRAGMA wal_autocheckpoint = 0")
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _on_connect(engine: Engine, *pragmas: str) -> None:
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        for pragma in pragmas:
            connection.execute(pragma).close()

    event.listen(engine, "connect", prepare)


def _lock(file: Path) -> IO[bytes]:
    """Hold `<file>.lock` for as long as the process may write.

    Raises:
        StoreUnavailable: another process holds it, or the folder can't be written.
    """
    try:
        lock = file.with_name(f"{file.name}.lock").open("ab")
        # The messages of citizens: nobody else on the host may read them. SQLite gives the files beside it
        # the same rights.
        file.touch(mode=0o600)
    except OSError as error:
        raise StoreUnavailable(f"{file.parent} can't be written") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise StoreUnavailable(f"{file} is in use by another process that writes") from error
    return lock
