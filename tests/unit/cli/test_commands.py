"""The commands of operations staff, on an SQLite file of their own."""

import asyncio
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.core.delivery import Submission
from gateway.store import SqlStore
from tests.builders import a_message

CONFIG = Path(__file__).parents[3] / "config" / "amtsbote.toml"

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("AMTSBOTE_DATABASE_URL", f"sqlite:///{tmp_path}/amtsbote.db")
    monkeypatch.setenv("AMTSBOTE_CONFIG", str(CONFIG))
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, arguments)


def test_a_store_that_does_not_exist_yet_names_the_command_that_makes_it(run: Run) -> None:
    result = run("failed")

    assert result.exit_code == 6
    assert "amtsbote db upgrade" in result.output


def test_what_is_wrong_with_a_tenant_keeps_nobody_from_looking(run: Run, tmp_path: Path) -> None:
    run("db", "upgrade")
    broken = tmp_path / "config"
    shutil.copytree(CONFIG.parent, broken)
    (broken / "tenants" / "zossen.toml").write_text("name =", encoding="utf-8")

    assert run("config", "check", "-c", str(broken / CONFIG.name)).exit_code == 1
    assert run("failed", "-c", str(broken / CONFIG.name)).exit_code == 0


def test_a_key_is_shown_once_listed_without_its_secret_and_revoked(run: Run) -> None:
    run("db", "upgrade")

    added = run("portals", "add", "stadtportal", "--autor", "psw:01003110", "--tenant", "zossen")
    key = re.search(r"ab_([a-z2-7]{12})_\S+", added.output)
    assert key is not None
    listed = run("portals", "list").output
    assert key[1] in listed
    assert key[0] not in listed
    assert "tenants: zossen" in listed
    assert run("portals", "revoke", key[1]).exit_code == 0
    assert run("portals", "revoke", "unknown").exit_code == 3


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("portals", "add", "p", "--autor", "*", "--tenant", "zosen"), "zosen"),
        (("portals", "add", "p", "--autor", "*", "--service", "finance/hund"), "finance/hund"),
        (("systems", "add", "s", "--destination", "einwoner"), "einwoner"),
    ],
)
def test_a_key_is_not_given_for_what_nobody_knows(run: Run, arguments: tuple[str, ...], name: str) -> None:
    run("db", "upgrade")

    result = run(*arguments)

    assert result.exit_code == 2
    assert name in result.output
    assert run("portals", "list", "-o", "json").output.strip() == "[]"


def test_the_history_of_a_message_is_for_those_who_run_the_gateway(run: Run, tmp_path: Path) -> None:
    run("db", "upgrade")
    message = a_message()

    async def accept() -> None:
        async with await SqlStore.open(f"sqlite:///{tmp_path}/amtsbote.db") as store:
            await store.accept(Submission(message, ("einwohner",)))

    asyncio.run(accept())

    shown = run("history", message.id)
    assert shown.exit_code == 0
    assert re.search(r"einwohner +queued +1 ", shown.output)
    assert re.search(rf"received +portal:{message.portal}", shown.output)
    assert message.content.decode()[:40] not in shown.output
    assert run("history", "0199f3c2-5b1e-7c3a-9d0e-6a2f6f1b7c11").exit_code == 3


def test_a_destination_is_paused_with_an_end_and_a_reason_and_goes_on(run: Run) -> None:
    run("db", "upgrade")

    paused = run("destinations", "pause", "einwohner", "--until", "2h", "--reason", "update", "-o", "json")
    listed = run("destinations", "list", "-o", "json")
    run("destinations", "resume", "einwohner")
    later = run("destinations", "list", "-o", "json")

    assert paused.exit_code == 0
    before, after = (
        {each["name"]: each["paused_until"] for each in json.loads(result.output)}
        for result in (listed, later)
    )
    assert before["einwohner"] is not None
    assert {name for name, until in before.items() if until} == {"einwohner"}
    assert set(after.values()) == {None}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("einwoner", "--until", "2h"), 3),
        (("einwohner", "--until", "soon"), 2),
        (("einwohner", "--until", "2020-01-01T00:00"), 2),
    ],
)
def test_a_pause_needs_a_known_destination_and_an_end_to_come(
    run: Run, arguments: tuple[str, ...], code: int
) -> None:
    run("db", "upgrade")

    assert run("destinations", "pause", *arguments, "--reason", "r").exit_code == code


def test_without_outages_there_is_nothing_to_list(run: Run) -> None:
    run("db", "upgrade")

    assert run("incidents").exit_code == 0
    assert run("incidents", "--open", "-o", "json").output.strip() == "[]"
