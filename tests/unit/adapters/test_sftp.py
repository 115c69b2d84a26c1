import asyncio
import errno
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncssh
import pytest
from pydantic import ValidationError

from adapters.transports.folders.sftp import Settings, SftpTransport
from adapters.transports.folders.ssh import ERRORS, cause_of
from gateway.core.outcome import Delivered, Failed, Outcome, Pending, Rejected, Unclear
from tests.unit.adapters.builders import DELIVERY, a_destination, a_dispatch, surroundings
from tests.unit.adapters.sftp_server import (
    CLIENT_KEY,
    NO_SPACE,
    Served,
    Sftp,
    cut,
    public,
    refuse,
    sftp_server,
    stall,
    unsupported,
)

NAMES = [f"antrag-{DELIVERY}.ctl", f"antrag-{DELIVERY}.xml"]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Served]:
    (tmp_path / "eingang").mkdir()
    async with sftp_server(tmp_path) as served:
        yield served


def a_transport(server: Served, *, attempt: float = 120, **said: object) -> SftpTransport:
    settings = Settings.model_validate({**server.settings(**said), "folder": "eingang"})
    destination = replace(a_destination(), attempt_within=timedelta(seconds=attempt))
    return SftpTransport(settings, destination, surroundings())


def names(server: Served) -> list[str]:
    return sorted(path.name for path in (server.root / "eingang").iterdir() if not path.name.startswith("."))


def code(outcome: Outcome) -> str:
    assert isinstance(outcome, Failed | Unclear | Rejected)
    assert "Geheim" not in repr(outcome)
    return outcome.cause.code


@pytest.mark.parametrize(("confirms", "outcome"), [(True, Pending()), (False, Delivered())])
async def test_both_files_arrive_whole_and_once(server: Served, confirms: bool, outcome: Outcome) -> None:
    transport = a_transport(server, confirms=confirms)
    assert await transport.send(a_dispatch()) == outcome
    assert await transport.send(a_dispatch()) == outcome
    assert names(server) == NAMES
    assert (server.root / "eingang" / NAMES[1]).read_bytes() == a_dispatch().paper().content
    assert len([*(server.root / "eingang").iterdir()]) == 2


async def test_the_control_file_is_named_last_and_all_is_synced_before(server: Served) -> None:
    await a_transport(server).send(a_dispatch())
    order = [
        each if each[0] != "fsync" else ("fsync", "") for each in server.done if each[0] in {"fsync", "link"}
    ]
    assert order == [("fsync", ""), ("link", NAMES[1]), ("fsync", ""), ("link", NAMES[0])]


@pytest.mark.parametrize("way", ["rename", "posix-rename"])
async def test_a_server_without_links_renames(server: Served, way: str) -> None:
    server.faults["link"] = unsupported
    server.faults["fsync"] = unsupported
    if way == "posix-rename":
        server.faults["rename"] = refuse(errno.EIO)
    assert await a_transport(server).send(a_dispatch()) == Pending()
    assert [name for done, name in server.done if done == way] == NAMES[::-1]
    assert names(server) == NAMES


@pytest.mark.parametrize("way", ["link", "rename", "posix-rename"])
@pytest.mark.parametrize("name", NAMES)
async def test_other_content_of_the_same_name_is_never_overwritten(
    server: Served, name: str, way: str
) -> None:
    """Not even where somebody was faster between our look and our naming."""
    fast = server.root / "eingang" / name

    def slip_in(_: Sftp) -> None:
        if not fast.exists() and server.done[-1][1] == name:
            fast.write_bytes(b"of somebody else")

    ways = ["link", "rename", "posix-rename"]
    for earlier in ways[: ways.index(way)]:
        server.faults[earlier] = unsupported
    if way == "posix-rename":
        fast.write_bytes(b"of somebody else")
    else:
        server.faults[way] = slip_in
    assert code(await a_transport(server).send(a_dispatch())) == "file-conflict"
    assert fast.read_bytes() == b"of somebody else"


@pytest.mark.parametrize("folder", [True, False])
async def test_other_content_that_is_there_is_a_conflict(server: Served, folder: bool) -> None:
    taken = server.root / "eingang" / NAMES[0]
    taken.mkdir() if folder else taken.write_bytes(b"{}")
    outcome = await a_transport(server).send(a_dispatch())
    assert isinstance(outcome, Rejected)
    assert code(outcome) == "file-conflict"


async def test_a_payload_that_was_taken_is_not_dropped_again_while_its_control_file_is_there(
    server: Served,
) -> None:
    await a_transport(server).send(a_dispatch())
    (server.root / "eingang" / NAMES[1]).unlink()
    assert await a_transport(server).send(a_dispatch()) == Pending()
    assert names(server) == NAMES[:1]


@pytest.mark.parametrize("moment", ["write", "fsync", "link"])
async def test_a_connection_that_is_cut_before_the_control_file_is_a_failure(
    server: Served, moment: str
) -> None:
    server.faults[moment] = cut
    outcome = await a_transport(server).send(a_dispatch())
    assert isinstance(outcome, Failed)
    assert code(outcome) == "connection-lost"
    # A name that was asked for may still be given.
    assert NAMES[0] not in names(server)
    server.faults.clear()
    assert await a_transport(server).send(a_dispatch()) == Pending()
    assert names(server) == NAMES


def at_the_control_file(sftp: Sftp) -> None:
    if sftp.served.done[-1][1] == NAMES[0]:
        sftp.cut()


def before_the_control_file(sftp: Sftp) -> None:
    if sftp.served.done[-1][1] == NAMES[0]:
        sftp.cut()
        raise ConnectionResetError


async def test_a_connection_that_is_cut_while_the_control_file_is_named_leaves_it_unclear(
    server: Served,
) -> None:
    server.faults["link"] = before_the_control_file
    outcome = await a_transport(server).send(a_dispatch())
    assert isinstance(outcome, Unclear)
    assert code(outcome) == "connection-lost"


async def test_a_connection_that_is_cut_after_that_is_looked_after(server: Served) -> None:
    server.faults["after-link"] = at_the_control_file
    assert await a_transport(server).send(a_dispatch()) == Pending()
    assert names(server) == NAMES


async def test_what_can_not_be_looked_after_is_unclear(server: Served) -> None:
    taken: list[str] = []

    def take_and_cut(sftp: Sftp) -> None:
        if sftp.served.done[-1][1] == NAMES[0]:
            for name in NAMES:
                (server.root / "eingang" / name).unlink()
                taken.append(name)
            sftp.cut()

    server.faults["after-link"] = take_and_cut
    assert isinstance(await a_transport(server).send(a_dispatch()), Unclear)
    assert taken == NAMES


@pytest.mark.parametrize(
    ("number", "expected"), [(errno.EACCES, "folder-not-writable"), (errno.EIO, "sftp-refused")]
)
async def test_who_may_not_write_gets_nothing_done(server: Served, number: int, expected: str) -> None:
    server.faults["write"] = refuse(number)
    outcome = await a_transport(server).send(a_dispatch())
    assert isinstance(outcome, Failed)
    assert code(outcome) == expected
    assert [*(server.root / "eingang").iterdir()] == []


async def test_a_full_disk_is_recognised(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    server.faults["write"] = NO_SPACE

    def full(self: Sftp, path: bytes) -> asyncssh.SFTPVFSAttrs:
        return asyncssh.SFTPVFSAttrs(bsize=4096, frsize=4096, bavail=0)

    monkeypatch.setattr(Sftp, "statvfs", full, raising=False)
    outcome = await a_transport(server).send(a_dispatch())
    assert isinstance(outcome, Failed)
    assert code(outcome) == "disk-full"


async def test_a_missing_folder_is_not_made(server: Served) -> None:
    (server.root / "eingang").rmdir()
    assert code(await a_transport(server).send(a_dispatch())) == "folder-missing"
    assert [*server.root.iterdir()] == []


@pytest.mark.parametrize(("moment", "kind"), [("write", Failed), ("link", Unclear)])
async def test_a_server_that_stalls_does_not_hold_us(
    server: Served, moment: str, kind: type[Outcome]
) -> None:
    async def stall_at_the_control_file(sftp: Sftp) -> None:
        if moment == "write" or sftp.served.done[-1][1] == NAMES[0]:
            await stall(sftp)

    server.faults[moment] = stall_at_the_control_file
    outcome = await a_transport(server, total_timeout=4).send(a_dispatch())
    assert isinstance(outcome, kind)
    assert code(outcome) == "total-timeout"


async def test_another_host_key_is_refused_before_we_log_in(tmp_path: Path) -> None:
    async with sftp_server(tmp_path, key=asyncssh.generate_private_key("ssh-ed25519")) as served:
        assert code(await a_transport(served).send(a_dispatch())) == "host-key-unknown"


async def test_a_wrong_password_is_refused(server: Served) -> None:
    outcome = await a_transport(server, password="falsch").send(a_dispatch())
    assert isinstance(outcome, Failed)
    assert code(outcome) == "login-refused"


@pytest.mark.parametrize("passphrase", [None, "lang und gut"])
async def test_a_key_logs_in(server: Served, tmp_path: Path, passphrase: str | None) -> None:
    file = tmp_path / "schluessel"
    CLIENT_KEY.write_private_key(file, passphrase=passphrase, rounds=50)
    transport = a_transport(server, key_file=file, key_passphrase=passphrase)
    assert await transport.send(a_dispatch()) == Pending()


async def test_nobody_listening_is_a_failure(tmp_path: Path) -> None:
    async with sftp_server(tmp_path) as served:
        pass
    outcome = await a_transport(served).send(a_dispatch())
    assert isinstance(outcome, Failed)
    assert code(outcome) == "connect-error"


async def test_a_server_that_says_nothing_is_a_failure(tmp_path: Path) -> None:
    left = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.read()
        writer.close()
        left.set()

    listener = await asyncio.start_server(silent, "127.0.0.1", 0)
    served = Served(tmp_path, listener.sockets[0].getsockname()[1])
    outcome = await a_transport(served, connect_timeout=0.3).send(a_dispatch())
    await left.wait()
    listener.close()
    await listener.wait_closed()
    assert isinstance(outcome, Failed)
    assert code(outcome) == "connect-timeout"


async def results(transport: SftpTransport) -> dict[str, str]:
    return {step.name: step.finding.code async for step in transport.check()}


async def test_a_check_logs_in_and_leaves_nothing_behind(server: Served) -> None:
    assert await results(a_transport(server)) == dict.fromkeys(
        ("name", "connection", "credentials", "folder"), "ok"
    )
    assert [*(server.root / "eingang").iterdir()] == []


async def test_a_check_says_what_is_wrong(server: Served) -> None:
    (server.root / "eingang").rmdir()
    assert (await results(a_transport(server)))["folder"] == "folder-missing"
    wrong = await results(a_transport(server, password="falsch"))
    assert (wrong["credentials"], wrong["folder"]) == ("login-refused", "earlier-step")


def library_errors(root: type[Exception]) -> Iterator[type[Exception]]:
    for each in root.__subclasses__():
        yield each
        yield from library_errors(each)


def test_every_error_of_the_library_is_translated() -> None:
    # We run nothing over there.
    processes = {asyncssh.ProcessError, asyncssh.TimeoutError}
    own = {each for each in library_errors(asyncssh.Error) if each.__module__.startswith("asyncssh")}
    assert len(own) > 30
    assert own - processes - ERRORS.keys() == set()


def test_a_subclass_is_translated_like_its_class() -> None:
    assert cause_of(ConnectionResetError()).code == "connect-error"
    assert cause_of(asyncssh.ConnectionLost("Frau Geheim")).code == "connection-lost"


@pytest.mark.parametrize(
    "said",
    [
        {"host_keys": []},
        {"host_keys": ["ssh-ed25519 unsinn"]},
        {"key_file": "fehlt"},
        {"key_passphrase": "zu keinem Schlüssel"},
        {"password": None},
        {"folder": None},
    ],
)
def test_settings_that_can_not_work_are_refused(tmp_path: Path, said: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({**Served(tmp_path, 22).settings(), **said})
    assert "Schlüssel" not in str(caught.value.errors(include_input=False))


def test_a_passphrase_must_fit_its_key(tmp_path: Path) -> None:
    file = tmp_path / "schluessel"
    CLIENT_KEY.write_private_key(file, passphrase="richtig", rounds=50)
    settings = Served(tmp_path, 22).settings(key_file=file, key_passphrase="falsch")
    with pytest.raises(ValidationError):
        Settings.model_validate(settings)
    assert public(CLIENT_KEY) not in repr(settings)
