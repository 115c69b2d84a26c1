"""A process dies at a named point of a message's way, and is started again as an init system would."""

import sys

import pytest

from tests.faults.conftest import Experiment, Site
from tests.faults.dying import EXIT_CODE, SIDES, STEPS

pytestmark = pytest.mark.timeout(400)


POINTS = [
    (fixture, step)
    for fixture, size in (("alone", "embedded"), ("centre", "data centre"))
    for step in STEPS
    if size in STEPS[step].sizes
]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("site", "step"), POINTS, indirect=["site"])
def test_nothing_is_lost_when_a_process_dies_there(
    site: Site, experiment: Experiment, step: str, side: str
) -> None:
    installation = site.installation
    name = site.process(STEPS[step].role)
    others = [each for each in installation.processes if each.startswith("worker") and each != name]
    if name.startswith("worker"):
        # The one that is to die must get something to do.
        installation.stop(*others)
    installation.stop(name)
    installation.programs[name] = (sys.executable, "-m", "tests.faults.dying", f"{step}:{side}:3")
    installation.start(name)

    def revive() -> None:
        assert installation.wait_until_ended(name) == EXIT_CODE
        del installation.programs[name]
        installation.start(name)

    written = experiment(f"dies {side} {step}", site, beside=revive)

    if name.startswith("worker"):
        installation.start(*others)
    assert written.kept
    assert written.accepted == 60
