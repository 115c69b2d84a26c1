"""Server: a PostgreSQL server of the benchmark's own, whose commits do not wait for the disk."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from tests.servers.blocking import run_blocking
from tests.servers.postgres import PrivatePostgres

SETTINGS = {
    # What is measured is work; the disk takes as long at every size.
    "fsync": "off",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Looks at tables whenever it likes; the benchmark has them looked at when they are filled.
    "autovacuum": "off",
}


@contextmanager
def own_server() -> Iterator[str]:
    """URL of its first database, as long as it runs."""
    server = PrivatePostgres()
    try:
        run_blocking(_set(server.url))
        server.stop()
        server.start()
        yield server.url
    finally:
        server.close()


async def _set(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for name, value in SETTINGS.items():
            await connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    finally:
        await connection.close()
