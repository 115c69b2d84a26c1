import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta

import httpcore
import httpx
import pytest
from httpx._transports.default import map_httpcore_exceptions
from pydantic import ValidationError

from adapters.transports.http.exchange import HttpTransport
from adapters.transports.http.outcomes import ERRORS, STATUSES, trouble_of
from adapters.transports.http.settings import HttpSettings
from adapters.transports.rest import RestTransport, Settings
from gateway.core.outcome import Delivered, Failed, Outcome, Pending, Rejected, Unclear
from gateway.core.trace import TRACEPARENT
from tests.unit.adapters.builders import DELIVERY, Clock, a_destination, a_dispatch, surroundings
from tests.unit.adapters.wire import DRIP, http, wire

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
RECEIPT = http(201, '{"kassenzeichen": "KZ-1"}')


def a_transport(url: str, **settings: object) -> RestTransport:
    model = Settings.model_validate({"url": url, "receipt": "kassenzeichen", **settings})
    return RestTransport(model, a_destination(), surroundings())


async def outcome_of(answer: bytes | None, **settings: object) -> Outcome:
    async with wire() as system:
        system.say(answer)
        transport = a_transport(system.url, **settings)
        outcome = await transport.send(a_dispatch())
        await transport.aclose()
        return outcome


async def code_of(answer: bytes | None, **settings: object) -> tuple[type, str]:
    outcome = await outcome_of(answer, **settings)
    assert isinstance(outcome, Failed | Unclear | Rejected)
    return type(outcome), outcome.cause.code


async def test_json_goes_out_under_the_delivery_as_idempotency_key_and_comes_back_with_a_reference() -> None:
    async with wire() as system:
        system.say(RECEIPT)
        transport = a_transport(system.url, username="amtsbote", password="gehëim")
        assert await transport.send(a_dispatch()) == Delivered("KZ-1")
        await transport.aclose()
    (request,) = system.requests
    assert request.body.decode() == '{"ort":"Chóśebuz"}'
    assert request.headers["idempotency-key"] == DELIVERY
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(("wanted", "told"), [(True, TRACE), (False, None)])
async def test_the_trace_is_told_only_where_the_destination_says_so(wanted: bool, told: str | None) -> None:
    async with wire() as system:
        system.say(RECEIPT)
        transport = a_transport(system.url, trace_header=wanted)
        token = TRACEPARENT.set(TRACE)
        assert await transport.send(a_dispatch()) == Delivered("KZ-1")
        TRACEPARENT.reset(token)
        await transport.aclose()
    (request,) = system.requests
    assert request.headers.get("traceparent") == told


async def test_parts_go_out_as_a_form_with_the_document_byte_for_byte() -> None:
    async with wire() as system:
        system.say(RECEIPT)
        transport = a_transport(system.url, token="token-of-the-system", body="form")
        assert await transport.send(a_dispatch()) == Delivered("KZ-1")
        await transport.aclose()
    (request,) = system.requests
    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    sent = request.body.decode()
    assert 'name="metadaten"\r\nContent-Type: application/json\r\n\r\n{"ort":"Chóśebuz"}\r\n' in sent
    head = f'name="dokument"; filename="{DELIVERY}.xml"\r\nContent-Type: application/xml\r\n\r\n'
    assert head + "<ort>Chóśebuz</ort>\r\n" in sent
    assert request.headers["authorization"] == "Bearer token-of-the-system"


async def test_no_cookie_is_kept() -> None:
    async with wire() as system:
        system.say(http(201, '{"kassenzeichen": "KZ-1"}', Set_Cookie="session=1"))
        transport = a_transport(system.url)
        for _ in range(2):
            assert await transport.send(a_dispatch()) == Delivered("KZ-1")
        await transport.aclose()
    assert all("cookie" not in request.headers for request in system.requests)


async def test_what_is_taken_in_but_not_yet_worked_on_is_pending() -> None:
    assert await outcome_of(http(202, '{"kassenzeichen": 4711}')) == Pending("4711")


@pytest.mark.parametrize(
    "answer",
    [
        http(202),
        http(200),
        http(204),
        http(200, '{"fehler": "Datenbank nicht erreichbar"}'),
        http(201, '{"kassenzeichen": ""}'),
        http(201, '{"kassenzeichen": null}'),
        http(201, '{"kassenzeichen": true}'),
        http(201, '{"kassenzeichen": "a\\u0000b"}'),
        http(201, '["kassenzeichen"]'),
        http(201, "kein json"),
        http(201, "[" * 100_000),
    ],
)
async def test_a_success_without_the_receipt_is_unclear(answer: bytes) -> None:
    assert await code_of(answer) == (Unclear, "no-receipt")


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (http(422, '{"code": "x"}'), Rejected, "http-422"),
        (http(400, '{"code": "x"}', "application/problem+json"), Rejected, "http-400"),
        (http(413), Rejected, "http-413"),
        (http(422, "<html/>", "text/html"), Failed, "http-422"),
        (http(401), Failed, "http-401"),
        (http(403, "<html/>", "text/html"), Failed, "http-403"),
        (http(404), Failed, "http-404"),
        (http(409), Unclear, "http-409"),
        (http(301, Location="http://127.0.0.1:1/"), Failed, "http-301"),
        (http(303, Location="http://127.0.0.1:1/"), Unclear, "http-303"),
        (http(500), Unclear, "http-500"),
        (http(502, "<html/>", "text/html"), Unclear, "http-502"),
        (http(504), Unclear, "http-504"),
        (http(503), Failed, "http-503"),
        (http(599), Unclear, "http-599"),
        (http(200, "<html/>", "text/html"), Unclear, "wrong-content-type"),
        (http(201, '{"kassenzeichen": "1"}', Content_Encoding="gzip"), Unclear, "wrong-content-type"),
        (b"Ganz etwas anderes\r\n\r\n", Unclear, "connection-lost"),
        (None, Unclear, "connection-lost"),
    ],
)
async def test_every_answer_has_its_outcome(answer: bytes | None, kind: type, code: str) -> None:
    assert await code_of(answer) == (kind, code)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 201 Created\r\nContent-Length: 999\r\n\r\n{"])
async def test_silence_before_or_within_an_answer_is_unclear(answer: bytes) -> None:
    assert await code_of(answer, read_timeout=0.2) == (Unclear, "read-timeout")


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("Mon, 01 Jun 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("Mon, 01 Jun 2026 11:00:00 GMT", timedelta(0)),
        ("999999999999999999999", timedelta(days=1)),
        ("Mon, 01 Jun 2099 11:00:00 GMT", timedelta(days=1)),
        ("Mon, 01 Jun 2026 12:05:00 -0000", None),
        ("bald", None),
        ("-5", None),
    ],
)
async def test_retry_after_is_read_in_seconds_and_as_a_date(header: str, wait: timedelta | None) -> None:
    outcome = await outcome_of(http(503, Retry_After=header))
    assert isinstance(outcome, Failed)
    assert outcome.retry_after == wait


async def test_a_refused_connection_is_a_certain_failure() -> None:
    async with wire() as system:
        url = system.url
    transport = a_transport(url)
    outcome = await transport.send(a_dispatch())
    assert isinstance(outcome, Failed)
    assert outcome.cause.code == "connect-error"
    await transport.aclose()


@pytest.mark.parametrize("together", [True, False])
async def test_a_second_answer_is_never_taken_for_that_of_the_next_delivery(*, together: bool) -> None:
    again = http(201, '{"kassenzeichen": "KZ-1 again"}')
    async with wire() as system:
        system.say(RECEIPT + again if together else RECEIPT, http(201, '{"kassenzeichen": "KZ-2"}'))
        transport = a_transport(system.url)
        assert await transport.send(a_dispatch()) == Delivered("KZ-1")
        if not together:
            await system.add(again)
        assert await transport.send(a_dispatch()) == Delivered("KZ-2")
        await transport.aclose()


async def test_a_connection_is_used_again_where_the_destination_says_so() -> None:
    async with wire() as system:
        system.say(RECEIPT)
        transport = a_transport(system.url, reuse_connections=True)
        await transport.send(a_dispatch())
        first = system.writer
        await transport.send(a_dispatch())
        assert system.writer is first
        await transport.aclose()


async def test_an_answer_that_drips_ends_with_the_attempt() -> None:
    assert await code_of(DRIP, read_timeout=5, total_timeout=0.3) == (Unclear, "total-timeout")


async def test_an_endless_answer_is_not_read_to_its_end() -> None:
    answer = http(201, b'{"kassenzeichen": "' + b"1" * 5000 + b'"}')
    assert await code_of(answer, max_answer_bytes=1000) == (Unclear, "answer-too-large")


async def test_a_cancelled_attempt_leaves_no_connection() -> None:
    async with wire() as system:
        system.say(b"")
        transport = a_transport(system.url)
        attempt = asyncio.create_task(transport.send(a_dispatch()))
        await system.arrived.wait()
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        await system.all_hung_up()
        await transport.aclose()
        await transport.aclose()


async def test_no_content_and_no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer = http(422, '{"meldung": "Frau Geheim ist unbekannt"}')
    await outcome_of(answer, username="amtsbote", password="streng-vertraulich")
    assert "Chóśebuz" not in caplog.text
    assert "Geheim" not in caplog.text
    assert "vertraulich" not in caplog.text


def every_error_of_httpx(root: type[Exception] = httpx.HTTPError) -> Iterator[type[Exception]]:
    yield root
    for child in root.__subclasses__():
        yield from every_error_of_httpx(child)


@pytest.mark.parametrize("error", [*every_error_of_httpx(), httpx.InvalidURL])
def test_every_error_of_httpx_stands_in_the_table(error: type[Exception]) -> None:
    assert error in ERRORS


def every_error_of_httpcore() -> set[type[Exception]]:
    errors = {
        each for each in vars(httpcore).values() if isinstance(each, type) and issubclass(each, Exception)
    }
    # Between connection and pool alone: another connection is taken then.
    return errors - {httpcore.ConnectionNotAvailable}


@pytest.mark.parametrize("error", sorted(every_error_of_httpcore(), key=str))
def test_every_error_of_httpcore_comes_as_one_of_the_table(error: type[Exception]) -> None:
    with pytest.raises(httpx.HTTPError) as raised, map_httpcore_exceptions():
        raise error
    assert raised.type in ERRORS


@pytest.mark.parametrize("error", ERRORS)
def test_a_cause_never_repeats_the_text_of_an_error(error: type[Exception]) -> None:
    raised = error.__new__(error)
    raised.args = ("Frau Geheim",)
    trouble = trouble_of(raised)
    assert "Geheim" not in trouble.cause.detail


def test_only_refusals_on_the_merits_are_final() -> None:
    assert Rejected not in STATUSES.values()


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "ftp://system"},
        {"url": "http://user:secret@system"},
        {"url": "http://system", "username": "a"},
        {"url": "http://system", "username": "a", "password": "b", "token": "c"},
        {"url": "http://system", "token": "two lines\r\nX: y"},
        {"url": "http://system", "read_timeout": 0},
        {"url": "http://system", "pasword": "typing error"},
    ],
)
def test_settings_that_can_not_work_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        HttpSettings.model_validate(settings)


def test_secrets_are_masked() -> None:
    settings = HttpSettings.model_validate({"url": "http://system", "token": "streng-vertraulich"})
    assert "vertraulich" not in repr(settings)


async def test_an_attempt_ends_before_the_worker_breaks_it_off() -> None:
    destination = a_destination()
    settings = HttpSettings.model_validate({"url": "http://system", "total_timeout": 10_000})
    transport = HttpTransport(settings, destination, Clock())
    assert transport._deadline < destination.attempt_within.total_seconds() * 0.9
    await transport.aclose()
