"""Remote: a folder behind SFTP, written so that a watcher never sees half a file, nor one without the others."""

import asyncio
import stat
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from uuid import uuid4

import asyncssh
from asyncssh import SFTPAttrs, SFTPClient

from adapters.transports.deadline import deadline
from adapters.transports.folders.drop import Drop, File
from adapters.transports.folders.local import CONFLICT, SIGN, OtherContentError, Trouble, ready_name
from adapters.transports.folders.ssh import (
    ERRORS,
    LOST,
    SAID_NO,
    Dialer,
    Session,
    SshSettings,
    Value,
    cause_of,
)
from adapters.transports.folders.tray import Entry, TrayError
from gateway.core.outcome import Cause, Failed, Unclear
from gateway.core.tenants import Destination

SHARE_TO_LOOK = 0.25
"""Of an attempt's time is kept to look whether files are there after a connection that broke off."""


@dataclass(slots=True)
class Handover:
    """How far a drop has come."""

    begun: bool = False
    """The last file may have got its name."""
    done: bool = False
    """The server has said that it has."""


class RemoteFolder:
    """One folder of one server. Each drop has a connection of its own: a broken one hurts no other."""

    def __init__(self, settings: SshSettings, folder: str, destination: Destination) -> None:
        self._dialer = Dialer(settings)
        self._folder = PurePosixPath(folder)
        self._total = min(settings.total_timeout, deadline(destination))

    async def publish(self, drop: Drop) -> Trouble | None:
        """Put files into the folder, the last one last; None where they are there, also by an earlier call."""
        handover = Handover()
        try:
            until = _moment(self._total * (1 - SHARE_TO_LOOK))
            async with asyncio.timeout_at(until), self._dialer.connected() as session:
                work = _publish(session.sftp, self._folder / drop.folder, drop.files, handover)
                await session.do(work, until)
        except OtherContentError:
            return CONFLICT
        except tuple(ERRORS) as error:
            if handover.done:
                return None
            # Until its last file is there, the system takes nothing.
            if not handover.begun:
                return Failed(cause_of(error))
            return None if await self._is_there(drop) else Unclear(cause_of(error))
        return None

    async def prepare(self, drop: Drop) -> Cause | None:
        """Write files under names by which nobody takes them; again writes them anew."""
        return await self._do(_prepare, drop)

    async def release(self, drop: Drop) -> Cause | None:
        """Give prepared files their names, the last one last. One that is not prepared any more has got its
        name before, wherever it is now.
        """
        return await self._do(_release, drop)

    async def _do(
        self,
        work: Callable[[SFTPClient, PurePosixPath, tuple[File, ...]], Coroutine[None, None, None]],
        drop: Drop,
    ) -> Cause | None:
        until = _moment(self._total)
        try:
            async with asyncio.timeout_at(until), self._dialer.connected() as session:
                await session.do(work(session.sftp, self._folder / drop.folder, drop.files), until)
        except OtherContentError:
            return CONFLICT.cause
        except tuple(ERRORS) as error:
            return cause_of(error)
        return None

    async def _is_there(self, drop: Drop) -> bool:
        """Whether the last file is there for sure. One that is not may have been taken already."""
        last = drop.files[-1]
        try:
            until = _moment(self._total * SHARE_TO_LOOK)
            async with asyncio.timeout_at(until), self._dialer.connected() as session:
                path = self._folder / drop.folder / last.name
                return await session.do(_is_there(session.sftp, path, last.content), until)
        except OtherContentError:
            return False
        except tuple(ERRORS):
            return False

    async def aclose(self) -> None:
        """Nothing is held open."""


def _moment(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


async def _publish(
    sftp: SFTPClient, folder: PurePosixPath, files: tuple[File, ...], handover: Handover
) -> None:
    """Raises:
    OtherContentError: a name is taken by something else.
    asyncssh.Error: it can't be written.
    """
    *first, last = files
    if not await _is_there(sftp, folder / last.name, last.content):
        for file in first:
            await _publish_one(sftp, folder / file.name, file.content, Handover())
        await _publish_one(sftp, folder / last.name, last.content, handover)
    handover.done = True


async def _publish_one(sftp: SFTPClient, final: PurePosixPath, content: bytes, handover: Handover) -> None:
    """Publish a file whole or not at all, under a name that nobody has yet."""
    if await _is_there(sftp, final, content):
        return
    # A name that watchers leave alone, and that no other attempt uses.
    temporary = final.with_name(f".{final.name}.{uuid4().hex}.part")
    try:
        await write(sftp, temporary, content)
        await _name_finally(sftp, temporary, final, content, handover)
    finally:
        with suppress(*ERRORS):
            await sftp.remove(temporary)


async def write(sftp: SFTPClient, path: PurePosixPath, content: bytes) -> None:
    """Write a new file, onto the server's disk where the server lets itself be told so."""
    try:
        async with sftp.open(path, "xb", SFTPAttrs(permissions=0o640)) as file:
            await file.write(content)
            with suppress(asyncssh.SFTPOpUnsupported):
                await file.fsync()
    except asyncssh.SFTPFailure:
        # The usual version of SFTP has no word for it.
        if await _is_full(sftp, path.parent, len(content)):
            raise asyncssh.SFTPNoSpaceOnFilesystem("") from None
        raise


async def _is_full(sftp: SFTPClient, folder: PurePosixPath, size: int) -> bool:
    try:
        room = await sftp.statvfs(folder)
    except asyncssh.SFTPError:
        return False
    return room.bavail * room.frsize < size


async def _name_finally(
    sftp: SFTPClient, temporary: PurePosixPath, final: PurePosixPath, content: bytes, handover: Handover
) -> None:
    """Give a file its name by the first way that the server has. Of these only the last could overwrite, and
    between look and rename nobody else uses this delivery's name.
    """
    refused: Exception | None = None
    for way in (sftp.link, sftp.rename, sftp.posix_rename):
        if refused and await _is_there(sftp, final, content):
            return
        handover.begun = True
        try:
            await way(temporary, final)
        except LOST:
            raise
        except SAID_NO as error:
            handover.begun = False
            refused = error
        else:
            return
    if not await _is_there(sftp, final, content):
        assert refused
        raise refused


async def _is_there(sftp: SFTPClient, path: PurePosixPath, content: bytes) -> bool:
    """Raises:
    OtherContentError: something else has the name.
    """
    try:
        found = await sftp.stat(path)
        if found.type != asyncssh.FILEXFER_TYPE_REGULAR or found.size != len(content):
            raise OtherContentError
        if await _read(sftp, path) != content:
            raise OtherContentError
    except asyncssh.SFTPNoSuchFile:
        return False
    return True


async def _read(sftp: SFTPClient, path: PurePosixPath) -> bytes:
    async with sftp.open(path, "rb") as file:
        content: bytes = await file.read()
        return content


async def _prepare(sftp: SFTPClient, folder: PurePosixPath, files: tuple[File, ...]) -> None:
    for file in files:
        with suppress(asyncssh.SFTPNoSuchFile):
            await sftp.remove(folder / ready_name(file))
        await write(sftp, folder / ready_name(file), file.content)
    async with sftp.open(folder / SIGN, "wb"):
        pass


async def _release(sftp: SFTPClient, folder: PurePosixPath, files: tuple[File, ...]) -> None:
    """Rename, and not link: what is left under the earlier name was never taken by anybody.

    Raises:
        OtherContentError: a name is taken.
        asyncssh.Error: the server refuses, or the connection broke off.
    """
    await sftp.stat(folder / SIGN)
    for file in files:
        prepared, final = folder / ready_name(file), folder / file.name
        if not await sftp.exists(prepared):
            continue
        if await sftp.exists(final):
            raise OtherContentError
        try:
            await sftp.rename(prepared, final)
        except asyncssh.SFTPOpUnsupported:
            await sftp.posix_rename(prepared, final)


class RemoteTray:
    """A return folder behind SFTP. Each look has a connection of its own."""

    def __init__(self, settings: SshSettings, folder: str, destination: Destination) -> None:
        self._dialer = Dialer(settings)
        self._folder = PurePosixPath(folder)
        self._total = min(settings.total_timeout, deadline(destination))

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["RemoteLook"]:
        """Look into the folder.

        Raises:
            TrayError: the server can't be reached.
        """
        async with AsyncExitStack() as stack:
            try:
                session = await stack.enter_async_context(self._dialer.connected())
            except tuple(ERRORS) as error:
                raise TrayError(cause_of(error)) from None
            yield RemoteLook(session, self._folder, self._total)


class RemoteLook:
    """A look over one connection."""

    def __init__(self, session: Session, folder: PurePosixPath, seconds: float) -> None:
        self._session = session
        self._sftp = session.sftp
        self._folder = folder
        self._seconds = seconds

    async def entries(self) -> list[Entry]:
        """The files that lie there."""
        return [
            Entry(str(each.filename), each.attrs.size or 0, float(each.attrs.mtime or 0))
            for each in await self._do(self._listing())
            if stat.S_ISREG(each.attrs.permissions or 0)
        ]

    async def read(self, name: str) -> bytes:
        """A file's content."""
        return await self._do(_read(self._sftp, self._folder / name))

    async def move(self, name: str, folder: str) -> None:
        """Put a file into a folder below."""
        await self._do(self._move(name, folder))

    async def write(self, folder: str, name: str, content: bytes) -> None:
        """Write a small file into a folder below."""
        await self._do(self._write(folder, name, content))

    async def _listing(self) -> Sequence[asyncssh.SFTPName]:
        return await self._sftp.readdir(self._folder)

    async def _move(self, name: str, folder: str) -> None:
        target = await self._folder_below(folder) / name
        if await self._sftp.exists(target):
            target = target.with_name(f"{target.stem}~{uuid4().hex}{target.suffix}")
        await self._sftp.rename(self._folder / name, target)

    async def _write(self, folder: str, name: str, content: bytes) -> None:
        path = await self._folder_below(folder) / name
        async with self._sftp.open(path, "wb") as file:
            await file.write(content)

    async def _folder_below(self, name: str) -> PurePosixPath:
        folder = self._folder / name
        if not await self._sftp.isdir(folder):
            await self._sftp.mkdir(folder)
        return folder

    async def _do(self, work: Coroutine[None, None, Value]) -> Value:
        try:
            return await self._session.do(work, _moment(self._seconds))
        except tuple(ERRORS) as error:
            raise TrayError(cause_of(error)) from None
