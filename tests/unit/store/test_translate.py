"""The table of errors: each is either an absent database or a bug, and new ones of the drivers are seen."""

import asyncio
import sqlite3
from collections.abc import Iterator

import asyncpg
import pytest
from sqlalchemy import exc

from gateway.core.errors import StoreUnavailable
from gateway.store.engine.translate import (
    UNAVAILABLE_SQLITE,
    UNAVAILABLE_SQLSTATES,
    translated,
    worth_repeating,
)

_BUGS = (
    "00 01 02 03 09 0A 0B 0F 0L 0P 0Z 10 20 21 22 23 24 25 26 27 2B 2D 2F 34 38 39 3B 3F 42 44 54 F0 HV P0"
)
BUGS = frozenset(_BUGS.split())
"""Classes of SQLSTATE that our own statements or data are to blame for."""
_SQLITE_BUGS = "ERROR INTERNAL ABORT NOTFOUND EMPTY SCHEMA TOOBIG CONSTRAINT MISMATCH MISUSE AUTH FORMAT RANGE NOTICE WARNING"
SQLITE_BUGS = frozenset(getattr(sqlite3, f"SQLITE_{name}") for name in _SQLITE_BUGS.split())


def subclasses(kind: type[Exception]) -> Iterator[type[Exception]]:
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)


def from_postgresql(sqlstate: str) -> exc.DBAPIError:
    original = RuntimeError()
    original.sqlstate = sqlstate  # type: ignore[attr-defined]
    return exc.DBAPIError("INSERT", {}, original)


def from_sqlite(code: int) -> exc.DBAPIError:
    original = sqlite3.OperationalError()
    original.sqlite_errorcode = code
    return exc.OperationalError("INSERT", {}, original)


def test_every_error_of_asyncpg_is_known() -> None:
    states = {getattr(kind, "sqlstate", None) for kind in subclasses(asyncpg.PostgresError)}
    classes = {state[:2] for state in states if isinstance(state, str)}

    assert len(classes) > 30
    assert classes <= {state[:2] for state in UNAVAILABLE_SQLSTATES} | BUGS


def test_every_result_code_of_sqlite_is_known() -> None:
    errors = set(range(sqlite3.SQLITE_ERROR, sqlite3.SQLITE_WARNING + 1))

    assert errors == UNAVAILABLE_SQLITE.keys() | SQLITE_BUGS


def test_every_error_of_sqlalchemy_with_a_connection_behind_it_is_translated() -> None:
    for kind in (exc.TimeoutError, exc.DisconnectionError):
        assert isinstance(translated(kind()), StoreUnavailable)
    assert isinstance(translated(exc.InterfaceError("SELECT", {}, RuntimeError())), StoreUnavailable)


@pytest.mark.parametrize("sqlstate", ["53100", "57P01", "57014", "08006", "25006", "40P01", "55P03"])
def test_an_absent_server_is_unavailable(sqlstate: str) -> None:
    assert isinstance(translated(from_postgresql(sqlstate)), StoreUnavailable)


@pytest.mark.parametrize("sqlstate", ["23505", "42601", "42P01", "22001", "25P02"])
def test_our_own_mistake_stays_what_it_is(sqlstate: str) -> None:
    error = from_postgresql(sqlstate)

    assert translated(error) is error


@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR | (4 << 8), sqlite3.SQLITE_BUSY])
def test_a_sick_file_is_unavailable(code: int) -> None:
    assert isinstance(translated(from_sqlite(code)), StoreUnavailable)


def test_a_wrong_statement_on_sqlite_stays_what_it_is() -> None:
    error = from_sqlite(sqlite3.SQLITE_ERROR)

    assert translated(error) is error


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
        asyncio.IncompleteReadError(b"", 1),
    ],
)
def test_a_broken_line_is_unavailable_and_a_foreign_error_is_not(error: Exception) -> None:
    broken = OSError | TimeoutError | asyncpg.InternalClientError
    expected = StoreUnavailable if isinstance(error, broken) else type(error)

    assert isinstance(translated(error, asyncpg.InternalClientError), expected)


def test_what_is_said_names_no_statement_and_no_value() -> None:
    error = exc.DBAPIError("INSERT secret", {"name": "Muster"}, from_postgresql("53100").orig or Exception())

    assert "secret" not in str(translated(error))
    assert "Muster" not in str(translated(error))


@pytest.mark.parametrize(("sqlstate", "worth"), [("40P01", True), ("40001", True), ("53100", False)])
def test_only_a_collision_is_worth_repeating_at_once(sqlstate: str, worth: bool) -> None:
    assert worth_repeating(from_postgresql(sqlstate)) is worth
