"""The nodes that an address names."""

import pytest

from gateway.core.addresses import addresses


@pytest.mark.parametrize(
    ("url", "nodes"),
    [
        ("amqp://one", ["amqp://one"]),
        ("amqp://one,two:5673/v", ["amqp://one/v", "amqp://two:5673/v"]),
        ("amqps://u:p,q@one,[::1]:5671/v?x=1", ["amqps://u:p,q@one/v?x=1", "amqps://u:p,q@[::1]:5671/v?x=1"]),
        ("amqp://u:p@one,,two,/", ["amqp://u:p@one/", "amqp://u:p@two/"]),
        ("amqp://u:p@/v", ["amqp://u:p@/v"]),
    ],
)
def test_each_node_has_an_address_with_user_virtual_host_and_options(url: str, nodes: list[str]) -> None:
    assert addresses(url) == tuple(nodes)
