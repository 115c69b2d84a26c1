"""A return folder, on this host and behind SFTP alike."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters import catalogue
from adapters.adapter import CollectingAdapter
from adapters.transports.folders import answers
from adapters.transports.folders.answers import media_type_of
from gateway.core.message import DeliveryId
from gateway.core.outcome import Cause
from gateway.core.ports import Collected, Collecting, Leftovers
from gateway.core.tenants import Destination
from gateway.core.word import Reply, SpecialistStatus, Word
from tests.unit.adapters.builders import DELIVERY, NOW, an_adapter, surroundings
from tests.unit.adapters.sftp_server import Served, cut, sftp_server

OTHER = DeliveryId("0199a1b2-0000-7000-8000-000000000002")


@dataclass
class Clock:
    time: datetime = NOW

    def now(self) -> datetime:
        return self.time


@dataclass
class Place:
    """Where a system leaves its answers, and who collects them."""

    folder: Path
    opened: Callable[..., Collecting]
    clock: Clock = field(default_factory=Clock)
    server: Served | None = None

    def lay(self, name: str, content: str | bytes, *, age: float = 60) -> None:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, (NOW.timestamp() - age,) * 2)

    def names(self, below: str = "") -> list[str]:
        there = self.folder / below
        return sorted(each.name for each in there.iterdir() if each.is_file()) if there.is_dir() else []

    def collecting(self, **said: object) -> Collecting:
        return self.opened(self.clock, **{f"answers_{name}": value for name, value in said.items()})


@asynccontextmanager
async def on_this_host(folder: Path) -> AsyncIterator[Place]:
    opened: list[CollectingAdapter] = []

    def collecting(clock: Clock, **said: object) -> Collecting:
        settings = {"folder": str(folder), "answers_folder": "ausgang", **said}
        destination = Destination("gewerbeamt", "trade", settings)
        assert [*catalogue.faults(destination, folder)] == []
        made = catalogue.build(destination, replace(surroundings(folder), clock=clock))
        assert isinstance(made, CollectingAdapter)
        opened.append(made)
        return made

    yield Place(folder / "ausgang", collecting)
    for each in opened:
        await each.aclose()


@asynccontextmanager
async def behind_sftp(folder: Path) -> AsyncIterator[Place]:
    async with sftp_server(folder) as server:

        def collecting(clock: Clock, **said: object) -> Collecting:
            settings = {**server.settings(), "answers_folder": "ausgang", **said}
            destination = Destination("gewerbeamt", "trade", settings, transport="sftp")
            assert [*catalogue.faults(destination, folder)] == []
            made = catalogue.build(destination, replace(surroundings(folder), clock=clock))
            assert isinstance(made, CollectingAdapter)
            return made

        yield Place(folder / "ausgang", collecting, server=server)


PLACES: dict[str, Callable[[Path], AbstractAsyncContextManager[Place]]] = {
    "files": on_this_host,
    "sftp": behind_sftp,
}


@pytest.fixture(params=PLACES)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    (tmp_path / "ausgang").mkdir()
    async with PLACES[request.param](tmp_path) as made:
        yield made


async def look(collecting: Collecting) -> list[Collected]:
    return [each async for each in collecting.collect() if not isinstance(each, Leftovers)]


def receipt(status: str = "accepted", delivery: str = DELIVERY) -> str:
    return f'{{"delivery": "{delivery}", "status": "{status}"}}'


TAKEN = Word(DELIVERY, SpecialistStatus.RECEIVED)


async def test_a_receipt_is_collected_and_moved_when_it_is_safe(place: Place) -> None:
    place.lay("q.json", receipt())
    place.lay("q.json.ok", "")
    collecting = place.collecting(marker=".ok")
    (item,) = await look(collecting)
    assert item.word == TAKEN
    assert place.names() == ["q.json", "q.json.ok"]
    await item.done()
    assert (place.names(), place.names("done")) == ([], ["q.json", "q.json.ok"])
    assert await look(collecting) == []


async def test_what_nobody_made_safe_is_found_again(place: Place) -> None:
    place.lay("q.json", receipt())
    place.lay("q.ok", "")
    collecting = place.collecting(marker=".ok")
    for _ in range(2):
        assert [item.word for item in await look(collecting)] == [TAKEN]


async def test_what_is_still_being_written_is_left_alone(place: Place) -> None:
    collecting = place.collecting(rest=10)
    place.lay("q.json", '{"deliv')
    assert await look(collecting) == []
    place.clock.time += timedelta(seconds=9)
    place.lay("q.json", receipt())
    place.lay("q.pdf", b"%PDF-1")
    assert await look(collecting) == []
    place.clock.time += timedelta(seconds=9)
    place.lay("q.pdf", b"%PDF-1.7")
    assert await look(collecting) == []
    place.clock.time += timedelta(seconds=10)
    (item,) = await look(collecting)
    assert item.word.replies == (Reply("application/pdf", b"%PDF-1.7", "q.pdf"),)


@pytest.mark.parametrize("name", [".q.json", "q.json.part", "q.json.tmp", "~q.json", "q.xml", "q.json~"])
async def test_other_names_are_none_of_ours(place: Place, name: str) -> None:
    place.lay(name, receipt())
    place.lay(f"{name}.ok", "")
    (place.folder / "r.json").mkdir()
    assert await look(place.collecting(marker=".ok")) == []
    assert name in place.names()


async def test_documents_go_with_the_receipt_that_they_are_named_after(place: Place) -> None:
    for name in ("a", "a-b"):
        place.lay(f"{name}.json", receipt(delivery=DELIVERY if name == "a" else OTHER))
        place.lay(f"{name}.ok", "")
    place.lay("a-bescheid.pdf", b"1")
    place.lay("a-b_urkunde.xml", b"<urkunde/>")
    place.lay("abc.pdf", b"of nobody")
    words = {item.word.delivery: item for item in await look(place.collecting(marker=".ok"))}
    assert words[DELIVERY].word.replies == (Reply("application/pdf", b"1", "a-bescheid.pdf"),)
    assert words[OTHER].word.replies == (Reply("application/xml", b"<urkunde/>", "a-b_urkunde.xml"),)
    await words[DELIVERY].done()
    assert place.names("done") == ["a-bescheid.pdf", "a.json", "a.ok"]
    assert "abc.pdf" in place.names()


async def test_the_oldest_comes_first(place: Place) -> None:
    place.lay("a.json", receipt(), age=10)
    place.lay("b.json", receipt(delivery=OTHER), age=20)
    for name in ("a.ok", "b.ok"):
        place.lay(name, "")
    found = await look(place.collecting(marker=".ok"))
    assert [item.word.delivery for item in found] == [OTHER, DELIVERY]


async def test_what_can_not_be_used_is_set_aside_with_its_reason(place: Place) -> None:
    place.lay("a.json", "{", age=20)
    place.lay("b.json", receipt("Frau Geheim"), age=10)
    place.lay("c.json", receipt())
    for name in ("a.ok", "b.ok", "c.ok"):
        place.lay(name, "")
    (item,) = await look(place.collecting(marker=".ok"))
    await item.set_aside("no-such-delivery")
    assert place.names() == []
    reasons = {name: (place.folder / "failed" / f"{name}.json.reason").read_text() for name in "abc"}
    assert reasons == {"a": "- not-readable\n", "b": "1 status-unknown\n", "c": "1 no-such-delivery\n"}
    assert [name for name in place.names("failed") if name.endswith(".json")] == [
        "a.json",
        "b.json",
        "c.json",
    ]


async def test_a_file_of_several_waits_for_all_of_them(place: Place) -> None:
    rows = f"delivery;status;reason\n{DELIVERY};accepted;\n{OTHER};refused;plz\n;accepted;\n"
    place.lay("charge.csv", rows)
    place.lay(f"charge-{OTHER}.pdf", b"%PDF")
    place.lay("charge.ok", "")
    first, second = await look(place.collecting(marker=".ok", pattern="*.csv", format="csv"))
    assert first.word == TAKEN
    assert second.word == Word(
        OTHER,
        SpecialistStatus.REFUSED,
        cause=Cause("plz"),
        replies=(Reply("application/pdf", b"%PDF", f"charge-{OTHER}.pdf"),),
    )
    await first.done()
    assert "charge.csv" in place.names()
    await second.done()
    assert place.names() == []
    assert (place.folder / "failed" / "charge.csv.reason").read_text() == "3 delivery-unreadable\n"


async def test_a_document_of_nobody_knows_whom_is_set_aside(place: Place) -> None:
    place.lay("q.csv", f"delivery;status\n{DELIVERY};accepted\n{OTHER};accepted\n")
    place.lay("q.pdf", b"%PDF")
    place.lay("q.ok", "")
    found = await look(place.collecting(marker=".ok", pattern="*.csv", format="csv"))
    for item in found:
        await item.done()
    assert (place.folder / "failed" / "q.csv.reason").read_text() == "3 document-without-receipt\n"


async def test_what_has_a_name_in_the_folder_below_stays(place: Place) -> None:
    collecting = place.collecting(marker=".ok")
    for _ in range(2):
        place.lay("q.json", receipt())
        place.lay("q.ok", "")
        (item,) = await look(collecting)
        await item.done()
    assert len([name for name in place.names("done") if name.endswith(".json")]) == 2


async def test_what_is_too_large_is_not_read(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "LARGEST", 20)
    place.lay("q.json", receipt())
    place.lay("q.ok", "")
    assert await look(place.collecting(marker=".ok")) == []
    assert (place.folder / "failed" / "q.json.reason").read_text() == "- too-large\n"


async def test_a_missing_folder_ends_a_look_and_nothing_else(place: Place) -> None:
    place.folder.rmdir()
    assert await look(place.collecting()) == []


async def test_what_a_crash_left_half_moved_is_finished(place: Place) -> None:
    place.lay("q.json", receipt())
    place.lay("q.ok", "")
    (place.folder / "done").mkdir()
    place.lay("done/q.pdf", b"moved before the crash")
    (item,) = await look(place.collecting(marker=".ok"))
    await item.done()
    assert place.names("done") == ["q.json", "q.ok", "q.pdf"]


async def test_a_connection_that_breaks_off_leaves_the_files_for_the_next_look(tmp_path: Path) -> None:
    (tmp_path / "ausgang").mkdir()
    async with behind_sftp(tmp_path) as place:
        assert place.server
        place.lay("q.json", receipt())
        place.lay("q.ok", "")
        collecting = place.collecting(marker=".ok")
        place.server.faults["rename"] = cut
        for item in await look(collecting):
            await item.done()
        place.server.faults.clear()
        for item in await look(collecting):
            await item.done()
        assert "q.json" not in place.names()
        assert place.names("done")[:1] == ["q.json"]


def test_media_types_are_the_same_on_every_host() -> None:
    names = ("a.XML", "b.pdf", "c.unbekannt", "ohne")
    assert [media_type_of(name) for name in names] == [
        "application/xml",
        "application/pdf",
        "application/octet-stream",
        "application/octet-stream",
    ]


def test_without_a_return_folder_nothing_is_collected(tmp_path: Path) -> None:
    assert not isinstance(an_adapter("trade", surroundings(tmp_path), folder="."), Collecting)
