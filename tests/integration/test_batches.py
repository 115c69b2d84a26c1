"""Batches from the store to the folder: each file once, whatever dies on the way."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.adapter import BatchingAdapter
from gateway.core.batch import BatchItem, BatchState
from gateway.core.message import DeliveryId
from gateway.core.outcome import Pending, Rejected
from gateway.core.ports import Adapter, Leftovers
from gateway.core.status import DeliveryState
from gateway.core.word import SpecialistStatus
from gateway.delivery.batching import AGAIN_AFTER, LEASE, Batcher
from gateway.store import SqlStore, upgrade
from tests.contract.store_steps import ready
from tests.integration.batch_parts import (
    CLOSED_AT,
    DESTINATIONS,
    LATER,
    POINTS,
    Clock,
    batch_adapters,
    content,
)
from tests.unit.adapters.builders import a_consignment_of, samples
from tests.unit.adapters.sftp_server import cut, sftp_server

BEFORE = CLOSED_AT - timedelta(hours=2)


@dataclass
class Office:
    """A store, a folder, and who brings one to the other."""

    url: str
    folder: Path
    store: SqlStore
    clock: Clock
    adapters: dict[str, Adapter]

    @property
    def adapter(self) -> BatchingAdapter:
        adapter = self.adapters["kasse"]
        assert isinstance(adapter, BatchingAdapter)
        return adapter

    async def collect(self, number: int = 1) -> list[DeliveryId]:
        found = []
        for _ in range(number):
            delivery = (await ready(self.store, to=("kasse",))).delivery
            line = f"{delivery}\n".encode()
            await self.store.collect_item(BatchItem(delivery, line), self.adapter.layout, self.clock.now())
            found.append(delivery)
        return found

    async def turn(self) -> None:
        await Batcher(self.store, self.adapters, DESTINATIONS, self.clock).turn()

    def files(self) -> dict[str, bytes]:
        found = (self.folder / "kasse").iterdir()
        return {path.name: path.read_bytes() for path in found if not path.name.startswith(".")}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    url = f"sqlite:///{tmp_path}/store.db"
    await upgrade(url)
    clock = Clock(BEFORE)
    store = await SqlStore.open(url)
    office = Office(url, tmp_path, store, clock, batch_adapters(tmp_path, store, clock))
    yield office
    await office.adapter.aclose()
    await office.store.aclose()


async def test_a_batch_is_written_when_its_time_has_come(office: Office) -> None:
    deliveries = await office.collect(3)
    await office.turn()
    assert office.files() == {}
    office.clock.time = CLOSED_AT
    await office.turn()
    await office.turn()
    assert office.files() == {"batch-000001.txt": content(1, deliveries)}
    more = await office.collect()
    office.clock.time += timedelta(days=1)
    await office.turn()
    assert office.files()["batch-000002.txt"] == content(2, more)
    assert [view.state for view in await office.store.batches()] == [BatchState.WRITTEN] * 2


async def test_a_delivery_becomes_a_line_and_one_that_does_not_fit_is_refused_alone(office: Office) -> None:
    delivery = (await ready(office.store, to=("kasse",))).delivery
    consignment = a_consignment_of(samples("finance", "*voll")[0], delivery=delivery)
    for _ in range(2):
        assert await office.adapter.deliver(consignment) == Pending(on_its_way=False)
    long = replace(consignment, delivery=DeliveryId(f"{delivery}-zu-lang"))
    outcome = await office.adapter.deliver(long)
    assert isinstance(outcome, Rejected)
    assert outcome.cause.code == "column-too-long:vorgang"
    office.clock.time = CLOSED_AT
    await office.turn()
    assert office.files() == {"batch-000001.txt": content(1, [delivery])}


async def test_what_nobody_confirms_is_delivered_when_its_file_is_there_and_not_before(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    await upgrade(url)
    clock = Clock(BEFORE)
    silent = {"folder": str(tmp_path / "kasse"), "confirms": False}
    async with await SqlStore.open(url) as store:
        office = Office(url, tmp_path, store, clock, batch_adapters(tmp_path, store, clock, silent))
        [delivery] = await office.collect()
        (tmp_path / "kasse").rename(tmp_path / "weg")
        clock.time = CLOSED_AT
        await office.turn()
        [closed] = await store.batch_members("kasse", 1)
        (tmp_path / "weg").rename(tmp_path / "kasse")
        clock.time += AGAIN_AFTER
        await office.turn()
        [written] = await store.batch_members("kasse", 1)
        await office.adapter.aclose()

    assert closed.state == DeliveryState.QUEUED
    assert (written.delivery, written.state) == (delivery, DeliveryState.DELIVERED)


async def test_a_folder_that_is_away_delays_a_batch_and_loses_nothing(office: Office) -> None:
    deliveries = await office.collect()
    office.clock.time = CLOSED_AT
    (office.folder / "kasse").rename(office.folder / "weg")
    await office.turn()
    assert [view.code for view in await office.store.batches()] == ["folder-missing"]
    (office.folder / "weg").rename(office.folder / "kasse")
    await office.turn()
    assert office.files() == {}
    office.clock.time += AGAIN_AFTER
    await office.turn()
    assert office.files() == {"batch-000001.txt": content(1, deliveries)}


async def test_an_empty_mount_point_is_not_taken_for_a_folder_from_which_all_was_taken(
    office: Office,
) -> None:
    deliveries = await office.collect()
    await die(office, "after-prepared")
    (office.folder / "kasse").rename(office.folder / "weg")
    (office.folder / "kasse").mkdir()
    office.clock.time = LATER
    await office.turn()
    assert [view.code for view in await office.store.batches()] == ["folder-missing"]
    (office.folder / "kasse").rmdir()
    (office.folder / "weg").rename(office.folder / "kasse")
    office.clock.time += AGAIN_AFTER
    await office.turn()
    assert office.files() == {"batch-000001.txt": content(1, deliveries)}


async def test_a_file_of_that_name_is_never_overwritten(office: Office) -> None:
    await office.collect()
    (office.folder / "kasse" / "batch-000001.txt").write_bytes(b"of somebody else")
    office.clock.time = CLOSED_AT
    await office.turn()
    assert office.files() == {"batch-000001.txt": b"of somebody else"}
    assert [view.code for view in await office.store.batches()] == ["file-conflict"]


async def test_lines_of_an_earlier_layout_wait_for_it(office: Office) -> None:
    delivery = (await ready(office.store, to=("kasse",))).delivery
    await office.store.collect_item(BatchItem(delivery, b"old\n"), "earlier", BEFORE)
    office.clock.time = CLOSED_AT
    await office.turn()
    assert office.files() == {}


async def die(office: Office, point: str) -> None:
    """Let another process make the turn, and die in it. It has its own connections: ours are closed before."""
    await office.adapter.aclose()
    await office.store.aclose()
    arguments = (office.url, str(office.folder), point)
    dying = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.batch_parts", *arguments
    )
    assert await dying.wait() == 9
    office.store = await SqlStore.open(office.url)
    office.adapters = batch_adapters(office.folder, office.store, office.clock)


@pytest.mark.parametrize("point", POINTS)
async def test_a_crash_leaves_the_same_file_once(office: Office, point: str) -> None:
    deliveries = await office.collect(2)
    await die(office, point)
    office.clock.time = LATER
    assert office.clock.time > CLOSED_AT + LEASE
    await office.turn()
    await office.turn()
    assert office.files() == {"batch-000001.txt": content(1, deliveries)}
    assert [view.state for view in await office.store.batches()] == [BatchState.WRITTEN]


@pytest.mark.parametrize("point", ["before-written", "after-written"])
async def test_what_the_system_has_taken_before_we_know_is_not_written_again(
    office: Office, point: str
) -> None:
    deliveries = await office.collect(2)
    await die(office, point)
    assert office.files() == {"batch-000001.txt": content(1, deliveries)}
    (office.folder / "kasse" / "batch-000001.txt").unlink()
    office.clock.time = LATER
    await office.turn()
    assert office.files() == {}
    assert [view.state for view in await office.store.batches()] == [BatchState.WRITTEN]


async def test_a_receipt_closes_each_item_by_its_line(office: Office) -> None:
    (office.folder / "quittungen").mkdir()
    settings = {
        "folder": str(office.folder / "kasse"),
        "answers_folder": "quittungen",
        "answers_format": "csv",
        "answers_pattern": "*.csv",
        "answers_marker": ".ok",
    }
    await office.adapter.aclose()
    office.adapters = batch_adapters(office.folder, office.store, office.clock, settings)
    first, second = await office.collect(2)
    office.clock.time = CLOSED_AT
    await office.turn()
    rows = "batch;line;status;reason\n1;1;accepted;\n1;2;refused;iban\n1;3;accepted;\n"
    (office.folder / "quittungen" / "b1.csv").write_text(rows)
    (office.folder / "quittungen" / "b1.ok").touch()
    words = [item.word async for item in office.adapter.collect() if not isinstance(item, Leftovers)]
    assert [(word.delivery, word.status) for word in words] == [
        (first, SpecialistStatus.RECEIVED),
        (second, SpecialistStatus.REFUSED),
    ]


async def test_over_sftp_a_cut_connection_leads_to_the_same_file_once(office: Office, tmp_path: Path) -> None:
    async with sftp_server(tmp_path) as server:
        await office.adapter.aclose()
        settings = {"sftp": {**server.settings(), "folder": "kasse"}, "marker": ".ok"}
        office.adapters = batch_adapters(office.folder, office.store, office.clock, settings)
        deliveries = await office.collect()
        office.clock.time = CLOSED_AT
        for moment in ("write", "rename", "after-rename"):
            server.faults = {moment: cut}
            await office.turn()
            assert [view.code for view in await office.store.batches()] == ["connection-lost"]
            office.clock.time += AGAIN_AFTER
        server.faults = {}
        await office.turn()
    assert office.files() == {"batch-000001.txt": content(1, deliveries), "batch-000001.txt.ok": b""}
