"""The real estate system: parcels over HTTP and from RabbitMQ, receipts, a gateway that is away."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from gateway.core.delivery import Parcel
from gateway.core.message import DeliveryId, MessageId
from gateway.sandbox import Sandbox, SandboxSettings, System, sandbox
from gateway.sandbox.faults import Fault, FaultRule, When
from gateway.sandbox.journal import Counts
from queues.pickup import RabbitPickup
from tests.integration.sandbox.support import FakeGateway, fake_gateway, until

DESTINATION = "kataster-cottbus"
BODY = "<liegenschaften.negativzeugnis.0501>Chóśebuz</liegenschaften.negativzeugnis.0501>".encode()


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
        real_estate_key=SecretStr("ab_kataster_secret"),
        pickup_destinations=(DESTINATION,),
        pickup_interval=0.02,
        pickup_lease=30,
    )


@pytest.fixture
async def running(settings: SandboxSettings) -> AsyncIterator[Sandbox]:
    async with sandbox(settings) as running:
        yield running


@pytest.fixture
async def consuming(settings: SandboxSettings, rabbitmq_url: str) -> AsyncIterator[Sandbox]:
    async with sandbox(settings.model_copy(update={"amqp_url": SecretStr(rabbitmq_url)})) as running:
        yield running


@pytest.fixture
async def pickup(rabbitmq_url: str) -> AsyncIterator[RabbitPickup]:
    async with RabbitPickup(rabbitmq_url, [DESTINATION]) as pickup:
        yield pickup


def a_parcel(delivery: str = "d1") -> Parcel:
    return Parcel(
        delivery=DeliveryId(delivery),
        message=MessageId(f"m-{delivery}"),
        tenant="cottbus",
        service="real-estate/negativzeugnis",
        root="liegenschaften.negativzeugnis.0501",
        content_type="application/xml",
        body=BODY,
    )


def counts(running: Sandbox) -> Counts:
    return running.desk.journal.counts(System.REAL_ESTATE)


# --- over HTTP -----------------------------------------------------------------------------------------


async def test_parcels_are_fetched_and_confirmed(running: Sandbox, gateway: FakeGateway) -> None:
    for number in range(25):
        gateway.lay_out(f"d{number:02}", BODY)

    await until(lambda: not gateway.parcels)
    assert counts(running).taken == 25
    assert {receipt["status"] for receipt in gateway.receipts} == {"accepted"}
    assert all(receipt["reference"].startswith("LIE-") for receipt in gateway.receipts)
    assert gateway.keys == {"Bearer ab_kataster_secret"}
    assert gateway.questions[0] == (f"/v1/pickup/{DESTINATION}/lease", {"max": 10, "seconds": 30})


async def test_a_parcel_is_written_down_as_it_came(running: Sandbox, gateway: FakeGateway) -> None:
    gateway.lay_out("d1", BODY)

    await until(lambda: counts(running).taken == 1)
    tally = running.desk.journal.tallies[System.REAL_ESTATE]["d1"]
    assert (tally.message, tally.kind) == ("m-d1", "liegenschaften.negativzeugnis.0501")
    assert tally.sha256 == hashlib.sha256(BODY).hexdigest()


async def test_a_parcel_may_be_refused(running: Sandbox, gateway: FakeGateway) -> None:
    running.desk.faults.add(FaultRule(system=System.REAL_ESTATE, fault=Fault.REFUSE))
    gateway.lay_out("d1", BODY)

    await until(lambda: bool(gateway.receipts))
    assert gateway.receipts[0] == {"delivery": "d1", "status": "refused", "reason": "abgelehnt"}


@pytest.mark.parametrize("when", list(When))
async def test_after_a_crash_the_parcel_comes_again(
    running: Sandbox, gateway: FakeGateway, when: When
) -> None:
    running.desk.faults.add(FaultRule(system=System.REAL_ESTATE, fault=Fault.CUT, when=when))
    gateway.lay_out("d1", BODY)

    await until(lambda: bool(gateway.receipts))
    assert counts(running).taken == 1
    assert (counts(running).repeated > 0) >= (when is When.AFTER)
    assert counts(running).doubled == 0


async def test_a_receipt_is_sent_until_the_gateway_takes_it(running: Sandbox, gateway: FakeGateway) -> None:
    gateway.statuses = [503, 401, 500]
    gateway.lay_out("d1", BODY)

    await until(lambda: bool(gateway.receipts))
    await until(lambda: not running.desk.journal.owed)


async def test_a_receipt_that_the_gateway_will_never_take_is_given_up(
    running: Sandbox, gateway: FakeGateway
) -> None:
    gateway.statuses = [404]
    gateway.lay_out("d1", BODY)

    await until(lambda: not gateway.statuses)
    gateway.parcels.clear()
    await until(lambda: not running.desk.journal.owed)


async def test_a_gateway_that_comes_later_is_awaited(settings: SandboxSettings) -> None:
    gone = FakeGateway()
    async with fake_gateway() as gateway:
        gone.url = gateway.url
    async with sandbox(settings.model_copy(update={"gateway_url": gone.url})) as running:
        await asyncio.sleep(0.1)
        port = int(gone.url.rpartition(":")[2])
        gone.lay_out("d1", BODY)
        async with await asyncio.start_server(gone.handle, "127.0.0.1", port):
            await until(lambda: bool(gone.receipts))
            assert counts(running).taken == 1


async def test_nonsense_from_the_gateway_does_no_harm(running: Sandbox, gateway: FakeGateway) -> None:
    gateway.parcels["d0"] = {"delivery": "d0"}
    await until(lambda: len(gateway.questions) > 2)
    gateway.parcels.clear()
    gateway.lay_out("d1", BODY)

    await until(lambda: counts(running).taken == 1)


# --- from RabbitMQ -------------------------------------------------------------------------------------


async def test_parcels_are_consumed_and_confirmed(
    consuming: Sandbox, pickup: RabbitPickup, gateway: FakeGateway
) -> None:
    for number in range(25):
        await pickup.offer(DESTINATION, a_parcel(f"d{number:02}"))

    await until(lambda: len(gateway.receipts) == 25)
    assert counts(consuming) == Counts(deliveries=25, taken=25)
    assert gateway.questions == []


async def test_a_parcel_offered_twice_is_recognised(
    consuming: Sandbox, pickup: RabbitPickup, gateway: FakeGateway
) -> None:
    for _ in range(2):
        await pickup.offer(DESTINATION, a_parcel())

    await until(lambda: len(gateway.receipts) == 2)
    assert counts(consuming) == Counts(deliveries=1, taken=1, repeated=1)
    assert gateway.receipts[0] == gateway.receipts[1]


@pytest.mark.parametrize("when", list(When))
async def test_after_a_crash_the_broker_hands_it_out_again(
    consuming: Sandbox, pickup: RabbitPickup, gateway: FakeGateway, when: When
) -> None:
    consuming.desk.faults.add(FaultRule(system=System.REAL_ESTATE, fault=Fault.CUT, when=when))
    await pickup.offer(DESTINATION, a_parcel())

    await until(lambda: bool(gateway.receipts))
    assert counts(consuming) == Counts(deliveries=1, taken=1, repeated=0 if when is When.BEFORE else 1)
