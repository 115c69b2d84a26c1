"""Database: a session and a commit for each unit of work, on PostgreSQL or SQLite."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

from sqlalchemy import create_engine, event
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, sessionmaker
from starlette.concurrency import run_in_threadpool

from benchmarks.peer.models import Base

Result = TypeVar("Result")


class Database(Protocol):
    async def run(self, work: Callable[[Session], Result]) -> Result:
        """Do something in a session of its own, and commit."""


class _Asynchronous:
    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions

    async def run(self, work: Callable[[Session], Result]) -> Result:
        async with self._sessions.begin() as session:
            return await session.run_sync(work)


class _Threaded:
    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    async def run(self, work: Callable[[Session], Result]) -> Result:
        return await run_in_threadpool(self._run, work)

    def _run(self, work: Callable[[Session], Result]) -> Result:
        with self._sessions.begin() as session:
            return work(session)


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """Connect, and make the tables where there are none."""
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": 30})
        event.listen(engine, "connect", _durable)
        Base.metadata.create_all(engine)
        yield _Threaded(sessionmaker(engine, expire_on_commit=False))
        engine.dispose()
    else:
        server = create_async_engine(
            url.replace("postgresql://", "postgresql+asyncpg://"), pool_size=10, max_overflow=0
        )
        async with server.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        yield _Asynchronous(async_sessionmaker(server, expire_on_commit=False))
        await server.dispose()


def _durable(connection: Any, _record: object) -> None:  # noqa: ANN401 - SQLAlchemy has no type for it
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
