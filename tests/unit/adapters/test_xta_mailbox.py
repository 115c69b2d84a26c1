from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from adapters import catalogue
from gateway.core.ports import Adapter, Askable, Collected, Collecting
from gateway.core.word import SpecialistStatus
from tests.unit.adapters.builders import DELIVERY, a_destination, surroundings
from tests.unit.adapters.wire import http, serving
from tests.unit.adapters.xta_service import XtaService, fault, said

LIST, FETCH, CLOSE = "MsgBoxStatusListRequest", "MsgBoxFetchRequest", "MsgBoxCloseRequest"


@dataclass
class Office:
    service: XtaService
    adapter: Adapter

    async def collected(self) -> list[Collected]:
        assert isinstance(self.adapter, Collecting)
        return [each async for each in self.adapter.collect()]


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
        adapter = catalogue.build(destination, surroundings())
        yield Office(service, adapter)
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
