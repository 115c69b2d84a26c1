"""RabbitMQ for tests: fresh virtual hosts on a shared broker, and private brokers that may be hurt."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit, urlunsplit

import aiormq
import httpx

from tests.servers.blocking import run_blocking
from tests.servers.missing import ServerMissing
from tests.servers.naming import forgotten, fresh_name
from tests.servers.process import ServerProcess, free_port

ENV = "AMTSBOTE_TEST_RABBITMQ"
ENV_MANAGEMENT = "AMTSBOTE_TEST_RABBITMQ_MANAGEMENT"
DEFAULT = "amqp://guest:guest@127.0.0.1:5672/"
CONNECT_SECONDS = 5.0
CTL_SECONDS = 60.0


class Control(Protocol):
    """A way to administer virtual hosts."""

    @property
    def of_this_machine(self) -> bool: ...
    def names(self) -> list[str]: ...
    def create(self, names: Sequence[str], user: str) -> None: ...
    def delete(self, names: Sequence[str]) -> None: ...
    def add_user(self, name: str, password: str) -> None: ...
    def delete_user(self, name: str) -> None: ...
    def set_permissions(self, vhost: str, user: str, rights: Sequence[str]) -> None: ...


class CommandLine:
    """Administers a broker of this machine by `rabbitmqctl`; many virtual hosts in one call, as each call starts an Erlang VM."""

    of_this_machine = True

    def __init__(self, program: str, env: Mapping[str, str] | None = None) -> None:
        self._program = program
        self._env = None if env is None else dict(env)

    def run(self, *arguments: str) -> str:
        """Run one command and return what it printed."""
        done = subprocess.run(
            [self._program, "--quiet", *arguments],
            check=False,
            capture_output=True,
            text=True,
            env=self._env,
            timeout=CTL_SECONDS,
        )
        if done.returncode != 0:
            raise RuntimeError(f"rabbitmqctl {arguments[0]}: {done.stderr or done.stdout}")
        return done.stdout

    def names(self) -> list[str]:
        return self.run("list_vhosts", "name", "--no-table-headers").split()

    def create(self, names: Sequence[str], user: str) -> None:
        may_all = ", ".join([f'<<"{user}">>', "Name", *['<<".*">>'] * 3, '<<"tests">>'])
        self._for_each(
            names,
            f'rabbit_vhost:add(Name, <<"tests">>), rabbit_auth_backend_internal:set_permissions({may_all})',
        )

    def delete(self, names: Sequence[str]) -> None:
        self._for_each(names, 'rabbit_vhost:delete(Name, <<"tests">>)')

    def add_user(self, name: str, password: str) -> None:
        self.run("add_user", name, password)

    def delete_user(self, name: str) -> None:
        self.run("delete_user", name)

    def set_permissions(self, vhost: str, user: str, rights: Sequence[str]) -> None:
        self.run("set_permissions", "-p", vhost, user, *rights)

    def _for_each(self, names: Sequence[str], expression: str) -> None:
        listed = ", ".join(f'<<"{name}">>' for name in names)
        self.run("eval", f"lists:foreach(fun(Name) -> {expression} end, [{listed}]).")


class Management:
    """Administers a broker elsewhere by the HTTP interface of its management plugin."""

    of_this_machine = False

    def __init__(self, broker_url: str) -> None:
        parts = urlsplit(broker_url)
        self._base = os.environ.get(ENV_MANAGEMENT, f"http://{parts.hostname}:15672") + "/api"
        self._auth = (parts.username or "guest", parts.password or "guest")

    def names(self) -> list[str]:
        return [vhost["name"] for vhost in self._call("GET", "vhosts").json()]

    def create(self, names: Sequence[str], user: str) -> None:
        for name in names:
            self._call("PUT", f"vhosts/{name}")
            may_all = {"configure": ".*", "write": ".*", "read": ".*"}
            self._call("PUT", f"permissions/{name}/{quote(user)}", may_all)

    def delete(self, names: Sequence[str]) -> None:
        for name in names:
            self._call("DELETE", f"vhosts/{name}")

    def add_user(self, name: str, password: str) -> None:
        self._call("PUT", f"users/{quote(name)}", {"password": password, "tags": ""})

    def delete_user(self, name: str) -> None:
        self._call("DELETE", f"users/{quote(name)}")

    def set_permissions(self, vhost: str, user: str, rights: Sequence[str]) -> None:
        named = dict(zip(("configure", "write", "read"), rights, strict=True))
        self._call("PUT", f"permissions/{quote(vhost, safe='')}/{quote(user)}", named)

    def _call(self, method: str, path: str, body: object = None) -> httpx.Response:
        answer = httpx.request(
            method, f"{self._base}/{path}", json=body, auth=self._auth, timeout=CONNECT_SECONDS
        )
        return answer.raise_for_status()


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


class PrivateRabbitMq:
    """A broker of one test alone: own node, ports, cookie and folder. The plugins are off."""

    def __init__(self) -> None:
        server, control, epmd = _programs()
        port, epmd_port = free_port(), free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="amtsbote-rabbitmq-"))
        self.url = f"amqp://guest:guest@127.0.0.1:{port}/"
        env = _environment(self._folder, port, epmd_port)
        # An epmd that the broker starts by itself would become a daemon and outlive the test.
        self._epmd = ServerProcess(
            [epmd, "-port", str(epmd_port), "-address", "127.0.0.1"],
            answers=lambda: (
                subprocess.run(
                    [epmd, "-port", str(epmd_port), "-names"], check=False, capture_output=True
                ).returncode
                == 0
            ),
            log=self._folder / "epmd.log",
            env=env,
        )
        self._process = ServerProcess([server], answers=self._answers, log=self._folder / "log", env=env)
        self.control = CommandLine(control, env)
        try:
            self._epmd.start()
            self._process.start()
        except BaseException:
            self.close()
            raise
        self.description = f"RabbitMQ {run_blocking(_version(self.url))}"
        self.start = self._process.start
        self.stop = self._process.stop
        self.kill = self._process.kill
        self.pause = self._process.pause
        self.resume = self._process.resume
        self.ctl = self.control.run

    def wipe(self) -> None:
        """Remove everything that a stopped broker has kept, as a lost disk would."""
        shutil.rmtree(self._folder / "mnesia")

    def close(self) -> None:
        """End the broker and remove its folder."""
        self._process.kill()
        self._epmd.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            run_blocking(_version(self.url))
        except (OSError, TimeoutError, aiormq.exceptions.AMQPError):
            return False
        return True


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
    connection = await aiormq.connect(f"{url}?connection_timeout={int(CONNECT_SECONDS * 1000)}")
    try:
        return str(connection.server_properties["version"])
    finally:
        await connection.close()


def _vhost(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def _environment(folder: Path, port: int, epmd_port: int) -> dict[str, str]:
    plugins = folder / "enabled_plugins"
    plugins.write_text("[].\n")
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LANG": "C.UTF-8",
        "HOME": str(folder),
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
