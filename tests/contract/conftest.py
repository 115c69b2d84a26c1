"""Fixtures of the store's contract: every test runs once per database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.store import SqlStore, upgrade


@pytest.fixture(params=["sqlite", "postgresql"])
async def store_url(request: pytest.FixtureRequest) -> str:
    """URL of an empty store of this test alone."""
    if request.param == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        url = f"sqlite:///{folder}/store.db"
    else:
        url = request.getfixturevalue("postgres_url")
    await upgrade(url)
    return url


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
