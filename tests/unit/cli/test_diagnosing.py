"""`amtsbote doctor` on an installation of its own: well, without a store, with a broken configuration."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.core.delivery import Submission
from gateway.store import SqlStore
from tests.builders import a_message

CONFIG = Path(__file__).parents[3] / "config" / "amtsbote.toml"

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("AMTSBOTE_DATABASE_URL", f"sqlite:///{tmp_path}/amtsbote.db")
    monkeypatch.setenv("AMTSBOTE_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("AMTSBOTE_CONFIG", str(CONFIG))
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, arguments)


def findings(result: Result) -> dict[str, dict[str, Any]]:
    return {each["code"]: each for each in json.loads(result.stdout)["findings"]}


def test_a_new_installation_is_well_or_says_what_to_look_at(run: Run) -> None:
    run("db", "upgrade")

    result = run("doctor", "--json", "--no-call")

    found = findings(result)
    assert {"configuration-fine", "store-fine", "broker-embedded", "schemas-fine", "destination-fine"} <= set(
        found
    )
    grave = {each["gravity"] for each in found.values()}
    assert result.exit_code == json.loads(result.stdout)["status"] == (1 if "look" in grave else 0)


def test_without_a_store_everything_else_is_told_all_the_same(run: Run) -> None:
    result = run("doctor", "--json", "--no-call", "--lang", "en")

    found = findings(result)
    assert result.exit_code == 2
    assert found["store-old"]["gravity"] == "broken"
    assert "amtsbote db upgrade" in found["store-old"]["do"]
    assert {"configuration-fine", "broker-embedded", "schemas-fine"} <= set(found)


def test_a_broken_configuration_names_its_place_and_the_store_is_looked_at_all_the_same(
    run: Run, tmp_path: Path
) -> None:
    run("db", "upgrade")
    broken = tmp_path / "config"
    shutil.copytree(CONFIG.parent, broken)
    (broken / "tenants" / "zossen.toml").write_text("name =", encoding="utf-8")

    result = run("doctor", "--json", "--no-call", "-c", str(broken / CONFIG.name))

    found = findings(result)
    assert result.exit_code == 2
    assert "zossen.toml" in found["configuration-broken"]["what"]
    assert "store-fine" in found


def test_what_waits_for_a_person_says_whether_it_may_be_replayed(run: Run, tmp_path: Path) -> None:
    run("db", "upgrade")

    async def accept() -> None:
        async with await SqlStore.open(f"sqlite:///{tmp_path}/amtsbote.db") as store:
            await store.accept(Submission(a_message(), ("einwohner",)))

    asyncio.run(accept())
    with sqlite3.connect(tmp_path / "amtsbote.db") as connection:
        connection.execute("UPDATE deliveries SET state = 'unclear', code = 'read-timeout'")

    told = run("doctor", "--no-call", "--lang", "en")

    assert told.exit_code == 1
    assert "einwohner: of 1 it is unclear whether they arrived (read-timeout)" in told.stdout
    assert "replay?: No: it may have arrived." in told.stdout
    german = run("doctor", "--no-call", "--lang", "de").stdout
    assert "Nein: sie kann angekommen sein." in german
    assert german.endswith("jemand sollte nachsehen.\n")
