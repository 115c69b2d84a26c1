"""A real SFTP server in this process, in a folder of the test, that misbehaves on demand."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

USER, PASSWORD = "amtsbote", "geheim"
HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")
CLIENT_KEY = asyncssh.generate_private_key("ssh-ed25519")

Fault = Callable[["Sftp"], Awaitable[None] | None]


def public(key: asyncssh.SSHKey) -> str:
    return key.export_public_key().decode().strip()


@dataclass
class Served:
    """What a test knows of its server."""

    root: Path
    port: int = 0
    faults: dict[str, Fault] = field(default_factory=dict)
    """By operation (`write`, `link`, `rename`, `after-link`, ...); each is met every time until it is taken away."""
    done: list[tuple[str, str]] = field(default_factory=list)
    """Operations with the name that they were about."""
    logins: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """Ends whatever stalls."""
    open: set["asyncssh.SSHServerConnection"] = field(default_factory=set)

    def settings(self, **said: object) -> dict[str, object]:
        login = {} if "key_file" in said else {"password": PASSWORD}
        where = {"host": "127.0.0.1", "port": self.port, "username": USER}
        return {**where, **login, "host_keys": [public(HOST_KEY)], **said}


class Login(asyncssh.SSHServer):
    def __init__(self, served: Served) -> None:
        self._served = served

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._served.logins += 1
        self._served.open.add(conn)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == USER and key.public_data == CLIENT_KEY.public_data


class Sftp(asyncssh.SFTPServer):
    def __init__(self, chan: "asyncssh.SSHServerChannel[bytes]", served: Served) -> None:
        super().__init__(chan, chroot=str(served.root).encode())
        self.served = served

    async def _do(self, operation: str, path: bytes, work: Callable[[], object]) -> object:
        self.served.done.append((operation, Path(path.decode()).name))
        await self._fault(operation)
        result = work()
        await self._fault(f"after-{operation}")
        return result

    async def _fault(self, moment: str) -> None:
        if fault := self.served.faults.get(moment):
            waiting = fault(self)
            if waiting is not None:
                await waiting

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        work = super().write
        found = await self._do("write", b"", lambda: work(file_obj, offset, data))
        assert isinstance(found, int)
        return found

    async def fsync(self, file_obj: object) -> None:
        work = super().fsync
        await self._do("fsync", b"", lambda: work(file_obj))

    async def link(self, oldpath: bytes, newpath: bytes) -> None:
        work = super().link
        await self._do("link", newpath, lambda: work(oldpath, newpath))

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        work = super().rename
        await self._do("rename", newpath, lambda: work(oldpath, newpath))

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        work = super().posix_rename
        await self._do("posix-rename", newpath, lambda: work(oldpath, newpath))

    async def stat(self, path: bytes) -> os.stat_result | asyncssh.SFTPAttrs:
        work = super().stat
        found = await self._do("stat", path, lambda: work(path))
        assert isinstance(found, os.stat_result | asyncssh.SFTPAttrs)
        return found

    def cut(self) -> None:
        self.channel.get_connection().abort()


def cut(sftp: Sftp) -> None:
    """Break the connection off."""
    sftp.cut()


async def stall(sftp: Sftp) -> None:
    """Never answer."""
    await sftp.served.over.wait()


def refuse(number: int) -> Fault:
    """Refuse with an error of the operating system."""

    def fault(_: Sftp) -> None:
        raise OSError(number, os.strerror(number))

    return fault


def unsupported(_: Sftp) -> None:
    """Know nothing of this operation."""
    raise asyncssh.SFTPOpUnsupported("Frau Geheim")


NO_SPACE = refuse(errno.ENOSPC)


@asynccontextmanager
async def sftp_server(root: Path, *, key: asyncssh.SSHKey = HOST_KEY) -> AsyncIterator[Served]:
    served = Served(root)
    listener = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=lambda: Login(served),
        server_host_keys=[key],
        sftp_factory=lambda chan: Sftp(chan, served),
        config=None,
        gss_host=None,
    )
    served.port = listener.get_port()
    try:
        yield served
    finally:
        served.over.set()
        listener.close()
        await listener.wait_closed()
        for connection in served.open:
            connection.abort()
            await connection.wait_closed()
