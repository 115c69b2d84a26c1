"""Medians, ratios and percentiles of measurements."""

from pathlib import Path

import pytest

from benchmarks.figures import FLOOR, GATEWAY, Case, Figures, percentile, percentiles

INTAKE = Case("intake", "embedded")


def three_runs() -> Figures:
    figures = Figures(runs=3, seconds=1.0, cores=2, day="2026-11-22")
    for floor, gateway in ((1000.0, 800.0), (500.0, 350.0), (1200.0, 720.0)):
        figures.add(INTAKE, FLOOR, per_second=floor)
        figures.add(INTAKE, GATEWAY, per_second=gateway)
    return figures


def test_each_run_is_held_against_the_floor_of_its_own() -> None:
    figures = three_runs()

    assert figures.ratio(INTAKE, "per_second", GATEWAY, FLOOR) == pytest.approx(0.7)
    assert figures.median(INTAKE, GATEWAY, "per_second") == 720.0


def test_a_ratio_may_be_to_another_case_of_the_same_runs() -> None:
    figures, through = three_runs(), Case("through", "embedded")
    for per_second in (400.0, 350.0, 180.0):
        figures.add(through, GATEWAY, per_second=per_second)

    ratio = figures.ratio(through, "per_second", GATEWAY, GATEWAY, base_case=INTAKE)

    assert ratio == pytest.approx(0.5)


def test_what_was_not_measured_is_none() -> None:
    figures = three_runs()

    assert figures.median(INTAKE, "peer", "per_second") is None
    assert figures.ratio(INTAKE, "per_second", GATEWAY, "peer") is None
    assert figures.cases("through") == []


def test_what_was_saved_is_loaded_again(tmp_path: Path) -> None:
    figures = three_runs()
    figures.save(tmp_path / "new/latest.json")

    assert Figures.load(tmp_path / "new/latest.json") == figures


def test_percentiles_are_values_of_the_series_in_milliseconds() -> None:
    series = [each / 1000 for each in range(100, 0, -1)]

    assert percentile(series, 50) == 0.051
    assert percentile([3.0], 99) == 3.0
    assert percentiles(series) == pytest.approx({"p50": 51, "p95": 96, "p99": 100})
