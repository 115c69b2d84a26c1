"""Clocks jump, go apart between processes, and pass the two nights on which German clocks are changed."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.acceptance.installation import Installation
from tests.faults.conftest import Experiment, Site

pytestmark = pytest.mark.timeout(400)

HOUR = 3600.0
SPRING = datetime(2027, 3, 28, 0, 59, 55, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 25, 0, 59, 55, tzinfo=UTC)


@contextmanager
def with_a_clock_of_their_own(installation: Installation, *names: str, clock: Path) -> Iterator[None]:
    """Processes that go by a clock that a test sets."""
    clock.write_text("0", encoding="utf-8")
    installation.stop(*names)
    for name in names:
        installation.programs[name] = (sys.executable, "-m", "tests.faults.shifted", str(clock))
    installation.start(*names)
    yield
    installation.stop(*names)
    for name in names:
        del installation.programs[name]
    installation.start(*names)


def put(clock: Path, seconds: float) -> None:
    # Whole or not at all: a process may read at any moment.
    clock.with_suffix(".new").write_text(str(seconds), encoding="utf-8")
    clock.with_suffix(".new").rename(clock)


@pytest.mark.parametrize("hours", [3, -3])
def test_the_clock_of_all_jumps(site: Site, experiment: Experiment, tmp_path: Path, hours: int) -> None:
    clock = tmp_path / "clock"
    names = site.installation.processes
    with with_a_clock_of_their_own(site.installation, *names, clock=clock):

        def jump_and_back() -> None:
            put(clock, hours * HOUR)
            time.sleep(3)
            put(clock, 0)

        assert experiment(f"clock jumps by {hours:+} h and back", site, jump_and_back).kept


@pytest.mark.parametrize("role", ["relay", "worker"])
@pytest.mark.parametrize("hours", [1, -1])
def test_one_clock_is_wrong(
    centre: Site, experiment: Experiment, tmp_path: Path, role: str, hours: int
) -> None:
    clock = tmp_path / "clock"
    name = centre.process(role)
    with with_a_clock_of_their_own(centre.installation, name, clock=clock):
        put(clock, hours * HOUR)

        def right_again() -> None:
            time.sleep(5)
            put(clock, 0)

        written = experiment(f"clock of {name} wrong by {hours:+} h", centre, afterwards=right_again)
        assert written.kept


@pytest.mark.parametrize("night", [SPRING, AUTUMN], ids=["spring", "autumn"])
def test_a_night_on_which_clocks_are_changed(
    alone: Site, experiment: Experiment, tmp_path: Path, night: datetime
) -> None:
    clock = tmp_path / "clock"
    with with_a_clock_of_their_own(alone.installation, "gateway", clock=clock):
        put(clock, (night - datetime.now(UTC)).total_seconds())
        assert experiment(f"night of {night:%d.%m.%Y}, 02:59:55 onwards", alone).kept
