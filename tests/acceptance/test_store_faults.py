"""The store is gone: nothing is accepted until it is back, and whatever had been accepted is there."""

import pytest

from tests.acceptance.conftest import Book, Fragile
from tests.acceptance.letters import many
from tests.acceptance.portal import Rush
from tests.acceptance.test_broker_faults import failing

pytestmark = pytest.mark.timeout(300)


async def test_without_a_store_nothing_is_accepted(fragile: Fragile, book: Book) -> None:
    installation, letters = fragile.installation, many(24)
    fragile.postgres.stop()

    answers = [installation.post(letter.content) for letter in letters[:4]]

    for answer in answers:
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json()["code"] == "store-unavailable"
    assert "store" in failing(installation, "api")
    fragile.postgres.start()
    rush = Rush(installation)
    await rush.submit(letters)
    found = installation.settle(letters)
    book("store stopped, then intake", found, rush.answers)
    assert found.settled


async def test_what_was_accepted_outlives_a_killed_store(fragile: Fragile, book: Book) -> None:
    installation, letters = fragile.installation, many(240)
    rush = Rush(installation)

    def kill_and_start() -> None:
        fragile.postgres.kill()
        fragile.postgres.start()

    await rush.submit(letters, meanwhile=kill_and_start)

    found = installation.settle(letters)
    book("store killed during load", found, rush.answers)
    assert found.accepted == len(letters)
    assert found.settled
