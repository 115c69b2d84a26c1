import _ssl
import asyncio
import ssl
import warnings
from pathlib import Path

import pytest
from pydantic import ValidationError

from adapters.transports.http import tls
from adapters.transports.http.exchange import HttpTransport
from adapters.transports.http.outcomes import Answer, Trouble
from adapters.transports.http.settings import HttpSettings
from gateway.core.outcome import Failed
from tests.unit.adapters.builders import Clock, a_destination
from tests.unit.adapters.certificates import Authority, Issued, refusing, server_context
from tests.unit.adapters.wire import http, wire


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
def server(authority: Authority) -> Issued:
    return authority.issue("server")


async def get(url: str, **settings: object) -> Answer | Trouble:
    transport = HttpTransport(
        HttpSettings.model_validate({"url": url, "connect_timeout": 30, **settings}), a_destination(), Clock()
    )
    answer = await transport.call("GET", url, {})
    await transport.aclose()
    return answer


async def test_a_system_is_reached_over_tls_and_sees_our_certificate(
    authority: Authority, server: Issued
) -> None:
    ours = authority.issue("amtsbote", password=b"geheim")
    async with wire(server_context(server, clients=authority.file)) as system:
        system.say(http(200, "{}"))
        answer = await get(
            system.url,
            ca_file=authority.file,
            client_certificate=ours.certificate,
            client_key=ours.key,
            client_key_password="geheim",
        )
    assert isinstance(answer, Answer)
    assert system.requests[0].client == "amtsbote"


async def test_certificate_and_key_may_stand_in_one_file(authority: Authority, server: Issued) -> None:
    ours = authority.issue("amtsbote")
    both = authority.folder / "both.pem"
    both.write_bytes(ours.key.read_bytes() + ours.certificate.read_bytes())
    async with wire(server_context(server, clients=authority.file)) as system:
        system.say(http(200, "{}"))
        answer = await get(system.url, ca_file=authority.file, client_certificate=both)
    assert isinstance(answer, Answer)


async def test_an_expired_certificate_is_a_failure_of_its_own(authority: Authority) -> None:
    async with wire(server_context(authority.issue("server", days=-1))) as system:
        assert await get(system.url, ca_file=authority.file) == Failed(tls.EXPIRED)


async def test_the_certificate_of_another_host_is_a_failure_of_its_own(authority: Authority) -> None:
    async with wire(server_context(authority.issue("server", host="kasse.example"))) as system:
        assert await get(system.url, ca_file=authority.file) == Failed(tls.WRONG_HOST)


async def test_an_unknown_authority_is_a_failure_of_its_own(server: Issued, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other", "Andere CA")
    async with wire(server_context(server)) as system:
        assert await get(system.url, ca_file=other.file) == Failed(tls.UNTRUSTED)
        assert await get(system.url) == Failed(tls.UNTRUSTED)
    assert system.requests == []


async def test_who_shows_no_certificate_is_refused(authority: Authority, server: Issued) -> None:
    """TLS 1.3 says so only when the request is on its way."""
    with refusing(server_context(server, clients=authority.file)) as url:
        assert await get(url, ca_file=authority.file) == Failed(tls.CLIENT_REFUSED)


async def test_who_shows_the_certificate_of_a_stranger_is_refused(
    authority: Authority, server: Issued, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path / "other", "Andere CA").issue("fremd")
    with refusing(server_context(server, clients=authority.file)) as url:
        answer = await get(
            url,
            ca_file=authority.file,
            client_certificate=stranger.certificate,
            client_key=stranger.key,
        )
    assert answer == Failed(tls.CLIENT_REFUSED)


async def test_nothing_older_than_tls_1_2_is_spoken(authority: Authority, server: Issued) -> None:
    old = server_context(server)
    with warnings.catch_warnings(action="ignore"):
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with refusing(old) as url:
        assert await get(url, ca_file=authority.file) == Failed(tls.HANDSHAKE)


async def test_no_tls_over_there_is_a_certain_failure() -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(http(400))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await get(f"https://127.0.0.1:{port}/") == Failed(tls.HANDSHAKE)
    server.close()


def test_what_does_not_go_together_is_refused_with_the_settings(authority: Authority) -> None:
    ours, other = authority.issue("amtsbote", password=b"geheim"), authority.issue("other")
    for settings in (
        {"client_key": ours.key},
        {"client_certificate": ours.certificate},
        {"client_certificate": ours.certificate, "client_key": other.key},
        {"client_certificate": ours.certificate, "client_key": ours.key, "client_key_password": "falsch"},
        {"client_certificate": ours.certificate, "client_key": ours.key},
        {"ca_file": ours.key},
    ):
        with pytest.raises(ValidationError) as refused:
            HttpSettings.model_validate({"url": "https://system", **settings})
        assert "falsch" not in str(refused.value.errors(include_input=False))


def test_every_alert_about_a_certificate_that_openssl_knows_stands_in_the_table() -> None:
    names = [name.partition("_ALERT_")[2] for name in _ssl.err_codes_to_names.values()]
    about = {name for name in names if "CERT" in name or name in {"ACCESS_DENIED", "UNKNOWN_CA"}}
    assert about == tls.ALERTS.keys()


def test_an_alert_that_does_not_speak_of_our_certificate_leaves_it_unclear() -> None:
    error = ssl.SSLError(1, "sslv3 alert")
    assert tls.late_refusal(error) is None
    assert tls.refusal(error) == Failed(tls.HANDSHAKE)
    assert tls.refusal(OSError()) is None
