"""PostgreSQL: a pool of asyncpg connections with a time limit on everything."""

from collections.abc import Callable
from typing import TypeVar

from asyncpg import InternalClientError
from sqlalchemy import Connection, NullPool, QueuePool, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from gateway.store.engine.connector import Connector
from gateway.store.engine.database import postgres_url
from gateway.store.engine.statement import POSTGRESQL, Tx
from gateway.store.engine.translate import translated, worth_repeating

Value = TypeVar("Value")

LANES = 2
READERS = 4
_CONNECT_SECONDS = 3
_COMMAND_SECONDS = 6
_TRIES = 3
_SERVER_SETTINGS = {
    "application_name": "amtsbote",
    "synchronous_commit": "on",
    "statement_timeout": "5s",
    "lock_timeout": "4s",
    "idle_in_transaction_session_timeout": "30s",
    # Compiling a statement to machine code takes longer than any of ours runs.
    "jit": "off",
}
_MIGRATION_LOCK = 0x616D7473626F7465


class PostgresDatabase:
    """A PostgreSQL database, reached by a pool.

    The pool does not test a connection before each use: a transaction that finds its connection dead
    before it was committed is repeated on a new one.
    """

    lanes = LANES
    connections = LANES + READERS

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine = create_async_engine(
            postgres_url(url),
            async_creator=_connector(url, command_timeout=_COMMAND_SECONDS).connect,
            pool_size=self.connections,
            max_overflow=0,
            hide_parameters=True,
            pool_timeout=5,
        )

    @property
    def in_use(self) -> int:
        """Connections that somebody has now."""
        pool = self._engine.pool
        assert isinstance(pool, QueuePool)
        return pool.checkedout()

    async def write(self, work: Callable[[Tx], Value]) -> Value:
        """Run work in one transaction, and again where it collided with another."""
        return await self._run(work, commit=True)

    async def read(self, work: Callable[[Tx], Value]) -> Value:
        """Run work that only reads."""
        return await self._run(work, commit=False)

    async def migrate(self, work: Callable[[Connection], None]) -> None:
        """Run work on the tables while no other process does."""
        # The tables may be large and in use: no limit but patience, neither the server's nor the driver's.
        patient = create_async_engine(
            postgres_url(self._url),
            async_creator=_connector(self._url, command_timeout=None).connect,
            poolclass=NullPool,
            hide_parameters=True,
        )
        try:
            async with patient.begin() as connection:
                await connection.execute(text("SET LOCAL statement_timeout = 0"))
                await connection.execute(text("SET LOCAL lock_timeout = '60s'"))
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
                await connection.run_sync(work)
        except Exception as error:
            raise translated(error, InternalClientError) from error

    async def aclose(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    async def _run(self, work: Callable[[Tx], Value], *, commit: bool) -> Value:
        for tries_left in reversed(range(_TRIES)):
            attempt = _Attempt()
            try:
                async with self._engine.connect() as connection:
                    return await attempt.run(connection, work, commit=commit)
            except Exception as error:
                if tries_left and not attempt.committing and worth_repeating(error):
                    continue
                raise translated(error, InternalClientError) from error
        raise AssertionError("the last try returns or raises")


def _connector(url: str, *, command_timeout: float | None) -> Connector:
    return Connector(
        url, timeout=_CONNECT_SECONDS, command_timeout=command_timeout, settings=_SERVER_SETTINGS
    )


class _Attempt:
    """One try of a transaction, which remembers whether its commit was asked for."""

    def __init__(self) -> None:
        self.committing = False

    async def run(self, connection: AsyncConnection, work: Callable[[Tx], Value], *, commit: bool) -> Value:
        try:
            value = await connection.run_sync(lambda plain: work(Tx(plain, POSTGRESQL)))
            if commit:
                self.committing = True
                await connection.commit()
        except TimeoutError:
            # What the server still does on this connection is unknown: it must not be used again.
            await connection.invalidate()
            raise
        return value
