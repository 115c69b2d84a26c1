"""The lines between the processes and their servers are late, stalled, cut or half closed."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import a_data_centre, opened
from tests.faults.conftest import Experiment, Site
from tests.faults.lines import Lines, opened_lines
from tests.servers.postgres import PostgresServer
from tests.servers.proxy import Proxy
from tests.servers.rabbitmq import RabbitMqServer

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


@pytest.fixture(scope="module")
def over_lines(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer, rabbitmq_server: RabbitMqServer
) -> Iterator[tuple[Site, Lines]]:
    """A data centre that reaches its database, its broker and the specialist systems over lines."""
    postgres, rabbitmq = postgres_server.create(), rabbitmq_server.create()
    folder: Path = tmp_path_factory.mktemp("lines")
    installation = a_data_centre(folder, postgres, rabbitmq)
    sandbox = installation.url("sandbox")
    with opened_lines(store=postgres, broker=rabbitmq, systems=sandbox) as lines:
        installation.ways = {
            "AMTSBOTE_DATABASE_URL": lines.proxies["store"].url,
            "AMTSBOTE_BROKER_URL": lines.proxies["broker"].url,
            "SANDBOX_URL": lines.proxies["systems"].url,
        }
        with opened(installation):
            yield Site("data centre", installation), lines


@pytest.mark.parametrize("link", ["store", "broker", "systems"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_line_breaks_for_a_while(
    over_lines: tuple[Site, Lines], experiment: Experiment, link: str, fault: str
) -> None:
    site, lines = over_lines

    def break_and_mend() -> None:
        for _ in range(3):
            lines.do(link, FAULTS[fault])
            time.sleep(3)
            lines.do(link, mend)
            time.sleep(1)

    written = experiment(f"line to the {link} {fault}, 3 x 3 s", site, beside=break_and_mend)

    assert written.kept


async def mend(proxy: Proxy) -> None:
    proxy.flow()
    await proxy.accept_again()
