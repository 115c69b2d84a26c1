"""PostgreSQL for tests: fresh databases on a shared server, and private servers that may be hurt."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from tests.servers.blocking import run_blocking
from tests.servers.missing import ServerMissing
from tests.servers.naming import forgotten, fresh_name
from tests.servers.process import RunAs, ServerProcess, free_port, run_as

ENV = "AMTSBOTE_TEST_POSTGRES"
DEFAULTS = (
    "postgresql://postgres@127.0.0.1:5432/postgres",
    "postgresql://postgres:postgres@127.0.0.1:5432/postgres",
)
CONNECT_SECONDS = 5.0


class PostgresServer:
    """A server on which this test run makes databases and drops them again."""

    def __init__(self, admin_url: str, private: "PrivatePostgres | None" = None) -> None:
        self.admin_url = admin_url
        self._private = private
        self._made: list[str] = []
        self.on_create: Callable[[], None] = lambda: None
        version = run_blocking(_fetch(admin_url, "SHOW server_version"))[0]
        self.description = f"PostgreSQL {version.split()[0]}, {self._origin()}"
        self._drop(forgotten(run_blocking(_fetch(admin_url, "SELECT datname FROM pg_database"))))

    def create(self) -> str:
        """Make an empty database and return its URL."""
        name = fresh_name()
        run_blocking(_execute(self.admin_url, f'CREATE DATABASE "{name}"'))
        self.on_create()
        self._made.append(name)
        return _with_database(self.admin_url, name)

    def drop(self, url: str) -> None:
        """Drop a database made by `create`, whoever is still connected to it."""
        name = urlsplit(url).path.lstrip("/")
        self._drop([name])
        self._made.remove(name)

    def close(self) -> None:
        """Leave nothing behind."""
        if self._private is None:
            self._drop(self._made)
        else:
            self._private.close()

    def _drop(self, names: list[str]) -> None:
        if names:
            statements = (f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in names)
            run_blocking(_execute(self.admin_url, *statements))

    def _origin(self) -> str:
        if self._private is not None:
            return "installed here and started for this run"
        return f"running at {urlsplit(self.admin_url).netloc.rpartition('@')[2]}"


class PrivatePostgres:
    """A server of one test alone, in a temporary folder and on a port of its own."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder`: an empty one that is there already, e.g. on a disk of its own."""
        self.programs = _programs()
        self.identity = _unprivileged()
        port = free_port()
        self._folder = folder or Path(tempfile.mkdtemp(prefix="amtsbote-postgres-"))
        self.data = self._folder / "data"
        try:
            if self.identity:
                os.chown(self._folder, self.identity["user"], self.identity["group"])
            subprocess.run(
                [
                    str(self.programs / "initdb"),
                    "-D",
                    str(self.data),
                    "-U",
                    "postgres",
                    "-A",
                    "trust",
                    "-E",
                    "UTF8",
                    "--locale=C",
                    "--no-sync",
                ],
                check=True,
                capture_output=True,
                cwd=self._folder,
                **self.identity,
            )
            self._process = self.server(self.data, port, self._folder / "log")
            self._process.start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self.url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        self.description = f"PostgreSQL {self.ask('SHOW server_version')[0].split()[0]}"
        self.start = self._process.start
        self.stop = self._process.stop
        self.kill = self._process.kill
        self.pause = self._process.pause
        self.resume = self._process.resume

    def server(self, data: Path, port: int, log: Path) -> ServerProcess:
        """A server on a folder with data, which is not started yet."""
        return ServerProcess(
            [
                str(self.programs / "postgres"),
                "-D",
                str(data),
                "-p",
                str(port),
                "-h",
                "127.0.0.1",
                "-k",
                "",
            ],
            answers=lambda: _is_ready(self.programs, port),
            log=log,
            identity=self.identity,
            stop_signal=signal.SIGINT,
        )

    def ask(self, query: str, *, url: str | None = None) -> list[str]:
        """The first column of what a query finds."""
        return run_blocking(_fetch(url or self.url, query))

    def sql(self, *statements: str, url: str | None = None) -> None:
        """Run statements one by one."""
        run_blocking(_execute(url or self.url, *statements))

    def close(self) -> None:
        """End the server and remove its folder."""
        self._process.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


def find_or_start() -> PostgresServer:
    """The server named by the environment, else the one on the default port, else a private one.

    Raises:
        ServerMissing: none of the three.
    """
    given = os.environ.get(ENV)
    for url in (given,) if given else DEFAULTS:
        try:
            run_blocking(_fetch(url, "SELECT 1 FROM pg_roles WHERE rolname = current_user AND rolcreatedb"))[
                0
            ]
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, IndexError) as error:
            if given:
                raise ServerMissing(f"PostgreSQL of {ENV} can't be used: {error!r}") from error
        else:
            return PostgresServer(url)
    private = PrivatePostgres()
    return PostgresServer(private.url, private)


async def _fetch(url: str, query: str) -> list[str]:
    connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    try:
        return [str(row[0]) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _is_ready(programs: Path, port: int) -> bool:
    probe = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(probe, check=False).returncode == 0


def _programs() -> Path:
    """The folder of the newest installed server; Debian keeps it out of the search path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version_in_path)
    if not found and (in_path := shutil.which("postgres")):
        found = [Path(in_path).resolve()]
    if not found:
        raise ServerMissing(f"PostgreSQL is neither running nor installed (package postgresql, or set {ENV})")
    return found[-1].parent


def _version_in_path(program: Path) -> int:
    return int(match[0]) if (match := re.search(r"\d+", str(program))) else 0


def _unprivileged() -> RunAs:
    """PostgreSQL refuses to run as root; root lends it another account."""
    if os.geteuid() != 0:
        return RunAs()
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    return run_as(accounts.get("postgres") or accounts["nobody"])
