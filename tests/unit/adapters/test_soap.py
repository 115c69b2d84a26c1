import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import zeep
from pydantic import ValidationError
from zeep.exceptions import Fault

from adapters.dispatch import Dispatch
from adapters.registration import ADAPTER, WSDL
from adapters.transports.http.outcomes import Answer
from adapters.transports.soap.faults import fault_outcome
from adapters.transports.soap.service import UNREADABLE, NotWritableError, Service
from adapters.transports.soap.transport import Settings, SoapTransport
from gateway.core.outcome import Delivered, Failed, Outcome, Pending, Rejected, Unclear
from tests.unit.adapters.builders import (
    DELIVERY,
    a_consignment_of,
    a_destination,
    dispatch_of,
    samples,
    surroundings,
)
from tests.unit.adapters.wire import http, wire

NAMESPACE = 'xmlns="urn:amtsbote:einwohnerdienst:1.0"'


def transport(url: str, wsdl: Path = WSDL) -> SoapTransport:
    settings = Settings.model_validate({**ADAPTER.settings, "url": url, "wsdl": wsdl})
    return SoapTransport(settings, a_destination(), surroundings())


def an_anmeldung() -> Dispatch:
    dispatch = dispatch_of("registration", a_consignment_of(samples("registration", "anmeldung-zeichen")[0]))
    assert dispatch
    return dispatch


def envelope(body: str) -> str:
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    )


def receipt(aktenzeichen: str, status: str, element: str = "Eingangsbestaetigung") -> str:
    return envelope(
        f"<{element} {NAMESPACE}><aktenzeichen>{aktenzeichen}</aktenzeichen><status>{status}</status></{element}>"
    )


def fault(code: str, detail: str = "") -> str:
    text = "<faultstring>Frau Geheim</faultstring>"
    return envelope(f"<s:Fault><faultcode>{code}</faultcode>{text}<detail>{detail}</detail></s:Fault>")


async def outcome_of(content: str, status: int = 200, media_type: str = "text/xml") -> Outcome:
    async with wire() as system:
        system.say(http(status, content, media_type))
        soap = transport(system.url)
        outcome = await soap.send(an_anmeldung())
        await soap.aclose()
        return outcome


async def test_the_envelope_goes_out_as_soap_1_1_with_every_letter() -> None:
    async with wire() as system:
        system.say(http(200, receipt("EMA-1", "angenommen"), "text/xml; charset=utf-8"))
        soap = transport(system.url)
        assert await soap.send(an_anmeldung()) == Delivered("EMA-1")
        await soap.aclose()
    (request,) = system.requests
    assert request.path == "/service"
    assert request.headers["content-type"] == "text/xml; charset=utf-8"
    assert request.headers["soapaction"] == '"urn:amtsbote:einwohnerdienst:1.0/AnmeldungEntgegennehmen"'
    assert DELIVERY in request.body.decode()
    assert "Chóśebuz" in request.body.decode()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("angenommen", Delivered("EMA-1")),
        ("bereitsVorhanden", Delivered("EMA-1")),
        ("inBearbeitung", Pending("EMA-1")),
    ],
)
async def test_a_receipt_says_how_far_the_system_is(status: str, outcome: Outcome) -> None:
    assert await outcome_of(receipt("EMA-1", status)) == outcome


@pytest.mark.parametrize(
    "content",
    [
        receipt("EMA-1", "irgendwas"),
        receipt("", "angenommen"),
        envelope(f"<Eingangsbestaetigung {NAMESPACE}/>"),
    ],
)
async def test_an_answer_that_is_no_receipt_is_unclear(content: str) -> None:
    outcome = await outcome_of(content)
    assert isinstance(outcome, Unclear)
    assert outcome.cause.code == "no-receipt"


@pytest.mark.parametrize(
    "content",
    [
        "kein XML",
        "<a/>",
        "<html><body>Frau Geheim</body></html>",
        envelope(""),
        receipt("EMA-1", "angenommen", element="Fehlermeldung"),
        receipt("EMA-1", "angenommen").replace("urn:amtsbote:einwohnerdienst:1.0", "urn:other"),
        '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">' + receipt("EMA-1", "angenommen"),
        "<a>" * 5000,
    ],
)
async def test_an_unreadable_answer_is_unclear(content: str) -> None:
    assert await outcome_of(content) == UNREADABLE


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (fault("s:Client"), Rejected, "client"),
        (fault("s:Client.Anmeldung.Geheim"), Rejected, "client"),
        (fault("s:Server"), Unclear, "server"),
        (fault("s:MustUnderstand"), Failed, "must-understand"),
        (fault("Geheim"), Unclear, "other"),
        (fault("s:Server", "<Anderes><text>Geheim</text></Anderes>"), Unclear, "server"),
        (fault("s:Server", f"<SystemNichtBereit {NAMESPACE}/>"), Failed, "system-nicht-bereit"),
        (
            fault("s:Server", f"<FachlicherFehler {NAMESPACE}><code>S999</code></FachlicherFehler>"),
            Rejected,
            "fachlicher-fehler:S999",
        ),
        (
            fault("s:Server", f"<FachlicherFehler {NAMESPACE}><code>Frau Geheim</code></FachlicherFehler>"),
            Rejected,
            "fachlicher-fehler",
        ),
    ],
)
@pytest.mark.parametrize("status", [200, 500])
async def test_every_fault_has_its_outcome(content: str, status: int, kind: type, code: str) -> None:
    outcome = await outcome_of(content, status)
    assert isinstance(outcome, Failed | Unclear | Rejected)
    assert (type(outcome), outcome.cause.code) == (kind, f"soap-fault:{code}")
    assert "Geheim" not in repr(outcome)


async def test_a_page_of_a_proxy_is_not_read_as_a_fault() -> None:
    outcome = await outcome_of("<html><body>Bad Gateway</body></html>", 502, "text/html")
    assert isinstance(outcome, Unclear)
    assert outcome.cause.code == "http-502"


async def test_a_message_that_lacks_what_the_wsdl_demands_is_rejected_before_anything_is_sent() -> None:
    async with wire() as system:
        soap = transport(system.url)
        outcome = await soap.send(replace(an_anmeldung(), fields={"einzugsdatum": "2026-06-01"}))
        await soap.aclose()
    assert isinstance(outcome, Rejected)
    assert outcome.cause.code == "not-mappable"
    assert system.requests == []


@pytest.mark.parametrize("location", ["http://127.0.0.1:1/other.xsd", "../secret.xsd", "/etc/hostname"])
def test_a_wsdl_reaches_nothing_outside_its_folder(tmp_path: Path, location: str) -> None:
    folder = tmp_path / "wsdl"
    folder.mkdir()
    (tmp_path / "secret.xsd").write_text('<schema xmlns="http://www.w3.org/2001/XMLSchema"/>')
    importing = f'<xs:import namespace="urn:x" schemaLocation="{location}"/>'
    wsdl = folder / "service.wsdl"
    text = WSDL.read_text(encoding="utf-8")
    wsdl.write_text(
        text.replace('elementFormDefault="qualified">', f'elementFormDefault="qualified">{importing}'),
        encoding="utf-8",
    )
    with pytest.raises(ValidationError, match="ExternalReferenceForbidden"):
        transport("http://127.0.0.1:1/", wsdl)


async def test_nothing_of_a_message_or_an_answer_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await outcome_of(fault("s:Server", "<a>Frau Geheim</a>"), 500)
    await outcome_of("<html>Frau Geheim</html>", 200)
    assert "Chóśebuz" not in caplog.text
    assert "Geheim" not in caplog.text


def every_error_of_zeep(root: type[Exception] = zeep.exceptions.Error) -> Iterator[type[Exception]]:
    yield root
    for child in root.__subclasses__():
        yield from every_error_of_zeep(child)


@pytest.mark.parametrize("error", [*every_error_of_zeep(), IndexError, AttributeError, RecursionError])
def test_every_error_while_reading_ends_as_an_outcome(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    raised = error.__new__(error)
    raised.__dict__.update(code="Server", detail=None, subcodes=None, message="Frau Geheim")
    service = Service(WSDL, None, None, "http://127.0.0.1:1/")

    def fail(*_: object) -> None:
        raise raised

    monkeypatch.setattr(service, "_binding", SimpleNamespace(get=lambda _: None, process_reply=fail))
    read = service.read("AnmeldungEntgegennehmen", Answer(200, "text/xml", {}, b"<a/>"))
    outcome = fault_outcome(read, {}) if isinstance(read, Fault) else UNREADABLE
    assert isinstance(outcome, Unclear)
    assert read is None or isinstance(raised, Fault)
    assert "Geheim" not in repr(outcome)


@pytest.mark.parametrize("error", [*every_error_of_zeep(), TypeError, KeyError, RecursionError])
def test_every_error_while_writing_says_that_nothing_was_sent(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(WSDL, None, None, "http://127.0.0.1:1/")

    def fail(*_: object, **__: object) -> None:
        raise error.__new__(error)

    monkeypatch.setattr(service, "_binding", SimpleNamespace(_create=fail))
    with pytest.raises(NotWritableError):
        service.write("AnmeldungEntgegennehmen", {})
