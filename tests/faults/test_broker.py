"""The broker is gone, wiped, alarmed, or loses its queues."""

import time

import pytest

from tests.faults.conftest import Experiment, Site
from tests.servers.rabbitmq import PrivateRabbitMq

pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def rabbitmq(centre: Site) -> PrivateRabbitMq:
    assert centre.rabbitmq
    return centre.rabbitmq


def test_it_is_killed(centre: Site, rabbitmq: PrivateRabbitMq, experiment: Experiment) -> None:
    assert experiment("broker killed", centre, rabbitmq.kill, afterwards=rabbitmq.start).kept


def test_it_is_wiped(centre: Site, rabbitmq: PrivateRabbitMq, experiment: Experiment) -> None:
    def wipe() -> None:
        rabbitmq.stop()
        rabbitmq.wipe()

    assert experiment("broker stopped and wiped", centre, wipe, afterwards=rabbitmq.start).kept


def test_it_is_frozen(centre: Site, rabbitmq: PrivateRabbitMq, experiment: Experiment) -> None:
    def wait_and_resume() -> None:
        time.sleep(40)
        rabbitmq.resume()

    assert experiment("broker frozen for 40 s", centre, rabbitmq.pause, afterwards=wait_and_resume).kept


@pytest.mark.parametrize(
    ("alarm", "set_", "clear"),
    [
        ("disk", ("set_disk_free_limit", "900GB"), ("set_disk_free_limit", "50MB")),
        ("memory", ("set_vm_memory_high_watermark", "0"), ("set_vm_memory_high_watermark", "0.4")),
    ],
)
def test_it_raises_an_alarm(
    centre: Site,
    rabbitmq: PrivateRabbitMq,
    experiment: Experiment,
    alarm: str,
    set_: tuple[str, ...],
    clear: tuple[str, ...],
) -> None:
    written = experiment(
        f"broker with a {alarm} alarm",
        centre,
        lambda: rabbitmq.ctl(*set_),
        afterwards=lambda: rabbitmq.ctl(*clear),
    )

    assert written.kept


def test_its_queues_are_deleted(centre: Site, rabbitmq: PrivateRabbitMq, experiment: Experiment) -> None:
    def delete_queues() -> None:
        for name in rabbitmq.ctl("list_queues", "name", "--no-table-headers").split():
            rabbitmq.ctl("delete_queue", name)

    assert experiment("all queues of the broker deleted", centre, delete_queues).kept
