"""Subjects: the processes that are measured, started as their users start them."""

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
import orjson

from benchmarks.ends import Ends, GatewayEnds, PeerEnds
from benchmarks.letters import AGS, BUNDLE
from benchmarks.peer.settings import MEMORY
from gateway import commands
from gateway.commands import EMBEDDED, Role
from gateway.config import Configuration
from gateway.core.acts import AddKey
from gateway.core.tenants import Portal
from gateway.security import keys
from schemas.stock import stock
from tests.servers.blocking import run_blocking
from tests.servers.process import ServerProcess, free_port

ROOT = Path(__file__).parents[1]
_GATEWAY = "from gateway.cli import main; main()"
_PEER_KEY = "a-key-for-this-run-only"
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
    further_urls: tuple[str, ...] = ()
    """Of further processes that take messages."""
    ends: Ends | None = None
    """Of what delivers."""

    def cpu_seconds(self) -> float:
        """Processor time that it has used so far."""
        return sum(process.cpu_seconds() for process in self.processes)


@contextmanager
def floor(folder: Path, store_url: str, processes: int = 1) -> Iterator[Subject]:
    """The floor, on a database of its own."""
    with ExitStack() as stack:
        ports = [free_port() for _ in range(processes)]
        running = [
            stack.enter_context(
                _running(folder, f"floor-{port}", port, ["-m", "benchmarks.floor", str(port), store_url])
            )
            for port in ports
        ]
        yield _subject(ports, running)


@contextmanager
def peer(
    folder: Path, store_url: str, broker_url: str, sink_url: str, processes: int = 1, *, delivers: bool = True
) -> Iterator[Subject]:
    """The peer; with a broker of its own, a process beside those that take messages delivers them."""
    folder.mkdir()
    settings = {
        "PEER_DATABASE_URL": store_url,
        "PEER_BROKER_URL": MEMORY if broker_url == EMBEDDED else broker_url,
        "PEER_SCHEMA_FILE": str(BUNDLE / "finanzen.xsd"),
        "PEER_API_KEY": _PEER_KEY,
        "PEER_SYSTEMS": orjson.dumps(dict.fromkeys(AGS, sink_url)).decode(),
        **({} if delivers else {"PEER_DELIVERIES_AT_ONCE": "0"}),
    }
    with ExitStack() as stack:
        ports = [free_port() for _ in range(processes)]
        running = [
            stack.enter_context(
                _running(folder, f"api-{port}", port, ["-m", "benchmarks.peer", "api", str(port)], settings)
            )
            for port in ports
        ]
        if delivers and broker_url != EMBEDDED:
            worker = _running(folder, "worker", None, ["-m", "benchmarks.peer", "worker"], settings)
            running.append(stack.enter_context(worker))
        ends = PeerEnds(store_url) if delivers else None
        yield _subject(ports, running, f"Bearer {_PEER_KEY}", store_url, ends)


@contextmanager
def sink(folder: Path) -> Iterator[str]:
    """A specialist system that takes everything at once; gives its URL."""
    port = free_port()
    with _running(folder, "sink", port, ["-m", "benchmarks.sink", str(port)]):
        yield f"http://127.0.0.1:{port}/finance/v1/vorgaenge"


@contextmanager
def intake(folder: Path, store_url: str, processes: int = 1) -> Iterator[Subject]:
    """A gateway that takes messages in and delivers none."""
    folder.mkdir()
    roles = [[Role.API]] * processes
    with _gateway(folder, store_url, _UNUSED_BROKER, "http://127.0.0.1:9/", roles) as subject:
        yield subject


@contextmanager
def whole(folder: Path, store_url: str, broker_url: str, sink_url: str) -> Iterator[Subject]:
    """A gateway that does everything: in one process where its broker is embedded, else in one for each role."""
    folder.mkdir()
    processes = [list(Role)] if broker_url == EMBEDDED else [[role] for role in Role]
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
    # A gateway builds what its cache lacks beside its work, which nobody wants to measure.
    shutil.copytree(_forms(), folder / "cache")
    ports, ends = [], None
    running = []
    with ExitStack() as stack:
        for number, roles in enumerate(processes):
            port = free_port()
            chosen = [f"--role={role}" for role in roles] if len(roles) < len(Role) else []
            environment = settings | {"AMTSBOTE_HTTP_PORT": str(port)}
            arguments = ["-c", _GATEWAY, "serve", *chosen]
            name = "-".join([str(number), *roles])
            running.append(
                stack.enter_context(_running(folder, name, port, arguments, environment, "/health/live"))
            )
            if Role.API in roles:
                ports.append(port)
            if Role.WORKER in roles:
                ends = GatewayEnds(store_url)
        yield _subject(ports, running, f"Bearer {key}", store_url, ends)


def _subject(
    ports: Sequence[int],
    running: Sequence[ServerProcess],
    authorization: str = "",
    store_url: str = "",
    ends: Ends | None = None,
) -> Subject:
    url, *further = (f"http://127.0.0.1:{port}/v1/messages" for port in ports)
    return Subject(url, tuple(running), authorization, store_url, ends is not None, tuple(further), ends)


@cache
def _forms() -> Path:
    """A folder with the forms of all schemas, built once."""
    folder = Path(tempfile.mkdtemp(prefix="amtsbote-forms-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    run_blocking(stock([commands.BUNDLES], folder))
    return folder


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
    port: int | None,
    arguments: list[str],
    environment: Mapping[str, str] | None = None,
    path: str = "/",
) -> Iterator[ServerProcess]:
    def answers() -> bool:
        if port is None:  # it answers nobody, and catches up with what waits when it is there
            return True
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
