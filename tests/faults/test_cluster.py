"""A RabbitMQ cluster of three loses the node that leads, or its majority, and gets them back."""

from collections.abc import Iterator

import pytest

from tests.acceptance.conftest import a_data_centre, opened
from tests.conftest import OpenServer
from tests.faults.conftest import Experiment, Site, letters_of_all_kinds
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbitmq_cluster import NODES, RabbitMqCluster

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def cluster(open_server: OpenServer) -> RabbitMqCluster:
    return open_server(RabbitMqCluster)


@pytest.fixture(scope="module")
def of_three(
    tmp_path_factory: pytest.TempPathFactory, open_server: OpenServer, cluster: RabbitMqCluster
) -> Iterator[Site]:
    """A data centre whose `broker.url` names all three nodes."""
    folder = tmp_path_factory.mktemp("cluster")
    with opened(a_data_centre(folder, open_server(PrivatePostgres).url, cluster.url)) as installation:
        yield Site("data centre", installation)


def test_the_leader_is_killed(of_three: Site, cluster: RabbitMqCluster, experiment: Experiment) -> None:
    assert cluster.members() == {NODES}
    leader = cluster.leader()

    written = experiment("cluster: leader of three nodes killed", of_three, leader.kill)

    cluster.start([leader])
    assert written.kept
    assert "503" not in written.answers


def test_every_node_is_killed_in_turn(
    of_three: Site, cluster: RabbitMqCluster, experiment: Experiment
) -> None:
    def kill_in_turn() -> None:
        for node in cluster.nodes:
            node.kill()
            node.start()

    letters = letters_of_all_kinds(200)
    written = experiment("cluster: every node killed in turn", of_three, kill_in_turn, letters=letters)

    assert written.kept


def test_the_majority_is_lost(of_three: Site, cluster: RabbitMqCluster, experiment: Experiment) -> None:
    leader = cluster.leader()
    lost = [leader, next(node for node in cluster.nodes if node is not leader)]
    letters = letters_of_all_kinds(60)
    arrived: list[int] = []

    def kill_two() -> None:
        for node in lost:
            node.kill()

    def look_and_bring_back() -> None:
        found = of_three.installation.account(letters)
        arrived.append(found.delivered)
        assert found.accepted == len(letters)
        cluster.start(lost)

    written = experiment(
        "cluster: two of three nodes killed, no quorum",
        of_three,
        kill_two,
        letters=letters,
        afterwards=look_and_bring_back,
    )

    assert written.kept
    assert "503" not in written.answers
    assert arrived[0] < written.owed


def test_all_nodes_are_killed(of_three: Site, cluster: RabbitMqCluster, experiment: Experiment) -> None:
    def kill_all() -> None:
        for node in cluster.nodes:
            node.kill()

    written = experiment(
        "cluster: all three nodes killed at once",
        of_three,
        kill_all,
        afterwards=lambda: cluster.start(cluster.nodes),
    )

    assert written.kept
