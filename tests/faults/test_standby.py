"""PostgreSQL's primary is lost with its data, and the standby takes over."""

import time
from collections.abc import Iterator

import pytest

from tests.acceptance.conftest import a_data_centre, opened
from tests.conftest import OpenServer
from tests.faults.conftest import Experiment, Site
from tests.servers.rabbitmq import PrivateRabbitMq
from tests.servers.standby import PostgresPair

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def pair(open_server: OpenServer) -> PostgresPair:
    return open_server(PostgresPair)


@pytest.fixture
def paired(
    pair: PostgresPair, open_server: OpenServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A data centre whose `store.url` names both servers."""
    folder = tmp_path_factory.mktemp("standby")
    rabbitmq = open_server(PrivateRabbitMq)
    with opened(a_data_centre(folder, pair.url, rabbitmq.url)) as installation:
        yield Site("data centre", installation)


def test_the_standby_takes_over(paired: Site, pair: PostgresPair, experiment: Experiment) -> None:
    def lose_and_promote() -> None:
        pair.lose_the_primary()
        time.sleep(3)
        pair.promote()

    fault = "PostgreSQL: primary lost with its data, standby promoted"
    assert experiment(fault, paired, lose_and_promote).kept


def test_nothing_is_acknowledged_that_the_standby_does_not_have(
    paired: Site, pair: PostgresPair, experiment: Experiment
) -> None:
    """Also not to a portal that comes again: what it sent before may have been committed on the primary alone."""

    def lose_both_in_turn() -> None:
        pair.kill_the_standby()
        time.sleep(25)
        pair.lose_the_primary()
        pair.start_the_standby()
        pair.promote()

    fault = "PostgreSQL: standby away for 25 s, then the primary lost with its data, standby promoted"
    assert experiment(fault, paired, lose_both_in_turn).kept
