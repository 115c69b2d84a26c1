"""The gateway's adapters and the sandbox's systems understand each other: messages, repetitions, faults."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters import civil_status, finance, registration, trade
from gateway.core.message import DeliveryId
from gateway.core.outcome import Delivered, Failed, Outcome, Pending, Rejected, Unclear
from gateway.core.ports import Adapter
from gateway.core.tenants import Destination
from gateway.sandbox import Sandbox, SandboxSettings, System, sandbox
from gateway.sandbox.faults import Fault, FaultRule, When
from gateway.sandbox.journal import Counts
from tests.integration.sandbox.support import until
from tests.unit.adapters.builders import DELIVERY, a_consignment_of, samples, surroundings

PATHS = {
    System.REGISTRATION: "/registration/soap",
    System.CIVIL_STATUS: "/civil-status/v1/antraege",
    System.FINANCE: "/finance/v1/vorgaenge",
}
AREAS = {System.REGISTRATION: "registration", System.CIVIL_STATUS: "civil-status", System.FINANCE: "finance"}
BUILDERS = {
    System.REGISTRATION: registration.build,
    System.CIVIL_STATUS: civil_status.build,
    System.FINANCE: finance.build,
}


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Sandbox]:
    settings = SandboxSettings(port=0, folder=tmp_path / "sandbox", trade_interval=0.02)
    async with sandbox(settings) as running:
        yield running


@pytest.fixture(params=list(PATHS))
def system(request: pytest.FixtureRequest) -> System:
    system: System = request.param
    return system


@pytest.fixture
async def adapter(running: Sandbox, system: System) -> AsyncIterator[Adapter]:
    login = {} if system is System.REGISTRATION else {"username": "sandbox", "password": "sandbox"}
    settings = {"url": running.url + PATHS[system], "read_timeout": 0.5, **login}
    adapter = BUILDERS[system](Destination(system, system, settings), surroundings())
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


async def test_drops_of_the_trade_adapter_are_taken(running: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "sandbox" / "trade"
    await until((folder / "done").is_dir)
    adapter = trade.build(Destination("trade", "trade", {"folder": str(folder)}), surroundings())
    all_samples = samples("trade")
    assert all_samples

    deliveries = [DeliveryId(DELIVERY[:-2] + f"{number:02}") for number in range(len(all_samples))]
    outcomes = await asyncio.gather(
        *(
            adapter.deliver(a_consignment_of(sample, delivery=delivery))
            for sample, delivery in zip(all_samples, deliveries, strict=True)
        )
    )
    await until(lambda: running.desk.journal.counts(System.TRADE).taken == len(all_samples))
    await adapter.aclose()

    assert outcomes == [Pending()] * len(all_samples)
    assert running.desk.journal.counts(System.TRADE).refused == 0
