import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.core.batch import BatchItem
from gateway.core.message import DeliveryId
from gateway.store import SqlStore, upgrade
from tests.builders import NOON
from tests.contract.store_steps import ready

CONFIG = """\
[store]
url = "sqlite:///{folder}/store.db"
[broker]
url = "embedded"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "amtsbote.toml"
    (tmp_path / "tenants").mkdir()
    file.write_text(CONFIG.format(folder=tmp_path))
    asyncio.run(upgrade(f"sqlite:///{tmp_path}/store.db"))
    return file


async def collected(folder: Path, *, close: bool) -> DeliveryId:
    async with await SqlStore.open(f"sqlite:///{folder}/store.db") as store:
        delivery = (await ready(store, to=("kasse",))).delivery
        await store.collect_item(BatchItem(delivery, b"Frau Geheim"), "l", NOON)
        if close:
            assert await store.close_batch(("kasse", 1), [delivery], ("b1", b"Frau Geheim"), NOON)
        return delivery


def run(*arguments: str, config: Path) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["batches", *arguments, "--config", str(config), "-o", "json"])
    assert "Geheim" not in found.output
    return found.exit_code, found.stdout


def test_what_collects_is_listed_and_can_be_closed_now(config: Path) -> None:
    asyncio.run(collected(config.parent, close=False))
    code, output = run("list", config=config)
    (view,) = json.loads(output)
    assert (code, view["destination"], view["number"], view["state"], view["items"]) == (
        0,
        "kasse",
        1,
        None,
        1,
    )
    code, output = run("close-now", "kasse", "--reason", "Quartalsende", config=config)
    assert (code, json.loads(output)["destination"]) == (0, "kasse")


def test_a_batch_shows_its_items(config: Path) -> None:
    delivery = asyncio.run(collected(config.parent, close=True))
    code, output = run("show", "kasse", "1", config=config)
    assert code == 0
    assert [(each["line"], each["delivery"]) for each in json.loads(output)] == [(1, delivery)]


@pytest.mark.parametrize(
    "arguments", [("show", "kasse", "7"), ("close-now", "kasse", "--reason", "nichts da")]
)
def test_what_is_not_there_is_said(config: Path, arguments: tuple[str, ...]) -> None:
    code, _ = run(*arguments, config=config)
    assert code == 3
