"""The gateway's adapters and the sandbox's systems understand each other: messages, repetitions, faults."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from gateway.core.message import DeliveryId
from gateway.core.outcome import Delivered, Failed, Outcome, Pending, Rejected, Unclear
from gateway.core.ports import Adapter, Askable, Consignment
from gateway.core.word import NotThere, SpecialistStatus, Word
from gateway.sandbox import Sandbox, SandboxSettings, System, sandbox
from gateway.sandbox.certificates import Tls
from gateway.sandbox.faults import Fault, FaultRule, When
from gateway.sandbox.journal import Counts
from tests.integration.sandbox.support import fake_gateway, until
from tests.unit.adapters.builders import (
    DELIVERY,
    Shelf,
    a_consignment_of,
    an_adapter,
    an_inquiry,
    samples,
    surroundings,
)

PATHS = {
    System.REGISTRATION: "/registration/soap",
    System.CIVIL_STATUS: "/civil-status/v1/antraege",
    System.FINANCE: "/finance/v1/vorgaenge",
}
AREAS = {System.REGISTRATION: "registration", System.CIVIL_STATUS: "civil-status", System.FINANCE: "finance"}


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Sandbox]:
    settings = SandboxSettings(
        port=0, tls=False, sftp=False, folder=tmp_path / "sandbox", trade_interval=0.02
    )
    async with sandbox(settings) as running:
        yield running


@pytest.fixture(params=list(PATHS))
def system(request: pytest.FixtureRequest) -> System:
    system: System = request.param
    return system


@pytest.fixture
async def adapter(running: Sandbox, system: System) -> AsyncIterator[Adapter]:
    login: dict[str, Any] = (
        {} if system is System.REGISTRATION else {"username": "sandbox", "password": "sandbox"}
    )
    adapter = an_adapter(system, url=running.url + PATHS[system], read_timeout=0.5, **login)
    yield adapter
    await adapter.aclose()


async def test_every_sample_is_taken(running: Sandbox, system: System, adapter: Adapter) -> None:
    all_samples = samples(AREAS[system])
    assert all_samples

    for number, sample in enumerate(all_samples):
        delivery = DeliveryId(DELIVERY[:-2] + f"{number:02}")
        consignment = a_consignment_of(sample, delivery=delivery)

        outcome = await adapter.deliver(consignment)

        tally = running.desk.journal.tallies[system][delivery]
        assert outcome == Delivered(tally.reference)
        assert tally.kind is not None
        assert tally.kind.endswith(consignment.message.kopf.nachrichtentyp)
        assert tally.message == consignment.message.kopf.nachrichten_uuid
    assert running.desk.journal.counts(system).taken == len(all_samples)


async def test_a_repetition_is_recognised_and_has_the_same_payload(
    running: Sandbox, system: System, adapter: Adapter
) -> None:
    consignment = a_consignment_of(samples(AREAS[system])[0])
    running.desk.faults.add(FaultRule(system=system, fault=Fault.CUT, when=When.AFTER))

    first, again = [await adapter.deliver(consignment) for _ in range(2)]

    assert isinstance(first, Unclear)
    assert isinstance(again, Delivered)
    assert running.desk.journal.counts(system) == Counts(deliveries=1, taken=1, repeated=1)
    assert running.desk.journal.tallies[system][DELIVERY].changed == 0


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.ERROR_500, Unclear),
        (Fault.UNAVAILABLE_503, Failed),
        (Fault.REFUSE, Rejected),
        (Fault.CUT, Unclear),
        (Fault.HTML, Unclear),
        (Fault.STALL, Unclear),
        (Fault.FORGET, Delivered),
    ],
)
async def test_each_fault_is_understood(
    running: Sandbox, system: System, adapter: Adapter, fault: Fault, expected: type[Outcome], when: str
) -> None:
    rule = {"system": system, "fault": fault, "when": when, "seconds": 7}
    running.desk.faults.add(FaultRule.model_validate(rule))

    outcome = await adapter.deliver(a_consignment_of(samples(AREAS[system])[0]))

    assert isinstance(outcome, expected)
    if isinstance(outcome, Failed):
        assert outcome.retry_after == timedelta(seconds=7)


async def test_a_proxys_page_under_200_is_no_success(
    running: Sandbox, system: System, adapter: Adapter
) -> None:
    running.desk.faults.add(FaultRule(system=system, fault=Fault.HTML, status=200))

    outcome = await adapter.deliver(a_consignment_of(samples(AREAS[system])[0]))

    assert isinstance(outcome, Unclear)


@pytest.mark.parametrize("payload", ["felder", "original"])
async def test_drops_of_the_trade_adapter_are_taken(running: Sandbox, tmp_path: Path, payload: str) -> None:
    folder = tmp_path / "sandbox" / "trade"
    await until((folder / "done").is_dir)
    adapter = an_adapter("trade", payload=payload, folder=folder)
    consignments = all_consignments("trade")

    outcomes = await asyncio.gather(*(adapter.deliver(each) for each in consignments))
    await until(lambda: running.desk.journal.counts(System.TRADE).taken == len(consignments))
    await adapter.aclose()

    assert outcomes == [Pending()] * len(consignments)
    assert running.desk.journal.counts(System.TRADE).refused == 0
    for each in consignments:
        tally = running.desk.journal.tallies[System.TRADE][each.delivery]
        assert (tally.message, tally.kind) == (each.message.id, each.message.kind.root)
        assert (tally.sha256 == each.message.sha256) == (payload == "original")


@pytest.mark.parametrize("payload", ["vorgang", "original"])
async def test_parcels_of_the_real_estate_adapter_are_taken(tmp_path: Path, payload: str) -> None:
    shelf = Shelf()
    adapter = an_adapter("real_estate", surroundings(shelf=shelf), payload=payload)
    consignments = all_consignments("real-estate")

    outcomes = [await adapter.deliver(each) for each in consignments]

    assert outcomes == [Pending()] * len(consignments)
    async with fake_gateway() as gateway:
        for parcel in shelf.parcels.values():
            gateway.lay_out(parcel.delivery, parcel.body, parcel.root, parcel.content_type)
        settings = SandboxSettings(
            port=0,
            tls=False,
            sftp=False,
            folder=tmp_path / "sandbox",
            gateway_url=gateway.url,
            real_estate_key=SecretStr("k"),
            pickup_destinations=("kataster",),
            pickup_interval=0.02,
        )
        async with sandbox(settings) as running:
            await until(lambda: not gateway.parcels)
    assert {receipt["status"] for receipt in gateway.receipts} == {"accepted"}
    for each in consignments:
        tally = running.desk.journal.tallies[System.REAL_ESTATE][each.delivery]
        assert tally.kind == each.message.kind.root
        assert (tally.sha256 == each.message.sha256) == (payload == "original")


def all_consignments(area: str) -> list[Consignment]:
    found = [
        a_consignment_of(sample, delivery=DeliveryId(DELIVERY[:-2] + f"{number:02}"))
        for number, sample in enumerate(samples(area))
    ]
    assert found
    return found


async def test_a_system_that_takes_in_first_is_asked_what_became_of_it(running: Sandbox) -> None:
    url = f"{running.url}/finance/v2/vorgaenge"
    adapter = an_adapter(
        "finance",
        url=url,
        token_url=f"{running.url}/oauth2/token",
        client_id="sandbox",
        client_secret="sandbox",
        ask={
            "url": url + "/{delivery}",
            "status": "status",
            "statuses": {"in-bearbeitung": "in-progress", "erledigt": "closed", "abgelehnt": "refused"},
            "reference": "kassenzeichen",
            "missing_is_not_there": True,
        },
    )
    assert isinstance(adapter, Askable)
    assert await adapter.ask(an_inquiry()) == NotThere()

    assert await adapter.deliver(a_consignment_of(samples("finance")[0])) == Pending(f"EIN-{DELIVERY}")

    said = None
    async with asyncio.timeout(60):
        while not (isinstance(said, Word) and said.status is SpecialistStatus.CLOSED):
            said = await adapter.ask(an_inquiry())
            await asyncio.sleep(0.05)
    assert said.reference
    await adapter.aclose()


ASK = {
    "operation": "VorgangErfragen",
    "parameter": "vorgangsId",
    "status": "status",
    "statuses": {"angenommen": "received", "abgelehnt": "refused"},
    "not_there": ["unbekannt"],
    "reference": "aktenzeichen",
}


@pytest.mark.parametrize("version", ["soap", "soap12"])
async def test_a_service_is_attached_by_the_wsdl_that_it_shows(
    running: Sandbox, version: str, tmp_path: Path
) -> None:
    url = f"{running.url}/registration/{version}"
    async with httpx.AsyncClient() as client:
        (tmp_path / "dienst.wsdl").write_bytes((await client.get(f"{url}?wsdl")).content)
    adapter = an_adapter("registration", surroundings(tmp_path), url=url, wsdl="dienst.wsdl", ask=ASK)
    assert isinstance(adapter, Askable)
    assert await adapter.ask(an_inquiry()) == NotThere()

    outcome = await adapter.deliver(a_consignment_of(samples("registration")[0]))
    assert isinstance(outcome, Delivered)

    assert await adapter.ask(an_inquiry()) == Word(DELIVERY, SpecialistStatus.RECEIVED, outcome.reference)
    await adapter.aclose()


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Tls.VALID, None),
        (Tls.CLIENT, None),
        (Tls.EXPIRED, "tls-expired"),
        (Tls.WRONG_HOST, "tls-wrong-host"),
        (Tls.SELF_SIGNED, "tls-untrusted"),
    ],
)
async def test_every_address_with_tls_has_its_outcome(tmp_path: Path, kind: Tls, code: str | None) -> None:
    settings = SandboxSettings(port=0, sftp=False, folder=tmp_path / "sandbox")
    async with sandbox(settings) as running:
        adapter = an_adapter(
            "finance",
            url=running.tls[kind] + PATHS[System.FINANCE],
            username="sandbox",
            password="sandbox",
            ca_file=settings.certificates / "ca.pem",
            client_certificate=settings.certificates / "client.pem",
            client_key=settings.certificates / "client.key",
        )
        outcome = await adapter.deliver(a_consignment_of(samples("finance")[0]))
        await adapter.aclose()
    if code is None:
        assert isinstance(outcome, Delivered)
    else:
        assert isinstance(outcome, Failed)
        assert outcome.cause.code == code
