"""Files: a payload and its control file, dropped into a folder so that a watcher never sees half of either."""

import asyncio
import errno
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import orjson
from pydantic import Field

from adapters.adapter import TransportKind
from adapters.dispatch import Dispatch, Part
from adapters.transports.deadline import deadline
from adapters.transports.settings import TransportSettings
from gateway.core.outcome import Cause, Delivered, Failed, Outcome, Pending, Rejected, Unclear
from gateway.core.ports import Surroundings
from gateway.core.tenants import Destination


class Settings(TransportSettings):
    """Settings of a destination that takes files from a folder."""

    folder: Path = Field(description="Where files are dropped. It must exist; the gateway makes no folders.")
    confirms: bool = Field(True, description="The system sends a receipt when it has taken the files.")


@dataclass(frozen=True, slots=True)
class Drop:
    """Two files that belong together. The receiver takes the payload when it sees the control file.

    The same delivery always makes the same names and the same bytes: that is how a repetition finds
    its own files.
    """

    payload_name: str
    payload: bytes
    control_name: str
    control: bytes


class FileTransport:
    """Drops files into one folder, in threads of its own: a stalled network drive holds up nobody else."""

    def __init__(self, settings: Settings, destination: Destination, surroundings: Surroundings) -> None:
        self._folder = surroundings.folder / settings.folder
        # Who confirms has not taken a drop yet: only its receipt says so.
        self._landed: Outcome = Pending() if settings.confirms else Delivered()
        self._deadline = deadline(destination)
        self._threads = ThreadPoolExecutor(destination.concurrency, f"drop-{destination.name}")

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Drop both files, the control file last."""
        job = self._threads.submit(publish, self._folder, drop_of(dispatch))
        try:
            trouble = await _result(asyncio.wrap_future(job), self._deadline)
        except TimeoutError:
            if job.cancel():
                return Failed(Cause("folder-stalled", "Earlier drops still wait for the folder."))
            return Unclear(Cause("folder-stalled", "The folder did not take the files in time."))
        return trouble or self._landed

    async def aclose(self) -> None:
        """Let the threads end. Again does nothing."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def drop_of(dispatch: Dispatch) -> Drop:
    """The content, and a control file that vouches for it."""
    message, paper = dispatch.message, dispatch.paper()
    name = f"{dispatch.name}-{dispatch.delivery}"
    control = {
        "delivery": dispatch.delivery,
        "message": message.id,
        "nachrichtenUUID": message.kopf.nachrichten_uuid,
        "tenant": message.tenant,
        "service": message.kind.service,
        "kind": message.kind.root,
        "test": message.kopf.test,
        "file": f"{name}.{paper.suffix}",
        "size": len(paper.content),
        "sha256": sha256(paper.content).hexdigest(),
        **dispatch.facts,
    }
    return Drop(f"{name}.{paper.suffix}", paper.content, f"{name}.ctl", orjson.dumps(control))


async def _result(job: "asyncio.Future[Outcome | None]", seconds: float) -> Outcome | None:
    """Wait for a job in a thread. Who is cancelled meanwhile still sees the thread to its end: it must not
    write on after everybody believes that it has stopped.
    """
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.shield(job)
    except asyncio.CancelledError:
        await asyncio.wait([job], timeout=_LAST_WORDS)
        raise


_LAST_WORDS = 5.0
"""Seconds for a thread to finish its files after a cancellation; a stalled drive must not stop a worker."""


def publish(folder: Path, drop: Drop) -> Outcome | None:
    """Put both files into the folder; None where they are there, by this call or by an earlier one.

    A control file with our content proves an earlier drop, also where the payload has been taken away.
    """
    complete = False
    try:
        if not _is_there(folder / drop.control_name, drop.control):
            _publish_one(folder, drop.payload_name, drop.payload)
            _sync_folder(folder)
            _publish_one(folder, drop.control_name, drop.control)
        complete = True
        _sync_folder(folder)
    except OtherContentError:
        return Rejected(Cause("file-conflict", "A file of this delivery's name with other content is there."))
    except OSError as error:
        code, detail = OS_ERRORS.get(error.errno or 0, ("file-error", "The files can't be written."))
        # Until its control file is there, the system takes nothing.
        return Unclear(Cause(code, detail)) if complete else Failed(Cause(code, detail))
    return None


class OtherContentError(Exception):
    """The name is taken by other content. Never overwritten."""


OS_ERRORS: Mapping[int, tuple[str, str]] = {
    errno.ENOSPC: ("disk-full", "There is no space left in the folder."),
    errno.EDQUOT: ("disk-full", "The folder's quota is used up."),
    errno.EFBIG: ("disk-full", "The folder takes no file of this size."),
    errno.EACCES: ("folder-not-writable", "The gateway may not write into the folder."),
    errno.EPERM: ("folder-not-writable", "The gateway may not write into the folder."),
    errno.EROFS: ("folder-not-writable", "The folder is mounted read-only."),
    errno.ENOENT: ("folder-missing", "The folder does not exist, or is not mounted."),
    errno.ENOTDIR: ("folder-missing", "The folder's name belongs to something else."),
    errno.ESTALE: ("folder-missing", "The network drive has gone."),
}
"""Errors of the operating system by their number; any other is `file-error`."""


def _publish_one(folder: Path, name: str, content: bytes) -> None:
    """Publish a file whole or not at all, under a name that nobody has yet.

    Raises:
        OtherContentError: the name is taken by something else.
        OSError: it can't be written.
    """
    final = folder / name
    if _is_there(final, content):
        return
    # A name that watchers leave alone, and that no other attempt uses.
    temporary = folder / f".{name}.{uuid4().hex}.part"
    try:
        _write(temporary, content)
        _name_finally(temporary, final)
    except FileExistsError:
        if not _is_there(final, content):
            raise OtherContentError from None
    finally:
        with suppress(OSError):
            temporary.unlink()


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
    with open(descriptor, "wb") as file:  # noqa: PTH123  # from a descriptor
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _name_finally(temporary: Path, final: Path) -> None:
    try:
        os.link(temporary, final, follow_symlinks=False)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.ENOSYS}:
            raise
        # A drive without hard links. Between look and rename nobody else uses this delivery's name.
        if final.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        temporary.rename(final)


def _is_there(path: Path, content: bytes) -> bool:
    """Raises:
    OtherContentError: something else has the name.
    """
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        return False
    except IsADirectoryError:
        raise OtherContentError from None
    if found != content:
        raise OtherContentError
    return True


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _needs(_: Settings) -> frozenset[Part]:
    return frozenset()


TRANSPORT = TransportKind(Settings, _needs, FileTransport)
