"""Every process is in a network of its own, and loses it for a while: packets vanish, and nobody is told."""

import sys
import time
from collections.abc import Iterator

import pytest

from tests.acceptance.conftest import a_data_centre, opened
from tests.acceptance.installation import DATA_CENTRE
from tests.conftest import OpenServer
from tests.faults.conftest import Experiment, Site
from tests.faults.lines import opened_lines
from tests.servers.network import Network
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbitmq import PrivateRabbitMq

pytestmark = pytest.mark.timeout(600)

LONGER_THAN_A_LEASE = 20.0


@pytest.fixture(scope="module")
def apart(
    open_server: OpenServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Site, Network]]:
    """A data centre whose processes, and the specialist systems, are hosts of their own as far as the network goes."""
    names = (*DATA_CENTRE, "sandbox")
    network = open_server(lambda: Network(names))
    postgres, rabbitmq = open_server(PrivatePostgres).url, open_server(PrivateRabbitMq).url
    # The servers listen on the machine's own interface; these lines bring the bridge there.
    with opened_lines(network.host, store=postgres, broker=rabbitmq) as lines:
        installation = a_data_centre(
            tmp_path_factory.mktemp("apart"), lines.proxies["store"].url, lines.proxies["broker"].url
        )
        installation.hosts = dict(network.addresses)
        for name, address in network.addresses.items():
            installation.programs[name] = [*network.inside(name), sys.executable, "-m", "gateway"]
            host = "AMTSBOTE_SANDBOX_HOST" if name == "sandbox" else "AMTSBOTE_HTTP_HOST"
            installation.own_ways[name] = {host: address}
        with opened(installation):
            yield Site("data centre", installation), network


@pytest.mark.parametrize("name", [*DATA_CENTRE[:3], "sandbox"])
def test_a_process_loses_its_network(apart: tuple[Site, Network], experiment: Experiment, name: str) -> None:
    site, network = apart

    def cut_and_heal() -> None:
        network.cut(name)
        time.sleep(LONGER_THAN_A_LEASE)
        network.heal(name)

    who = "the systems" if name == "sandbox" else name
    written = experiment(f"network of {who} cut for {LONGER_THAN_A_LEASE:.0f} s", site, cut_and_heal)

    assert written.kept
