"""The addresses with TLS: one certificate is good, every other one is wrong in one way."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from gateway.sandbox import Sandbox, SandboxSettings, System, sandbox
from gateway.sandbox.certificates import Certificates, Tls
from tests.integration.sandbox.callers import Caller


@pytest.fixture
def settings(tmp_path: Path) -> SandboxSettings:
    return SandboxSettings(port=0, folder=tmp_path / "sandbox")


@pytest.fixture
async def running(settings: SandboxSettings) -> AsyncIterator[Sandbox]:
    async with sandbox(settings) as running:
        yield running


async def ask(running: Sandbox, kind: Tls, context: ssl.SSLContext) -> int:
    async with httpx.AsyncClient(base_url=running.tls[kind], verify=context, timeout=20) as client:
        return (await Caller(client, System.FINANCE).post("d1")).status_code


async def test_with_a_good_certificate_all_is_as_without(running: Sandbox, settings: SandboxSettings) -> None:
    assert await ask(running, Tls.VALID, Certificates(settings.certificates).caller()) == 201


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (Tls.EXPIRED, "certificate has expired"),
        (Tls.WRONG_HOST, "IP address mismatch"),
        (Tls.SELF_SIGNED, "self-signed certificate"),
    ],
)
async def test_a_bad_certificate_is_bad_in_its_own_way(
    running: Sandbox, settings: SandboxSettings, kind: Tls, reason: str
) -> None:
    with pytest.raises(httpx.ConnectError, match=reason):
        await ask(running, kind, Certificates(settings.certificates).caller())
    assert running.desk.journal.counts(System.FINANCE).deliveries == 0


async def test_a_certificate_is_demanded_from_the_caller(running: Sandbox, settings: SandboxSettings) -> None:
    certificates = Certificates(settings.certificates)

    assert await ask(running, Tls.CLIENT, certificates.caller(with_certificate=True)) == 201
    # TLS 1.3 refuses after the client believes that it is connected.
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError, httpx.ConnectError)):
        await ask(running, Tls.CLIENT, certificates.caller())


async def test_the_authority_stays_the_same_over_a_restart(settings: SandboxSettings) -> None:
    authorities = []
    for _ in range(2):
        async with sandbox(settings):
            authorities.append(Certificates(settings.certificates).authority.read_bytes())

    assert authorities[0] == authorities[1]


async def test_keys_are_for_their_owner_alone(running: Sandbox, settings: SandboxSettings) -> None:
    keys = list(settings.certificates.glob("*.key"))

    assert len(keys) == len(Tls) + 2
    assert {key.stat().st_mode & 0o777 for key in keys} == {0o600}
