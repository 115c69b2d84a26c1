"""What transports find when they look at their destinations."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters import checking
from adapters.adapter import adapter_of
from adapters.checking import file_looks, in_thread, ok, walk
from adapters.dispatch import ORIGINAL
from adapters.transports.folders.files_check import folder_looks
from adapters.transports.http.settings import HttpSettings
from gateway.core.check import Finding, Step, StepName, StepResult
from gateway.core.errors import BrokerUnavailable
from gateway.core.ports import Adapter, Checkable
from tests.unit.adapters.builders import Shelf, an_adapter, surroundings
from tests.unit.adapters.certificates import Authority, server_context
from tests.unit.adapters.wire import http, serving, wire
from tests.unit.adapters.xta_service import XtaService, fault

OK, WARNING, FAILED, SKIPPED = StepResult.OK, StepResult.WARNING, StepResult.FAILED, StepResult.SKIPPED


async def steps_of(adapter: Adapter) -> dict[StepName, Step]:
    assert isinstance(adapter, Checkable)
    steps = [step async for step in adapter.check()]
    await adapter.aclose()
    assert all(step.seconds >= 0 and step.finding.de and step.finding.en for step in steps)
    return {step.name: step for step in steps}


def results(steps: dict[StepName, Step]) -> dict[str, str]:
    return {name.value: step.finding.result.value for name, step in steps.items()}


async def test_everything_is_looked_at_and_nothing_is_posted(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    ours = authority.issue("amtsbote", days=400)
    ours.key.chmod(0o600)
    server = authority.issue("server", days=100)
    async with wire(server_context(server, clients=authority.file)) as system:
        system.say(http(405))
        files: dict[str, Any] = {
            "ca_file": authority.file,
            "client_certificate": ours.certificate,
            "client_key": ours.key,
        }
        steps = await steps_of(an_adapter("finance", url=system.url, **files))
        assert [request.method for request in system.requests] == ["HEAD"]
    assert results(steps) == dict.fromkeys(
        ["files", "own-certificate", "name", "connection", "certificate", "call"], "ok"
    )
    assert 398 < (steps[StepName.OWN_CERTIFICATE].finding.days or 0) <= 400
    assert 98 < (steps[StepName.CERTIFICATE].finding.days or 0) <= 100


async def test_a_certificate_that_ends_soon_is_warned_of(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    ours = authority.issue("amtsbote", days=29)
    ours.key.chmod(0o644)
    server = authority.issue("server", days=29)
    async with wire(server_context(server)) as system:
        system.say(http(200))
        files: dict[str, Any] = {
            "ca_file": authority.file,
            "client_certificate": ours.certificate,
            "client_key": ours.key,
        }
        steps = await steps_of(an_adapter("finance", url=system.url, **files))
    codes = {name.value: step.finding.code for name, step in steps.items()}
    assert codes == {
        "files": "file-open-to-all",
        "own-certificate": "own-certificate-expires-soon",
        "name": "ok",
        "connection": "ok",
        "certificate": "certificate-expires-soon",
        "call": "ok",
    }


@pytest.mark.parametrize(
    ("days", "trusted", "code"), [(-1, True, "tls-expired"), (9, False, "tls-untrusted")]
)
async def test_a_bad_certificate_ends_the_check(tmp_path: Path, days: int, trusted: bool, code: str) -> None:
    authority = Authority(tmp_path / "ca")
    other = Authority(tmp_path / "other")
    async with wire(server_context(authority.issue("server", days=days))) as system:
        system.say(http(200))
        ca = authority.file if trusted else other.file
        steps = await steps_of(an_adapter("finance", url=system.url, ca_file=ca))
        assert system.requests == []
    assert steps[StepName.CERTIFICATE].finding.code == code
    assert steps[StepName.CALL].finding == checking.EARLIER


async def test_our_own_certificate_that_has_expired_is_found_before_anybody_is_called(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    ours = authority.issue("amtsbote", days=-1)
    files: dict[str, Any] = {"client_certificate": ours.certificate, "client_key": ours.key}
    steps = await steps_of(an_adapter("finance", url="https://127.0.0.1:1/", **files))
    assert steps[StepName.OWN_CERTIFICATE].finding.code == "own-certificate-expired"
    assert steps[StepName.NAME].finding == checking.EARLIER


async def test_nobody_there_is_a_failed_connection() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        steps = await steps_of(an_adapter("finance", url=f"http://127.0.0.1:{free.getsockname()[1]}/"))
    assert results(steps) == {"name": "ok", "connection": "failed", "call": "skipped"}


async def test_an_unknown_name_is_told_apart_from_a_closed_door() -> None:
    steps = await steps_of(an_adapter("finance", url="http://kein-solcher-rechner.invalid/"))
    assert steps[StepName.NAME].finding.code == "name-unknown"


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (http(204), OK),
        (http(400), OK),
        (http(500), OK),
        (http(401), FAILED),
        (http(403), FAILED),
        (http(404), WARNING),
        (http(301), WARNING),
        (http(503), FAILED),
        (None, FAILED),
    ],
)
async def test_that_somebody_answers_is_enough(answer: bytes | None, result: StepResult) -> None:
    async with wire() as system:
        system.say(answer)
        steps = await steps_of(an_adapter("finance", url=system.url))
    assert steps[StepName.CALL].finding.result is result


async def test_an_address_for_each_delivery_is_asked_for_one_that_is_made_up() -> None:
    async with wire() as system:
        system.say(http(404))
        steps = await steps_of(an_adapter("finance", method="PUT", url=system.url + "/{delivery}"))
        assert "{" not in system.requests[0].path
    assert steps[StepName.CALL].finding.result is OK


@pytest.mark.parametrize(
    ("answer", "result"),
    [(http(200, '{"access_token": "t", "token_type": "Bearer"}'), OK), (http(401), FAILED)],
)
async def test_a_token_is_fetched(answer: bytes, result: StepResult) -> None:
    async with wire() as tokens, wire() as system:
        tokens.say(answer)
        system.say(http(200))
        login: dict[str, Any] = {"token_url": tokens.url, "client_id": "amtsbote", "client_secret": "geheim"}
        steps = await steps_of(an_adapter("finance", url=system.url, **login))
        assert len(system.requests) == (1 if result is OK else 0)
    assert steps[StepName.CREDENTIALS].finding.result is result
    assert "geheim" not in repr(steps)


async def test_a_soap_service_is_looked_at_with_its_wsdl() -> None:
    async with wire() as system:
        system.say(http(405))
        steps = await steps_of(an_adapter("registration", url=system.url))
    assert results(steps) == dict.fromkeys(["files", "name", "connection", "call"], "ok")


async def test_an_xta_service_is_asked_for_our_account() -> None:
    async with serving(XtaService()) as service, serving(XtaService()) as management:
        settings: dict[str, Any] = {
            "url": service.url,
            "management_url": management.url,
            "author": "ags:12052000",
            "service": "urn:dienst",
            "message_types": {"uri": "urn:liste", "version": "1"},
        }
        steps = await steps_of(an_adapter("civil_status", transport="xta", **settings))
        assert (service.calls, management.calls) == ([], ["CheckAccountActive"])
        assert set(results(steps).values()) == {"ok"}
        management.instead["CheckAccountActive"] = [fault("PermissionDeniedException", "9011")]
        steps = await steps_of(an_adapter("civil_status", transport="xta", **settings))
        assert steps[StepName.CALL].finding.code == "xta-9011"
        management.instead["CheckAccountActive"] = [None]
        steps = await steps_of(an_adapter("civil_status", transport="xta", **settings))
        assert steps[StepName.CALL].finding.code == "connection-lost"


async def test_a_folder_is_tried_and_left_as_it_was(tmp_path: Path) -> None:
    inbox = tmp_path / "eingang"
    inbox.mkdir()
    steps = await steps_of(an_adapter("trade", surroundings(tmp_path), folder="eingang"))
    assert results(steps) == {"folder": "ok", "space": "ok"}
    assert list(inbox.iterdir()) == []
    inbox.rmdir()
    steps = await steps_of(an_adapter("trade", surroundings(tmp_path), folder="eingang"))
    assert results(steps) == {"folder": "failed", "space": "skipped"}
    assert steps[StepName.FOLDER].finding.code == "folder-missing"


async def test_little_space_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.transports.folders.files_check.LITTLE_SPACE", 10**18)
    steps = [step async for step in walk(folder_looks(tmp_path))]
    assert [step.finding.code for step in steps] == ["ok", "little-space"]


async def test_a_pickup_says_whether_it_is_there() -> None:
    steps = await steps_of(an_adapter("real_estate", surroundings(shelf=Shelf())))
    assert results(steps) == {"call": "ok"}
    steps = await steps_of(an_adapter("real_estate", surroundings(shelf=Shelf(error=BrokerUnavailable()))))
    assert steps[StepName.CALL].finding.code == "pickup-unavailable"


async def test_a_transport_without_a_check_says_so() -> None:
    class Silent:
        async def send(self, _: object) -> None: ...

        async def aclose(self) -> None: ...

    adapter = adapter_of(ORIGINAL, Silent())  # type: ignore[arg-type]  # it is never sent with
    assert results(await steps_of(adapter)) == {"call": "skipped"}


async def test_a_look_that_hangs_or_raises_fails_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "PATIENCE", 0.01)

    async def hang() -> Finding:
        await asyncio.Event().wait()
        return ok("", "")

    async def fail() -> Finding:
        raise ValueError("Frau Geheim")

    for look, code in ((hang, "timed-out"), (fail, "failed")):
        steps = [step async for step in walk([(StepName.CALL, look)])]
        assert [step.finding.code for step in steps] == [code]
        assert "Geheim" not in repr(steps)


async def test_what_blocks_holds_nobody_up() -> None:
    let_go = threading.Event()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await in_thread(let_go.wait)
    let_go.set()
    assert await in_thread(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 / 0)


async def test_a_file_that_has_gone_since_the_start_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(Authority(tmp_path / "ca").file.read_bytes())
    settings = HttpSettings.model_validate({"url": "https://a.example", "ca_file": file})
    file.unlink()
    steps: AsyncIterator[Step] = walk(file_looks(settings))
    assert [step.finding.code async for step in steps] == ["file-unreadable"]
    assert file_looks(HttpSettings.model_validate({"url": "https://a.example"})) == []
