"""Local: a folder of this host, written so that a watcher never sees half a file, nor one without the others."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from adapters.transports.deadline import deadline
from adapters.transports.folders.drop import Drop, File
from adapters.transports.folders.tray import Entry, TrayError
from gateway.core.outcome import Cause, Failed, Rejected, Unclear
from gateway.core.tenants import Destination

Trouble = Failed | Unclear | Rejected
"""Every outcome that means: not there, as far as we know."""

Value = TypeVar("Value")


class LocalFolder:
    """One folder, reached in threads of its own: a stalled network drive holds up nobody else."""

    def __init__(self, folder: Path, destination: Destination) -> None:
        self._folder = folder
        self._deadline = deadline(destination)
        self._threads = ThreadPoolExecutor(destination.concurrency, f"drop-{destination.name}")

    async def publish(self, drop: Drop) -> Trouble | None:
        """Put files into the folder, the last one last; None where they are there, also by an earlier call."""
        job = self._threads.submit(publish, self._folder / drop.folder, drop.files)
        try:
            return await _result(asyncio.wrap_future(job), self._deadline)
        except TimeoutError:
            if job.cancel():
                return Failed(Cause("folder-stalled", "Earlier drops still wait for the folder."))
            return Unclear(Cause("folder-stalled", "The folder did not take the files in time."))

    async def prepare(self, drop: Drop) -> Cause | None:
        """Write files under names by which nobody takes them; again writes them anew."""
        return await self._in_thread(prepare, drop)

    async def release(self, drop: Drop) -> Cause | None:
        """Give prepared files their names, the last one last. One that is not prepared any more has got its
        name before, wherever it is now.
        """
        return await self._in_thread(release, drop)

    async def _in_thread(
        self, work: Callable[[Path, tuple[File, ...]], Cause | None], drop: Drop
    ) -> Cause | None:
        job = self._threads.submit(work, self._folder / drop.folder, drop.files)
        try:
            return await _result(asyncio.wrap_future(job), self._deadline)
        except TimeoutError:
            job.cancel()
            return Cause("folder-stalled", "The folder did not take the files in time.")

    async def aclose(self) -> None:
        """Let the threads end. Again does nothing."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class LocalTray:
    """A return folder of this host."""

    def __init__(self, folder: Path, destination: Destination) -> None:
        self._folder = folder
        self._deadline = deadline(destination)
        self._threads = ThreadPoolExecutor(1, f"tray-{destination.name}")

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["LocalTray"]:
        """Nothing has to be opened here."""
        yield self

    async def entries(self) -> list[Entry]:
        """The files that lie there."""
        return await self._do(_entries, self._folder)

    async def read(self, name: str) -> bytes:
        """A file's content."""
        return await self._do((self._folder / name).read_bytes)

    async def move(self, name: str, folder: str) -> None:
        """Put a file into a folder below."""
        await self._do(_move, self._folder / name, self._folder / folder)

    async def write(self, folder: str, name: str, content: bytes) -> None:
        """Write a small file into a folder below."""
        await self._do(_write_over, self._folder / folder, name, content)

    async def aclose(self) -> None:
        """Let the thread end. Again does nothing."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _do(self, work: Callable[..., Value], *arguments: object) -> Value:
        job = asyncio.wrap_future(self._threads.submit(work, *arguments))
        try:
            return await _result(job, self._deadline)
        except TimeoutError:
            raise TrayError(Cause("folder-stalled", "The return folder does not answer.")) from None
        except OSError as error:
            raise TrayError(cause_of(error)) from None


def _entries(folder: Path) -> list[Entry]:
    with os.scandir(folder) as found:
        return [
            Entry(each.name, stat.st_size, stat.st_mtime_ns / 1e9)
            for each in found
            if each.is_file(follow_symlinks=False) and (stat := each.stat(follow_symlinks=False))
        ]


def _move(file: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    target = folder / file.name
    if target.exists():
        target = folder / f"{file.stem}~{uuid4().hex}{file.suffix}"
    file.rename(target)
    _sync_folder(folder)


def _write_over(folder: Path, name: str, content: bytes) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)


async def _result(job: "asyncio.Future[Value]", seconds: float) -> Value:
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


def publish(folder: Path, files: tuple[File, ...]) -> Trouble | None:
    """Put files into the folder; None where they are there, by this call or by an earlier one.

    The last file with our content proves an earlier drop, also where the others have been taken away.
    """
    *first, last = files
    complete = False
    try:
        if not _is_there(folder / last.name, last.content):
            for file in first:
                _publish_one(folder, file)
            if first:
                _sync_folder(folder)
            _publish_one(folder, last)
        complete = True
        _sync_folder(folder)
    except OtherContentError:
        return CONFLICT
    except OSError as error:
        # Until its last file is there, the system takes nothing.
        return Unclear(cause_of(error)) if complete else Failed(cause_of(error))
    return None


def prepare(folder: Path, files: tuple[File, ...]) -> Cause | None:
    """Write files under names of their own, onto the disk; None where they are there."""
    try:
        for file in files:
            with suppress(FileNotFoundError):
                (folder / ready_name(file)).unlink()
            _write(folder / ready_name(file), file.content)
        (folder / SIGN).touch()
        _sync_folder(folder)
    except OSError as error:
        return cause_of(error)
    return None


def release(folder: Path, files: tuple[File, ...]) -> Cause | None:
    """Rename prepared files, each on the disk before the next; None where all have been.

    A rename, and no link: what is left under the earlier name was never taken by anybody, and what is not there
    any more has been handed over. Nobody else uses these names, so looking before is enough not to overwrite.
    """
    try:
        if not (folder / SIGN).exists():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        for file in files:
            prepared, final = folder / ready_name(file), folder / file.name
            if not prepared.exists():
                continue
            if final.exists():
                return CONFLICT.cause
            prepared.rename(final)
            _sync_folder(folder)
        _sync_folder(folder)
    except OSError as error:
        return cause_of(error)
    return None


SIGN = ".amtsbote-batches"
"""Lies in every folder in which a file was prepared. Without it, the folder is not the one that it was: that of a
drive that is not mounted is as empty as one from which everything was taken.
"""


def ready_name(file: File) -> str:
    """How a file is called before it has its name: no watcher takes it by that."""
    return f".{file.name}.ready"


class OtherContentError(Exception):
    """The name is taken by other content. Never overwritten."""


CONFLICT = Rejected(Cause("file-conflict", "A file of this delivery's name with other content is there."))

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


def cause_of(error: OSError) -> Cause:
    """Translate an error of the operating system by the table."""
    return Cause(*OS_ERRORS.get(error.errno or 0, ("file-error", "The files can't be written.")))


def _publish_one(folder: Path, file: File) -> None:
    """Publish a file whole or not at all, under a name that nobody has yet.

    Raises:
        OtherContentError: the name is taken by something else.
        OSError: it can't be written.
    """
    final = folder / file.name
    if _is_there(final, file.content):
        return
    # A name that watchers leave alone, and that no other attempt uses.
    temporary = folder / f".{file.name}.{uuid4().hex}.part"
    try:
        _write(temporary, file.content)
        _name_finally(temporary, final)
    except FileExistsError:
        if not _is_there(final, file.content):
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
