"""The benchmarks run: every subject of the embedded size starts, takes messages and delivers them."""

from pathlib import Path

import pytest

from benchmarks import flow
from benchmarks.figures import FLOOR, GATEWAY, PEER, Case, Figures
from benchmarks.letters import SMALL


@pytest.mark.timeout(300)
async def test_a_short_run_measures_every_subject_of_the_embedded_size(tmp_path: Path) -> None:
    figures = Figures(runs=1, seconds=0.2)
    with flow.embedded(tmp_path) as size:
        await size.measure(figures.seconds, figures, [SMALL])

    intake, through, claims = (Case(what, "embedded") for what in ("intake", "through", "claims"))
    assert [(each.case, each.who) for each in figures.measured] == [
        (intake, FLOOR),
        (intake, GATEWAY),
        (intake, PEER),
        (through, GATEWAY),
        (through, PEER),
        (claims, FLOOR),
        (claims, GATEWAY),
    ]
    for measurement in figures.measured:
        assert measurement.values["per_second"] > 0
        # A time of delivery is taken from another process's clock, and the processor's goes in steps.
        assert all(value >= 0 for name, value in measurement.values.items() if name in {"p99", "cpu"})
