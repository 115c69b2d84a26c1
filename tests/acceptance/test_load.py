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
        data_centre.eventually(lambda: _kept_waiting(data_centre) > AT_ONCE)
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
"""How many deliveries a worker holds towards one system: when more are kept waiting, both workers hold some."""

WORTH_OF_ONE_WORKER = 6 * AT_ONCE
"""The load goes to six systems."""


def _kept_waiting(installation: Installation) -> int:
    """How many calls the finance system has kept waiting, by its own account."""
    answer = installation.client.get(f"{installation.url('sandbox')}/sandbox/faults").raise_for_status()
    return sum(rule["hits"] for rule in answer.json()["faults"])
