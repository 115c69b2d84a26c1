"""Ways to administer RabbitMQ: its command line on this machine, its HTTP interface elsewhere."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Protocol
from urllib.parse import quote, urlsplit

import httpx

ENV_MANAGEMENT = "AMTSBOTE_TEST_RABBITMQ_MANAGEMENT"
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
