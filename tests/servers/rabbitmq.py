"""RabbitMQ for tests: fresh virtual hosts on a shared broker, and private brokers that may be hurt."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import aiormq
import httpx

from tests.servers.blocking import run_blocking
from tests.servers.missing import ServerMissing
from tests.servers.naming import forgotten, fresh_name
from tests.servers.process import ServerProcess, free_port
from tests.servers.rabbitmq_control import CommandLine, Control, Management

ENV = "AMTSBOTE_TEST_RABBITMQ"
DEFAULT = "amqp://guest:guest@127.0.0.1:5672/"
CONNECT_SECONDS = 5.0
HANDSHAKE_SECONDS = 20.0


class RabbitMqServer:
    """A broker on which this test run makes virtual hosts and deletes them again."""

    def __init__(self, url: str, control: Control, private: "PrivateRabbitMq | None" = None) -> None:
        self.url = url
        self._control = control
        self._private = private
        self._user = urlsplit(url).username or "guest"
        self._made: list[str] = []
        self.on_create: Callable[[], None] = lambda: None
        self._unused: list[str] = []
        self._released: list[str] = []
        self.description = f"RabbitMQ {run_blocking(_version(url))}, {self._origin()}"
        self._delete(forgotten(control.names(), of_this_machine=control.of_this_machine))

    def create(self) -> str:
        """Make an empty virtual host and return its URL."""
        if not self._unused:
            self._unused = [fresh_name() for _ in range(4)]
            self._control.create(self._unused, self._user)
            self._made += self._unused
            self._delete(self._released)
            self._released.clear()
        self.on_create()
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{self._unused.pop()}"))

    def drop(self, url: str) -> None:
        """Delete a virtual host made by `create`, with its queues and connections."""
        self._delete([_vhost(url)])

    def release(self, url: str) -> None:
        """Nobody needs this virtual host any more: it is deleted with others, when the next ones are made.

        Each holds some ten files of the broker open, and a broker has about a thousand: a run that kept all of its
        virtual hosts to its end would bring it to a standstill.
        """
        self._released.append(_vhost(url))

    def add_user(self, name: str, password: str) -> None:
        """Make a user without any rights."""
        self._control.add_user(name, password)

    def delete_user(self, name: str) -> None:
        """Delete a user made by `add_user`, with its connections."""
        self._control.delete_user(name)

    def run_printed(self, command: Sequence[str]) -> None:
        """Carry out a command that was printed for an administrator: `rabbitmqctl set_permissions`."""
        program, verb, option, vhost, user, *rights = command
        assert (program, verb, option) == ("rabbitmqctl", "set_permissions", "-p")
        self._control.set_permissions(vhost, user, rights)

    def close(self) -> None:
        """Leave nothing behind."""
        if self._private is None:
            self._delete(self._made)
        else:
            self._private.close()

    def _delete(self, names: list[str]) -> None:
        if names:
            self._control.delete(names)
            self._made = [name for name in self._made if name not in names]

    def _origin(self) -> str:
        if self._private is not None:
            return "installed here and started for this run"
        parts = urlsplit(self.url)
        return f"running at {parts.hostname}:{parts.port or 5672}"


class Epmd(ServerProcess):
    """Where nodes find each other. One that a broker starts by itself would become a daemon and outlive the test."""

    def __init__(self, folder: Path, port: int) -> None:
        _, _, epmd = _programs()
        self.port = port
        super().__init__(
            [epmd, "-port", str(port), "-address", "127.0.0.1"],
            answers=lambda: (
                subprocess.run(
                    [epmd, "-port", str(port), "-names"], check=False, capture_output=True
                ).returncode
                == 0
            ),
            log=folder / "epmd.log",
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(folder)},
        )
        self.start()


class Node(ServerProcess):
    """One node, in a folder of its own: own name, ports and data. The plugins are off."""

    def __init__(self, folder: Path, epmd: Epmd, home: Path) -> None:
        server, control, _ = _programs()
        self.port = free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/"
        self.name = f"amtsbote{self.port}@localhost"
        self._folder = folder
        env = _environment(folder, self.port, epmd.port, home)
        super().__init__([server], answers=self._is_up, log=folder / "log", env=env)
        self.control = CommandLine(control, env)
        self.ctl = self.control.run

    def version(self) -> str:
        return run_blocking(_version(self.url))

    def wipe(self) -> None:
        """Remove everything that a stopped node has kept, as a lost disk would."""
        shutil.rmtree(self._folder / "mnesia")

    def _is_up(self) -> bool:
        try:
            self.version()
        except (OSError, TimeoutError, aiormq.exceptions.AMQPError):
            return False
        return True


class PrivateRabbitMq:
    """A broker of one test alone: own node, ports, cookie and folder."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder`: an empty one that is there already, e.g. on a disk of its own."""
        self._folder = folder or Path(tempfile.mkdtemp(prefix="amtsbote-rabbitmq-"))
        self._epmd: Epmd | None = None
        self._node: Node | None = None
        try:
            self._epmd = Epmd(self._folder, free_port())
            self._node = node = Node(self._folder, self._epmd, self._folder)
            node.start()
        except BaseException:
            self.close()
            raise
        self.url = node.url
        self.control = node.control
        self.description = f"RabbitMQ {node.version()}"
        self.start = node.start
        self.stop = node.stop
        self.kill = node.kill
        self.pause = node.pause
        self.resume = node.resume
        self.ctl = node.ctl
        self.wipe = node.wipe

    def close(self) -> None:
        """End the broker and remove its folder."""
        for process in (self._node, self._epmd):
            if process is not None:
                process.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


def find_or_start() -> RabbitMqServer:
    """The broker named by the environment, else the one on the default port, else a private one.

    Raises:
        ServerMissing: none of the three.
    """
    given = os.environ.get(ENV)
    running = _usable(given or DEFAULT)
    if running is not None:
        return running
    if given:
        raise ServerMissing(
            f"RabbitMQ of {ENV} can't be used: it does not answer, or gives no virtual host of our own"
        )
    private = PrivateRabbitMq()
    return RabbitMqServer(private.url, private.control, private)


def _usable(url: str) -> RabbitMqServer | None:
    """A running broker on which we can make a virtual host and enter it; None if not."""
    controls: list[Control] = [Management(url)]
    if program := shutil.which("rabbitmqctl", path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
        controls.insert(0, CommandLine(program))
    try:
        run_blocking(_version(url))
    except (OSError, TimeoutError, aiormq.exceptions.AMQPError):
        return None
    for control in controls:
        try:
            server = RabbitMqServer(url, control)
            server.drop(_entered(server.create()))
        except (
            OSError,
            RuntimeError,
            subprocess.TimeoutExpired,
            httpx.HTTPError,
            aiormq.exceptions.AMQPError,
        ):
            continue
        return server
    return None


def _entered(url: str) -> str:
    run_blocking(_version(url))
    return url


async def _version(url: str) -> str:
    # A broker that takes the connection and then says nothing more is none.
    async with asyncio.timeout(HANDSHAKE_SECONDS):
        connection = await aiormq.connect(f"{url}?connection_timeout={int(CONNECT_SECONDS * 1000)}")
        try:
            return str(connection.server_properties["version"])
        finally:
            await connection.close()


def _vhost(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def _environment(folder: Path, port: int, epmd_port: int, home: Path) -> dict[str, str]:
    plugins = folder / "enabled_plugins"
    plugins.write_text("[].\n")
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "ERL_EPMD_PORT": str(epmd_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"amtsbote{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "logs"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "RABBITMQ_CONFIG_FILE": str(folder / "none"),
        "RABBITMQ_CONFIG_FILES": str(folder / "none.d"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "none.config"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
        "RABBITMQ_SCHEMA_DIR": str(folder / "schema"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
    }


def _programs() -> tuple[str, str, str]:
    # Debian's programs in /usr/sbin switch to the user rabbitmq and forget the environment.
    path = f"/usr/lib/rabbitmq/bin:{os.environ.get('PATH', '')}:/usr/sbin:/usr/lib/erlang/bin"
    found = [shutil.which(name, path=path) for name in ("rabbitmq-server", "rabbitmqctl", "epmd")]
    server, control, epmd = found
    if not (server and control and epmd):
        raise ServerMissing(
            f"RabbitMQ is neither running nor installed (package rabbitmq-server, or set {ENV})"
        )
    return server, control, epmd
