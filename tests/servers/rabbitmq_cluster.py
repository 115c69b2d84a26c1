"""A cluster of three RabbitMQ nodes on this machine, whose nodes a test may kill one by one."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.servers.process import free_port
from tests.servers.rabbitmq import Epmd, Node

NODES = 3


class RabbitMqCluster:
    """Three nodes with folders, ports and logs of their own, one cookie, and quorum queues with three members."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="amtsbote-cluster-"))
        self._epmd: Epmd | None = None
        self.nodes: list[Node] = []
        try:
            # The one file `.erlang.cookie` of this folder lets the nodes in with each other.
            self._epmd = Epmd(self._folder, free_port())
            for number in range(NODES):
                folder = self._folder / f"node-{number}"
                folder.mkdir()
                self.nodes.append(Node(folder, self._epmd, home=self._folder))
            first, *others = self.nodes
            first.start()
            with ThreadPoolExecutor() as pool:
                list(pool.map(Node.start, others))
            for node in others:
                node.ctl("stop_app")
                node.ctl("join_cluster", first.name)
                node.ctl("start_app")
        except BaseException:
            self.close()
            raise
        ports = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        self.url = f"amqp://guest:guest@{ports}/"
        self.description = f"RabbitMQ {first.version()}, a cluster of {NODES}"

    def leader(self) -> Node:
        """The node that leads the most queues; all nodes must run."""
        listed = self.nodes[0].ctl("list_queues", "leader", "--no-table-headers").split()
        ((name, _),) = Counter(listed).most_common(1)
        return next(node for node in self.nodes if node.name == name)

    def members(self) -> set[int]:
        """How many members the queues have: the different numbers."""
        listed = self.nodes[0].ctl("list_queues", "members", "--no-table-headers").splitlines()
        return {line.count("@") for line in listed}

    def start(self, nodes: Sequence[Node]) -> None:
        """Start nodes that were killed, side by side: each may wait for the others."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(Node.start, nodes))

    def close(self) -> None:
        """End all nodes and remove their folders."""
        for node in self.nodes:
            node.kill()
        if self._epmd is not None:
            self._epmd.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
