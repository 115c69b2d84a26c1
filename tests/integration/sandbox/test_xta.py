"""The mailbox behind XTA: our own transport and the sandbox understand each other, by the official schemas."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from adapters.transports.xta.settings import Settings
from adapters.transports.xta.transport import CollectingXtaTransport, XtaTransport
from gateway.core.message import MessageId, MessageKind
from gateway.core.outcome import Delivered, Failed, Outcome, Pending, Rejected, Unclear
from gateway.core.ports import Leftovers
from gateway.core.word import Inquiry, NotThere, SpecialistStatus, Word
from gateway.sandbox import Sandbox, SandboxSettings, System, sandbox
from gateway.sandbox.faults import Fault, FaultRule, When
from gateway.sandbox.journal import Counts
from gateway.sandbox.systems import Way
from tests.unit.adapters.builders import (
    DELIVERY,
    NOW,
    Names,
    a_consignment_of,
    a_destination,
    dispatch_of,
    samples,
    surroundings,
)
from tests.unit.adapters.xta_service import check

PATH = "/civil-status/xta"


@pytest.fixture
def settings(tmp_path: Path) -> SandboxSettings:
    return SandboxSettings(
        port=0, tls=False, sftp=False, folder=tmp_path / "sandbox", processing_seconds=0, notice_seconds=0
    )


class Office:
    """Our side."""

    def __init__(self, running: Sandbox) -> None:
        self.running = running
        self.names = Names()
        self.settings = Settings.model_validate(
            {
                "url": running.url + PATH,
                "mailbox_url": running.url + PATH,
                "author": "ags:12052000",
                "service": "http://www.osci.de/ab/personenstand10",
                "message_types": {"uri": "urn:de:ab:codeliste:nachrichtentyp", "version": "1.0"},
                "read_timeout": 5,
            }
        )

    async def send(self, sample: str = "*-zeichen") -> Outcome:
        transport = self._transport()
        dispatch = dispatch_of("civil_status", a_consignment_of(samples("civil-status", sample)[0]))
        assert dispatch is not None
        outcome = await transport.send(dispatch)
        await transport.aclose()
        return outcome

    async def ask(self, reference: str | None) -> object:
        transport = self._transport()
        kind = MessageKind("ab-personenstand", "1.0", "personenstand.urkunde.020101", "civil-status/urkunde")
        answer = await transport.ask(
            Inquiry(DELIVERY, MessageId("m"), "cottbus", kind, "u", False, NOW, reference)
        )
        await transport.aclose()
        return answer

    async def replies(self, *, take: bool = True, author: str = "ags:12052000") -> list[Word]:
        """The words in our mailbox; they are taken out of it, or left there."""
        settings = self.settings.model_copy(update={"author": author})
        around = surroundings(names=self.names)
        transport = CollectingXtaTransport(settings, a_destination("civil_status"), around)
        words = []
        async for found in transport.collect():
            if not isinstance(found, Leftovers):
                words.append(found.word)
                if take:
                    await found.done()
        await transport.aclose()
        return words

    def misbehave(self, fault: Fault, **rule: object) -> None:
        self.running.desk.faults.add(
            FaultRule.model_validate({"system": System.CIVIL_STATUS, "way": Way.XTA, "fault": fault, **rule})
        )

    @property
    def counts(self) -> Counts:
        return self.running.desk.journal.counts(System.CIVIL_STATUS)

    def _transport(self) -> XtaTransport:
        return XtaTransport(self.settings, a_destination("civil_status"), surroundings(names=self.names))


@pytest.fixture
async def office(settings: SandboxSettings) -> AsyncIterator[Office]:
    async with sandbox(settings) as running:
        yield Office(running)


async def test_a_message_is_taken_and_reported(office: Office) -> None:
    outcome = await office.send()

    assert isinstance(outcome, Pending)
    tally = office.running.desk.journal.tallies[System.CIVIL_STATUS][DELIVERY]
    assert (tally.effects, tally.way, tally.message) == (1, Way.XTA, outcome.reference)
    assert (tally.kind or "").startswith("personenstand.")
    word = await office.ask(outcome.reference)
    assert isinstance(word, Word)
    assert word.status is SpecialistStatus.RECEIVED


async def test_a_repetition_finds_the_report_of_the_first(office: Office) -> None:
    office.misbehave(Fault.CUT, when=When.AFTER)

    first, again = [await office.send() for _ in range(2)]

    assert isinstance(first, Unclear)
    assert isinstance(again, Delivered)
    assert (office.counts.taken, office.counts.doubled) == (1, 0)


async def test_a_lost_order_is_sent_again_under_its_id(office: Office) -> None:
    office.misbehave(Fault.CUT)

    first, again = [await office.send() for _ in range(2)]

    assert isinstance(first, Unclear)
    assert isinstance(again, Pending)
    assert office.counts == Counts(deliveries=1, taken=1)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.ERROR_500, Unclear),
        (Fault.UNAVAILABLE_503, Failed),
        (Fault.REFUSE, Rejected),
        (Fault.ERROR_IN_200, Unclear),
        (Fault.NO_RECEIPT, Unclear),
        (Fault.HTML, Unclear),
        (Fault.WRONG_TYPE, Unclear),
    ],
)
async def test_each_fault_is_understood(office: Office, fault: Fault, expected: type[Outcome]) -> None:
    office.misbehave(fault)

    assert isinstance(await office.send(), expected)


async def test_a_report_may_stay_open(office: Office) -> None:
    office.misbehave(Fault.RECEIPT_NEVER)
    outcome = await office.send()

    assert isinstance(outcome, Pending)
    assert await office.ask(outcome.reference) is None


async def test_an_unknown_id_is_surely_not_there(office: Office) -> None:
    assert isinstance(await office.ask("urn:de:xta:messageid:sandbox:none"), NotThere)


async def test_a_restarted_service_still_reports(settings: SandboxSettings) -> None:
    async with sandbox(settings) as running:
        outcome = await Office(running).send()
    assert isinstance(outcome, Pending)
    async with sandbox(settings) as running:
        assert isinstance(await Office(running).ask(outcome.reference), Word)


async def test_a_document_comes_back_until_it_is_taken(office: Office) -> None:
    outcome = await office.send()
    assert isinstance(outcome, Pending)
    assert await office.replies(author="ags:12072477") == []

    (first,), (again,) = [await office.replies(take=take) for take in (False, True)]

    assert first == again
    assert (first.delivery, first.status) == (DELIVERY, SpecialistStatus.CLOSED)
    (reply,) = first.replies
    assert (reply.media_type, (reply.name or "")[:4]) == ("application/pdf", "StA-")
    assert reply.content.startswith(b"%PDF-1.4")
    assert await office.replies() == []


async def test_a_reply_takes_its_time_and_outlives_a_restart(settings: SandboxSettings) -> None:
    slow = settings.model_copy(update={"notice_seconds": 3600})
    async with sandbox(slow) as running:
        office = Office(running)
        await office.send()
        assert await office.replies() == []
    async with sandbox(settings) as running:
        again = Office(running)
        assert len(await again.replies()) == 1


async def test_what_is_refused_is_not_answered(office: Office) -> None:
    office.misbehave(Fault.REFUSE)
    await office.send()

    assert await office.replies() == []


async def test_every_answer_follows_the_official_schemas(office: Office) -> None:
    """`check` holds them against the schemas where they are at hand."""
    seen: list[bytes] = []
    outcome = await office.send()
    assert isinstance(outcome, Pending)
    reply = (outcome.reference or "").replace(":sandbox:", ":sandbox:reply-")
    selected = (
        f'<MsgBoxFetchRequest xmlns="{OSCI}"><MsgSelector><MessageID xmlns="{WSA}">{reply}</MessageID>'
        "</MsgSelector></MsgBoxFetchRequest>"
    )
    async with httpx.AsyncClient(base_url=office.running.url) as client:
        for action, body in (
            ("CreateMessageID", ""),
            ("GetTransportReport", f'<MessageID xmlns="{WSA}">{outcome.reference}</MessageID>'),
            ("GetTransportReport", f'<MessageID xmlns="{WSA}">urn:other</MessageID>'),
            ("SendMessage", ""),
            ("MsgBoxStatusListRequest", f'<MsgBoxStatusListRequest xmlns="{OSCI}" maxListItems="5"/>'),
            ("MsgBoxFetchRequest", selected),
            ("MsgBoxFetchRequest", selected.replace(":reply-", ":")),
            ("MsgBoxCloseRequest", f'<MsgBoxCloseRequest xmlns="{OSCI}" MsgBoxRequestID="x"/>'),
        ):
            answer = await client.post(
                PATH, content=envelope(action, body), headers={"Content-Type": "application/soap+xml"}
            )
            seen.append(answer.content)

    for content in seen:
        check(content)
    assert b"TransportReport" in seen[1]
    assert b"9070" in seen[2]
    assert b"9020" in seen[3]
    assert (b"In-Reply-To" in seen[4], b"application/pdf" in seen[5], b"9070" in seen[6]) == (
        True,
        True,
        True,
    )


WSA = "http://www.w3.org/2005/08/addressing"
OSCI = "http://www.osci.eu/ws/2008/05/transport"
META = "http://www.osci.eu/ws/2014/10/transport"


def envelope(action: str, body: str) -> str:
    return (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>'
        f'<Action xmlns="{WSA}">http://www.xta.de/XTA/{action}</Action><Author xmlns="{META}">'
        f'<Identifier type="xoev">ags:12052000</Identifier></Author></s:Header><s:Body>{body}</s:Body>'
        "</s:Envelope>"
    )
