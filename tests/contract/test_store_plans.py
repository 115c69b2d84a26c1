"""Contract of the store, plans: no statement reads a table from one end to the other that grows with every message."""

import importlib
import pkgutil
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

import gateway.store
from benchmarks.growth.exercises import HOT
from benchmarks.growth.fill import fill
from benchmarks.growth.filled import Filled
from benchmarks.growth.plans import Recorded, Recorder, concerns_growing, plans
from benchmarks.growth.rare import RARE
from benchmarks.growth.visit import Visit
from gateway.store import SqlStore
from gateway.store.engine.statement import POSTGRESQL, SQLITE, Statement
from tests.servers.blocking import run_blocking
from tests.servers.postgres import PostgresServer

MESSAGES = 3000


@dataclass(frozen=True, slots=True)
class Exercised:
    """A filled store, and the statements that its own code has sent to it."""

    url: str
    recorder: Recorder


@pytest.fixture(params=["sqlite", "sqlite without statistics", "postgresql"], scope="module")
def exercised(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Exercised]:
    if request.param != "postgresql":
        file = tmp_path_factory.mktemp("plans") / "store.db"
        exercised = run_blocking(_exercised(f"sqlite:///{file}"))
        if request.param == "sqlite without statistics":
            # As it is where nobody has it look at its tables.
            with sqlite3.connect(file) as connection:
                connection.execute("DELETE FROM sqlite_stat1")
        yield exercised
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create()
    yield run_blocking(_exercised(url))
    server.drop(url)


async def _exercised(url: str) -> Exercised:
    filled = Filled.now(MESSAGES, MESSAGES)
    await fill(url, filled)
    recorder = Recorder()
    async with await SqlStore.open(url) as store:
        with recorder.listening():
            for exercise in (*HOT, *RARE):
                await exercise(Visit(store, filled, recorder))
    return Exercised(url, recorder)


async def test_no_statement_walks_through_what_only_grows(exercised: Exercised) -> None:
    found = await plans(exercised.url, list(exercised.recorder.statements.values()), without_walks=True)

    assert [f"{plan.statement.call}: {walk}" for plan in found for walk in plan.walks] == []


async def test_every_statement_of_the_store_was_looked_at(exercised: Exercised) -> None:
    """Add the call that sends a new statement to `benchmarks/growth/exercises.py` or `rare.py`."""
    dialect = POSTGRESQL if exercised.url.startswith("postgresql") else SQLITE
    sent = exercised.recorder.statements

    missing = [
        where
        for where, statement in _statements()
        if concerns_growing(sql := statement.compiled(dialect).sql) and sql not in sent
    ]

    assert missing == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM messages WHERE sha256 = 'x'",
        "SELECT m.id FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE d.reference = 'x'",
        "SELECT count(*) FROM deliveries WHERE state = 'queued'",
        "SELECT id FROM deliveries ORDER BY id",
    ],
)
async def test_a_walk_is_seen(store_url: str, sql: str) -> None:
    [plan] = await plans(store_url, [Recorded("none", sql, ())], without_walks=True)

    assert plan.walks


async def test_a_page_of_an_index_is_no_walk(store_url: str) -> None:
    sql = "SELECT id FROM messages ORDER BY received_at, id LIMIT 10"

    [plan] = await plans(store_url, [Recorded("none", sql, ())], without_walks=True)

    assert plan.walks == ()


def _statements() -> Iterator[tuple[str, Statement]]:
    for module in pkgutil.walk_packages(gateway.store.__path__, "gateway.store."):
        if ".migrations" in module.name:
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            values = value.values() if isinstance(value, Mapping) else [value]
            for each in values:
                if isinstance(each, Statement):
                    yield f"{module.name}.{name}", each
