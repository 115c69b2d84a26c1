"""Contract of the store, faults: never a receipt for what is not on disk, and recovery by itself."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from gateway.core.acts import AddKey
from gateway.core.errors import StoreUnavailable
from gateway.store import SchemaNotCurrent, SqlStore, upgrade
from gateway.store.engine.postgres import PostgresDatabase
from gateway.store.engine.sqlite import SqliteDatabase
from gateway.store.engine.statement import Tx
from tests.builders import NOON, a_message
from tests.contract.store_steps import EINWOHNER, a_submission, accepted, claim, ready, taken
from tests.servers.postgres import PrivatePostgres


@pytest.fixture
async def sqlite_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/store.db"
    await upgrade(url)
    return url


async def test_a_full_disk_is_no_receipt(sqlite_url: str) -> None:
    async with await SqlStore.open(sqlite_url) as store:
        kept = await accepted(store)
        await _limit_pages(store, 1)

        with pytest.raises(StoreUnavailable, match="full"):
            await store.accept(a_submission(a_message(content=b"x" * 100_000)))

        await _limit_pages(store, 1_000_000)
        await accepted(store)
        assert (await store.message(kept.id)).id == kept.id
        assert len((await store.messages(None)).items) == 2


async def test_a_second_writing_process_is_told_so(sqlite_url: str) -> None:
    async with await SqlStore.open(sqlite_url):
        with pytest.raises(StoreUnavailable, match="another process"):
            await SqlStore.open(sqlite_url)
        with pytest.raises(StoreUnavailable, match="another process"):
            await upgrade(sqlite_url)

    async with await SqlStore.open(sqlite_url) as store:
        await accepted(store)


async def test_a_file_can_be_read_beside_the_process_that_writes(sqlite_url: str) -> None:
    async with (
        await SqlStore.open(sqlite_url) as writing,
        await SqlStore.open(sqlite_url, mode="read") as reading,
    ):
        receipt = await accepted(writing)

        assert (await reading.message(receipt.id)).id == receipt.id
        with pytest.raises(StoreUnavailable, match="reading only"):
            await accepted(reading)


async def test_a_file_can_be_read_while_no_process_writes(sqlite_url: str) -> None:
    async with await SqlStore.open(sqlite_url) as store:
        receipt = await accepted(store)

    async with await SqlStore.open(sqlite_url, mode="read") as reading:
        await reading.ping()
        assert (await reading.message(receipt.id)).id == receipt.id


async def test_a_reader_can_neither_write_nor_clean_the_log_up(sqlite_url: str) -> None:
    async with await SqlStore.open(sqlite_url) as store:
        database = store._database
        assert isinstance(database, SqliteDatabase)
        with database._readers.connect() as connection:
            assert connection.execute(text("PRAGMA query_only")).scalar() == 1
            assert connection.execute(text("PRAGMA wal_autocheckpoint")).scalar() == 0
        assert database._writer is not None
        with database._writer.connect() as connection:
            assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
            assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


async def test_a_missing_file_is_not_created_by_opening(tmp_path: Path) -> None:
    with pytest.raises(SchemaNotCurrent, match="db upgrade"):
        await SqlStore.open(f"sqlite:///{tmp_path}/none.db")

    assert list(tmp_path.iterdir()) == []


async def test_an_empty_database_names_the_command_that_helps(postgres_url: str, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    for url in (postgres_url, f"sqlite:///{tmp_path}/empty.db"):
        with pytest.raises(SchemaNotCurrent, match="db upgrade"):
            await SqlStore.open(url)


async def test_upgrading_twice_and_at_once_does_no_harm(postgres_url: str) -> None:
    await asyncio.gather(*(upgrade(postgres_url) for _ in range(3)))
    await upgrade(postgres_url)

    async with await SqlStore.open(postgres_url) as store:
        await accepted(store)


async def test_a_commit_is_durable_on_the_server(postgres_url: str) -> None:
    await upgrade(postgres_url)
    async with await SqlStore.open(postgres_url) as store:
        setting = await store._database.read(
            lambda tx: tx.connection.execute(text("SHOW synchronous_commit")).scalar()
        )

    assert setting == "on"


async def test_connections_that_died_in_the_pool_are_not_noticed(postgres_url: str) -> None:
    await upgrade(postgres_url)
    async with await SqlStore.open(postgres_url) as store:
        await asyncio.gather(*(accepted(store) for _ in range(10)))

        await _hang_up(postgres_url)

        await asyncio.gather(*(accepted(store) for _ in range(10)))
        await store.ping()
        assert len((await store.messages(None)).items) == 20


async def test_a_server_that_takes_no_connections_is_told_at_once_and_comes_back(postgres_url: str) -> None:
    await upgrade(postgres_url)
    async with await SqlStore.open(postgres_url) as store:
        ticket = await ready(store)
        await _allow_connections(postgres_url, allowed=False)
        await _hang_up(postgres_url)
        began = time.monotonic()

        results = await asyncio.gather(
            accepted(store), claim(store, ticket), taken(store), store.ping(), return_exceptions=True
        )

        assert [type(result) for result in results] == [StoreUnavailable] * 4
        assert time.monotonic() - began < 15
        await _allow_connections(postgres_url, allowed=True)
        await accepted(store)
        assert await claim(store, ticket) is not None


async def test_transactions_that_block_each_other_are_both_carried_out(postgres_url: str) -> None:
    await upgrade(postgres_url)
    database = PostgresDatabase(postgres_url)

    def lock_both(tx: Tx, first: int, second: int) -> int:
        for statement in (_lock(first), "SELECT pg_sleep(0.3)", _lock(second)):
            tx.connection.exec_driver_sql(statement)
        return first

    locked = await asyncio.gather(
        database.write(lambda tx: lock_both(tx, 1, 2)), database.write(lambda tx: lock_both(tx, 2, 1))
    )
    await database.aclose()

    assert sorted(locked) == [1, 2]


async def test_no_value_stands_in_the_text_of_an_error(store_url: str) -> None:
    key = AddKey("abcdefghijkl", "f" * 64, EINWOHNER, "operator:test")
    async with await SqlStore.open(store_url) as store:
        await store.perform(key, NOON)
        with pytest.raises(IntegrityError) as caught:
            await store.perform(key, NOON)

    assert key.secret_hash not in str(caught.value)


async def test_a_killed_server_loses_nothing_that_was_accepted(
    private_postgres: Callable[[], PrivatePostgres],
) -> None:
    server = private_postgres()
    await upgrade(server.url)
    async with await SqlStore.open(server.url) as store:
        receipts = [await accepted(store) for _ in range(5)]
        await asyncio.to_thread(server.kill)

        with pytest.raises(StoreUnavailable):
            await accepted(store)

        await asyncio.to_thread(server.start)
        assert [(await store.message(receipt.id)).id for receipt in receipts] == [
            receipt.id for receipt in receipts
        ]
        assert len(await store.take_due(NOON, 10, NOON - NOON)) == 5


async def test_a_server_that_stands_still_is_given_up_in_time(
    private_postgres: Callable[[], PrivatePostgres],
) -> None:
    server = private_postgres()
    await upgrade(server.url)
    async with await SqlStore.open(server.url) as store:
        await accepted(store)
        await asyncio.to_thread(server.pause)
        try:
            with pytest.raises(StoreUnavailable):
                await asyncio.wait_for(accepted(store), 30)
        finally:
            await asyncio.to_thread(server.resume)

        await accepted(store)


async def _limit_pages(store: SqlStore, pages: int) -> None:
    # SQLite raises a limit below the present size to that size: from here the file can't grow.
    await store._database.write(
        lambda tx: tx.connection.execute(text(f"PRAGMA max_page_count = {pages}")).scalar()
    )


def _lock(key: int) -> str:
    return f"SELECT pg_advisory_xact_lock({key})"


async def _hang_up(url: str) -> None:
    """End every connection to a database but our own."""
    admin = await asyncpg.connect(url.rpartition("/")[0] + "/postgres")
    try:
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
            url.rpartition("/")[2],
        )
    finally:
        await admin.close()


async def _allow_connections(url: str, *, allowed: bool) -> None:
    admin = await asyncpg.connect(url.rpartition("/")[0] + "/postgres")
    try:
        name = url.rpartition("/")[2]
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {str(allowed).lower()}')
    finally:
        await admin.close()
