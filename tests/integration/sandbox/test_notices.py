"""Documents that the systems send back: when, how, once, and what they look like."""

import re
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from pydantic import SecretStr, ValidationError

from gateway.sandbox import Sandbox, SandboxSettings, System, sandbox
from gateway.sandbox.faults import Fault, FaultRule
from gateway.sandbox.journal import Entry, Result
from gateway.sandbox.notice import TITLES, notice_for
from gateway.sandbox.systems import Way
from queues.pickup import RabbitPickup
from queues.receipts import RabbitReceipts
from tests.integration.sandbox.callers import an_envelope, post_antrag, post_soap, post_vorgang
from tests.integration.sandbox.support import FakeGateway, fake_gateway, until
from tests.integration.sandbox.test_real_estate import BODY, DESTINATION, a_parcel

Call = Callable[[httpx.AsyncClient, str], Awaitable[httpx.Response]]


@pytest.fixture
async def gateway() -> AsyncIterator[FakeGateway]:
    async with fake_gateway() as gateway:
        yield gateway


@pytest.fixture
def settings(tmp_path: Path, gateway: FakeGateway) -> SandboxSettings:
    return SandboxSettings(
        port=0,
        tls=False,
        sftp=False,
        folder=tmp_path / "sandbox",
        gateway_url=gateway.url,
        registration_key=SecretStr("ab_registration"),
        civil_status_key=SecretStr("ab_civil"),
        finance_key=SecretStr("ab_finance"),
        real_estate_key=SecretStr("ab_estate"),
        notice_seconds=0,
        pickup_destinations=(DESTINATION,),
        pickup_interval=0.02,
    )


async def call_registration(client: httpx.AsyncClient, delivery: str) -> httpx.Response:
    return await post_soap(client, an_envelope(delivery))


def documents(receipt: dict[str, Any]) -> list[bytes]:
    return [b64decode(each["content"]) for each in receipt["replies"]]


@pytest.mark.parametrize(
    ("call", "key", "is_form"),
    [
        (call_registration, "ab_registration", False),
        (post_antrag, "ab_civil", True),
        (post_vorgang, "ab_finance", True),
    ],
)
async def test_a_document_follows_what_was_taken_once(
    settings: SandboxSettings, gateway: FakeGateway, call: Call, key: str, is_form: bool
) -> None:
    gateway.statuses = [503]
    async with sandbox(settings) as running, httpx.AsyncClient(base_url=running.url) as client:
        for _ in range(2):
            assert (await call(client, "d1")).is_success
        await until(lambda: bool(gateway.receipts))
        await until(lambda: not running.desk.journal.promised)
        summary = (await client.get("/sandbox/summary")).json()
    async with sandbox(settings) as running:
        assert not running.desk.journal.promised

    (receipt,) = gateway.receipts
    assert (receipt["delivery"], receipt["status"], "form" in receipt) == ("d1", "closed", is_form)
    (document,) = documents(receipt)
    assert document.startswith(b"%PDF")
    assert receipt["reference"].encode() in document
    # The real estate system asks for parcels all the while.
    assert gateway.keys - {"Bearer ab_estate"} == {f"Bearer {key}"}
    assert summary["notices_owed"] == 0


async def test_a_document_takes_its_time_and_outlives_a_restart(
    settings: SandboxSettings, gateway: FakeGateway
) -> None:
    slow = settings.model_copy(update={"notice_seconds": 3600})
    async with sandbox(slow) as running, httpx.AsyncClient(base_url=running.url) as client:
        await post_vorgang(client, "d1")
        assert list(running.desk.journal.promised) == ["d1"]
    assert gateway.receipts == []
    async with sandbox(settings):
        await until(lambda: bool(gateway.receipts))


async def test_where_a_receipt_is_owed_the_document_comes_after_it(
    settings: SandboxSettings, gateway: FakeGateway
) -> None:
    gateway.lay_out("d1", BODY)
    async with sandbox(settings):
        await until(lambda: any(each["status"] == "closed" for each in gateway.receipts))
    # The parcel may have been handed out again before its receipt was there.
    *earlier, last = [each["status"] for each in gateway.receipts]
    assert (set(earlier), last) == ({"accepted"}, "closed")


async def test_what_is_refused_or_never_confirmed_is_not_answered(
    settings: SandboxSettings, gateway: FakeGateway
) -> None:
    async with sandbox(settings) as running, httpx.AsyncClient(base_url=running.url) as client:
        running.desk.faults.add(FaultRule(system=System.REAL_ESTATE, fault=Fault.RECEIPT_NEVER, times=None))
        running.desk.faults.add(FaultRule(system=System.FINANCE, fault=Fault.REFUSE))
        gateway.lay_out("d1", BODY)
        assert (await post_vorgang(client, "d2")).status_code == 422
        await until(lambda: _effects(running) == 1)
        await until(lambda: not running.desk.journal.owed)
        assert running.desk.journal.promised == {}


async def test_a_document_that_the_gateway_never_takes_is_given_up(
    settings: SandboxSettings, gateway: FakeGateway
) -> None:
    gateway.statuses = [404]
    async with sandbox(settings) as running, httpx.AsyncClient(base_url=running.url) as client:
        await post_vorgang(client, "d1")
        await until(lambda: not gateway.statuses)
        await until(lambda: not running.desk.journal.promised)
    assert gateway.receipts == []


async def test_without_an_access_key_receipt_and_document_travel_over_rabbitmq(
    settings: SandboxSettings, rabbitmq_url: str
) -> None:
    over_amqp = settings.model_copy(
        update={"amqp_url": SecretStr(rabbitmq_url), "real_estate_key": None, "gateway_url": None}
    )
    async with (
        RabbitReceipts(rabbitmq_url) as box,
        box.letters(4) as letters,
        RabbitPickup(rabbitmq_url, [DESTINATION]) as pickup,
        sandbox(over_amqp) as running,
    ):
        await pickup.offer(DESTINATION, a_parcel())
        first, second = [await anext(letters) for _ in range(2)]
        said = [orjson.loads(each.body) for each in (first, second)]
        for each in (first, second):
            assert each.sender is not None
            await each.ack()
        await until(lambda: not running.desk.journal.promised and not running.desk.journal.owed)
    assert [each["status"] for each in said] == ["accepted", "closed"]
    assert documents(said[1])[0].startswith(b"%PDF")


def test_parcels_are_fetched_only_where_receipts_have_a_way(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="or amqp_url alone"):
        SandboxSettings(folder=tmp_path, pickup_destinations=("a",), gateway_url="http://gateway")


@pytest.mark.parametrize("system", list(System))
def test_every_document_is_a_whole_pdf_that_names_the_case(system: System) -> None:
    for part, title in TITLES[system].items():
        entry = Entry(
            "2026-05-04T08:15:00+00:00",
            system,
            "d1",
            None,
            f"x.{part}.1",
            "",
            Result.TAKEN,
            1,
            "A-1",
            Way.SOAP,
        )
        content = notice_for(entry).content
        assert title.encode("cp1252") in content
        assert b"(Aktenzeichen: A-1)" in content
        assert b"04.05.2026" in content
        start = int(re.findall(rb"startxref\n([0-9]+)\n%%EOF\n$", content)[0])
        assert content[start:].startswith(b"xref")
        for number, place in enumerate(re.findall(rb"([0-9]{10}) 00000 n", content), start=1):
            assert content[int(place) :].startswith(b"%d 0 obj" % number)
        (length,) = re.findall(rb"/Length ([0-9]+)", content)
        stream = content.partition(b"stream\n")[2].partition(b"\nendstream")[0]
        assert len(stream) == int(length)


def _effects(running: Sandbox) -> int:
    return running.desk.journal.counts(System.REAL_ESTATE).taken
