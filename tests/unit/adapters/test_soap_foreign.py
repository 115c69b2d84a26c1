"""A SOAP service that nobody has seen before, attached by settings alone."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree
from pydantic import ValidationError
from zeep.ns import WSSE, WSU

from adapters.adapter import AskableTransport
from adapters.mapping import Payload
from adapters.transports.http.outcomes import NO_RECEIPT
from adapters.transports.receipt import NOT_READY
from adapters.transports.soap.faults import FAULT_CODES, SECURITY, SECURITY_CODES
from adapters.transports.soap.service import UNREADABLE
from adapters.transports.soap.transport import NOT_MAPPABLE, TRANSPORT, Settings, SoapTransport
from gateway.core.outcome import Cause, Delivered, Failed, Outcome, Pending, Rejected, Unclear
from gateway.core.word import Answer, NotThere, SpecialistStatus, Word
from tests.unit.adapters.builders import DELIVERY, a_destination, a_dispatch, an_inquiry, surroundings
from tests.unit.adapters.wire import Request, http, wire

WSDL = Path(__file__).parent / "fremd" / "kasse.wsdl"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
XML_11, XML_12 = "text/xml; charset=utf-8", 'application/soap+xml; charset="utf-8"'
FALL: Payload = {
    "Kopf": {"Kennung": DELIVERY, "Mandant": "12052000"},
    "Halter": {"Name": "Chóśebuz"},
    "Hund": [{"Rufname": "Bello", "Hoehe": 40}, {"Rufname": "Rex"}],
    "Original": b"<a/>",
}
STATES = {
    "receipt": "Ergebnis/Fallnummer",
    "status": "Ergebnis.Stand",
    "delivered": ["gebucht"],
    "pending": ["vorgemerkt"],
    "failed": ["gesperrt"],
    "rejected": ["abgelehnt"],
    "code": "Ergebnis/Grund",
}


def settings_of(**settings: object) -> Settings:
    return Settings.model_validate(
        {"url": "http://system", "wsdl": WSDL, "port": "Neu", **STATES, **settings}
    )


def a_transport(url: str, **settings: object) -> SoapTransport:
    transport = TRANSPORT.open(settings_of(url=url, **settings), a_destination(), surroundings())
    assert isinstance(transport, SoapTransport)
    return transport


def envelope(body: str, soap: str = SOAP_12) -> str:
    return f'<s:Envelope xmlns:s="{soap}"><s:Body>{body}</s:Body></s:Envelope>'


def ergebnis(stand: str, rest: str = "<Fallnummer>F-1</Fallnummer>") -> str:
    first, last = (rest, "") if rest.startswith("<Fallnummer") else ("", rest)
    inside = f"{first}<Stand>{stand}</Stand>{last}"
    return f'<NeuerFallAntwort xmlns="urn:fremd:kasse"><Ergebnis>{inside}</Ergebnis></NeuerFallAntwort>'


def fault_12(code: str, *subcodes: str, detail: str = "") -> str:
    nested = ""
    for subcode in reversed(subcodes):
        nested = f"<s:Subcode><s:Value>{subcode}</s:Value>{nested}</s:Subcode>"
    reason = '<s:Reason><s:Text xml:lang="de">Frau Geheim</s:Text></s:Reason>'
    inside = f"<s:Code><s:Value>s:{code}</s:Value>{nested}</s:Code>{reason}<s:Detail>{detail}</s:Detail>"
    return envelope(f'<s:Fault xmlns:wsse="{WSSE}" xmlns:k="urn:fremd:kasse">{inside}</s:Fault>')


async def sent(
    answer: str,
    *,
    http_status: int = 200,
    media_type: str = XML_12,
    fields: Payload = FALL,
    dispatched: str | None = "NeuerFall",
    **settings: object,
) -> tuple[Outcome, list[Request]]:
    async with wire() as system:
        system.say(http(http_status, answer, media_type))
        transport = a_transport(system.url, **settings)
        outcome = await transport.send(replace(a_dispatch(), fields=fields, operation=dispatched))
        await transport.aclose()
        return outcome, system.requests


async def test_the_port_decides_about_soap_1_2() -> None:
    outcome, (request,) = await sent(envelope(ergebnis("gebucht")))
    assert outcome == Delivered("F-1")
    assert request.headers["content-type"] == (
        'application/soap+xml; charset=utf-8; action="urn:fremd:kasse/NeuerFall"'
    )
    assert request.headers["accept"] == "application/soap+xml"
    assert "soapaction" not in request.headers
    root = etree.fromstring(request.body)
    assert root.tag == f"{{{SOAP_12}}}Envelope"
    assert [each.text for each in root.iter("{*}Rufname")] == ["Bello", "Rex"]
    assert root.findtext(".//{*}Original") == "PGEvPg=="
    assert root.findtext(".//{*}Name") == "Chóśebuz"


async def test_the_port_decides_about_soap_1_1() -> None:
    outcome, (request,) = await sent(
        envelope(ergebnis("gebucht"), SOAP_11), media_type=XML_11, service="Kassendienst", port="Alt"
    )
    assert outcome == Delivered("F-1")
    assert request.headers["soapaction"] == '"urn:fremd:kasse/NeuerFall"'
    assert etree.fromstring(request.body).tag == f"{{{SOAP_11}}}Envelope"


async def test_an_operation_in_rpc_style_is_called_and_understood() -> None:
    answer = '<k:MeldeResponse xmlns:k="urn:fremd:kasse"><nummer>N-1</nummer></k:MeldeResponse>'
    outcome, (request,) = await sent(
        envelope(answer, SOAP_11),
        media_type=XML_11,
        fields={"kennung": DELIVERY, "betrag": 12000},
        dispatched=None,
        service="Altdienst",
        port="Rpc",
        operation="Melde",
        receipt="nummer",
        status=None,
        delivered=(),
        pending=(),
        failed=(),
        rejected=(),
    )
    assert outcome == Delivered("N-1")
    assert etree.fromstring(request.body).findtext(".//{urn:fremd:kasse}Melde/betrag") == "12000"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (ergebnis("vorgemerkt"), Pending("F-1")),
        (ergebnis("gesperrt", ""), NOT_READY),
        (ergebnis("abgelehnt", "<Grund>K_17</Grund>"), Rejected(Cause("k-17"))),
        (ergebnis("abgelehnt", "<Grund>Frau Geheim</Grund>"), Rejected(Cause("refused-without-reason"))),
        (ergebnis("irgendwas"), NO_RECEIPT),
        (ergebnis("gebucht", ""), NO_RECEIPT),
        ('<Fallstand xmlns="urn:fremd:kasse"><Stand>gebucht</Stand></Fallstand>', UNREADABLE),
        ("", UNREADABLE),
    ],
)
async def test_a_reply_says_inside_what_became_of_the_message(answer: str, outcome: Outcome) -> None:
    assert (await sent(envelope(answer)))[0] == outcome


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (fault_12("Sender"), Rejected, "client"),
        (fault_12("Receiver"), Unclear, "server"),
        (fault_12("DataEncodingUnknown"), Failed, "data-encoding-unknown"),
        (fault_12("MustUnderstand"), Failed, "must-understand"),
        (fault_12("VersionMismatch"), Failed, "version-mismatch"),
        (fault_12("Geheim"), Unclear, "other"),
        (fault_12("Sender", "k:Wartung"), Failed, "wartung"),
        (fault_12("Sender", "k:Anderes", "k:Wartung"), Failed, "wartung"),
        (fault_12("Sender", "k:Geheim"), Rejected, "client"),
        (fault_12("Sender", "wsse:FailedAuthentication"), Failed, "security"),
        (
            fault_12("Sender", detail='<FallUnbekannt xmlns="urn:fremd:kasse">x</FallUnbekannt>'),
            Unclear,
            None,
        ),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 500])
async def test_faults_of_soap_1_2_have_their_outcome(
    answer: str, kind: type, code: str | None, status: int
) -> None:
    rules = {"Wartung": {"outcome": "failed"}, "FallUnbekannt": {"outcome": "unclear"}}
    outcome, _ = await sent(answer, http_status=status, faults=rules)
    assert isinstance(outcome, Failed | Unclear | Rejected)
    assert (type(outcome), outcome.cause.code) == (kind, f"soap-fault:{code or 'fall-unbekannt'}")
    assert "Geheim" not in repr(outcome)


async def test_a_fault_about_our_security_header_is_no_word_on_the_message_in_soap_1_1_either() -> None:
    for code in SECURITY_CODES:
        fault = f"<s:Fault><faultcode>wsse:{code}</faultcode><faultstring>x</faultstring></s:Fault>"
        answer = envelope(fault, SOAP_11)
        outcome, _ = await sent(
            answer, http_status=500, media_type=XML_11, service="Kassendienst", port="Alt"
        )
        assert outcome == SECURITY


def test_every_fault_code_of_both_versions_stands_in_the_table() -> None:
    soap_11 = {"VersionMismatch", "MustUnderstand", "Client", "Server"}
    soap_12 = {"VersionMismatch", "MustUnderstand", "DataEncodingUnknown", "Sender", "Receiver"}
    assert soap_11 | soap_12 == FAULT_CODES.keys()


@pytest.mark.parametrize(
    "fields",
    [
        {**FALL, "Unbekannt": "x"},
        {"Kopf": {"Kennung": "x"}},
        {**FALL, "Hund": [{"Hoehe": 40}]},
    ],
)
async def test_fields_that_the_wsdl_does_not_know_are_rejected_before_anything_is_sent(
    fields: Payload,
) -> None:
    outcome, requests = await sent(envelope(ergebnis("gebucht")), fields=fields)
    assert outcome == NOT_MAPPABLE
    assert requests == []


ASK = {
    "operation": "FallErfragen",
    "parameter": "Suche/Kennung",
    "status": "Stand",
    "statuses": {"gebucht": "received", "erledigt": "closed"},
    "not_there": ["nie gesehen"],
    "not_there_faults": ["FallUnbekannt"],
}


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("erledigt", 200, Word(DELIVERY, SpecialistStatus.CLOSED)),
        ("nie gesehen", 200, NotThere()),
        ("etwas Neues", 200, None),
        (fault_12("Sender", detail='<FallUnbekannt xmlns="urn:fremd:kasse"/>'), 500, NotThere()),
        (fault_12("Receiver"), 500, None),
        ("erledigt", 503, None),
    ],
)
async def test_a_service_is_asked_by_an_operation_of_its_own(body: str, status: int, said: Answer) -> None:
    stand = f'<Fallstand xmlns="urn:fremd:kasse"><Stand>{body}</Stand></Fallstand>'
    async with wire() as system:
        system.say(http(status, body if body.startswith("<") else envelope(stand), XML_12))
        transport = a_transport(system.url, ask=ASK)
        assert isinstance(transport, AskableTransport)
        assert await transport.ask(an_inquiry()) == said
        await transport.aclose()
    assert etree.fromstring(system.requests[0].body).findtext(".//{*}Suche/{*}Kennung") == DELIVERY


async def test_who_is_asked_by_reference_is_not_asked_without() -> None:
    async with wire() as system:
        transport = a_transport(system.url, ask={**ASK, "by": "reference"})
        assert isinstance(transport, AskableTransport)
        assert await transport.ask(an_inquiry(None)) is None
        await transport.aclose()
    assert system.requests == []


@pytest.mark.parametrize(
    "settings",
    [
        {"service": "Andere"},
        {"port": "Anderer"},
        {"operation": "Anderes"},
        {"ask": {**ASK, "operation": "Anderes"}},
        {"port": "Alt", "ask": ASK},
        {"security": {}},
        {"security": {"username": "a"}},
        {"security": {"certificate": WSDL}},
    ],
)
def test_what_the_wsdl_does_not_describe_is_said_with_the_settings(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings_of(**settings)


def moment(text: str | None) -> datetime:
    assert text
    return datetime.fromisoformat(text)


async def test_a_timestamp_says_for_how_long_an_envelope_is_good() -> None:
    security = {"username": "amtsbote", "password": "geheim", "valid_seconds": 60}
    _, (request,) = await sent(envelope(ergebnis("gebucht")), security=security)
    header = etree.fromstring(request.body).find(f".//{{{WSSE}}}Security")
    assert header is not None
    assert header.get(f"{{{SOAP_12}}}mustUnderstand") == "1"
    created, expires = (header.findtext(f".//{{{WSU}}}{name}") for name in ("Created", "Expires"))
    assert moment(expires) - moment(created) == timedelta(seconds=60)
    assert header.findtext(f".//{{{WSSE}}}Password") == "geheim"
