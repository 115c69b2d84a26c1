"""Plans: how the databases carry out the statements that the store's own code has just run, and which of them walk
through a table that grows with every message.
"""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import Engine, event

from gateway.store.engine.database import plain_dsn, sqlite_file

GROWING = (
    "attempts",
    "batch_items",
    "contents",
    "deliveries",
    "events",
    "messages",
    "names",
    "replies",
    "words",
)
"""Tables that get rows with every message and never lose one."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A statement as the store has sent it to the driver."""

    call: str
    """The first call of the store that sent it."""
    sql: str
    parameters: tuple[Any, ...]


@dataclass(slots=True)
class Recorder:
    """Watches an exercise: keeps the first of each statement that it sends."""

    statements: dict[str, Recorded] = field(default_factory=dict)
    _call: str | None = None

    @contextmanager
    def __call__(self, name: str, calls: int = 1) -> Iterator[None]:  # noqa: ARG002 - as a watch
        """What happens in the context is of this name."""
        self._call = name
        try:
            yield
        finally:
            self._call = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear of every statement of every engine."""
        event.listen(Engine, "before_cursor_execute", self._hear)
        try:
            yield
        finally:
            event.remove(Engine, "before_cursor_execute", self._hear)

    def _hear(self, _c: object, _cursor: object, sql: str, parameters: Any, _x: object, many: bool) -> None:  # noqa: ANN401
        if self._call is not None and concerns_growing(sql):
            given = tuple(parameters[0] if many else parameters)
            self.statements.setdefault(sql, Recorded(self._call, sql, given))


@dataclass(frozen=True, slots=True)
class Plan:
    """What a database does for a statement."""

    statement: Recorded
    lines: tuple[str, ...]
    walks: tuple[str, ...]
    """Steps that read a growing table from one end to the other."""


def concerns_growing(sql: str) -> bool:
    """Whether a statement reads or writes a growing table."""
    return not sql.startswith(("BEGIN", "PRAGMA")) and any(re.search(rf"\b{name}\b", sql) for name in GROWING)


async def plans(url: str, statements: Sequence[Recorded], *, without_walks: bool = False) -> list[Plan]:
    """The plans of a database. `without_walks` makes PostgreSQL walk only where nothing else is possible, so that
    small tables show what large ones would; and makes it plan as it does for whatever parameters may come.
    """
    file = sqlite_file(url)
    if file is not None:
        return _sqlite_plans(file, statements)
    connection = await asyncpg.connect(plain_dsn(url), server_settings={"jit": "off"})
    try:
        if without_walks:
            # Joins that read both sides whole look cheap while tables are small.
            for way in ("seqscan", "hashjoin", "mergejoin"):
                await connection.execute(f"SET enable_{way} = off")
        partial = {
            row["name"]
            for row in await connection.fetch(
                "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indpred IS NOT NULL"
            )
        }
        found = []
        for each in statements:
            raw = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {each.sql}", *each.parameters)
            lines, walks = _read(json.loads(raw)[0]["Plan"], partial)
            if without_walks:
                walks += _read(await _generic(connection, each), partial)[1]
            found.append(Plan(each, tuple(lines), tuple(walks)))
        return found
    finally:
        await connection.close()


async def _generic(connection: "asyncpg.Connection[Any]", statement: Recorded) -> dict[str, Any]:
    """The plan that PostgreSQL keeps once it has seen a statement often."""
    await connection.execute(f"PREPARE kept AS {statement.sql}")
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            nulls = ", ".join("NULL" for _ in statement.parameters)
            arguments = f"({nulls})" if nulls else ""
            raw = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE kept {arguments}")
        plan: dict[str, Any] = json.loads(raw)[0]["Plan"]
        return plan
    finally:
        await connection.execute("DEALLOCATE kept")


def _read(
    node: Mapping[str, Any], partial: set[str], depth: int = 0, *, limited: bool = False
) -> tuple[list[str], list[str]]:
    """A plan as lines, and those of its steps that walk.

    A whole index in its order is no walk below a limit: it ends when the page is full.
    """
    kind, index, table = node["Node Type"], node.get("Index Name"), node.get("Relation Name")
    condition = next(
        (node[key] for key in ("Index Cond", "Hash Cond", "Merge Cond", "Recheck Cond") if key in node), ""
    )
    line = f"{'  ' * depth}{kind}{f' {index}' if index else ''}{f' on {table}' if table else ''}"
    lines, walks = [f"{line}: {condition}" if condition else line], []
    walks_table = kind == "Seq Scan" and table in GROWING
    walks_index = bool(
        index
        and index.split("_")[0] in _INDEXED
        and "Index Cond" not in node
        and index not in partial
        and not limited
    )
    if walks_table or walks_index:
        walks.append(line.strip())
    stops = limited or kind == "Limit"
    blocks = kind in {"Sort", "Aggregate", "Hash", "Materialize", "HashAggregate"}
    for child in node.get("Plans", ()):
        below = _read(child, partial, depth + 1, limited=stops and not blocks)
        lines += below[0]
        walks += below[1]
    return lines, walks


_INDEXED = {name.split("_")[0] for name in GROWING}


def _sqlite_plans(file: Path, statements: Sequence[Recorded]) -> list[Plan]:
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        partial = {
            name
            for name, sql in connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index'")
            if sql and " WHERE " in sql
        }
        return [_sqlite_plan(connection, each, partial) for each in statements]
    finally:
        connection.close()


def _sqlite_plan(connection: sqlite3.Connection, statement: Recorded, partial: set[str]) -> Plan:
    rows = connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.parameters).fetchall()
    depths = {0: -1}
    lines = []
    for id_, parent, _, text in rows:
        depths[id_] = depths.get(parent, -1) + 1
        lines.append("  " * depths[id_] + text)
    # Also by the name that the statement gives the table.
    names = {*GROWING, *(alias for _, alias in _ALIAS.findall(statement.sql))}
    walks = [
        text
        for *_, text in rows
        if (found := _SCAN.match(text))
        and found.group(1) in names
        and found.group(2) not in partial
        and not (found.group(2) and "LIMIT" in statement.sql)
    ]
    return Plan(statement, tuple(lines), tuple(walks))


_ALIAS = re.compile(
    rf"\b({'|'.join(GROWING)})\s+(?:AS\s+)?(?!SET\b|WHERE\b|ON\b|JOIN\b|ORDER\b|SELECT\b)(\w+)"
)
_SCAN = re.compile(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?$")
