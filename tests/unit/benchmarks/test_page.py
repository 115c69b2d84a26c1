"""Tables between their markers, verdicts on the goals, and the picture."""

import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks.figures import FLOOR, GATEWAY, PEER, Case, Figures
from benchmarks.page import DOCS, between, write
from benchmarks.report import tables
from tests.unit.docs.pages import rows, section

EMBEDDED, CENTRE = Case("intake", "embedded"), Case("intake", "data_centre", 2, 100)
SVG = "{http://www.w3.org/2000/svg}"


def some_figures() -> Figures:
    figures = Figures(runs=1, seconds=1.0, cores=2, day="2026-11-22")
    waits = {"p50": 1.0, "p95": 2.0, "p99": 260.0}
    for case, rates in ((EMBEDDED, (1000.0, 700.0, 70.0)), (CENTRE, (400.0, 276.0, 60.0))):
        for who, per_second in zip((FLOOR, GATEWAY, PEER), rates, strict=True):
            figures.add(case, who, per_second=per_second, cpu=1000 / per_second, generator=0.02, **waits)
    for who, per_second in ((GATEWAY, 420.0), (PEER, 60.0)):
        figures.add(Case("through", "embedded"), who, per_second=per_second, cpu=2.0, **waits)
    for case in (Case("validation"), Case("claims", "embedded")):
        figures.add(case, FLOOR, per_second=2000.0)
        figures.add(case, GATEWAY, per_second=1500.0)
    return figures


def english(_de: str, en: str) -> str:
    return en


def test_a_goal_is_reached_or_missed_at_its_edge() -> None:
    intake, through, *_ = tables(some_figures(), english)

    assert [row[-2:] for row in intake.rows[:2]] == [
        ("0.70 reached", "10.0 reached"),
        ("0.69 missed", "4.6 missed"),
    ]
    gateway, peer = through.rows
    assert (gateway[2], gateway[5]) == ("0.60 reached", "260 missed")
    assert (peer[2], peer[5]) == ("0.86", "260")


def test_the_embedded_size_says_why_it_has_no_second_process() -> None:
    intake = tables(some_figures(), english)[0]

    assert intake.rows[-1] == ("embedded, 2 api: one process writes the file (decision 6)", *"-----")


def test_every_table_and_the_picture_are_renewed_in_the_page(tmp_path: Path) -> None:
    shutil.copy(DOCS / "performance.md", tmp_path)
    write(some_figures(), tmp_path)
    once = (tmp_path / "performance.md").read_text()
    write(some_figures(), tmp_path)

    assert (tmp_path / "performance.md").read_text() == once
    assert "Figures of 2026-11-22: medians of 1 runs, 1 s each load, on 2 cores" in once
    found = rows(section(once, "Performance"))
    for table in tables(some_figures(), english):
        assert table.rows
        for row in table.rows:
            assert list(row) in found
    drawn = ET.parse(tmp_path / "performance.svg").getroot()
    bars = [each for each in drawn.iter(f"{SVG}rect") if float(each.get("x", "0")) > 200]
    assert [each.get("class") for each in bars] == ["gateway", "peer"] * 3
    # Of the two intakes: 0.70 and 0.69 of the same length, which stands for the floor.
    wide = [float(each.get("width", "0")) for each in bars if each.get("class") == "gateway"]
    assert wide[0] / wide[1] == pytest.approx(0.70 / 0.69, abs=0.01)


def test_the_picture_tells_its_figures_to_who_does_not_see_it(tmp_path: Path) -> None:
    shutil.copy(DOCS / "performance.md", tmp_path)
    write(some_figures(), tmp_path)

    description = ET.parse(tmp_path / "performance.svg").getroot().findtext(f"{SVG}desc", "")

    assert (
        "goal 0.70: embedded, 8 kB 0.70, peer 0.07; data centre, 2 api, 100 kB 0.69, peer 0.15."
        in description
    )


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    text = "before\n<!-- a: begin -->\nold\n<!-- a: end -->\nbehind <!-- b: begin -->\n"

    assert between(text, "a", "new\n") == text.replace("old", "new")


@pytest.mark.parametrize("text", ["", "<!-- a: begin -->\n", "<!-- a: end -->\n<!-- a: begin -->\n"])
def test_a_page_without_its_markers_is_left_alone(text: str) -> None:
    with pytest.raises(ValueError, match="markers of a"):
        between(text, "a", "new")
