"""A running process takes up bundles that come, change and go, and keeps the old ones in trouble."""

import asyncio
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from gateway.core.errors import Refused
from schemas.door import DEFAULT_LIMITS
from schemas.live import LiveLibrary, Reading
from tests.unit.schemas.builders import BUNDLES, a_message

DAY = date(2026, 6, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(BUNDLES / "gemeinsam", tmp_path / "bundles" / "gemeinsam")
    return tmp_path / "bundles"


def add(folder: Path) -> Path:
    """As an installation does: complete beside, then renamed."""
    shutil.copytree(BUNDLES / "probe", folder / ".neu")
    return (folder / ".neu").rename(folder / "probe")


def a_live(*folders: Path) -> LiveLibrary:
    live = LiveLibrary(Reading.of(folders), DEFAULT_LIMITS)
    live.warm()
    return live


def understood(live: LiveLibrary) -> bool:
    try:
        return live.check(live.open(a_message()), DAY).refusals == ()
    except Refused:
        return False


def test_what_comes_and_goes(folder: Path, tmp_path: Path) -> None:
    live = a_live(folder, tmp_path / "gibt es noch nicht")
    assert not understood(live)
    assert not live.renew()
    added = add(folder)
    assert live.renew()
    assert understood(live)
    document = live.open(a_message())
    added.rename(folder / ".alt")
    assert live.renew()
    assert not understood(live)
    # What was opened before is checked by what opened it.
    assert live.check(document, DAY).refusals == ()


def test_a_changed_description_counts(folder: Path) -> None:
    path = add(folder) / "1.0" / "bundle.toml"
    live = a_live(folder)
    assert understood(live)
    path.write_text(path.read_text().replace("valid_from = 2026-05-01", "valid_from = 2026-07-01"))
    assert live.renew()
    assert not understood(live)


def test_a_faulty_one_changes_nothing(folder: Path) -> None:
    path = add(folder) / "1.0" / "bundle.toml"
    live = a_live(folder)
    sound = path.read_text()
    path.write_text("das ist kein TOML")
    assert not live.renew()
    assert understood(live)
    path.write_text(sound + "\n")
    assert live.renew()


def test_what_did_not_change_is_not_compiled_again(folder: Path) -> None:
    add(folder)
    live = a_live(folder)
    before = live.open(a_message())
    shutil.copytree(folder / "probe" / "1.0", folder / "probe" / "1.1")
    path = folder / "probe" / "1.1" / "bundle.toml"
    path.write_text(path.read_text().replace('version = "1.0"', 'version = "1.1"', 1))
    assert live.renew()
    after = live.open(a_message())
    assert getattr(before, "shelf") is getattr(after, "shelf")  # noqa: B009 - not part of the port


async def test_watching_while_requests_go_on(folder: Path) -> None:
    live = a_live(folder)
    with ThreadPoolExecutor(2) as threads:
        watching = asyncio.create_task(live.watch(threads, every=0.01))
        add(folder)
        async with asyncio.timeout(30):
            while not understood(live):  # noqa: ASYNC110 - whether a request is served is what counts
                await asyncio.sleep(0.01)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
