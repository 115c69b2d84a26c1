"""Translate: every error of the drivers and of SQLAlchemy, in one place and from one table."""

import sqlite3
from collections.abc import Iterator
from types import MappingProxyType

from sqlalchemy import exc

from gateway.core.errors import StoreUnavailable


class SchemaNotCurrent(StoreUnavailable):
    """The database's tables are older or newer than this version of the gateway needs."""


UNAVAILABLE_SQLSTATES = MappingProxyType(
    {
        "08": "the connection failed",
        "25006": "the server is read-only (a standby?)",
        "28": "the server refused the login",
        "3D": "the database does not exist",
        "40": "concurrent transactions kept colliding",
        "53": "the server is out of disk, memory or connections",
        "55": "an object is locked or the database takes no connections",
        "57": "the server cancelled or is shutting down",
        "58": "the server had an input/output error",
        "72": "the server's snapshot is too old",
        "XX": "the server reported an internal error",
    }
)
"""SQLSTATE or its class (first two characters) -> what a person should know. Every other class is a bug
in our statements or data, and stays the error that it is."""

UNAVAILABLE_SQLITE = MappingProxyType(
    {
        sqlite3.SQLITE_BUSY: "the file is locked by another process",
        sqlite3.SQLITE_LOCKED: "a table is locked",
        sqlite3.SQLITE_NOMEM: "out of memory",
        sqlite3.SQLITE_READONLY: "the file is read-only",
        sqlite3.SQLITE_INTERRUPT: "the statement was interrupted",
        sqlite3.SQLITE_IOERR: "input/output error",
        sqlite3.SQLITE_CORRUPT: "the file is damaged",
        sqlite3.SQLITE_FULL: "the disk is full",
        sqlite3.SQLITE_CANTOPEN: "the file can't be opened",
        sqlite3.SQLITE_PROTOCOL: "locking protocol error",
        sqlite3.SQLITE_NOLFS: "the file is too large for this file system",
        sqlite3.SQLITE_PERM: "no permission for the file",
        sqlite3.SQLITE_NOTADB: "the file is not a database",
    }
)
"""Primary result code of SQLite -> what a person should know."""

UNAVAILABLE_CLASSES = MappingProxyType(
    {
        exc.TimeoutError: "no free connection in time",
        exc.InterfaceError: "the connection is closed",
        exc.DisconnectionError: "the connection is closed",
        TimeoutError: "no answer in time",
        OSError: "the server can't be reached",
    }
)
"""What has no code of the database: the connection itself."""

_COLLISIONS = frozenset({"40001", "40P01"})


def translated(error: Exception, broken: type[Exception] | tuple[()] = ()) -> Exception:
    """The error to raise instead: `StoreUnavailable` where trying again later can help, else the same. `broken` is
    what the driver raises where its connection broke off and it has no code for that.
    """
    reason = _reason(error, broken)
    return error if reason is None else StoreUnavailable(reason)


def worth_repeating(error: Exception) -> bool:
    """Whether the same transaction, not yet committed, may well succeed at once: it collided with another
    one, or its pooled connection had died unnoticed.
    """
    if any(getattr(each, "sqlstate", None) in _COLLISIONS for each in _chain(error)):
        return True
    return isinstance(error, exc.DBAPIError) and error.connection_invalidated


def _reason(error: Exception, broken: type[Exception] | tuple[()]) -> str | None:
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return "the connection was lost"
    for each in _chain(error):
        sqlstate = getattr(each, "sqlstate", None)
        if sqlstate:
            return UNAVAILABLE_SQLSTATES.get(sqlstate) or UNAVAILABLE_SQLSTATES.get(sqlstate[:2])
        code = getattr(each, "sqlite_errorcode", None)
        if code is not None:
            # The upper bytes only refine the primary code.
            return UNAVAILABLE_SQLITE.get(code & 0xFF)
    for each in _chain(error):
        if isinstance(each, broken):
            return "the connection broke off"
        for kind, reason in UNAVAILABLE_CLASSES.items():
            if isinstance(each, kind):
                return reason
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = getattr(error, "orig", None) or error.__cause__
