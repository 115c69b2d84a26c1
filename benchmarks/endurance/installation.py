"""Installation: a gateway with systems behind it, in either size, that can be stopped and started again."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import httpx

from gateway import commands
from gateway.commands import Role
from gateway.config import Configuration
from gateway.core.acts import AddKey
from gateway.core.tenants import Portal, SpecialistSystem
from gateway.security import keys
from tests.servers import postgres, rabbitmq
from tests.servers.blocking import run_blocking
from tests.servers.process import ServerProcess, free_port

SIZES = ("embedded", "data centre")
ROOT = Path(__file__).parents[2]
_GATEWAY = "from gateway.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Systems:
    """The process of `system.py`."""

    url: str
    process: ServerProcess

    def answer(self, name: str, status: int) -> None:
        """Let a system answer so from now on."""
        httpx.put(f"{self.url}/{name}", params={"status": status}, trust_env=False).raise_for_status()

    def account(self, name: str) -> tuple[dict[str, list[float]], int]:
        """What a system took since it was asked last, by nachrichtenUUID, and how many repetitions it recognised."""
        account = httpx.get(f"{self.url}/{name}", timeout=60, trust_env=False).json()
        return account["taken"], account["repeated"]


@contextmanager
def systems(folder: Path) -> Iterator[Systems]:
    """Specialist systems, as many as are asked for by name."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    arguments = ["-m", "benchmarks.endurance.system", str(port)]
    with _running(folder, "systems", f"{url}/start", arguments, {}) as process:
        yield Systems(url, process)


@dataclass(slots=True)
class Installation:
    """A gateway. Its processes run inside `running`."""

    folder: Path
    store_url: str
    environment: Mapping[str, str]
    configuration: Configuration
    keys: Mapping[str, str]
    """The header `Authorization` of each portal."""
    processes: dict[str, ServerProcess] = field(default_factory=dict)
    """Those that run, by role; `all` where one does everything."""
    url: str = ""
    """Where the API listens while it runs."""

    @property
    def embedded(self) -> bool:
        return self.store_url.startswith("sqlite")

    def cpu_seconds(self) -> float:
        """Processor time that the running processes have used so far."""
        return sum(each.cpu_seconds() for each in self.processes.values())

    @contextmanager
    def running(self) -> Iterator[None]:
        """All roles: in one process where the broker is embedded, else in one for each."""
        groups: Sequence[tuple[str, Sequence[Role]]] = (
            [("all", list(Role))] if self.embedded else [(role.value, [role]) for role in Role]
        )
        with ExitStack() as stack:
            for name, roles in groups:
                port = free_port()
                if Role.API in roles:
                    self.url = f"http://127.0.0.1:{port}"
                chosen = [f"--role={role}" for role in roles] if len(roles) < len(Role) else []
                self.processes[name] = stack.enter_context(
                    _running(
                        self.folder,
                        name,
                        f"http://127.0.0.1:{port}/health/live",
                        ["-c", _GATEWAY, "serve", *chosen],
                        {**self.environment, "AMTSBOTE_HTTP_PORT": str(port)},
                    )
                )
            stack.callback(self.processes.clear)
            yield


@contextmanager
def installation(
    folder: Path,
    size: str,
    tenants: Mapping[str, str],
    portals: Sequence[str] = ("benchmark",),
    *,
    limits: str = "",
    systems_of: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Iterator[Installation]:
    """An installation that does not run yet. `tenants`: by name what stands in its file; `systems_of`: by name the
    destinations of specialist systems that have a key of their own.

    Raises:
        ServerMissing: PostgreSQL or RabbitMQ is neither running nor installed.
    """
    folder.mkdir(parents=True)
    (folder / "tenants").mkdir()
    for name, text in tenants.items():
        (folder / "tenants" / f"{name}.toml").write_text(text)
    config = folder / "amtsbote.toml"
    config.write_text(_MAIN + limits)
    with ExitStack() as stack:
        if size == "embedded":
            store_url, broker_url = f"sqlite:///{folder}/amtsbote.db", "embedded"
        else:
            database = postgres.find_or_start()
            stack.callback(database.close)
            broker = rabbitmq.find_or_start()
            stack.callback(broker.close)
            store_url, broker_url = database.create(), broker.create()
        environment = {
            "AMTSBOTE_DATABASE_URL": store_url,
            "AMTSBOTE_BROKER_URL": broker_url,
            "AMTSBOTE_CONFIG": str(config),
        }
        configuration = commands.configure(config, environment)
        run_blocking(commands.upgrade_store(configuration))
        holders: dict[str, Portal | SpecialistSystem] = {name: Portal(name, ("*",)) for name in portals}
        holders |= {name: SpecialistSystem(name, tuple(each)) for name, each in systems_of.items()}
        authorization = {
            name: f"Bearer {run_blocking(_key(configuration, each))}" for name, each in holders.items()
        }
        yield Installation(folder, store_url, environment, configuration, authorization)


def tenant(ags: str, destination: str, settings: str) -> str:
    """A municipality's file: finance goes to one destination."""
    return _TENANT.format(ags=ags, destination=destination, settings=settings)


async def _key(configuration: Configuration, holder: Portal | SpecialistSystem) -> str:
    key = keys.generate()
    await commands.perform(configuration, AddKey(key.id, key.secret_hash, holder, "operator:benchmark"))
    return key.reveal()


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
destinations = ["{destination}"]

[destinations.{destination}]
adapter = "finance"
{settings}
"""


@contextmanager
def _running(
    folder: Path, name: str, health: str, arguments: list[str], environment: Mapping[str, str]
) -> Iterator[ServerProcess]:
    def answers() -> bool:
        try:
            httpx.get(health, trust_env=False)
        except httpx.TransportError:
            return False
        return True

    process = ServerProcess(
        [sys.executable, *arguments],
        answers=answers,
        log=folder / f"{name}.log",
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    process.start()
    try:
        yield process
    finally:
        process.stop()
