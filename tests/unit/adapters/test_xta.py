import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from adapters import catalogue
from adapters.dispatch import Dispatch, Paper
from adapters.transports.xta.answers import FAULTS
from adapters.transports.xta.settings import Settings
from adapters.transports.xta.transport import LARGEST, XtaTransport
from gateway.core.errors import StoreUnavailable
from gateway.core.message import DeliveryId, MessageId, MessageKind
from gateway.core.outcome import Delivered, Failed, Outcome, Pending, Rejected, Unclear
from gateway.core.word import Inquiry, NotThere, SpecialistStatus, Word
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
from tests.unit.adapters.certificates import Authority, server_context
from tests.unit.adapters.wire import http, serving
from tests.unit.adapters.xta_service import (
    MEDIA,
    META,
    REFERENCE,
    WSA,
    XtaService,
    fault,
    said,
    soap_fault,
)

ID = "urn:de:xta:messageid:test:1"
CREATE, SEND, REPORT = "CreateMessageID", "SendMessage", "GetTransportReport"


@dataclass
class Office:
    """Our side: a transport that may be made anew, as after a restart; what is kept stays."""

    service: XtaService
    settings: dict[str, object] = field(default_factory=dict)
    names: Names = field(default_factory=Names)

    def transport(self) -> XtaTransport:
        settings = Settings.model_validate(
            {
                "url": self.service.url,
                "author": "ags:12052000",
                "service": "http://www.osci.de/ab/personenstand10",
                "message_types": {"uri": "urn:de:ab:codeliste:nachrichtentyp", "version": "1.0"},
                "read_timeout": 5,
                **self.settings,
            }
        )
        return XtaTransport(settings, a_destination("civil_status"), surroundings(names=self.names))

    async def send(self, dispatch: Dispatch | None = None) -> Outcome:
        transport = self.transport()
        outcome = await transport.send(dispatch or an_application())
        await transport.aclose()
        assert "Geheim" not in repr(outcome)
        return outcome

    async def ask(self, reference: str | None = ID) -> object:
        transport = self.transport()
        answer = await transport.ask(an_inquiry(reference))
        await transport.aclose()
        return answer


@asynccontextmanager
async def an_office(**settings: object) -> AsyncIterator[Office]:
    async with serving(XtaService()) as service:
        yield Office(service, settings)


def an_application() -> Dispatch:
    dispatch = dispatch_of("civil_status", a_consignment_of(samples("civil-status", "*-zeichen")[0]))
    assert dispatch
    return dispatch


def an_inquiry(reference: str | None) -> Inquiry:
    kind = MessageKind("ab-personenstand", "1.0", "personenstand.urkunde.020101", "civil-status/urkunde")
    return Inquiry(DELIVERY, MessageId("m"), "cottbus", kind, "u", False, NOW, reference)


async def test_a_message_goes_out_with_its_metadata() -> None:
    async with an_office() as office:
        dispatch = an_application()
        assert await office.send(dispatch) == Pending(ID)
        assert office.service.calls == [CREATE, SEND]
        assert office.service.contents[ID] == dispatch.message.content
        order = office.service.orders[ID]
    kopf = dispatch.message.kopf
    qualifier, identification = f"{META}Qualifier", f"{META}MsgIdentification"
    assert order.get("TestMsg") == "false"
    assert order.findtext(f"{META}Originators/{META}Author/{META}Identifier") == "ags:12052000"
    assert order.findtext(f"{META}Destinations/{META}Reader/{META}Identifier") == kopf.leser.kennung
    assert order.findtext(f"{identification}/{WSA}MessageID") == ID
    assert order.findtext(f"{identification}/{META}ProcessRef/{META}Requester") == DELIVERY
    assert order.findtext(f"{qualifier}/{META}Service") == "http://www.osci.de/ab/personenstand10"
    assert (
        order.findtext(f"{qualifier}/{META}BusinessScenario/{META}Undefined")
        == dispatch.message.kind.standard
    )
    type_ = order.find(f"{qualifier}/{META}MessageType")
    assert type_ is not None
    assert type_.findtext("code") == kopf.nachrichtentyp
    assert type_.get("payloadSchema") == etree.QName(etree.fromstring(dispatch.message.content)).namespace
    assert order.findtext(f"{META}MsgSize") == str(len(dispatch.message.content))
    assert "Chóśebuz" in office.service.contents.get(ID, dispatch.message.content).decode()


async def test_a_test_message_says_so_and_every_setting_is_told() -> None:
    async with an_office(
        reader="psw:01003110",
        scenario="PERSONENSTAND",
        scenario_list={"uri": "urn:de:xta:codeliste:business.scenario", "version": "1"},
        service_profile="normal",
        payload_schema="urn:schema",
    ) as office:
        dispatch = an_application()
        kopf = replace(dispatch.message.kopf, test=True)
        await office.send(replace(dispatch, message=replace(dispatch.message, kopf=kopf)))
        order = office.service.orders[ID]
    assert order.get("TestMsg") == "true"
    assert order.findtext(f"{META}Destinations/{META}Reader/{META}Identifier") == "psw:01003110"
    assert order.findtext(f"{META}DeliveryAttributes/{META}ServiceQuality") == "normal"
    assert order.findtext(f"{META}Qualifier/{META}BusinessScenario/{META}Defined/code") == "PERSONENSTAND"
    assert b"urn:schema" in etree.tostring(order)


async def test_with_mtom_the_content_travels_as_it_is_beside_the_envelope() -> None:
    async with an_office(mtom=True) as office:
        dispatch = an_application()
        assert await office.send(dispatch) == Pending(ID)
        assert office.service.contents[ID] == dispatch.message.content
        sent = office.service.requests[-1]
        assert dispatch.message.content in sent.body
        assert sent.headers["content-type"].startswith("multipart/related")


async def test_the_service_knows_us_by_our_certificate(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    ours = authority.issue("amtsbote")
    context = server_context(authority.issue("server"), clients=authority.file)
    async with serving(XtaService(scheme="https"), context) as service:
        known: dict[str, object] = {
            "ca_file": authority.file,
            "client_certificate": ours.certificate,
            "client_key": ours.key,
        }
        assert await Office(service, known).send() == Pending(ID)
        assert {request.client for request in service.requests} == {"amtsbote"}
        refused = await Office(service, {"ca_file": authority.file}).send()
        assert isinstance(refused, Failed)
        assert len(service.orders) == 1


async def test_both_ports_may_have_addresses_of_their_own() -> None:
    async with an_office() as office, serving(XtaService()) as management:
        office.settings["management_url"] = management.url
        assert await office.send() == Pending(ID)
        assert (management.calls, office.service.calls) == ([CREATE], [SEND])


@pytest.mark.parametrize("lost", [None, http(502, "<html>Frau Geheim</html>", "text/html")])
async def test_a_lost_answer_is_asked_for_and_the_message_is_there_once(lost: bytes | None) -> None:
    async with an_office() as office:
        office.service.after[SEND] = [lost]
        assert isinstance(await office.send(), Unclear)
        assert await office.send() == Delivered(ID)
        assert office.service.calls == [CREATE, SEND, REPORT]
        assert list(office.service.orders) == [ID]


async def test_what_did_not_arrive_goes_out_again_under_the_same_id() -> None:
    async with an_office() as office:
        office.service.instead[SEND] = [None]
        assert isinstance(await office.send(), Unclear)
        assert await office.send() == Pending(ID)
        assert office.service.calls == [CREATE, SEND, REPORT, SEND]
        assert list(office.service.orders) == [ID]


async def test_a_worker_that_dies_before_it_sends_leaves_an_id_that_is_used() -> None:
    async with an_office() as office:
        office.names.kept[DELIVERY] = "urn:of:an:attempt:before"
        assert await office.send() == Pending("urn:of:an:attempt:before")
        assert office.service.calls == [REPORT, SEND]


async def test_of_two_attempts_at_once_only_one_is_taken() -> None:
    async with an_office() as office:
        slow = office.transport()
        keep = office.names.keep_reference

        async def overtaken(delivery: DeliveryId, name: str, instead_of: str | None = None) -> str | None:
            await keep(delivery, name, instead_of)
            office.names.keep_reference = keep  # type: ignore[method-assign]  # the other one is not overtaken
            await office.send()
            return office.names.kept[DELIVERY]

        office.names.keep_reference = overtaken  # type: ignore[method-assign]  # between the id and the message
        assert await slow.send(an_application()) == Delivered(ID)
        await slow.aclose()
        assert list(office.service.orders) == [ID]


async def test_a_case_number_from_elsewhere_is_no_message_id() -> None:
    async with an_office() as office:
        office.names.kept[DELIVERY] = "SB-2026/17"
        assert await office.send() == Pending(ID)
        assert office.service.calls == [CREATE, SEND]


async def test_an_id_that_can_not_be_kept_is_not_used() -> None:
    async with an_office() as office:
        office.names.error = StoreUnavailable()
        outcome = await office.send()
        assert isinstance(outcome, Failed)
        assert outcome.cause.code == "store-unavailable"
        assert SEND not in office.service.calls


@pytest.mark.parametrize(
    "answer", [None, said(""), said("<a/>"), fault("PermissionDeniedException", "9013"), http(403)]
)
async def test_without_an_id_nothing_was_sent(answer: bytes | None) -> None:
    async with an_office() as office:
        office.service.instead[CREATE] = [answer]
        assert isinstance(await office.send(), Failed)
        assert office.service.calls == [CREATE]


async def test_who_can_not_be_asked_leaves_it_unclear() -> None:
    async with an_office() as office:
        office.service.after[SEND] = [None]
        await office.send()
        office.service.instead[REPORT] = [None]
        assert isinstance(await office.send(), Unclear)
        assert office.service.calls == [CREATE, SEND, REPORT]


@pytest.mark.parametrize("number", FAULTS)
async def test_every_fault_has_its_outcome(number: str) -> None:
    async with an_office() as office:
        office.service.instead[SEND] = [fault("ParameterIsNotValidException", number)]
        outcome = await office.send()
        assert isinstance(outcome, FAULTS[number][0])
        assert outcome.cause.code == f"xta-{number}"


@pytest.mark.skipif(not REFERENCE.exists(), reason="the official schemas are not here")
def test_every_number_of_the_code_list_has_an_outcome() -> None:
    schema = (REFERENCE / "XTA-Webservice-Datentypen.xsd").read_text(encoding="utf-8")
    listed = schema.partition('name="Codelist.Fehlernummer"')[2].partition("</xs:simpleType>")[0]
    assert set(re.findall(r'enumeration value="(\d+)"', listed)) == set(FAULTS)


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (http(400, soap_fault("Sender"), MEDIA), Rejected, "xta-fault:sender"),
        (http(500, soap_fault("Receiver"), MEDIA), Unclear, "xta-fault:receiver"),
        (http(500, soap_fault("MustUnderstand"), MEDIA), Failed, "xta-fault:must-understand"),
        (http(500, soap_fault("Geheim"), MEDIA), Unclear, "xta-fault:other"),
        (http(500, "Frau Geheim", MEDIA), Unclear, "xta-unreadable"),
        (http(200, "<Geheim/>", MEDIA), Unclear, "xta-unreadable"),
        (http(200, "<!DOCTYPE a><a/>", MEDIA), Unclear, "xta-unreadable"),
        (said("<Geheim/>"), Unclear, "xta-unreadable"),
        (http(200), Unclear, "no-receipt"),
        (http(200, "<html/>", "text/html"), Unclear, "wrong-content-type"),
        (http(503, Retry_After="120"), Failed, "http-503"),
    ],
)
async def test_any_other_answer_has_its_outcome(answer: bytes, kind: type, code: str) -> None:
    async with an_office() as office:
        office.service.instead[SEND] = [answer]
        outcome = await office.send()
        assert isinstance(outcome, Failed | Unclear | Rejected)
        assert (type(outcome), outcome.cause.code) == (kind, code)


async def test_an_id_that_is_used_already_is_looked_up() -> None:
    async with an_office() as office:
        office.service.after[SEND] = [None]
        await office.send()
        office.service.instead[REPORT] = [fault("InvalidMessageIDException", "9070")]  # not yet, it says
        assert await office.send() == Delivered(ID)
        assert office.service.calls == [CREATE, SEND, REPORT, SEND, REPORT]
        assert list(office.service.orders) == [ID]


async def test_an_answer_in_mime_parts_is_read() -> None:
    envelope = said(f'<MessageID xmlns="{WSA[1:-1]}">{ID}</MessageID>').partition(b"\r\n\r\n")[2].decode()
    body = (
        '--b\r\nContent-Type: application/xop+xml; type="application/soap+xml"\r\nContent-ID: <root@x>\r\n\r\n'
        f"{envelope}\r\n--b--\r\n"
    )
    media = 'multipart/related; type="application/xop+xml"; boundary=b; start="<root@x>"'
    async with an_office() as office:
        office.service.instead[CREATE] = [http(200, body, media)]
        assert await office.send() == Pending(ID)


AT = datetime(2026, 6, 1, 13, 0, tzinfo=UTC)
RECEIVED, REFUSED = SpecialistStatus.RECEIVED, SpecialistStatus.REFUSED


@pytest.mark.parametrize(
    ("confirmed", "status", "fetched", "outcome", "status_said"),
    [
        ("delivered", 0, False, Pending(ID), None),
        ("delivered", 1, False, Delivered(ID), RECEIVED),
        ("delivered", 2, False, Delivered(ID), RECEIVED),
        ("fetched", 1, False, Pending(ID), None),
        ("fetched", 1, True, Delivered(ID), RECEIVED),
        ("handed-over", 0, False, Delivered(ID), RECEIVED),
    ],
)
async def test_a_report_says_how_far_a_message_is(
    confirmed: str, status: int, fetched: bool, outcome: Outcome, status_said: SpecialistStatus | None
) -> None:
    async with an_office(confirmed=confirmed) as office:
        await office.send()
        office.service.status, office.service.fetched = status, fetched
        assert await office.send() == outcome
        answer = await office.ask()
        assert (answer.status if isinstance(answer, Word) else None) == status_said
        assert office.service.calls == [CREATE, SEND, REPORT, REPORT]


async def test_a_red_report_is_a_refusal() -> None:
    async with an_office() as office:
        await office.send()
        office.service.status = 3
        outcome = await office.send()
        assert isinstance(outcome, Rejected)
        assert outcome.cause.code == "t-17"
        answer = await office.ask()
        assert isinstance(answer, Word)
        assert (answer.status, answer.reference, answer.at) == (REFUSED, ID, AT)
        office.service.error_code = "Frau Geheim"
        assert "Geheim" not in repr(await office.ask())


async def test_a_report_on_something_else_is_no_answer() -> None:
    async with an_office() as office:
        await office.send()
        requester = office.service.orders[ID].find(f".//{META}Requester")
        assert requester is not None
        requester.text = "of somebody else"
        assert await office.ask() is None


async def test_asked_before_anything_was_sent_it_is_not_there() -> None:
    async with an_office() as office:
        assert await office.ask(None) == NotThere()
        assert await office.ask("urn:never:sent") == NotThere()
        assert await office.ask("SB-2026/17") is None
        office.service.instead[REPORT] = [None]
        assert await office.ask() is None


async def test_what_is_too_large_is_not_sent() -> None:
    async with an_office() as office:
        paper = Paper(b" " * (LARGEST + 1), "application/xml", "xml")
        outcome = await office.send(replace(an_application(), document=paper))
        assert isinstance(outcome, Rejected)
        assert office.service.calls == []


def test_it_is_a_transport_that_can_be_asked(tmp_path: Path) -> None:
    settings = {
        "url": "https://xta.example/send",
        "author": "ags:12052000",
        "service": "urn:dienst",
        "message_types": {"uri": "urn:liste", "version": "1"},
    }
    destination = replace(a_destination("civil_status", **settings), transport="xta")
    assert [*catalogue.faults(destination, tmp_path)] == []
    bad = replace(destination, settings={**settings, "management_url": "https://a:b@xta.example/"})
    assert [fault.place for fault in catalogue.faults(bad, tmp_path)] == [("settings", "management_url")]
