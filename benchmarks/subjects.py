"""Subjects: the processes that are measured, started as their users start them."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.letters import AGS
from gateway import commands
from gateway.commands import Role
from gateway.config import Configuration
from gateway.core.acts import AddKey
from gateway.core.tenants import Portal
from gateway.security import keys
from tests.servers.blocking import run_blocking
from tests.servers.process import ServerProcess, free_port

ROOT = Path(__file__).parents[1]
_GATEWAY = "from gateway.cli import main; main()"
_UNUSED_BROKER = "amqp://127.0.0.1:9/"
"""A process that only takes messages in never asks its broker for anything."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that takes messages."""

    url: str
    processes: tuple[ServerProcess, ...]
    authorization: str = ""
    store_url: str = ""
    delivers: bool = False

    def cpu_seconds(self) -> float:
        """Processor time that it has used so far."""
        return sum(process.cpu_seconds() for process in self.processes)


@contextmanager
def floor(folder: Path, store_url: str) -> Iterator[Subject]:
    """The floor, on a database of its own."""
    port = free_port()
    with _running(folder, "floor", port, ["-m", "benchmarks.floor", str(port), store_url]) as process:
        yield Subject(f"http://127.0.0.1:{port}/v1/messages", (process,))


@contextmanager
def sink(folder: Path) -> Iterator[str]:
    """A specialist system that takes everything at once; gives its URL."""
    port = free_port()
    with _running(folder, "sink", port, ["-m", "benchmarks.sink", str(port)]):
        yield f"http://127.0.0.1:{port}/finance/v1/vorgaenge"


@contextmanager
def intake(folder: Path, store_url: str) -> Iterator[Subject]:
    """A gateway that takes messages in and delivers none."""
    folder.mkdir()
    with _gateway(folder, store_url, _UNUSED_BROKER, "http://127.0.0.1:9/", [[Role.API]]) as subject:
        yield subject


@contextmanager
def whole(folder: Path, store_url: str, broker_url: str, sink_url: str) -> Iterator[Subject]:
    """A gateway that does everything: in one process where its broker is embedded, else in one for each role."""
    folder.mkdir()
    processes = [list(Role)] if broker_url == "embedded" else [[role] for role in Role]
    with _gateway(folder, store_url, broker_url, sink_url, processes) as subject:
        yield subject


@contextmanager
def _gateway(
    folder: Path, store_url: str, broker_url: str, sink_url: str, processes: Iterable[list[Role]]
) -> Iterator[Subject]:
    config = _configure(folder, sink_url)
    settings = {
        "AMTSBOTE_DATABASE_URL": store_url,
        "AMTSBOTE_BROKER_URL": broker_url,
        "AMTSBOTE_CONFIG": str(config),
    }
    key = run_blocking(_prepare(commands.configure(config, settings)))
    ports: dict[Role, int] = {}
    running = []
    with ExitStack() as stack:
        for roles in processes:
            port = free_port()
            ports |= dict.fromkeys(roles, port)
            chosen = [f"--role={role}" for role in roles] if len(roles) < len(Role) else []
            environment = settings | {"AMTSBOTE_HTTP_PORT": str(port)}
            arguments = ["-c", _GATEWAY, "serve", *chosen]
            running.append(
                stack.enter_context(
                    _running(folder, "-".join(roles), port, arguments, environment, "/health/live")
                )
            )
        url = f"http://127.0.0.1:{ports[Role.API]}/v1/messages"
        yield Subject(url, tuple(running), f"Bearer {key}", store_url, Role.WORKER in ports)


async def _prepare(configuration: Configuration) -> str:
    await commands.upgrade_store(configuration)
    key = keys.generate()
    portal = Portal("benchmark", ("*",))
    await commands.perform(configuration, AddKey(key.id, key.secret_hash, portal, "operator:benchmark"))
    return key.reveal()


def _configure(folder: Path, sink_url: str) -> Path:
    """A configuration with a municipality and a destination of its own for each AGS."""
    tenants = folder / "tenants"
    tenants.mkdir()
    for ags in AGS:
        (tenants / f"t{ags}.toml").write_text(_TENANT.format(ags=ags, url=sink_url))
    main = folder / "amtsbote.toml"
    main.write_text(_MAIN)
    return main


_MAIN = """\
data_folder = "."

[limits]
requests_per_second = 1e9
burst = 1000000000
"""
_TENANT = """\
name = "{ags}"
ags = ["{ags}"]

[[bookings]]
service = "finance"
destinations = ["finanzen-{ags}"]

[destinations.finanzen-{ags}]
adapter = "finance"
idempotent = true
concurrency = 8
settings.url = "{url}"
"""


@contextmanager
def _running(
    folder: Path,
    name: str,
    port: int,
    arguments: list[str],
    environment: Mapping[str, str] | None = None,
    path: str = "/",
) -> Iterator[ServerProcess]:
    def answers() -> bool:
        try:
            httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False)
        except httpx.TransportError:
            return False
        return True

    process = ServerProcess(
        [sys.executable, *arguments],
        answers=answers,
        log=folder / f"{name}.log",
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
    )
    process.start()
    try:
        yield process
    finally:
        process.stop()
