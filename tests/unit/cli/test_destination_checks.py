"""`destinations check`: every step with its result, in two languages, and an exit code."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.core.check import StepName, StepResult
from gateway.texts.checks import STEP_NAMES, STEP_RESULTS

CONFIG = """
data_folder = "."

[store]
url = "sqlite:///amtsbote.db"

[destinations.kasse]
adapter = "finance"
settings.url = "http://127.0.0.1:{port}/"
settings.username = "amtsbote"
settings.password = "${{file:{secret}}}"

[destinations.gewerbe]
adapter = "trade"
settings.folder = "."
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    secret = tmp_path / "password"
    secret.write_text("geheim", encoding="utf-8")
    secret.chmod(0o600)
    file = tmp_path / "amtsbote.toml"
    # Nobody listens on port 1.
    file.write_text(CONFIG.format(port=1, secret=secret), encoding="utf-8")
    return file


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["destinations", "check", *arguments, "-c", str(config)])


def test_a_destination_that_is_well_ends_with_0(config: Path) -> None:
    result = run(config, "gewerbe", "--json")
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)
    assert [(row["step"], row["result"]) for row in rows] == [
        ("settings", "ok"),
        ("secrets", "skipped"),
        ("folder", "ok"),
        ("space", rows[3]["result"]),
    ]
    assert {"destination", "code", "text", "days", "milliseconds", "at"} <= set(rows[0])


def test_all_are_looked_at_and_a_failure_ends_with_1(config: Path) -> None:
    result = run(config)
    assert result.exit_code == 1
    rows = json.loads(run(config, "--json").stdout)
    steps = {row["step"]: row for row in rows if row["destination"] == "kasse"}
    assert {name: row["result"] for name, row in steps.items()} == {
        "settings": "ok",
        "secrets": "ok",
        "name": "ok",
        "connection": "failed",
        "call": "skipped",
    }
    assert {row["destination"] for row in rows} == {"kasse", "gewerbe"}
    assert "geheim" not in result.output


def test_a_name_that_nobody_has_ends_with_3(config: Path) -> None:
    assert run(config, "nirgends").exit_code == 3


@pytest.mark.parametrize(("language", "word"), [("de", "Ordner"), ("en", "folder")])
def test_it_speaks_german_and_english(
    config: Path, monkeypatch: pytest.MonkeyPatch, language: str, word: str
) -> None:
    monkeypatch.setenv("AMTSBOTE_LANG", language)
    (row,) = [
        each for each in json.loads(run(config, "gewerbe", "--json").stdout) if each["step"] == "folder"
    ]
    assert word in row["text"]


def test_every_step_and_result_has_its_words() -> None:
    assert set(STEP_NAMES) == set(StepName)
    assert set(STEP_RESULTS) == set(StepResult)
