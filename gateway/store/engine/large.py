"""Large: inserts a row with one long value piece by piece. As a parameter a driver copies it two or three times on
its way, and SQLite's keeps one of the copies until the next row.
"""

import sqlite3
import struct
from collections.abc import AsyncIterator, Iterator, Sequence

from sqlalchemy.util import await_only

from gateway.store.engine.statement import SQLITE, Tx

LARGE = 1 << 20
"""Bytes from which on that pays."""


def insert_large(tx: Tx, table: str, columns: Sequence[str], texts: Sequence[str], value: bytes) -> None:
    """Insert one row: `texts` go into the first columns, `value` into the last one."""
    driver = tx.connection.connection.driver_connection
    if tx.dialect is SQLITE:
        assert isinstance(driver, sqlite3.Connection)
        _write(driver, table, columns, texts, value)
    else:
        assert driver is not None
        source = _copied(texts, value)
        await_only(driver.copy_to_table(table, source=source, columns=columns, format="binary"))


def _write(
    driver: sqlite3.Connection, table: str, columns: Sequence[str], texts: Sequence[str], value: bytes
) -> None:
    marks = ", ".join("?" for _ in texts)
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}, zeroblob(?))"  # noqa: S608 - constants
    row = driver.execute(sql, (*texts, len(value))).lastrowid
    assert row is not None
    with driver.blobopen(table, columns[-1], row) as blob:
        for piece in _pieces(value):
            blob.write(piece)


async def _copied(texts: Sequence[str], value: bytes) -> AsyncIterator[bytes]:
    """One row in the binary form of COPY."""
    yield b"PGCOPY\n\xff\r\n\0" + struct.pack("!iih", 0, 0, len(texts) + 1)
    for text in texts:
        encoded = text.encode()
        yield struct.pack("!i", len(encoded)) + encoded
    yield struct.pack("!i", len(value))
    for piece in _pieces(value):
        yield bytes(piece)
    yield struct.pack("!h", -1)


def _pieces(value: bytes) -> Iterator[memoryview]:
    view = memoryview(value)
    return (view[start : start + LARGE] for start in range(0, len(value), LARGE))
