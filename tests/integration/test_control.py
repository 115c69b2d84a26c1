"""Acts of a person reach the process that holds the SQLite file."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from gateway import control
from gateway.core.acts import AddKey, Dismiss, Pause, Replay, Resume, RevokeKey
from gateway.core.delivery import Submission
from gateway.core.errors import ForbiddenTransition, NotFound, StoreUnavailable
from gateway.core.message import DeliveryId
from gateway.core.tenants import Portal, SpecialistSystem
from gateway.core.views import DestinationView, KeyView
from gateway.store import SqlStore, upgrade
from tests.builders import NOON, FakeClock, a_message

HASH = "0" * 64


async def test_an_act_is_performed_by_the_process_that_holds_the_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    await upgrade(url)
    path = control.socket_of(tmp_path / "a.db")
    holder = Portal("portal", ("psw:01003110",), ("zossen",), ("registration",))

    async with await SqlStore.open(url) as store, control.listening(path, store, FakeClock()):
        with pytest.raises(StoreUnavailable):
            await SqlStore.open(url)
        view = await control.hand_over(path, AddKey("abc", HASH, holder, "operator:anna"))

        assert isinstance(view, KeyView)
        assert view.holder == "portal"
        assert await store.holder("abc", HASH) == holder


async def test_what_the_holder_of_a_key_is_survives_the_way(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    await upgrade(url)
    path = control.socket_of(tmp_path / "a.db")
    system = SpecialistSystem("liegenschaften", ("liegenschaften",))

    async with await SqlStore.open(url) as store, control.listening(path, store, FakeClock()):
        await control.hand_over(path, AddKey("abc", HASH, system, "operator:anna"))

        assert await store.holder("abc", HASH) == system


async def test_a_pause_and_its_end_go_the_same_way(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    await upgrade(url)
    path = control.socket_of(tmp_path / "a.db")
    until = NOON + timedelta(hours=2)

    async with await SqlStore.open(url) as store, control.listening(path, store, FakeClock()):
        paused = await control.hand_over(path, Pause("einwohner", until, "update", "operator:anna"))
        resumed = await control.hand_over(path, Resume("einwohner", "operator:anna"))

    assert isinstance(paused, DestinationView)
    assert isinstance(resumed, DestinationView)
    assert (paused.paused_until, paused.reason, paused.paused_by) == (until, "update", "operator:anna")
    assert resumed.paused_until is None


async def test_an_error_comes_back_as_itself(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    await upgrade(url)
    path = control.socket_of(tmp_path / "a.db")

    async with await SqlStore.open(url) as store, control.listening(path, store, FakeClock()):
        with pytest.raises(NotFound):
            await control.hand_over(path, RevokeKey("abc", "operator:anna"))
        with pytest.raises(NotFound):
            await control.hand_over(path, Replay(DeliveryId("x"), "operator:anna", "test"))


async def test_a_refusal_names_the_state_that_speaks_against_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    await upgrade(url)
    path = control.socket_of(tmp_path / "a.db")

    async with await SqlStore.open(url) as store, control.listening(path, store, FakeClock()):
        receipt = await store.accept(Submission(a_message(), ("einwohner",)))
        [delivery] = (await store.message(receipt.id)).deliveries
        with pytest.raises(ForbiddenTransition) as refused:
            await control.hand_over(path, Dismiss(delivery.id, "operator:anna", "test"))

    assert (refused.value.before, refused.value.after) == ("queued", "dismissed")


async def test_without_a_running_process_nobody_answers(tmp_path: Path) -> None:
    assert await control.hand_over(tmp_path / "none.control", RevokeKey("abc", "operator:anna")) is None


async def test_only_the_owner_may_hand_over(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    await upgrade(url)
    path = control.socket_of(tmp_path / "a.db")

    async with await SqlStore.open(url) as store, control.listening(path, store, FakeClock()):
        assert path.stat().st_mode & 0o077 == 0
    assert not path.exists()


async def test_a_deep_folder_is_no_hindrance(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 100) / ("e" * 100)
    url = f"sqlite:///{folder}/a.db"
    await upgrade(url)
    path = control.socket_of(folder / "a.db")
    holder = Portal("portal", ("psw:01003110",))

    async with await SqlStore.open(url) as store, control.listening(path, store, FakeClock()):
        await control.hand_over(path, AddKey("abc", HASH, holder, "operator:anna"))

        assert await store.holder("abc", HASH) == holder


async def test_a_gateway_that_ends_in_the_middle_is_unavailable(tmp_path: Path) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    path = tmp_path / "a.control"
    async with await asyncio.start_unix_server(hang_up, path):
        with pytest.raises(StoreUnavailable):
            await control.hand_over(path, RevokeKey("abc", "operator:anna"))
