import asyncio
from base64 import b64decode
from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError

from adapters.transports.http.exchange import HttpTransport
from adapters.transports.http.oauth import UNREADABLE
from adapters.transports.http.outcomes import Answer
from adapters.transports.http.settings import HttpSettings
from gateway.core.outcome import Failed
from tests.unit.adapters.builders import NOW, a_destination
from tests.unit.adapters.wire import Wire, http, wire

GRANTED = http(200, '{"access_token": "t-1", "token_type": "Bearer", "expires_in": 300}')
GRANTED_AGAIN = http(200, '{"access_token": "t-2", "token_type": "bearer", "expires_in": 300}')
DONE = http(200, "{}")


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


def a_transport(service: Wire, tokens: Wire, clock: Clock | None = None, **settings: object) -> HttpTransport:
    model = HttpSettings.model_validate(
        {
            "url": service.url,
            "token_url": tokens.url,
            "client_id": "amtsbote",
            "client_secret": "streng:vertraulich",
            **settings,
        }
    )
    return HttpTransport(model, a_destination(), clock or Clock())


def shown(service: Wire) -> list[str]:
    return [each.headers["authorization"] for each in service.requests]


async def test_a_token_is_fetched_once_and_shown_by_every_call() -> None:
    async with wire() as service, wire() as tokens:
        service.say(DONE)
        tokens.say(GRANTED)
        transport = a_transport(service, tokens, scope="kasse:schreiben")
        for _ in range(2):
            assert isinstance(await transport.post({}, content=b"{}"), Answer)
        await transport.aclose()
    assert shown(service) == ["Bearer t-1", "Bearer t-1"]
    (request,) = tokens.requests
    assert request.body == b"grant_type=client_credentials&scope=kasse%3Aschreiben"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert (
        b64decode(request.headers["authorization"].removeprefix("Basic ")) == b"amtsbote:streng%3Avertraulich"
    )


async def test_who_we_are_may_stand_in_the_form() -> None:
    async with wire() as service, wire() as tokens:
        service.say(DONE)
        tokens.say(GRANTED)
        transport = a_transport(service, tokens, client_login="body")
        await transport.post({}, content=b"{}")
        await transport.aclose()
    assert b"client_id=amtsbote&client_secret=streng%3Avertraulich" in tokens.requests[0].body
    assert "authorization" not in tokens.requests[0].headers


async def test_calls_at_the_same_time_wait_for_one_token() -> None:
    async with wire() as service, wire() as tokens:
        service.say(DONE)
        tokens.say(GRANTED)
        transport = a_transport(service, tokens)
        await asyncio.gather(*(transport.post({}, content=b"{}") for _ in range(4)))
        await transport.aclose()
    assert len(tokens.requests) == 1
    assert shown(service) == ["Bearer t-1"] * 4


async def test_another_token_is_fetched_shortly_before_the_first_expires() -> None:
    async with wire() as service, wire() as tokens:
        service.say(DONE)
        tokens.say(GRANTED, GRANTED_AGAIN)
        clock = Clock()
        transport = a_transport(service, tokens, clock)
        for seconds in (0, 269, 270):
            clock.time = NOW + timedelta(seconds=seconds)
            await transport.post({}, content=b"{}")
        await transport.aclose()
    assert shown(service) == ["Bearer t-1", "Bearer t-1", "Bearer t-2"]


async def test_a_401_drops_the_token() -> None:
    async with wire() as service, wire() as tokens:
        service.say(http(401), DONE)
        tokens.say(GRANTED, GRANTED_AGAIN)
        transport = a_transport(service, tokens)
        answers = [await transport.post({}, content=b"{}") for _ in range(2)]
        await transport.aclose()
    refused = answers[0]
    assert isinstance(refused, Answer)
    trouble = transport.judge(refused, frozenset())
    assert isinstance(trouble, Failed)
    assert trouble.cause.code == "http-401"
    assert shown(service) == ["Bearer t-1", "Bearer t-2"]


@pytest.mark.parametrize(
    ("answer", "code", "wait"),
    [
        (http(401, '{"error": "invalid_client"}'), "token-http-401", None),
        (http(400, '{"error": "invalid_scope"}'), "token-http-400", None),
        (http(500), "token-http-500", None),
        (http(503, Retry_After="60"), "token-http-503", 60),
        (http(200, "<html/>", "text/html"), "token-wrong-content-type", None),
        (None, "token-connection-lost", None),
        (b"", "token-read-timeout", None),
        (http(200, "{}"), UNREADABLE.cause.code, None),
        (http(200, "kein json"), UNREADABLE.cause.code, None),
        (http(200, '{"access_token": "a b", "token_type": "Bearer"}'), UNREADABLE.cause.code, None),
        (http(200, '{"access_token": "a", "token_type": "mac"}'), UNREADABLE.cause.code, None),
        (
            http(200, '{"access_token": "a", "token_type": "Bearer", "expires_in": 0}'),
            "token-unreadable",
            None,
        ),
    ],
)
async def test_without_a_token_nothing_is_sent(answer: bytes | None, code: str, wait: int | None) -> None:
    async with wire() as service, wire() as tokens:
        service.say(DONE)
        tokens.say(answer)
        transport = a_transport(service, tokens, read_timeout=0.5 if answer == b"" else 30)
        outcome = await transport.post({}, content=b"{}")
        await transport.aclose()
    assert isinstance(outcome, Failed)
    assert outcome.cause.code == code
    assert outcome.retry_after == (timedelta(seconds=wait) if wait else None)
    assert service.requests == []


async def test_a_token_endpoint_that_never_ends_its_answer_is_a_certain_failure() -> None:
    async with wire() as service, wire() as tokens:
        tokens.say(b"")
        transport = a_transport(service, tokens, total_timeout=0.3)
        outcome = await transport.post({}, content=b"{}")
        await transport.aclose()
    assert isinstance(outcome, Failed)
    assert outcome.cause.code == "token-total-timeout"


@pytest.mark.parametrize(
    "settings",
    [
        {"token_url": "https://token"},
        {"client_id": "a", "client_secret": "b"},
        {"token_url": "https://token", "client_id": "a", "client_secret": "b", "token": "c"},
        {"token_url": "https://u:p@token", "client_id": "a", "client_secret": "b"},
        {"scope": "a"},
        {"headers": {"Authorization": "a"}},
        {"headers": {"X-Key": "a\r\nb"}},
        {"headers": {"X Key": "a"}},
    ],
)
def test_logins_that_can_not_work_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        HttpSettings.model_validate({"url": "https://system", **settings})
    assert "vertraulich" not in str(refused.value)


async def test_further_headers_go_along() -> None:
    async with wire() as service:
        service.say(DONE)
        settings = HttpSettings.model_validate({"url": service.url, "headers": {"X-Api-Key": "geheim"}})
        transport = HttpTransport(settings, a_destination(), Clock())
        await transport.post({}, content=b"{}")
        await transport.aclose()
    assert service.requests[0].headers["x-api-key"] == "geheim"
    assert "geheim" not in repr(settings)
