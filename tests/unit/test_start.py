"""The start: nobody waits for what he does not use. What a fresh interpreter has imported tells it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_TELL = "; import sys; print(*sys.modules, sep='\\n')"


def imported_by(program: str, *arguments: str) -> frozenset[str]:
    """All modules that are there after a fresh interpreter has run a program."""
    done = subprocess.run(
        [sys.executable, "-c", program + _TELL, *arguments],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=100,
    )
    return frozenset(done.stdout.splitlines())


@pytest.fixture(scope="module")
def sqlite_store(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('store')}/store.db"
    imported_by(
        "import asyncio, sys; from gateway.store import upgrade; asyncio.run(upgrade(sys.argv[1]))", url
    )
    return url


def test_who_opens_sqlite_waits_for_no_migrations_and_no_postgresql(sqlite_store: str) -> None:
    modules = imported_by(
        "import asyncio, sys; from gateway.store import SqlStore; "
        "store = asyncio.run(SqlStore.open(sys.argv[1])); asyncio.run(store.aclose())",
        sqlite_store,
    )

    assert "gateway.store.sqlite" in modules
    assert modules.isdisjoint({"alembic", "mako", "asyncpg", "sqlalchemy.ext.asyncio", "sqlalchemy.orm"})


def test_reports_are_imported_without_the_templates() -> None:
    modules = imported_by(
        "import gateway.reports.page, gateway.reports.rueckweisung, gateway.reports.handbook"
    )

    assert "gateway.reports.sheet" in modules
    assert "jinja2" not in modules
