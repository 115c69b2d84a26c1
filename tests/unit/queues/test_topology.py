"""The topology, and that the document for operators says the same."""

from pathlib import Path

import pytest

from queues.link import LONGEST_PAUSE, pauses
from queues.topology import (
    DEAD,
    DELIVER,
    PICKUP,
    PICKUP_DEAD,
    RECEIPTS,
    RECEIPTS_DEAD,
    Exchange,
    Queue,
    dead_queue,
    deliver_queue,
    pickup_queue,
    receipts_queue,
)

DOCUMENT = Path(__file__).parents[3] / "docs" / "topology.md"
QUEUES = [
    deliver_queue("<destination>"),
    pickup_queue("<destination>"),
    dead_queue(DEAD),
    dead_queue(PICKUP_DEAD),
    receipts_queue(),
    dead_queue(RECEIPTS_DEAD),
]


@pytest.mark.parametrize("queue", QUEUES, ids=lambda queue: queue.name)
def test_the_document_names_every_queue_with_all_its_arguments(queue: Queue) -> None:
    chapter = DOCUMENT.read_text().partition(f"### `{queue.name}`\n")[2].partition("\n### ")[0]
    stated = {
        (cells[1].strip(" `"), cells[2].strip(" `"))
        for line in chapter.splitlines()
        if (cells := line.split("|")) and len(cells) == 5
    }
    assert {(key, str(value)) for key, value in queue.arguments.items()} <= stated
    assert {key for key, _ in stated if key.startswith("x-")} == set(queue.arguments)
    assert f"exchange `{queue.exchange.name}`" in chapter


@pytest.mark.parametrize(
    "exchange", [DELIVER, DEAD, PICKUP, PICKUP_DEAD, RECEIPTS, RECEIPTS_DEAD], ids=lambda each: each.name
)
def test_the_document_names_every_exchange_with_its_kind(exchange: Exchange) -> None:
    assert f"| `{exchange.name}` | {exchange.kind} |" in DOCUMENT.read_text()


@pytest.mark.parametrize("queue", QUEUES, ids=lambda queue: queue.name)
def test_every_queue_is_replicated_and_loses_nothing_silently(queue: Queue) -> None:
    assert queue.arguments["x-queue-type"] == "quorum"
    # A delivery limit without a place for the dead deletes them.
    assert ("x-delivery-limit" in queue.arguments) == ("x-dead-letter-exchange" in queue.arguments)
    if "x-dead-letter-exchange" in queue.arguments:
        assert queue.arguments["x-dead-letter-strategy"] == "at-least-once"
        assert queue.arguments["x-overflow"] == "reject-publish"


def test_pauses_grow_and_stay_below_a_limit() -> None:
    first_forty = [pause for pause, _ in zip(pauses(), range(40), strict=False)]
    assert first_forty[0] <= 0.2
    assert all(0 < pause <= LONGEST_PAUSE for pause in first_forty)
    assert min(first_forty[20:]) >= LONGEST_PAUSE / 2
