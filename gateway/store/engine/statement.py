"""Statement: hand-written SQL for SQLite and PostgreSQL at once, and the transaction that runs it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from types import MappingProxyType
from typing import Any

import orjson
from sqlalchemy import Connection, Row

from gateway.core.incident import Incident

Scalar = str | int | bool | bytes | None
Rows = Sequence[Row[Any]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the two databases write differently."""

    name: str
    marker: str
    """What stands before the number of a parameter."""
    fragments: Mapping[str, str]


SQLITE = Dialect(
    "sqlite",
    "?",
    MappingProxyType({"skip_locked": "", "for_update": "", "joined": "group_concat"}),
)
POSTGRESQL = Dialect(
    "postgresql",
    "$",
    MappingProxyType(
        {"skip_locked": "FOR UPDATE SKIP LOCKED", "for_update": "FOR UPDATE", "joined": "string_agg"}
    ),
)


@dataclass(frozen=True)
class Statement:
    """SQL with `:named` parameters and the fragments of a dialect in braces.

    `{given}` is a table of rows that the program hands over, so that one statement serves a whole batch;
    `given` declares its columns: `id text, attempt bigint`. On PostgreSQL it is an `unnest` of arrays, on
    SQLite a `json_each`.
    """

    text: str
    given: str = ""

    def compiled(self, dialect: Dialect) -> "_Compiled":
        """The statement as the dialect's driver takes it."""
        return self._sqlite if dialect is SQLITE else self._postgresql

    @cached_property
    def _sqlite(self) -> "_Compiled":
        return _compile(self, SQLITE)

    @cached_property
    def _postgresql(self) -> "_Compiled":
        return _compile(self, POSTGRESQL)


class Tx:
    """One open transaction. Used in the thread or greenlet that runs it, and not after its end."""

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self.connection = connection
        self.dialect = dialect
        self.rings = False
        """Something has become due that nobody waits for by the clock."""
        self.told: list[Incident] = []
        """What is to be said aloud once the transaction is committed."""

    def run(
        self, statement: Statement, given: Sequence[Sequence[Scalar]] = (), /, **parameters: Scalar
    ) -> Rows:
        """Run a statement once, over all `given` rows, and fetch what it returns.

        With a `{given}` table but no rows there is nothing to do.
        """
        compiled = statement.compiled(self.dialect)
        values: list[Any] = []
        if statement.given:
            if not given:
                return ()
            values += (
                [orjson.dumps(given, default=tuple).decode()]
                if self.dialect is SQLITE
                else [list(column) for column in zip(*given, strict=True)]
            )
        values += [parameters[name] for name in compiled.names]
        result = self.connection.exec_driver_sql(compiled.sql, tuple(values))
        return result.fetchall() if result.returns_rows else ()

    def each(self, statement: Statement, rows: Sequence[Sequence[Scalar]]) -> None:
        """Run a statement whose parameters are positional (`:p1`, `:p2` ...) once for every row."""
        if rows:
            sql = statement.compiled(self.dialect).sql
            self.connection.exec_driver_sql(sql, [tuple(row) for row in rows])


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    names: tuple[str, ...] = field(default=())


_PARAMETER = re.compile(r"(?<![:\w]):([a-z]\w*)")


def _compile(statement: Statement, dialect: Dialect) -> _Compiled:
    columns = [column.split() for column in statement.given.split(",")] if statement.given else []
    text = statement.text.replace("{given}", _given(columns, dialect))
    for name, fragment in dialect.fragments.items():
        text = text.replace(f"{{{name}}}", fragment)
    taken = (1 if dialect is SQLITE else len(columns)) if columns else 0
    free = count(taken + 1)
    numbers: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in numbers:
            numbers[name] = next(free)
        return f"{dialect.marker}{numbers[name]}"

    return _Compiled(_PARAMETER.sub(number, text), tuple(numbers))


def _given(columns: Sequence[Sequence[str]], dialect: Dialect) -> str:
    if dialect is SQLITE:
        picked = ", ".join(f"json_extract(value, '$[{i}]') AS {name}" for i, (name, _) in enumerate(columns))
        return f"(SELECT {picked} FROM json_each(?1)) AS given"  # noqa: S608 - constants
    arrays = ", ".join(f"${i}::{type_}[]" for i, (_, type_) in enumerate(columns, 1))
    names = ", ".join(name for name, _ in columns)
    return f"unnest({arrays}) AS given({names})"
