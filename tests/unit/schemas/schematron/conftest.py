"""The engines, and the processes that some of them need."""

from collections.abc import Iterator

import pytest

from schemas.schematron.workers import Workers
from tests.unit.schemas.schematron.builders import ENGINES, Bench


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    made = Workers()
    yield made
    made.close()


@pytest.fixture(params=ENGINES)
def bench(request: pytest.FixtureRequest, workers: Workers) -> Bench:
    """What every engine must do alike is asked of each."""
    return Bench(*ENGINES[request.param], workers)
