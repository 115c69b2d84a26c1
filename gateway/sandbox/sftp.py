"""SFTP: a server into which files for the trade system are laid, with a return folder from which answers are taken."""

import contextlib
import errno
import os
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncssh

from gateway.sandbox.certificates import Certificates
from gateway.sandbox.desk import Desk
from gateway.sandbox.faults import Fault, When
from gateway.sandbox.journal import Arrival
from gateway.sandbox.settings import SandboxSettings
from gateway.sandbox.systems import System, Way

IN, RETURN = "in", "return"
"""The folders that a client sees."""

TRANSFER = frozenset({Fault.CUT, Fault.STALL, Fault.DELAY})
"""Faults that show while files are on their way. All others show when the system takes them."""

_WRONG = {
    Fault.FOLDER_FULL: errno.ENOSPC,
    Fault.FOLDER_NOT_WRITABLE: errno.EACCES,
}


@contextlib.asynccontextmanager
async def serve(desk: Desk, settings: SandboxSettings) -> AsyncIterator[str]:
    """Serve for as long as the context is open; its address.

    Clients log in with the user and password of the systems, or with the key `client.key` of the sandbox's
    certificates. The host's key stays the same over a restart.

    Raises:
        OSError: the port is taken, or the folder can't be written.
    """
    for name in (IN, RETURN):
        (settings.sftp_folder / name).mkdir(parents=True, exist_ok=True)
    key = host_key(settings.folder / "ssh")
    client = asyncssh.read_private_key(Certificates(settings.certificates).client()[1])
    listener = await asyncssh.listen(
        sock=socket.create_server((settings.host, settings.sftp_port)),
        server_factory=lambda: _Login(settings, client),
        server_host_keys=[key],
        sftp_factory=lambda channel: _Inbox(channel, desk, settings),
        config=None,
        gss_host=None,
    )
    try:
        yield f"sftp://{settings.host}:{listener.get_port()}"
    finally:
        listener.close()
        await listener.wait_closed()


def host_key(folder: Path) -> asyncssh.SSHKey:
    """The server's own key, made at the first start; `host_key.pub` is for clients."""
    private = folder / "host_key"
    if not private.exists():
        folder.mkdir(parents=True, exist_ok=True)
        key = asyncssh.generate_private_key("ssh-ed25519")
        private.touch(mode=0o600)
        key.write_private_key(private)
        key.write_public_key(folder / "host_key.pub")
    return asyncssh.read_private_key(private)


class _Login(asyncssh.SSHServer):
    """Who may come in."""

    def __init__(self, settings: SandboxSettings, client: asyncssh.SSHKey) -> None:
        self._settings = settings
        self._client = client

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        settings = self._settings
        return (username, password) == (settings.user, settings.password.get_secret_value())

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == self._settings.user and key.public_data == self._client.public_data


class _Inbox(asyncssh.SFTPServer):
    """The folders as a client sees them, and what goes wrong on the way into them."""

    def __init__(
        self, channel: "asyncssh.SSHServerChannel[bytes]", desk: Desk, settings: SandboxSettings
    ) -> None:
        super().__init__(channel, chroot=os.fsencode(settings.sftp_folder))
        self._desk = desk
        self._writing: dict[int, str] = {}
        """Names of the files that are being written, by their open file."""

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        writes = bool(pflags & (asyncssh.FXF_WRITE | asyncssh.FXF_CREAT))
        if writes:
            self._check_folder(full_too=False)
            await self._meet(path, When.BEFORE)
        file = super().open(path, pflags, attrs)
        if writes:
            self._writing[id(file)] = os.fsdecode(path)
        return file

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        self._check_folder(full_too=True)
        name = self._writing.pop(id(file_obj), None)
        if name is None:
            return _written(super().write(file_obj, offset, data))
        middle = len(data) // 2
        _written(super().write(file_obj, offset, data[:middle]))
        await self._meet(os.fsencode(name), When.DURING)
        return middle + _written(super().write(file_obj, offset + middle, data[middle:]))

    def statvfs(self, path: bytes) -> Any:  # noqa: ANN401  # the library allows several ways
        """The free space, by which a client tells a full disk from other errors: there is no other word for it."""
        active = self._desk.faults.folder(System.TRADE, Way.SFTP)
        if active is None or active.rule.fault is not Fault.FOLDER_FULL:
            return super().statvfs(path)
        return asyncssh.SFTPVFSAttrs(bsize=4096, frsize=4096, blocks=1000, bfree=0, bavail=0, files=100)

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        self._check_folder(full_too=False)
        _done(super().rename(oldpath, newpath))
        await self._arrived(newpath)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        self._check_folder(full_too=False)
        _done(super().posix_rename(oldpath, newpath))
        await self._arrived(newpath)

    async def link(self, oldpath: bytes, newpath: bytes) -> None:
        self._check_folder(full_too=False)
        _done(super().link(oldpath, newpath))
        await self._arrived(newpath)

    async def _arrived(self, path: bytes) -> None:
        """A file has its final name. With the control file all is there."""
        if path.endswith(b".ctl"):
            await self._meet(path, When.AFTER)

    def _check_folder(self, *, full_too: bool) -> None:
        active = self._desk.faults.folder(System.TRADE, Way.SFTP)
        if active is None or (active.rule.fault is Fault.FOLDER_FULL and not full_too):
            return
        active.hits += 1
        number = _WRONG[active.rule.fault]
        raise OSError(number, os.strerror(number))

    async def _meet(self, path: bytes, when: When) -> None:
        """Misbehave where a rule wants it at this moment of the transfer."""
        if b"/" + IN.encode() + b"/" not in b"/" + path:
            return
        name = Path(os.fsdecode(path)).name
        found = _DELIVERY.search(name)
        arrival = Arrival(System.TRADE, Way.SFTP, found[0] if found else name, "", kind=name)
        rule = self._desk.faults.pick(arrival, only=TRANSFER, when=when)
        if rule is None:
            return
        if rule.fault in {Fault.DELAY, Fault.STALL}:
            await self._desk.pause(rule.duration)
        if rule.fault in {Fault.CUT, Fault.STALL}:
            self.channel.get_connection().abort()
            raise asyncssh.SFTPConnectionLost("cut")


_DELIVERY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A delivery's id in the name of a file."""


def _written(result: Any) -> int:  # noqa: ANN401  # the library allows either way
    assert isinstance(result, int)
    return result


def _done(result: Any) -> None:  # noqa: ANN401  # as above
    assert result is None
