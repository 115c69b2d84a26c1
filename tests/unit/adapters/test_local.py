import asyncio
import errno
import os
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.transports.folders import local
from adapters.transports.folders.drop import File
from adapters.transports.folders.files import FileTransport, Settings
from adapters.transports.folders.local import OS_ERRORS, publish
from gateway.core.outcome import Delivered, Failed, Outcome, Pending, Rejected, Unclear
from gateway.core.tenants import Destination
from tests.unit.adapters.builders import DELIVERY, a_destination, a_dispatch, surroundings

DROP = (File("a.xml", "<ort>Chóśebuz</ort>".encode()), File("a.ctl", b"{}"))


def a_transport(
    folder: Path, destination: Destination | None = None, *, confirms: bool = True
) -> FileTransport:
    settings = Settings.model_validate({"folder": folder, "confirms": confirms})
    return FileTransport(settings, destination or a_destination(), surroundings())


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(("confirms", "outcome"), [(True, Pending()), (False, Delivered())])
async def test_both_files_arrive_whole(tmp_path: Path, confirms: bool, outcome: Outcome) -> None:
    transport = a_transport(tmp_path, confirms=confirms)
    assert await transport.send(a_dispatch()) == outcome
    assert await transport.send(a_dispatch()) == outcome
    await transport.aclose()
    assert names(tmp_path) == [f"antrag-{DELIVERY}.ctl", f"antrag-{DELIVERY}.xml"]
    assert (tmp_path / f"antrag-{DELIVERY}.xml").read_bytes() == a_dispatch().paper().content


def test_the_control_file_comes_last_and_nothing_is_seen_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    link = os.link

    def watching(source: Path, target: Path, **options: bool) -> None:
        assert Path(source).read_bytes()
        link(source, target, **options)
        seen.append([name for name in names(tmp_path) if not name.startswith(".")])

    monkeypatch.setattr(os, "link", watching)
    assert publish(tmp_path, DROP) is None
    assert seen == [["a.xml"], ["a.ctl", "a.xml"]]


def test_both_files_and_the_folder_are_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def watching(descriptor: int) -> None:
        synced.append(
            "folder" if Path(f"/proc/self/fd/{descriptor}").resolve() == tmp_path.resolve() else "file"
        )
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watching)
    assert publish(tmp_path, DROP) is None
    assert synced[:2] == ["file", "folder"]
    assert synced[2:4] == ["file", "folder"]


def test_what_a_crash_left_half_done_is_completed(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(DROP[0].content)
    (tmp_path / ".a.xml.0123.part").write_bytes(b"half")
    assert publish(tmp_path, DROP) is None
    assert (tmp_path / "a.ctl").read_bytes() == DROP[1].content


def test_a_payload_that_was_taken_is_not_dropped_again_while_its_control_file_is_there(
    tmp_path: Path,
) -> None:
    publish(tmp_path, DROP)
    (tmp_path / "a.xml").unlink()
    assert publish(tmp_path, DROP) is None
    assert names(tmp_path) == ["a.ctl"]


@pytest.mark.parametrize("name", ["a.xml", "a.ctl"])
def test_other_content_of_the_same_name_is_never_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"of somebody else")
    outcome = publish(tmp_path, DROP)
    assert isinstance(outcome, Rejected)
    assert outcome.cause.code == "file-conflict"
    assert (tmp_path / name).read_bytes() == b"of somebody else"
    assert names(tmp_path) == [name]


def test_a_drive_without_hard_links_gets_a_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    assert publish(tmp_path, DROP) is None
    assert names(tmp_path) == ["a.ctl", "a.xml"]


@pytest.mark.parametrize("number", [*OS_ERRORS, errno.EIO])
def test_no_file_no_delivery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, "Frau Geheim")

    monkeypatch.setattr(local, "_write", fail)
    outcome = publish(tmp_path, DROP)
    assert isinstance(outcome, Failed)
    assert outcome.cause.code == (OS_ERRORS[number][0] if number in OS_ERRORS else "file-error")
    assert "Geheim" not in repr(outcome)
    assert names(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def full(path: Path, flags: int, mode: int = 0o777) -> int:
        return opened("/dev/full", os.O_WRONLY) if flags & os.O_CREAT else opened(path, flags, mode)

    monkeypatch.setattr(os, "open", full)
    outcome = publish(tmp_path, DROP)
    assert isinstance(outcome, Failed)
    assert outcome.cause.code == "disk-full"


def test_a_folder_that_can_not_be_synced_after_the_control_file_leaves_it_unclear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def fail(_: Path) -> None:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise OSError(errno.EIO, "gone")

    monkeypatch.setattr(local, "_sync_folder", fail)
    outcome = publish(tmp_path, DROP)
    assert isinstance(outcome, Unclear)
    assert names(tmp_path) == ["a.ctl", "a.xml"]
    monkeypatch.undo()
    assert publish(tmp_path, DROP) is None


class StalledDrive:
    """A drive that takes nothing until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached = threading.Event()
        self.let_go = threading.Event()
        monkeypatch.setattr(local, "_write", self._write)

    def _write(self, path: Path, content: bytes) -> None:
        self.reached.set()
        self.let_go.wait(30)
        path.write_bytes(content)


async def test_a_stalled_drive_leaves_the_first_unclear_and_the_waiting_ones_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive = StalledDrive(monkeypatch)
    destination = replace(a_destination(), attempt_within=timedelta(milliseconds=500), concurrency=1)
    transport = a_transport(tmp_path, destination)
    first, second = await asyncio.gather(transport.send(a_dispatch()), transport.send(a_dispatch()))
    assert isinstance(first, Unclear)
    assert isinstance(second, Failed)
    assert first.cause.code == second.cause.code == "folder-stalled"
    drive.let_go.set()
    await transport.aclose()


async def test_who_is_cancelled_sees_the_thread_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive = StalledDrive(monkeypatch)
    transport = a_transport(tmp_path)
    attempt = asyncio.create_task(transport.send(a_dispatch()))
    await asyncio.to_thread(drive.reached.wait, 10)
    attempt.cancel()
    await asyncio.sleep(0)
    assert not attempt.done()
    drive.let_go.set()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    assert names(tmp_path) == [f"antrag-{DELIVERY}.ctl", f"antrag-{DELIVERY}.xml"]
    await transport.aclose()
