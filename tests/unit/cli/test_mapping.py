"""`mapping try`: what a mapping file would have sent, or all that is wrong with it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.cli.mapping import NOBODY
from tests.unit.adapters.builders import samples
from tests.unit.adapters.test_mapping_file import ANMELDUNG, EXAMPLES, ZAHLUNG

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("AMTSBOTE_CONFIG", str(tmp_path / "config/amtsbote.toml"))
    monkeypatch.setenv("AMTSBOTE_LANG", "en")
    runner = CliRunner()

    def invoke(text: str, message: Path) -> Any:  # noqa: ANN401
        file = tmp_path / "mapping.toml"
        file.write_text(text, encoding="utf-8")
        return runner.invoke(app, ["mapping", "try", str(file), str(message)])

    return invoke


def test_it_shows_operation_and_fields(run: Run) -> None:
    done = run(EXAMPLES["kasse"], ANMELDUNG)
    assert done.exit_code == 0, done.output
    assert "Operation: NeuerFall" in done.stderr
    fields = json.loads(done.stdout)
    assert fields["Kopf"] == {"Kennung": NOBODY, "Mandant": "12062224"}
    assert fields["Hund"] == [{"Rufname": "Waldi vom Musterforst", "Hoehe": 38, "Gefaehrlich": False}]


def test_it_shows_the_document(run: Run) -> None:
    done = run(EXAMPLES["buchung"], ZAHLUNG)
    assert done.exit_code == 0, done.output
    assert f"File name: buchung-{NOBODY}" in done.stderr
    assert '<Buchung xmlns="urn:beispiel:buchung" quelle="amtsbote">' in done.stdout


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"hund"', '"katze"'), "mapping.toml:{line}: "),
        (('path = "name"', "path = 1"), "mapping.toml:{line}: "),
        (("[[kinds]]", "[kinds"), "not TOML"),
    ],
)
def test_it_tells_what_is_wrong_with_the_file(run: Run, change: tuple[str, str], said: str) -> None:
    done = run(EXAMPLES["kasse"].replace(*change), ANMELDUNG)
    assert done.exit_code == 2
    line = 1 + EXAMPLES["kasse"].partition(change[0])[0].count("\n")
    assert said.format(line=line) in done.stderr


def test_it_tells_why_a_message_is_refused(run: Run, tmp_path: Path) -> None:
    done = run(EXAMPLES["kasse"], ZAHLUNG)
    assert (done.exit_code, done.stderr.partition(":")[0]) == (1, "no-mapping")
    unnamed = tmp_path / "message.xml"
    text = samples("finance", "hundesteueranmeldung-klein")[0].read_text(encoding="utf-8")
    unnamed.write_text(text.replace("familienname>", "vorname>"), encoding="utf-8")
    done = run(EXAMPLES["kasse"], unnamed)
    assert (done.exit_code, done.stderr.partition(":")[0]) == (1, "mapping-missing")
    unnamed.write_text("kein XML", encoding="utf-8")
    assert run(EXAMPLES["kasse"], unnamed).exit_code == 1
