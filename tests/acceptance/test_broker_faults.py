"""The broker is gone, wiped or frozen: intake goes on, and everything is delivered when it is back."""

import asyncio

import pytest

from tests.acceptance.conftest import Book, Fragile
from tests.acceptance.installation import Installation
from tests.acceptance.letters import FUERSTENBERG, a_letter, many
from tests.acceptance.portal import Rush

pytestmark = pytest.mark.timeout(300)


async def test_intake_goes_on_without_a_broker(fragile: Fragile, book: Book) -> None:
    installation, letters = fragile.installation, many(60)
    fragile.rabbitmq.stop()
    rush = Rush(installation)

    await rush.submit(letters)

    assert set(rush.answers) == {"202"}
    assert failing(installation, "api") == failing(installation, "worker-1") == {"broker"}
    fragile.rabbitmq.start()
    found = installation.settle(letters)
    installation.eventually(lambda: failing(installation, "api") == set())
    book("broker stopped during intake", found, rush.answers)
    assert found.settled


async def test_nothing_is_lost_when_the_broker_is_killed(fragile: Fragile, book: Book) -> None:
    installation, letters = fragile.installation, many(200)
    rush = Rush(installation)

    await rush.submit(letters, meanwhile=fragile.rabbitmq.kill)

    fragile.rabbitmq.start()
    found = installation.settle(letters)
    book("broker killed during load", found, rush.answers)
    assert set(rush.answers) == {"202"}
    assert found.settled


async def test_what_a_wiped_broker_held_is_published_again(fragile: Fragile, book: Book) -> None:
    installation, letters = fragile.installation, many(60)
    installation.stop("worker-1", "worker-2")
    before = published(installation)
    rush = Rush(installation)
    await rush.submit(letters)
    owed = sum(sum(letter.systems.values()) for letter in letters)
    installation.eventually(lambda: published(installation) - before >= owed)

    fragile.rabbitmq.stop()
    fragile.rabbitmq.wipe()
    fragile.rabbitmq.start()
    installation.start("worker-1", "worker-2")

    found = installation.settle(letters)
    book("broker wiped with all tickets on it", found, rush.answers)
    assert found.settled


async def test_intake_goes_on_beside_a_frozen_broker(fragile: Fragile, book: Book) -> None:
    installation, letters = fragile.installation, many(60)
    fragile.rabbitmq.pause()
    rush = Rush(installation)

    await rush.submit(letters)
    await asyncio.sleep(5)
    fragile.rabbitmq.resume()

    found = installation.settle(letters)
    book("broker frozen during intake", found, rush.answers)
    assert set(rush.answers) == {"202"}
    assert found.settled


def test_a_parcel_that_nobody_confirms_becomes_an_incident(installation: Installation) -> None:
    letter = a_letter("liegenschaften/negativzeugnis-klein", FUERSTENBERG)
    receipt = installation.submit(letter)

    (delivery,) = installation.wait_for(receipt["id"], "unclear")

    assert delivery["code"] == "not-confirmed"
    assert installation.account([letter]).delivered == 0


def failing(installation: Installation, name: str) -> set[str]:
    """Which of a process's readiness checks fail."""
    answer = installation.client.get(f"{installation.url(name)}/health/ready")
    checks = {each["name"] for each in answer.json()["checks"] if not each["ok"]}
    assert answer.status_code == (503 if checks else 200)
    return checks


def published(installation: Installation) -> float:
    """Tickets that the relay has put on a queue, by its own metric."""
    metrics = installation.client.get(f"{installation.url('relay')}/metrics").text
    lines = (line for line in metrics.splitlines() if line.startswith("amtsbote_tickets_published_total{"))
    return sum(float(line.rpartition(" ")[2]) for line in lines)
