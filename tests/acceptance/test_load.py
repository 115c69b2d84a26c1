"""Load: many submissions over many connections while a worker is killed; `AMTSBOTE_LOAD` says how many."""

import os

import httpx
import pytest

from tests.acceptance.conftest import Book
from tests.acceptance.installation import Installation
from tests.acceptance.letters import many
from tests.acceptance.portal import Rush

LOAD = int(os.environ.get("AMTSBOTE_LOAD", "600"))


@pytest.mark.timeout(600)
async def test_nothing_is_lost_when_a_worker_is_killed(data_centre: Installation, book: Book) -> None:
    letters = many(LOAD)
    rush = Rush(data_centre)

    def kill_a_busy_worker() -> None:
        data_centre.eventually(lambda: _in_the_hands_of_workers(data_centre) > 0)
        data_centre.kill("worker-1")
        data_centre.start("worker-3")

    await rush.submit(letters, meanwhile=kill_a_busy_worker)
    found = data_centre.settle(letters)

    book(f"kill -9 of a worker, {LOAD} submissions", found, rush.answers)
    assert found.accepted == LOAD
    assert found.settled
    # One worker holds at most this many deliveries at a time.
    assert found.recognised <= WORTH_OF_ONE_WORKER
    assert data_centre.stop("worker-3") == {"worker-3": 0}
    data_centre.start("worker-1")


WORTH_OF_ONE_WORKER = 6 * 8
"""Six destinations of the load, each with a concurrency of eight."""


def _in_the_hands_of_workers(installation: Installation) -> float:
    """Deliveries that are claimed, by the gateway's own metric."""
    metrics = httpx.get(f"{installation.api}/metrics", timeout=30).text
    lines = (line for line in metrics.splitlines() if line.startswith("amtsbote_open_deliveries{"))
    return sum(float(line.rpartition(" ")[2]) for line in lines if 'state="claimed"' in line)
