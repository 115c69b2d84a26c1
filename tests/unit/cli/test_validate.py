"""`schemas validate` gives the same report as the API, in every form."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli import app

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "schemas/bundles/ab-meldewesen/1.0/samples"
VALID = SAMPLES / "valid/anmeldung-klein.xml"
INVALID = SAMPLES / "invalid/anmeldung-plz-vierstellig.xml"

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("AMTSBOTE_CONFIG", str(ROOT / "config/amtsbote.toml"))
    monkeypatch.setenv("AMTSBOTE_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("AMTSBOTE_LANG", "de")
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, ["schemas", "validate", *map(str, arguments)])


def test_a_valid_message_needs_no_configuration(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMTSBOTE_CONFIG", "nirgends.toml")

    result = run(VALID, "-o", "json")

    assert result.exit_code == 0
    (report,) = json.loads(result.output)
    assert (report["file"], report["valid"], report["accepted"]) == (str(VALID), True, None)
    assert report["kind"]["root"] == "meldewesen.anmeldung.0101"


def test_with_the_configuration_it_says_where_a_message_would_go(run: Run) -> None:
    (report,) = json.loads(run(VALID, "-o", "json", "--route").output)
    assert (report["accepted"], report["tenant"], report["destinations"]) == (True, "zossen", ["einwohner"])
    assert "→ einwohner" in run(VALID, "--route").output


def test_a_message_that_nobody_takes_is_sound_and_refused(run: Run, tmp_path: Path) -> None:
    elsewhere = tmp_path / "anderswo.xml"
    elsewhere.write_bytes(VALID.read_bytes().replace(b"ags:12072477", b"ags:11000000"))

    result = run(elsewhere, "-o", "text", "--route")

    assert result.exit_code == 1
    assert "Die Nachricht selbst ist in Ordnung, würde aber nicht angenommen." in result.output
    assert "unknown-recipient (T080)" in result.output


@pytest.mark.parametrize("form", ["table", "json", "text"])
def test_what_is_wrong_is_told_in_every_form_by_place_and_shape(run: Run, form: str) -> None:
    result = run(INVALID, "-o", form)

    assert result.exit_code == 1
    assert "/mw:meldewesen.anmeldung.0101/neueWohnung/anschrift/plz" in result.output
    assert "9999" in result.output
    assert "schema-invalid" in result.output


def test_the_page_is_written_where_it_is_wanted(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "bericht.html"

    assert run(INVALID, "--html", page).exit_code == 1

    html = page.read_text(encoding="utf-8")
    assert '<html lang="de">' in html
    assert 'id="z1"' in html
    assert "Musterfrau" not in html


def test_a_page_is_about_one_message(run: Run, tmp_path: Path) -> None:
    assert run(VALID, INVALID, "--html", tmp_path / "bericht.html").exit_code == 2
    assert not (tmp_path / "bericht.html").exists()


def test_a_warning_refuses_nothing(run: Run, tmp_path: Path) -> None:
    moved = tmp_path / "zukunft.xml"
    content = (SAMPLES / "valid/anmeldung-klein.xml").read_text(encoding="utf-8")
    start = content.index("<einzugsdatum>") + len("<einzugsdatum>")
    moved.write_text(
        content[:start] + "2019-01-01" + content[content.index("</einzugsdatum>") :], encoding="utf-8"
    )

    result = run(moved, "-o", "json")

    assert result.exit_code == 0
    (report,) = json.loads(result.output)
    assert report["valid"]
    assert report["warnings"]


LATE = ROOT / "schemas/bundles/ab-finanzen/1.0/samples/warned/hundesteueranmeldung-spaet.xml"


def test_the_deadlines_of_the_recipient_count_with_its_configuration(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Path(shutil.copytree(ROOT / "config", tmp_path / "config"))
    with (config / "tenants/zossen.toml").open("a", encoding="utf-8") as file:
        file.write("\n[deadlines]\nhundesteuer-anmeldung = 28\n")
    monkeypatch.setenv("AMTSBOTE_CONFIG", str(config / "amtsbote.toml"))

    assert "mehr als 14 Tage" in run(LATE).output
    assert "mehr als 28 Tage" in run(LATE, "--route").output
