"""The trade system's folder watcher: complete drops, half-written ones, refusals, crashes, receipts."""

import asyncio
import errno
import hashlib
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from pydantic import SecretStr

from gateway.sandbox import Sandbox, SandboxSettings, System, sandbox
from gateway.sandbox.faults import Fault, FaultRule, When
from gateway.sandbox.journal import Counts
from tests.integration.sandbox.support import FakeGateway, fake_gateway, until

PAYLOAD = "<gewerbe.anmeldung.0301>Żur</gewerbe.anmeldung.0301>".encode()


@pytest.fixture
def settings(tmp_path: Path) -> SandboxSettings:
    return SandboxSettings(
        port=0,
        tls=False,
        sftp=False,
        folder=tmp_path / "sandbox",
        trade_folders=(tmp_path / "in", tmp_path / "in2"),
        trade_interval=0.02,
    )


@pytest.fixture
def folder(settings: SandboxSettings) -> Path:
    folder = settings.watched[0]
    folder.mkdir()
    return folder


@pytest.fixture
async def running(settings: SandboxSettings, folder: Path) -> AsyncIterator[Sandbox]:
    async with sandbox(settings) as running:
        yield running


def drop(folder: Path, delivery: str = "d1", **differing: object) -> None:
    (folder / f"{delivery}.xml").write_bytes(PAYLOAD)
    write_control(folder, delivery, **differing)


def write_control(folder: Path, delivery: str, **differing: object) -> None:
    says = {
        "delivery": delivery,
        "message": "m1",
        "kind": "gewerbe.anmeldung.0301",
        "file": f"{delivery}.xml",
        "size": len(PAYLOAD),
        "sha256": hashlib.sha256(PAYLOAD).hexdigest(),
    }
    temporary = folder / f".{delivery}.part"
    temporary.write_bytes(orjson.dumps(says | differing))
    temporary.rename(folder / f"{delivery}.ctl")


async def some_looks(settings: SandboxSettings) -> None:
    """Time for the watcher to do what it should not do."""
    await asyncio.sleep(settings.trade_interval * 5)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*") if path.is_file())


def counts(running: Sandbox) -> Counts:
    return running.desk.journal.counts(System.TRADE)


async def test_a_complete_drop_is_taken_and_moved(running: Sandbox, folder: Path) -> None:
    drop(folder)

    await until(lambda: names(folder / "done") == ["d1.ctl", "d1.xml"])
    assert names(folder) == []
    tally = running.desk.journal.tallies[System.TRADE]["d1"]
    assert (tally.message, tally.kind) == ("m1", "gewerbe.anmeldung.0301")
    assert tally.sha256 == hashlib.sha256(PAYLOAD).hexdigest()


async def test_every_folder_is_watched(running: Sandbox, settings: SandboxSettings) -> None:
    await until(settings.watched[1].is_dir)
    drop(settings.watched[1])

    await until(lambda: counts(running).taken == 1)


async def test_what_lies_there_at_the_start_is_taken(settings: SandboxSettings, folder: Path) -> None:
    drop(folder)

    async with sandbox(settings) as running:
        await until(lambda: counts(running).taken == 1)


async def test_a_payload_without_control_file_is_left_alone(
    running: Sandbox, folder: Path, settings: SandboxSettings
) -> None:
    (folder / "d1.xml").write_bytes(PAYLOAD)
    (folder / ".d1.ctl").write_bytes(b"{}")
    await some_looks(settings)

    assert counts(running).deliveries == 0
    write_control(folder, "d1")
    await until(lambda: counts(running).taken == 1)


async def test_a_half_written_control_file_is_awaited(
    running: Sandbox, folder: Path, settings: SandboxSettings
) -> None:
    (folder / "d1.xml").write_bytes(PAYLOAD)
    (folder / "d1.ctl").write_bytes(b'{"delivery": "d1", "fi')
    await some_looks(settings)

    assert counts(running).deliveries == 0
    write_control(folder, "d1")
    await until(lambda: counts(running).taken == 1)


@pytest.mark.parametrize("written", [None, b"", PAYLOAD[:10]])
async def test_a_half_written_payload_is_awaited(
    running: Sandbox, folder: Path, settings: SandboxSettings, written: bytes | None
) -> None:
    if written is not None:
        (folder / "d1.xml").write_bytes(written)
    write_control(folder, "d1")
    await some_looks(settings)

    assert counts(running).deliveries == 0
    (folder / "d1.xml").write_bytes(PAYLOAD)
    await until(lambda: counts(running).taken == 1)


async def test_what_never_becomes_complete_is_refused(running: Sandbox, folder: Path) -> None:
    (folder / "d1.xml").write_bytes(PAYLOAD[:10])
    write_control(folder, "d1")
    (folder / "d2.ctl").write_bytes(b"half")
    for name in ("d1.ctl", "d2.ctl"):
        os.utime(folder / name, (0, 0))

    await until(lambda: counts(running).refused == 2)
    await until(lambda: names(folder / "refused") == ["d1.ctl", "d1.xml", "d2.ctl"])


@pytest.mark.parametrize("differing", [{"sha256": "0" * 64}, {"size": 3}])
async def test_a_payload_that_is_not_the_announced_one_is_refused(
    running: Sandbox, folder: Path, differing: dict[str, Any]
) -> None:
    drop(folder, **differing)

    await until(lambda: names(folder / "refused") == ["d1.ctl", "d1.xml"])
    assert (counts(running).refused, counts(running).taken) == (1, 0)


async def test_a_control_file_cant_point_out_of_its_folder(
    running: Sandbox, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "d1.xml").write_bytes(PAYLOAD)
    write_control(folder, "d1", file="../d1.xml")
    os.utime(folder / "d1.ctl", (0, 0))

    await until(lambda: counts(running).refused == 1)
    assert (tmp_path / "d1.xml").exists()


async def test_a_repeated_drop_is_recognised_and_kept_beside_the_first(
    running: Sandbox, folder: Path
) -> None:
    for number in range(3):
        drop(folder)
        await until(lambda number=number: len(names(folder / "done")) == 2 * (number + 1))  # type: ignore[misc]

    assert (counts(running).taken, counts(running).repeated) == (1, 2)
    assert "d1.ctl~2" in names(folder / "done")


async def test_a_refusal_on_demand(running: Sandbox, folder: Path) -> None:
    running.desk.faults.add(FaultRule(system=System.TRADE, fault=Fault.REFUSE))
    drop(folder)

    await until(lambda: names(folder / "refused") == ["d1.ctl", "d1.xml"])


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.STALL])
@pytest.mark.parametrize("when", list(When))
async def test_after_a_crash_the_drop_is_found_again(
    running: Sandbox, folder: Path, fault: Fault, when: When
) -> None:
    running.desk.faults.add(FaultRule(system=System.TRADE, fault=fault, when=when, seconds=0))
    drop(folder)

    await until(lambda: names(folder / "done") == ["d1.ctl", "d1.xml"])
    assert counts(running) == Counts(deliveries=1, taken=1, repeated=0 if when is When.BEFORE else 1)


async def test_its_receipts_go_to_the_gateway(settings: SandboxSettings, folder: Path) -> None:
    async with fake_gateway() as gateway:
        settings = settings.model_copy(
            update={"gateway_url": gateway.url, "trade_key": SecretStr("ab_trade_secret")}
        )
        async with sandbox(settings) as running:
            running.desk.faults.add(FaultRule(system=System.TRADE, fault=Fault.REFUSE, match="d2"))
            drop(folder, "d1")
            drop(folder, "d2")
            await until(lambda: len(gateway.receipts) == 2)

    first, second = sorted(gateway.receipts, key=lambda receipt: receipt["delivery"])
    assert (first["status"], first["reference"][:4]) == ("accepted", "GEW-")
    assert second == {"delivery": "d2", "status": "refused", "reason": "abgelehnt"}
    assert gateway.keys == {"Bearer ab_trade_secret"}


async def test_without_a_key_it_sends_none(running: Sandbox, folder: Path) -> None:
    drop(folder)
    await until(lambda: counts(running).taken == 1)

    async with httpx.AsyncClient() as client:
        summary = (await client.get(f"{running.url}/sandbox/summary")).json()
    assert summary["receipts_owed"] == 0


async def test_an_owed_receipt_is_sent_after_a_restart(settings: SandboxSettings, folder: Path) -> None:
    gone = FakeGateway()
    settings = settings.model_copy(update={"gateway_url": gone.url, "trade_key": SecretStr("k")})
    drop(folder)
    async with sandbox(settings) as running:
        await until(lambda: names(folder / "done") != [])
        assert len(running.desk.journal.owed) == 1

    async with fake_gateway() as gateway:
        settings = settings.model_copy(update={"gateway_url": gateway.url})
        async with sandbox(settings) as running:
            await until(lambda: not running.desk.journal.owed)
    assert [receipt["delivery"] for receipt in gateway.receipts] == ["d1"]


# --- the folder itself ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "errors"),
    [
        (Fault.FOLDER_FULL, {errno.ENOSPC}),
        (Fault.FOLDER_NOT_WRITABLE, {errno.EROFS, errno.EACCES}),
    ],
)
async def test_while_a_rule_says_so_nothing_can_be_written(
    running: Sandbox, folder: Path, fault: Fault, errors: set[int]
) -> None:
    if fault is Fault.FOLDER_FULL and not may_mount(folder.parent):
        pytest.skip("a full folder needs the right to mount")
    drop(folder, "d1")
    await until(lambda: counts(running).taken == 1)

    active = running.desk.faults.add(FaultRule(system=System.TRADE, fault=fault))
    await until(lambda: error_of_writing(folder) in errors)
    running.desk.faults.remove(active.id)
    await until(lambda: error_of_writing(folder) is None)
    drop(folder, "d2")

    await until(lambda: counts(running).taken == 2)
    assert names(folder / "done")[:2] == ["d1.ctl", "d1.xml"]


async def test_a_state_of_a_folder_passes_by_itself(running: Sandbox, folder: Path) -> None:
    active = running.desk.faults.add(
        FaultRule(system=System.TRADE, fault=Fault.FOLDER_NOT_WRITABLE, seconds=0.2)
    )
    await until(lambda: active.hits == 1)
    await until(lambda: error_of_writing(folder) is None)
    drop(folder, "d1")

    await until(lambda: counts(running).taken == 1)


def error_of_writing(folder: Path) -> int | None:
    try:
        (folder / ".probe").write_bytes(b"x" * 10)
        (folder / ".probe").unlink()
    except OSError as error:
        return error.errno
    return None


def may_mount(folder: Path) -> bool:
    place = folder / "mount"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], capture_output=True, check=False)
    if mounted.returncode == 0:
        subprocess.run(["umount", place], check=True)
    return mounted.returncode == 0
