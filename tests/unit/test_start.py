"""The start: nobody waits for what he does not use. What a fresh interpreter has imported tells it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MAIN = """\
data_folder = "var"

[store]
url = "sqlite:///amtsbote.db"

[broker]
url = "embedded"

[http]
port = 0

[destinations.liegenschaften]
adapter = "real_estate"
"""
TENANT = """\
name = "Stadt Zossen"
ags = ["12072477"]

[[bookings]]
service = "real-estate"
destinations = ["liegenschaften"]
"""

COMMAND = """
import sys
from gateway.cli import app
app(sys.argv[1:], standalone_mode=False)
"""
GATEWAY = """
import asyncio, sys
from pathlib import Path
from gateway import bootstrap, commands
async def main():
    async with bootstrap.running(commands.configure(Path(sys.argv[1]))):
        pass
asyncio.run(main())
"""
IMPORTED = "\nimport sys; print('\\n'.join(['', *sys.modules]))"

LIBRARIES_OF_POSTGRESQL = {"asyncpg", "sqlalchemy.ext.asyncio", "sqlalchemy.orm"}
MIGRATIONS = {"alembic", "mako"}
EXPLANATIONS = {"xmlschema", "saxonche", "jinja2"}
WIRES = {"zeep", "httpx", "aio_pika", "aiormq"}
SHOW = {"gateway.demo", "gateway.sandbox"}


def imported_by(program: str, *arguments: str) -> frozenset[str]:
    """All modules that are there after a fresh interpreter has run a program."""
    done = subprocess.run(
        [sys.executable, "-c", program + IMPORTED, *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("AMTSBOTE_")},
        check=True,
        capture_output=True,
        text=True,
        timeout=100,
    )
    return frozenset(done.stdout.splitlines())


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An installation of the embedded size whose one destination is fetched from."""
    folder = tmp_path_factory.mktemp("amtsbote")
    (folder / "tenants").mkdir()
    (folder / "tenants" / "zossen.toml").write_text(TENANT, encoding="utf-8")
    path = folder / "amtsbote.toml"
    path.write_text(MAIN, encoding="utf-8")
    imported_by(COMMAND, "db", "upgrade", "-c", str(path))
    return str(path)


def test_the_embedded_size_waits_for_nothing_that_it_does_not_use(config: str) -> None:
    modules = imported_by(GATEWAY, config)

    assert {
        "gateway.store.engine.sqlite",
        "queues.embedded",
        "fastapi",
        "adapters.transports.pickup",
    } <= modules
    assert modules.isdisjoint(LIBRARIES_OF_POSTGRESQL | MIGRATIONS | EXPLANATIONS | WIRES | SHOW)


def test_who_looks_into_the_store_waits_for_no_gateway(config: str) -> None:
    modules = imported_by(COMMAND, "failed", "-c", config)

    assert "gateway.store.engine.sqlite" in modules
    assert modules.isdisjoint(LIBRARIES_OF_POSTGRESQL | MIGRATIONS | EXPLANATIONS | WIRES | SHOW)
    assert modules.isdisjoint(
        {"fastapi", "uvicorn", "gateway.bootstrap", "adapters.catalogue", "lxml", "structlog"}
    )


def test_where_no_migration_is_missing_none_is_looked_for(config: str) -> None:
    modules = imported_by(COMMAND, "db", "upgrade", "-c", config)

    assert "gateway.store.schema" in modules
    assert modules.isdisjoint(MIGRATIONS)


def test_who_wants_help_waits_for_nothing() -> None:
    modules = imported_by(COMMAND, "--help")

    assert "gateway.cli" in modules
    assert modules.isdisjoint(
        {"sqlalchemy", "lxml", "structlog", "adapters.catalogue", "gateway.bootstrap", *WIRES}
    )


@pytest.mark.parametrize("command", [["schemas", "list", "-c"], ["config", "check", "-c"]])
def test_who_needs_no_store_waits_for_none(config: str, command: list[str]) -> None:
    modules = imported_by(COMMAND, *command, config)

    assert "gateway.commands" in modules
    assert modules.isdisjoint(LIBRARIES_OF_POSTGRESQL | MIGRATIONS | EXPLANATIONS | WIRES | SHOW)
    assert modules.isdisjoint({"fastapi", "uvicorn", "sqlalchemy", "gateway.bootstrap"})
