from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from adapters import catalogue
from adapters.transports.xta.mailbox import AT_MOST, PATIENCE
from gateway.core.errors import StoreUnavailable
from gateway.core.ports import Adapter, Askable, Collected, Collecting, Leftovers
from gateway.core.word import SpecialistStatus
from gateway.testing.stand_ins import Names
from tests.builders import NOON
from tests.unit.adapters.builders import DELIVERY, a_destination, surroundings
from tests.unit.adapters.wire import http, serving
from tests.unit.adapters.xta_service import XtaService, fault, said

LIST, FETCH, CLOSE = "MsgBoxStatusListRequest", "MsgBoxFetchRequest", "MsgBoxCloseRequest"


@dataclass
class Ticking:
    time: datetime = NOON

    def now(self) -> datetime:
        return self.time


@dataclass
class Office:
    service: XtaService
    adapter: Adapter
    clock: Ticking
    names: Names
    left: Leftovers | None = None
    """What the latest look said at its end."""

    async def collected(self) -> list[Collected]:
        assert isinstance(self.adapter, Collecting)
        self.left, words = None, []
        async for each in self.adapter.collect():
            if isinstance(each, Leftovers):
                self.left = each
            else:
                words.append(each)
        return words


@asynccontextmanager
async def an_office(**further: object) -> AsyncIterator[Office]:
    async with serving(XtaService()) as service:
        settings = {
            "url": service.url,
            "mailbox_url": service.url,
            "author": "ags:12052000",
            "service": "urn:dienst",
            "message_types": {"uri": "urn:liste", "version": "1"},
            **further,
        }
        destination = replace(a_destination("civil_status", **settings), transport="xta")
        clock, names = Ticking(), Names()
        adapter = catalogue.build(destination, replace(surroundings(names=names), clock=clock))
        yield Office(service, adapter, clock, names)
        await adapter.aclose()


async def test_a_mailbox_is_read_oldest_first_and_emptied_when_all_is_safe() -> None:
    async with an_office(reply_statuses={"0501": "in-progress"}) as office:
        office.service.send(2, DELIVERY, "<bescheid>Chóśebuz</bescheid>", "<anlage/>")
        office.service.send(1, DELIVERY)
        first, second = await office.collected()
        assert len(office.service.letters) == 2
        assert (first.word.delivery, first.word.status) == (DELIVERY, SpecialistStatus.IN_PROGRESS)
        assert (second.word.status, second.word.reference) == (SpecialistStatus.CLOSED, "SB-2")
        assert second.word.at == datetime(2026, 6, 2, 13, tzinfo=UTC)
        bescheid, anlage = second.word.replies
        assert bescheid.content.decode() == "<bescheid>Chóśebuz</bescheid>"
        assert (bescheid.media_type, bescheid.name) == ("application/xml", "bescheid-0.xml")
        assert anlage.content == b"<anlage/>"
        await first.done()
        await second.done()
        assert office.service.letters == {}
        assert office.service.calls == [LIST, FETCH, FETCH, CLOSE, CLOSE]


async def test_what_was_not_taken_lies_there_the_next_time() -> None:
    async with an_office() as office:
        office.service.send(1, DELIVERY)
        assert len(await office.collected()) == len(await office.collected()) == 1


async def test_what_can_not_be_used_stays_and_is_not_looked_at_again() -> None:
    async with an_office() as office:
        office.service.send(1, "of somebody else")
        office.service.send(2, DELIVERY, test="true")
        office.service.send(3, DELIVERY)
        (letter,) = await office.collected()
        assert letter.word.reference == "SB-3"
        await letter.set_aside("unknown-delivery")
        assert await office.collected() == []
        assert len(office.service.letters) == 3
        assert office.service.calls == [LIST, FETCH, LIST]


@pytest.mark.parametrize("answer", [None, http(503), fault("PermissionDeniedException", "9011"), said("")])
async def test_a_service_that_is_away_has_nothing_to_say(answer: bytes | None) -> None:
    async with an_office() as office:
        office.service.send(1, DELIVERY)
        office.service.instead[LIST] = [answer]
        assert await office.collected() == []
        assert len(await office.collected()) == 1


@pytest.mark.parametrize(
    "answer",
    [
        fault("InvalidMessageIDException", "9070"),
        said("<a/>"),
        said('<x:GenericContentContainer xmlns:x="http://xoev.de/transport/xta/211"/>'),
    ],
)
async def test_one_message_that_can_not_be_read_holds_up_no_other(answer: bytes) -> None:
    async with an_office() as office:
        office.service.send(1, DELIVERY)
        office.service.send(2, DELIVERY)
        office.service.instead[FETCH] = [answer]
        (letter,) = await office.collected()
        assert letter.word.reference == "SB-2"


async def test_a_reply_is_known_by_the_message_that_it_answers() -> None:
    async with an_office() as office:
        await office.names.keep_reference(DELIVERY, "urn:de:xta:messageid:test:1")
        await office.names.keep_reference(DELIVERY, "urn:mended", instead_of="urn:de:xta:messageid:test:1")
        office.service.send(1, None, answers="urn:another urn:de:xta:messageid:test:1")
        # A process of its own is named in the form of our ids: the message that it answers is ours all the same.
        office.service.send(2, "00000000-0000-7000-8000-000000000001", answers="urn:mended")
        first, second = await office.collected()
    assert (first.word.delivery, first.word.reference) == (DELIVERY, None)
    assert (second.word.delivery, second.word.reference) == (DELIVERY, "SB-2")


async def test_what_answers_nothing_of_ours_is_told_until_somebody_takes_it_out() -> None:
    async with an_office() as office:
        lost = office.service.send(1, None, answers="urn:another")
        office.service.send(2, DELIVERY)
        (letter,) = await office.collected()
        assert office.left == Leftovers(0)
        office.clock.time += PATIENCE
        await letter.set_aside("contradiction")
        await office.collected()
        assert office.left == Leftovers(1, "no-delivery")
        office.clock.time += PATIENCE
        await office.collected()
        assert office.left == Leftovers(2, "contradiction")
        office.service.letters = {lost: office.service.letters[lost]}
        await office.collected()
        assert office.left == Leftovers(1, "no-delivery")
        office.service.letters = {}
        await office.collected()
        assert office.left == Leftovers(0)


async def test_a_look_that_saw_nothing_says_nothing_about_what_lies_there() -> None:
    async with an_office() as office:
        office.service.send(1, None)
        office.service.instead[LIST] = [http(503)]
        await office.collected()
    assert office.left is None


async def test_what_nobody_can_use_hides_nothing_that_comes_after_it() -> None:
    async with an_office() as office:
        letter = office.service.letters[office.service.send(1, None)]
        for number in range(AT_MOST):
            id_ = f"urn:de:xta:messageid:spam:{number}"
            metadata = letter[0].replace("urn:de:xta:messageid:reply:1", id_)
            office.service.letters[id_] = metadata, letter[1]
        office.service.send(2, DELIVERY)
        assert await office.collected() == []
        assert len(await office.collected()) == 1


async def test_nothing_is_set_aside_while_nobody_can_tell_whose_a_message_is() -> None:
    async with an_office() as office:
        await office.names.keep_reference(DELIVERY, "urn:ours")
        office.service.send(1, None, answers="urn:ours")
        office.names.error = StoreUnavailable()
        with pytest.raises(StoreUnavailable):
            await office.collected()
        office.names.error = None
        assert len(await office.collected()) == 1


async def test_a_service_that_goes_away_in_between_loses_nothing() -> None:
    async with an_office(max_answer_bytes=3000) as office:
        office.service.send(1, DELIVERY, "<zu-gross/>" * 1000)
        office.service.send(2, DELIVERY)
        (letter,) = await office.collected()
        assert letter.word.reference == "SB-2"
        office.service.instead[FETCH] = [None]
        assert await office.collected() == []
        assert len(await office.collected()) == 1


async def test_a_close_that_is_lost_leaves_the_message_for_the_next_time() -> None:
    async with an_office() as office:
        office.service.send(1, DELIVERY)
        (letter,) = await office.collected()
        office.service.instead[CLOSE] = [None]
        await letter.done()
        assert len(await office.collected()) == 1


async def test_it_can_be_asked_as_well() -> None:
    async with an_office() as office:
        assert isinstance(office.adapter, Askable)
