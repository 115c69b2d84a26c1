"""The database is gone, drops its connections, or is locked by somebody else."""

import asyncio
import sqlite3
import time

import asyncpg
import pytest

from tests.faults.conftest import Experiment, Site
from tests.servers.postgres import PrivatePostgres

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def postgres(centre: Site) -> PrivatePostgres:
    assert centre.postgres
    return centre.postgres


def test_it_is_killed(centre: Site, postgres: PrivatePostgres, experiment: Experiment) -> None:
    def kill_and_start() -> None:
        postgres.kill()
        time.sleep(3)
        postgres.start()

    assert experiment("PostgreSQL killed for 3 s", centre, kill_and_start).kept


def test_it_is_restarted(centre: Site, postgres: PrivatePostgres, experiment: Experiment) -> None:
    def restart() -> None:
        postgres.stop()
        postgres.start()

    assert experiment("PostgreSQL restarted", centre, restart).kept


def test_its_connections_are_cut(centre: Site, postgres: PrivatePostgres, experiment: Experiment) -> None:
    async def cut() -> None:
        connection = await asyncpg.connect(postgres.url)
        for _ in range(20):
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            await asyncio.sleep(0.2)
        await connection.close()

    written = experiment("all connections of PostgreSQL cut, 20 times", centre, lambda: asyncio.run(cut()))

    assert written.kept


def test_sqlite_is_locked(alone: Site, experiment: Experiment) -> None:
    file = alone.installation.database_url.removeprefix("sqlite:///")

    def lock() -> None:
        connection = sqlite3.connect(file, isolation_level=None, timeout=60)
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(12)
        connection.execute("ROLLBACK")
        connection.close()

    assert experiment("SQLite file locked by another process for 12 s", alone, lock).kept
