"""A network of this machine's own: namespaces joined by a bridge, whose links a test may take down."""

import ipaddress
import os
import shutil
import subprocess
from collections.abc import Sequence

from tests.servers.missing import ServerMissing


class Network:
    """Namespaces with an interface each, on a bridge that also this machine's own processes reach."""

    def __init__(self, names: Sequence[str]) -> None:
        if shutil.which("ip") is None:
            raise ServerMissing("no program `ip` (package iproute2)")
        self._tag = f"ab{os.getpid() % 100_000}"
        net = ipaddress.ip_network(f"10.{200 + os.getpid() // 250 % 50}.{os.getpid() % 250}.0/24")
        self.host = str(net[1])
        """This machine's address on the bridge."""
        self.addresses = {name: str(net[number]) for number, name in enumerate(names, start=2)}
        self._links = {name: f"{self._tag}v{number}" for number, name in enumerate(names)}
        self.description = "network namespaces"
        try:
            self._join()
        except subprocess.CalledProcessError as error:
            self.close()
            raise ServerMissing(f"no right to make network namespaces: {error.stderr.strip()}") from error

    def inside(self, name: str) -> list[str]:
        """What stands before a command that is to run in a namespace."""
        return ["ip", "netns", "exec", self._namespace(name)]

    def cut(self, name: str) -> None:
        """Take the link of a namespace down: packets vanish, and nobody is told."""
        _ip("link", "set", self._links[name], "down")

    def heal(self, name: str) -> None:
        _ip("link", "set", self._links[name], "up")

    def close(self) -> None:
        """Remove everything, also what was made half."""
        for name in self.addresses:
            _try("netns", "del", self._namespace(name))
        for link in (*self._links.values(), self._tag):
            _try("link", "del", link)

    def _join(self) -> None:
        _ip("link", "add", self._tag, "type", "bridge")
        _ip("addr", "add", f"{self.host}/24", "dev", self._tag)
        _ip("link", "set", self._tag, "up")
        for name, link in self._links.items():
            space = self._namespace(name)
            _ip("netns", "add", space)
            _ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", space)
            _ip("link", "set", link, "master", self._tag)
            _ip("-n", space, "addr", "add", f"{self.addresses[name]}/24", "dev", "eth0")
            _ip("-n", space, "link", "set", "lo", "up")
            _ip("-n", space, "link", "set", "eth0", "up")
            _ip("link", "set", link, "up")

    def _namespace(self, name: str) -> str:
        return f"{self._tag}-{name}"


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


def _try(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=False, capture_output=True)
