"""The lines between the processes and their servers are late, stalled, cut or half closed."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import a_data_centre, opened
from tests.conftest import OpenServer
from tests.faults.conftest import Experiment, Site
from tests.faults.lines import Lines, opened_lines
from tests.servers.postgres import PrivatePostgres
from tests.servers.proxy import Proxy
from tests.servers.rabbitmq import PrivateRabbitMq

pytestmark = pytest.mark.timeout(600)


def late(proxy: Proxy) -> None:
    proxy.delay = 0.3


def cut_after_bytes(proxy: Proxy) -> None:
    proxy.longest = 4000
    proxy.cut()


FAULTS: dict[str, Callable[[Proxy], object]] = {
    "late by 0.3 s": late,
    "stalled": Proxy.stall,
    "reset": Proxy.cut,
    "refused": Proxy.refuse,
    "half closed": Proxy.half_close,
    "cut after 4000 bytes": cut_after_bytes,
}


LINKS = ("portal-api", "api-store", "worker-store", "relay-broker", "worker-broker", "worker-systems")
"""Who speaks to whom. A line is that of all processes of a role."""


@pytest.fixture(scope="module")
def over_lines(
    tmp_path_factory: pytest.TempPathFactory, open_server: OpenServer
) -> Iterator[tuple[Site, Lines]]:
    """A data centre in which everybody reaches everybody else over a line of the test's own."""
    postgres, rabbitmq = open_server(PrivatePostgres).url, open_server(PrivateRabbitMq).url
    folder: Path = tmp_path_factory.mktemp("lines")
    installation = a_data_centre(folder, postgres, rabbitmq)
    ends = {
        "store": postgres,
        "broker": rabbitmq,
        "api": installation.api,
        "systems": installation.url("sandbox"),
    }
    with opened_lines(**{link: ends[link.partition("-")[2]] for link in LINKS}) as lines:
        ways = {link: proxy.url for link, proxy in lines.proxies.items()}
        installation.ways = {"SANDBOX_URL": ways["worker-systems"]}
        installation.own_ways = {
            name: {
                "AMTSBOTE_DATABASE_URL": ways.get(f"{role}-store", postgres),
                "AMTSBOTE_BROKER_URL": ways.get(f"{role}-broker", rabbitmq),
            }
            for name in installation.processes
            for role in [name.partition("-")[0]]
        }
        with opened(installation):
            yield Site("data centre", installation, way_in=ways["portal-api"]), lines


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_line_breaks_for_a_while(
    over_lines: tuple[Site, Lines], experiment: Experiment, link: str, fault: str
) -> None:
    site, lines = over_lines

    def break_and_mend() -> None:
        for _ in range(2):
            lines.do(link, FAULTS[fault])
            time.sleep(3)
            lines.do(link, mend)
            time.sleep(1)

    written = experiment(f"line {link} {fault}, 2 x 3 s", site, beside=break_and_mend)

    assert written.kept


async def mend(proxy: Proxy) -> None:
    proxy.flow()
    await proxy.accept_again()
