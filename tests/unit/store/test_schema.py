"""The tables: migrations lead to their present shape, and questions find their index."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from gateway.core.errors import StoreUnavailable
from gateway.core.message import MessageId
from gateway.store import attempt, claim, depths, due, gates, incidents, lines, moves, pauses, schema, views
from gateway.store.engine import postgres
from gateway.store.engine.database import plain_dsn, postgres_url, sqlite_file
from gateway.store.engine.postgres import PostgresDatabase
from gateway.store.engine.statement import SQLITE, Statement, Tx
from gateway.store.tables import metadata


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = create_engine(f"sqlite:///{tmp_path}/store.db")
    with engine.begin() as opened:
        schema._migrate(opened)
        yield opened
    engine.dispose()


def test_the_newest_revision_is_the_end_of_all_migrations() -> None:
    heads = ScriptDirectory.from_config(schema._config()).get_heads()

    assert heads == [schema.newest_revision()]


def test_the_migrations_lead_to_the_tables_on_sqlite(connection: Connection) -> None:
    assert _differences(connection) == []


def test_messages_from_before_warnings_have_none(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/store.db")
    columns = "id, tenant, portal, standard, version, root, service, nachrichten_uuid, nachrichtentyp"
    more = "erstellungszeitpunkt, leser_kennung, autor_kennung, sha256, test, size, received_at"
    with engine.begin() as opened:
        config = schema._config()
        config.attributes["connection"] = opened
        command.upgrade(config, "0001")
        values = ", ".join(["'m'"] * 13 + ["0", "1", "1"])
        opened.execute(text(f"INSERT INTO messages ({columns}, {more}) VALUES ({values})"))
        schema._migrate(opened)
        view = views.message(Tx(opened, SQLITE), MessageId("m"), None)
        assert view.warnings == ()
        assert _differences(opened) == []
    engine.dispose()


async def test_the_migrations_lead_to_the_tables_on_postgresql(postgres_url: str) -> None:
    database = PostgresDatabase(postgres_url)
    differences: list[object] = []
    await schema.upgrade_database(database)
    await database.migrate(lambda connection: differences.extend(_differences(connection)))
    await database.aclose()

    assert differences == []


async def test_a_migration_may_take_longer_than_any_other_command(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_COMMAND_SECONDS", 0.5)
    database = PostgresDatabase(postgres_url)
    with pytest.raises(StoreUnavailable):
        await database.write(lambda tx: tx.connection.exec_driver_sql("SELECT pg_sleep(1)"))

    await database.migrate(lambda connection: connection.exec_driver_sql("SELECT pg_sleep(1)").close())

    await database.aclose()


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (due._FRESH, "deliveries_fresh"),
        (due._LOST, "deliveries_published"),
        (due._ON_QUEUE, "deliveries_published"),
        (due._REPUBLISH_ALL, "deliveries_published"),
        (attempt._OVERDUE, "deliveries_claimed"),
        (attempt._OVERDUE, "deliveries_pending"),
        (claim._CLAIM, "sqlite_autoindex_deliveries_1"),
        (gates._SHUT, "sqlite_autoindex_deliveries_1"),
        (lines._ENDS, "deliveries_line"),
        (lines._CLOSE_UP, "deliveries_behind"),
        (pauses._WAITING, "deliveries_fresh"),
        (pauses._WAITING, "deliveries_published"),
        (gates._WITHHOLD, "sqlite_autoindex_deliveries_1"),
        (gates._RECALL, "deliveries_published"),
        (gates._WAKE, "deliveries_fresh"),
        (incidents._ALL, "deliveries_fresh"),
        (incidents._CLOSE_UNAVAILABLE, "deliveries_published"),
        (moves._MOVE, "sqlite_autoindex_deliveries_1"),
        (moves._LOCK, "sqlite_autoindex_deliveries_1"),
        (due._MARK, "sqlite_autoindex_deliveries_1"),
    ],
)
def test_the_cost_of_a_question_does_not_grow_with_what_is_finished(
    connection: Connection, statement: Statement, index: str
) -> None:
    compiled = statement.compiled(SQLITE)
    filling = ("[]",) if statement.given else ()
    plan = connection.exec_driver_sql(
        f"EXPLAIN QUERY PLAN {compiled.sql}", (*filling, *(1 for _ in compiled.names))
    )

    steps = [row.detail for row in plan]
    on_deliveries = [step for step in steps if re.match(r"(SCAN|SEARCH) (deliveries|d)\b", step)]
    assert any(index in step for step in on_deliveries)
    assert all("INDEX" in step for step in on_deliveries)


def test_counting_looks_at_no_delivered_delivery(connection: Connection) -> None:
    seen: list[str] = []
    engine_connection = connection.connection.driver_connection
    assert engine_connection is not None
    engine_connection.set_trace_callback(seen.append)
    depths.depths(Tx(connection, SQLITE), 1)
    engine_connection.set_trace_callback(None)

    plan = connection.execute(text(f"EXPLAIN QUERY PLAN {seen[-1]}"))
    on_deliveries = [row.detail for row in plan if re.match(r"(SCAN|SEARCH) deliveries", row.detail)]
    assert len(on_deliveries) == 5
    assert all("INDEX deliveries_" in step for step in on_deliveries)


def test_urls_are_taken_as_users_write_them() -> None:
    assert sqlite_file("sqlite:///var/store.db") == Path("var/store.db")
    assert sqlite_file("sqlite:////srv/store.db") == Path("/srv/store.db")
    assert sqlite_file("postgresql://u@h/d") is None
    url = postgres_url("postgresql://u:p%40ss@h:5433/d?sslmode=require")
    assert url.render_as_string(hide_password=False) == "postgresql+asyncpg://u:p%40ss@h:5433/d?ssl=require"
    assert plain_dsn("postgresql://u:p%40ss@h/d?sslmode=require") == (
        "postgresql://u:p%40ss@h/d?sslmode=require"
    )


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://h/d"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="a store is"):
        sqlite_file(url)


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))
