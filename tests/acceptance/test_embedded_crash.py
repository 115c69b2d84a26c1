"""Embedded: the one process is killed under load and started again on the same file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import Book, an_embedded, opened
from tests.acceptance.installation import Installation
from tests.acceptance.letters import many
from tests.acceptance.portal import Rush


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Installation]:
    """An installation of this test alone."""
    with opened(an_embedded(tmp_path)) as installation:
        yield installation


@pytest.mark.timeout(300)
async def test_what_was_accepted_outlives_a_kill(alone: Installation, book: Book) -> None:
    letters = many(200)
    rush = Rush(alone)

    def kill_and_start() -> None:
        for _ in range(2):
            alone.kill("gateway")
            alone.start("gateway")

    await rush.submit(letters, meanwhile=kill_and_start)

    found = alone.settle(letters)
    book("embedded: kill -9 of the process, twice", found, rush.answers)
    assert found.accepted == len(letters)
    assert found.settled
