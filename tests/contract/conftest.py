"""Fixtures of the store's contract: every test runs once per database."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from gateway.store import SqlStore, upgrade
from gateway.store.tables import metadata
from tests.servers.blocking import run_blocking
from tests.servers.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
async def store_url(request: pytest.FixtureRequest) -> str:
    """URL of an empty store."""
    if request.param == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        url = f"sqlite:///{folder}/store.db"
        await upgrade(url)
        return url
    shared: str = request.getfixturevalue("shared_postgres_store")
    await _empty(shared)
    return shared


@pytest.fixture(scope="session")
def shared_postgres_store(postgres_server: PostgresServer) -> Iterator[str]:
    """A store for one test after the other: making a database takes longer than most tests."""
    url = postgres_server.create()
    run_blocking(upgrade(url))
    yield url
    postgres_server.drop(url)


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[SqlStore]:
    async with await SqlStore.open(store_url) as opened:
        yield opened


@pytest.fixture
async def stores(store_url: str, store: SqlStore) -> AsyncIterator[tuple[SqlStore, SqlStore]]:
    """Two stores on the same data, as two processes have them. SQLite has one writer: twice the same."""
    if store_url.startswith("sqlite"):
        yield store, store
        return
    async with await SqlStore.open(store_url) as second:
        yield store, second


async def _empty(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for table in reversed(metadata.sorted_tables):
            await connection.execute(f"DELETE FROM {table.name}")
    finally:
        await connection.close()
