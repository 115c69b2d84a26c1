"""A broker with several addresses: a process moves over to a node that answers."""

import asyncio

from gateway.core.delivery import Ticket
from gateway.core.message import DeliveryId
from queues.rabbitmq import RabbitBroker
from tests.servers.process import free_port
from tests.servers.proxy import Proxy

PATIENCE = 20.0


def several(*urls: str) -> str:
    """One address for the same virtual host behind several nodes."""
    first, *others = urls
    head, _, rest = first.rpartition("@")
    node, slash, vhost = rest.partition("/")
    nodes = [node, *(url.rpartition("@")[2].partition("/")[0] for url in others)]
    return f"{head}@{','.join(nodes)}{slash}{vhost}"


async def confirmed(broker: RabbitBroker, number: int) -> bool:
    ticket = Ticket(DeliveryId(f"delivery-{number}"), 1, "ewo")
    return await broker.publish([ticket]) == {ticket}


async def test_a_node_that_is_not_there_is_passed_over(rabbitmq_url: str) -> None:
    nobody = f"amqp://guest:guest@127.0.0.1:{free_port()}/"
    for url in (several(rabbitmq_url, nobody), several(rabbitmq_url, nobody, nobody, nobody)):
        async with RabbitBroker(url, ["ewo"]) as broker:
            # Not one error on the way: what waits is told of a failure only when all nodes have failed.
            assert await confirmed(broker, 1)


async def test_a_lost_node_is_left_for_the_other_one(rabbitmq_url: str) -> None:
    async with (
        Proxy(rabbitmq_url) as one,
        Proxy(rabbitmq_url) as other,
        RabbitBroker(several(one.url, other.url), ["ewo"]) as broker,
    ):
        assert await confirmed(broker, 1)
        first, second = (one, other) if one.reached.is_set() else (other, one)
        assert not second.reached.is_set()

        await first.refuse()

        await asyncio.wait_for(second.reached.wait(), PATIENCE)
        assert await confirmed(broker, 2)
        assert broker.generation == 1
