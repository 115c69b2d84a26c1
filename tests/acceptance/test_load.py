"""Load: many submissions over many connections while a worker is killed; `AMTSBOTE_LOAD` says how many."""

import os

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
        # The system has what it was sent and is slow to say so: that is the worst moment for a kill.
        data_centre.fault("finance", "delay", when="after", seconds=2, times=40)
        data_centre.eventually(lambda: _in_the_hands_of_workers(data_centre, "finanzen") > AT_ONCE)
        data_centre.kill("worker-1")
        data_centre.start("worker-3")

    await rush.submit(letters, meanwhile=kill_a_busy_worker)
    found = data_centre.settle(letters)

    book(f"kill -9 of a worker, {LOAD} submissions", found, rush.answers)
    data_centre.no_faults()
    assert found.accepted == LOAD
    assert found.settled
    assert 0 < found.recognised <= WORTH_OF_ONE_WORKER
    assert data_centre.stop("worker-3") == {"worker-3": 0}
    data_centre.start("worker-1")


AT_ONCE = 8
"""How many deliveries a worker holds towards one system: more than these are in the hands of two workers."""

WORTH_OF_ONE_WORKER = 6 * AT_ONCE
"""The load goes to six systems."""


def _in_the_hands_of_workers(installation: Installation, destination: str) -> float:
    """Deliveries that are claimed, by the gateway's own metric."""
    metrics = installation.client.get(f"{installation.api}/metrics").text
    name = f'amtsbote_open_deliveries{{destination="{destination}",state="claimed"}} '
    return sum(float(line.removeprefix(name)) for line in metrics.splitlines() if line.startswith(name))
