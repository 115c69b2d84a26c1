"""The trade system behind SFTP: who comes in, what is taken, what lies in the return folder, what goes wrong."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncssh
import orjson
import pytest

from gateway.sandbox import Sandbox, SandboxSettings, System, sandbox
from gateway.sandbox.certificates import Certificates
from gateway.sandbox.faults import Fault, FaultRule, When
from gateway.sandbox.journal import Counts
from gateway.sandbox.systems import Way
from schemas.door import parse
from tests.integration.sandbox.support import until

PAYLOAD = "<gewerbe.anmeldung.0301>Żur</gewerbe.anmeldung.0301>".encode()


@pytest.fixture
def settings(tmp_path: Path) -> SandboxSettings:
    return SandboxSettings(port=0, tls=False, folder=tmp_path / "sandbox", trade_interval=0.02)


@pytest.fixture
async def running(settings: SandboxSettings) -> AsyncIterator[Sandbox]:
    async with sandbox(settings) as running:
        yield running


@asynccontextmanager
async def client(
    running: Sandbox, settings: SandboxSettings, key: Path | None = None, password: str | None = "sandbox"
) -> AsyncIterator[asyncssh.SFTPClient]:
    assert running.sftp is not None
    where = urlsplit(running.sftp)
    known = asyncssh.read_public_key(settings.folder / "ssh" / "host_key.pub")
    async with (
        asyncssh.connect(
            where.hostname or "",
            where.port or 0,
            username="sandbox",
            password=password,
            client_keys=[str(key)] if key else None,
            known_hosts=([known], [], []),
            config=None,
            agent_path=None,
            gss_host=None,
        ) as connection,
        connection.start_sftp_client() as sftp,
    ):
        yield sftp


async def drop(sftp: asyncssh.SFTPClient, delivery: str) -> None:
    control = {
        "delivery": delivery,
        "message": "m1",
        "kind": "gewerbe.anmeldung.0301",
        "file": f"anmeldung-{delivery}.xml",
        "size": len(PAYLOAD),
        "sha256": hashlib.sha256(PAYLOAD).hexdigest(),
    }
    for name, content in (
        (f"anmeldung-{delivery}.xml", PAYLOAD),
        (f"anmeldung-{delivery}.ctl", orjson.dumps(control)),
    ):
        async with sftp.open(f"/in/.{name}.part", "wb") as file:
            await file.write(content)
        await sftp.posix_rename(f"/in/.{name}.part", f"/in/{name}")


def a_delivery() -> str:
    return str(uuid4())


def counts(running: Sandbox) -> Counts:
    return running.desk.journal.counts(System.TRADE)


async def test_what_is_laid_down_is_taken_and_answered(running: Sandbox, settings: SandboxSettings) -> None:
    delivery = a_delivery()
    async with client(running, settings) as sftp:
        await drop(sftp, delivery)
        await until(lambda: running.desk.journal.tallies[System.TRADE].get(delivery) is not None)
        await until(lambda: running.desk.journal.tallies[System.TRADE][delivery].receipts == 1)

        answers = sorted(name for name in await sftp.listdir("/return") if not name.startswith("."))
        async with sftp.open(f"/return/{delivery}.json", "rb") as file:
            receipt = orjson.loads(await file.read())
    notice = parse((settings.sftp_folder / "return" / f"{delivery}-bescheid.xml").read_bytes())

    tally = running.desk.journal.tallies[System.TRADE][delivery]
    assert (tally.way, tally.effects) == (Way.SFTP, 1)
    assert answers == [f"{delivery}-bescheid.xml", f"{delivery}.json"]
    assert (receipt["delivery"], receipt["status"], receipt["reference"]) == (
        delivery,
        "closed",
        tally.reference,
    )
    assert notice.text("aktenzeichen") == tally.reference


async def test_a_refusal_has_its_reason_and_no_notice(running: Sandbox, settings: SandboxSettings) -> None:
    running.desk.faults.add(FaultRule(system=System.TRADE, way=Way.SFTP, fault=Fault.REFUSE))
    delivery = a_delivery()
    async with client(running, settings) as sftp:
        await drop(sftp, delivery)
    receipt = settings.sftp_folder / "return" / f"{delivery}.json"
    await until(receipt.exists)

    assert orjson.loads(receipt.read_bytes())["status"] == "refused"
    assert [each.name for each in receipt.parent.iterdir()] == [receipt.name]


async def test_a_key_opens_too(running: Sandbox, settings: SandboxSettings) -> None:
    key = Certificates(settings.certificates).client()[1]
    async with client(running, settings, key=key, password=None) as sftp:
        assert set(await sftp.listdir("/")) >= {"in", "return"}


async def test_nobody_else_comes_in(running: Sandbox, settings: SandboxSettings, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(stranger)

    with pytest.raises(asyncssh.PermissionDenied):
        async with client(running, settings, password="wrong"):
            pass
    with pytest.raises(asyncssh.PermissionDenied):
        async with client(running, settings, key=stranger, password=None):
            pass


async def test_the_host_stays_the_same_over_a_restart(settings: SandboxSettings) -> None:
    for _ in range(2):
        async with sandbox(settings) as running, client(running, settings) as sftp:
            assert await sftp.exists("/in")
        keys = {(settings.folder / "ssh" / "host_key.pub").read_bytes()}
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("when", "left"), [(When.BEFORE, []), (When.DURING, [b"PART"]), (When.AFTER, [b"CTL", b"XML"])]
)
async def test_a_transfer_is_cut(settings: SandboxSettings, when: When, left: list[bytes]) -> None:
    unhurried = settings.model_copy(update={"trade_interval": 3600.0})
    async with sandbox(unhurried) as running:
        await until((settings.sftp_folder / "in" / "done").is_dir)
        delivery = a_delivery()
        running.desk.faults.add(
            FaultRule(system=System.TRADE, way=Way.SFTP, fault=Fault.CUT, when=when, match=delivery)
        )
        with pytest.raises((asyncssh.Error, OSError)):
            async with client(running, settings) as sftp:
                await drop(sftp, delivery)

        files = [each for each in (settings.sftp_folder / "in").iterdir() if each.is_file()]
        assert sorted(each.suffix[1:].upper().encode() for each in files) == left
        if when is When.DURING:
            assert 0 < files[0].stat().st_size < len(PAYLOAD)
        async with client(running, settings) as sftp:
            await drop(sftp, delivery)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.FOLDER_FULL, asyncssh.SFTPFailure),
        (Fault.FOLDER_NOT_WRITABLE, asyncssh.SFTPPermissionDenied),
    ],
)
async def test_a_folder_takes_nothing(
    running: Sandbox, settings: SandboxSettings, fault: Fault, error: type[Exception]
) -> None:
    active = running.desk.faults.add(FaultRule(system=System.TRADE, way=Way.SFTP, fault=fault))
    async with client(running, settings) as sftp:
        with pytest.raises(error):
            await drop(sftp, a_delivery())
        running.desk.faults.remove(active.id)
        await drop(sftp, a_delivery())

    await until(lambda: counts(running).taken == 1)
    assert active.hits > 0


async def test_a_stalled_transfer_ends_with_the_sandbox(settings: SandboxSettings) -> None:
    async with sandbox(settings) as running:
        active = running.desk.faults.add(
            FaultRule(system=System.TRADE, way=Way.SFTP, fault=Fault.STALL, when=When.DURING, seconds=0.1)
        )
        with pytest.raises((asyncssh.Error, OSError)):
            async with client(running, settings) as sftp:
                await drop(sftp, a_delivery())
    assert active.hits == 1
