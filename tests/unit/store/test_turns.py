"""Whose heads are read, and that reading them costs the same however much waits behind."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from gateway.core.priority import Priority
from gateway.store import due, schema
from gateway.store.engine.statement import SQLITE, Statement
from gateway.store.turns import Round

FILL = """
INSERT INTO deliveries (id, message_id, tenant, destination, service, state, attempt, priority, due_at, published,
    since, updated_at)
WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < :size * 24 - 1)
SELECT printf('%08d', n), 'm', 't' || (n % 4), 'd' || (n / 4 % 2), 's', 'queued', 1, n / 8 % 3, n, :published, n, n
FROM number
"""


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    engine = create_engine(f"sqlite:///{tmp_path}/store.db")
    with engine.begin() as opened:
        schema._migrate(opened)
    engine.dispose()
    connection = sqlite3.connect(tmp_path / "store.db")
    yield connection
    connection.close()


def look(connection: sqlite3.Connection, statement: Statement) -> tuple[list[tuple[object, ...]], int]:
    """What a look at the heads finds, and how many steps of SQLite's machine it takes."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    compiled = statement.compiled(SQLITE)
    values = {"now": 10**9, "share": 16}
    connection.set_progress_handler(count, 1)
    rows = connection.execute(compiled.sql, [values[name] for name in compiled.names]).fetchall()
    connection.set_progress_handler(None, 1)
    return rows, steps


@pytest.mark.parametrize(("statement", "published"), [(due._FRESH, 0), (due._LOST, 1)])
def test_a_look_costs_the_same_however_much_waits(
    connection: sqlite3.Connection, statement: Statement, published: int
) -> None:
    costs = []
    for size in (20, 1000):
        connection.execute("DELETE FROM deliveries")
        connection.execute(FILL, {"size": size, "published": published})
        rows, steps = look(connection, statement)
        assert {row[:2] for row in rows} == {(f"d{d}", f"t{t}") for d in range(2) for t in range(4)}
        assert all(len(str(row[-1]).split(",")) == 16 for row in rows)
        costs.append(steps)

    assert costs[1] < costs[0] * 1.05


def test_nothing_waits_in_an_empty_store(connection: sqlite3.Connection) -> None:
    assert look(connection, due._FRESH)[0] == []


def test_pairs_take_turns_and_priorities_within_a_pair() -> None:
    heads = {
        ("d", "a"): {Priority.LOW: ["a1", "a2"], Priority.HIGH: ["a3"]},
        ("d", "b"): {Priority.NORMAL: ["b1"]},
    }

    assert [id_ for _, id_, _ in Round(last=("d", "a")).serve(heads)] == ["b1", "a3", "a1", "a2"]
