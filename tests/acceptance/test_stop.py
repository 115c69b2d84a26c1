"""Stop: a process that is told to end finishes what it has in hand, and nothing becomes unclear."""

from collections import Counter

import pytest

from tests.acceptance.conftest import Book
from tests.acceptance.installation import Installation
from tests.acceptance.letters import PANKETAL, ZOSSEN, a_letter


@pytest.mark.timeout(180)
def test_deliveries_under_way_are_finished(installation: Installation, book: Book) -> None:
    installation.fault("finance", "delay", times=4, seconds=3)
    installation.fault("registration", "delay", times=2, seconds=3)
    letters = [
        *(a_letter("finanzen/sepamandat-klein", PANKETAL) for _ in range(4)),
        *(a_letter("meldewesen/anmeldung-klein", ZOSSEN) for _ in range(2)),
    ]
    ids = [installation.submit(letter)["id"] for letter in letters]
    for id in ids:
        installation.wait_for(id, "claimed")
    workers = [name for name in installation.processes if name.startswith(("gateway", "worker"))]

    codes = installation.stop(*workers)

    found = installation.account(letters)
    installation.start(*workers)
    assert set(codes.values()) == {0}
    assert found.lost == 0
    for id in ids:
        (delivery,) = installation.wait_for(id, "delivered")
        assert delivery["attempt"] == 1
    book("SIGTERM of every worker", installation.account(letters), Counter({"202": len(letters)}))
    assert found.recognised == 0


def test_what_was_not_begun_is_begun_by_the_next(installation: Installation) -> None:
    workers = [name for name in installation.processes if name.startswith(("gateway", "worker"))]
    installation.fault("finance", "delay", times=None, seconds=1)
    letters = [a_letter("finanzen/sepamandat-klein", PANKETAL) for _ in range(30)]
    for letter in letters:
        installation.submit(letter)

    assert set(installation.stop(*workers).values()) == {0}
    installation.start(*workers)

    installation.no_faults()
    found = installation.settle(letters)
    assert found.settled
    assert found.recognised == 0
