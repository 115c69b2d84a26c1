"""The treasury's inbox for batches: files are taken, each item is answered, crashes repeat the whole file."""

import csv
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.sandbox import Sandbox, SandboxSettings, System, sandbox
from gateway.sandbox.faults import Fault, FaultRule, When
from gateway.sandbox.journal import Counts
from gateway.sandbox.systems import Way
from tests.integration.sandbox.support import until

DELIVERIES = [f"0196f5c2-0000-7000-8000-00000000000{number}" for number in range(3)]


@pytest.fixture
def settings(tmp_path: Path) -> SandboxSettings:
    return SandboxSettings(port=0, tls=False, sftp=False, folder=tmp_path / "sandbox", trade_interval=0.02)


@pytest.fixture
async def running(settings: SandboxSettings) -> AsyncIterator[Sandbox]:
    async with sandbox(settings) as running:
        await until((settings.batch_folder / "return").is_dir)
        yield running


def lay(
    settings: SandboxSettings, name: str = "batch-000001.csv", ags: str = "12052000", count: int = 3
) -> None:
    lines = [f"D;{delivery};finance/sepa-mandat;{ags};100" for delivery in DELIVERIES]
    content = "\r\n".join(["K;000001;20260504", *lines, f"S;{count};300", ""])
    part = settings.batch_folder / "in" / f".{name}"
    part.write_bytes(content.encode("iso-8859-15"))
    part.rename(settings.batch_folder / "in" / name)


def receipts(settings: SandboxSettings) -> list[dict[str, str]]:
    found = []
    for path in sorted((settings.batch_folder / "return").glob("[!.]*.csv")):
        with path.open(encoding="iso-8859-15", newline="") as file:
            found += list(csv.DictReader(file, delimiter=";"))
    return found


def counts(running: Sandbox) -> Counts:
    return running.desk.journal.counts(System.FINANCE)


def misbehave(running: Sandbox, fault: Fault, **rule: object) -> None:
    running.desk.faults.add(
        FaultRule.model_validate({"system": System.FINANCE, "way": Way.BATCH, "fault": fault, **rule})
    )


async def test_each_item_of_a_file_is_closed_alone(running: Sandbox, settings: SandboxSettings) -> None:
    misbehave(running, Fault.REFUSE, match=DELIVERIES[1])
    lay(settings)
    await until((settings.batch_folder / "in" / "done" / "batch-000001.csv").exists)

    said = {each["delivery"]: (each["status"], each["reason"]) for each in receipts(settings)}
    assert said == {
        DELIVERIES[0]: ("accepted", ""),
        DELIVERIES[1]: ("refused", "abgelehnt"),
        DELIVERIES[2]: ("accepted", ""),
    }
    assert counts(running) == Counts(deliveries=3, taken=2, refused=1)


@pytest.mark.parametrize(
    ("ags", "count", "reason", "moved"),
    [("14612000", 3, "mandant-unbekannt", "done"), ("12052000", 4, "summensatz-falsch", "refused")],
)
async def test_what_is_wrong_is_refused_with_its_reason(
    running: Sandbox, settings: SandboxSettings, ags: str, count: int, reason: str, moved: str
) -> None:
    lay(settings, ags=ags, count=count)
    await until((settings.batch_folder / "in" / moved / "batch-000001.csv").exists)

    assert {each["reason"] for each in receipts(settings)} == {reason}
    assert counts(running).taken == 0


async def test_what_can_not_be_read_is_put_aside(running: Sandbox, settings: SandboxSettings) -> None:
    (settings.batch_folder / "in" / "x.csv").write_bytes(b"nonsense")
    await until((settings.batch_folder / "in" / "refused" / "x.csv").exists)

    assert receipts(settings) == []


@pytest.mark.parametrize(("when", "repeated"), [(When.BEFORE, 0), (When.DURING, 2), (When.AFTER, 3)])
async def test_after_a_crash_the_whole_file_is_read_again(
    running: Sandbox, settings: SandboxSettings, when: When, repeated: int
) -> None:
    misbehave(running, Fault.CUT, when=when)
    lay(settings)
    await until(lambda: len(receipts(settings)) == 3)

    assert counts(running) == Counts(deliveries=3, taken=3, repeated=repeated)


async def test_receipts_come_twice_late_or_never(running: Sandbox, settings: SandboxSettings) -> None:
    misbehave(running, Fault.RECEIPT_TWICE, match=DELIVERIES[0])
    misbehave(running, Fault.RECEIPT_LATE, match=DELIVERIES[1], seconds=0.1)
    misbehave(running, Fault.RECEIPT_NEVER, match=DELIVERIES[2])
    lay(settings)
    await until(lambda: len(receipts(settings)) == 3)

    said = [each["delivery"] for each in receipts(settings)]
    assert sorted(said) == [DELIVERIES[0], DELIVERIES[0], DELIVERIES[1]]
    tallies = running.desk.journal.tallies[System.FINANCE]
    await until(lambda: [tallies[each].receipts for each in DELIVERIES] == [2, 1, 0])
