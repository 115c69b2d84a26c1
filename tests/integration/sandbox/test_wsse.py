"""WS-Security at registration: the envelopes of our own transport are let in, changed and foreign ones are not."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from lxml import etree

from adapters.transports.soap.wsse import Security, WsSecurity
from gateway.sandbox import Sandbox, SandboxSettings, System, sandbox
from gateway.sandbox.certificates import Certificates
from schemas.door import parse
from tests.integration.sandbox.callers import an_envelope, counts_of
from tests.unit.adapters.certificates import Authority

SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
USER: dict[str, object] = {"username": "sandbox", "password": "sandbox"}


@pytest.fixture
def settings(tmp_path: Path) -> SandboxSettings:
    settings = SandboxSettings(port=0, tls=False, sftp=False, folder=tmp_path / "sandbox")
    Certificates(settings.certificates).prepare(settings.host)
    return settings


@pytest.fixture
async def client(settings: SandboxSettings) -> AsyncIterator[httpx.AsyncClient]:
    running: Sandbox
    async with (
        sandbox(settings) as running,
        httpx.AsyncClient(base_url=running.url, timeout=10) as client,
    ):
        yield client


def secured(now: datetime | None = None, /, **security: object) -> bytes:
    envelope = etree.fromstring(an_envelope("d1").encode())
    Security(WsSecurity.model_validate(security)).apply(envelope, now or datetime.now(UTC))
    return etree.tostring(envelope)


async def post(client: httpx.AsyncClient, demand: str, content: bytes) -> httpx.Response:
    headers = {"Content-Type": "text/xml; charset=utf-8"}
    return await client.post(f"/registration/soap/{demand}", content=content, headers=headers)


def key_of(settings: SandboxSettings) -> dict[str, object]:
    certificate, key = Certificates(settings.certificates).client()
    return {"certificate": certificate, "key": key}


@pytest.mark.parametrize("digest", [False, True])
async def test_a_user_is_let_in(client: httpx.AsyncClient, *, digest: bool) -> None:
    answer = await post(client, "username-token", secured(**USER, digest=digest))

    assert answer.status_code == 200
    assert (await counts_of(client, System.REGISTRATION))["taken"] == 1


@pytest.mark.parametrize("digest", [False, True])
async def test_who_does_not_know_the_password_is_not(client: httpx.AsyncClient, *, digest: bool) -> None:
    for content in (
        secured(username="sandbox", password="wrong", digest=digest),
        secured(username="other", password="sandbox", digest=digest),
        an_envelope("d1").encode(),
    ):
        answer = await post(client, "username-token", content)

        assert answer.status_code == 500
        assert parse(answer.content).text("Body/Fault/faultcode") == "wsse:FailedAuthentication"
    assert (await counts_of(client, System.REGISTRATION))["deliveries"] == 0


async def test_an_old_digest_is_not_taken_again(client: httpx.AsyncClient) -> None:
    old = secured(datetime.now(UTC) - timedelta(hours=1), **USER, digest=True)

    assert (await post(client, "username-token", old)).status_code == 500


async def test_a_signature_is_let_in(client: httpx.AsyncClient, settings: SandboxSettings) -> None:
    assert (await post(client, "x509", secured(**key_of(settings)))).status_code == 200


async def test_what_was_changed_is_not(client: httpx.AsyncClient, settings: SandboxSettings) -> None:
    changed = secured(**key_of(settings)).replace(b"12052000", b"12053000")

    assert (await post(client, "x509", changed)).status_code == 500
    assert (await post(client, "x509", an_envelope("d1").encode())).status_code == 500
    assert (await counts_of(client, System.REGISTRATION))["deliveries"] == 0


async def test_another_key_is_not(client: httpx.AsyncClient, tmp_path: Path) -> None:
    other = Authority(tmp_path).issue("other")

    content = secured(certificate=other.certificate, key=other.key)

    assert (await post(client, "x509", content)).status_code == 500


async def test_an_expired_envelope_is_not(client: httpx.AsyncClient, settings: SandboxSettings) -> None:
    old = secured(datetime.now(UTC) - timedelta(hours=1), **key_of(settings))

    assert (await post(client, "x509", old)).status_code == 500


async def test_soap_12_says_it_in_its_own_way(client: httpx.AsyncClient) -> None:
    content = an_envelope("d1").replace("http://schemas.xmlsoap.org/soap/envelope/", SOAP_12)
    answer = await client.post(
        "/registration/soap12/x509",
        content=content.encode(),
        headers={"Content-Type": "application/soap+xml"},
    )

    fault = parse(answer.content).one("Body/Fault")
    assert fault is not None
    assert (answer.status_code, fault.text("Code/Value"), fault.text("Code/Subcode/Value")) == (
        400,
        "soap:Sender",
        "wsse:FailedAuthentication",
    )
