"""SSH: a connection to one SFTP server, whose key must be one that we know; and what its errors mean."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any, Self, TypeVar

import asyncssh
from pydantic import AfterValidator, Field, SecretStr, model_validator

from adapters.transports.settings import ConfigFile, Seconds, TransportSettings
from gateway.core.outcome import Cause

Value = TypeVar("Value")


def _public_key(line: str) -> str:
    try:
        asyncssh.import_public_key(line)
    except asyncssh.KeyImportError:
        raise ValueError("not a public key as OpenSSH writes it: `ssh-ed25519 AAAA...`") from None
    return line


class SshSettings(TransportSettings):
    """Where the server is, how it is recognised, and how we log in."""

    host: str = Field(description="Name or address of the SFTP server.")
    port: int = Field(22, gt=0, lt=65536, description="Its port.")
    username: str = Field(description="Our user there.")
    password: SecretStr | None = Field(None, description="Our password, or else `key_file`.")
    key_file: ConfigFile | None = Field(None, description="Our private key, as OpenSSH or PEM.")
    key_passphrase: SecretStr | None = Field(None, description="Passphrase of `key_file`.")
    host_keys: list[Annotated[str, AfterValidator(_public_key)]] = Field(
        min_length=1,
        description="Public keys of the server, as in `known_hosts` without the host. No other is accepted.",
    )
    connect_timeout: Seconds = Field(10, description="Seconds to connect and log in.")
    total_timeout: Seconds = Field(
        60, description="Seconds for an attempt, at most 8/10 of `attempt_seconds`."
    )

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        if (self.password is None) == (self.key_file is None):
            raise ValueError("either password or key_file")
        if self.key_file is not None:
            try:
                self.private_key()
            except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, OSError):
                raise ValueError("key_file can't be read, or key_passphrase is not its own") from None
        elif self.key_passphrase is not None:
            raise ValueError("a key_passphrase belongs to a key_file")
        return self

    def private_key(self) -> asyncssh.SSHKey:
        """Our key."""
        assert self.key_file is not None
        passphrase = self.key_passphrase.get_secret_value() if self.key_passphrase else None
        return asyncssh.read_private_key(self.key_file, passphrase)


class Dialer:
    """Makes connections to one server. Nothing of the user's own `~/.ssh` and of an agent is used."""

    def __init__(self, settings: SshSettings) -> None:
        self._timeout = settings.connect_timeout
        login: dict[str, Any] = {"client_keys": None}
        if settings.password is not None:
            login["password"] = settings.password.get_secret_value()
        else:
            login["client_keys"] = [settings.private_key()]
        self._options: dict[str, Any] = {
            "host": settings.host,
            "port": settings.port,
            "username": settings.username,
            "known_hosts": ([asyncssh.import_public_key(each) for each in settings.host_keys], [], []),
            "config": None,
            "agent_path": None,
            "gss_host": None,
            "x509_trusted_certs": None,
            "disable_trivial_auth": True,
            **login,
        }

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["Session"]:
        """A session on a connection of its own, for as long as the context is open.

        Raises:
            ConnectTimeoutError: the server did not let us in in time.
            asyncssh.Error, OSError: it did not at all.
        """
        connection: asyncssh.SSHClientConnection | None = None
        try:
            try:
                async with asyncio.timeout(self._timeout):
                    connection = await asyncssh.connect(**self._options)
                    sftp = await connection.start_sftp_client()
            except TimeoutError:
                raise ConnectTimeoutError from None
            yield Session(connection, sftp)
        finally:
            if connection is not None:
                # Whatever was asked for has been answered by now, or nobody waits for it any more.
                connection.abort()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LAST_WORDS):
                        await connection.wait_closed()


class Session:
    """SFTP over one connection."""

    def __init__(self, connection: asyncssh.SSHClientConnection, sftp: asyncssh.SFTPClient) -> None:
        self._connection = connection
        self.sftp = sftp

    async def do(self, work: Coroutine[None, None, Value], until: float) -> Value:
        """Work until a moment of the event loop's clock.

        Who has no more time, or is cancelled, cuts the connection first: the library asks a server to close
        files on the way out, and waits for one that has stopped answering.

        Raises:
            TimeoutError: the server did not answer in time.
            asyncssh.Error, OSError: what `work` raises.
        """
        job = asyncio.create_task(work)
        try:
            async with asyncio.timeout_at(until):
                return await asyncio.shield(job)
        finally:
            if not job.done():
                self._connection.abort()
                await asyncio.wait([job], timeout=_LAST_WORDS)
                if job.done() and not job.cancelled():
                    job.exception()


_LAST_WORDS = 2.0
"""Seconds for a connection that has been cut to be gone."""


class ConnectTimeoutError(Exception):
    """The server did not accept a connection, or did not let us in, in time."""


_LOST = "The connection broke off."
_REFUSED = "The server refuses, without saying why."
_NAME = "The server does not take names like these."

ERRORS: Mapping[type[Exception], tuple[str, str]] = {
    ConnectTimeoutError: ("connect-timeout", "The server did not let us in in time."),
    TimeoutError: ("total-timeout", "The server did not finish in time."),
    OSError: ("connect-error", "No connection to the server: refused, unknown, or broken off."),
    asyncssh.Error: ("ssh-error", "Something went wrong on the way."),
    asyncssh.DisconnectError: ("connection-lost", _LOST),
    asyncssh.ConnectionLost: ("connection-lost", _LOST),
    asyncssh.ServiceNotAvailable: ("connection-lost", "The server does not offer what we need."),
    asyncssh.ChannelOpenError: ("no-sftp", "The server lets us in, but offers no SFTP."),
    asyncssh.HostKeyNotVerifiable: ("host-key-unknown", "The server shows a key that is not configured."),
    asyncssh.PermissionDenied: ("login-refused", "The server refuses our login."),
    asyncssh.IllegalUserName: ("login-refused", "The server refuses our login."),
    asyncssh.KeyExchangeFailed: ("ssh-protocol", "Server and gateway have no method in common."),
    asyncssh.CompressionError: ("ssh-protocol", "The server broke the rules of SSH."),
    asyncssh.MACError: ("ssh-protocol", "The server broke the rules of SSH."),
    asyncssh.ProtocolError: ("ssh-protocol", "The server broke the rules of SSH."),
    asyncssh.ProtocolNotSupported: ("ssh-protocol", "The server speaks another version of SSH."),
    asyncssh.SFTPError: ("sftp-refused", _REFUSED),
    asyncssh.SFTPFailure: ("sftp-refused", _REFUSED),
    asyncssh.SFTPOpUnsupported: ("sftp-refused", "The server lacks an operation that we need."),
    asyncssh.SFTPEOFError: ("sftp-refused", _REFUSED),
    asyncssh.SFTPInvalidHandle: ("sftp-refused", _REFUSED),
    asyncssh.SFTPInvalidParameter: ("sftp-refused", _REFUSED),
    asyncssh.SFTPUnknownPrincipal: ("sftp-refused", _REFUSED),
    asyncssh.SFTPOwnerInvalid: ("sftp-refused", _REFUSED),
    asyncssh.SFTPGroupInvalid: ("sftp-refused", _REFUSED),
    asyncssh.SFTPLockConflict: ("sftp-refused", "Somebody holds the file."),
    asyncssh.SFTPByteRangeLockConflict: ("sftp-refused", "Somebody holds the file."),
    asyncssh.SFTPByteRangeLockRefused: ("sftp-refused", "Somebody holds the file."),
    asyncssh.SFTPNoMatchingByteRangeLock: ("sftp-refused", _REFUSED),
    asyncssh.SFTPDeletePending: ("sftp-refused", "Somebody deletes the file."),
    asyncssh.SFTPCannotDelete: ("sftp-refused", _REFUSED),
    asyncssh.SFTPDirNotEmpty: ("sftp-refused", _REFUSED),
    asyncssh.SFTPFileCorrupt: ("sftp-refused", "The server's file system is damaged."),
    asyncssh.SFTPLinkLoop: ("sftp-refused", _REFUSED),
    asyncssh.SFTPFileAlreadyExists: ("sftp-refused", "The name is taken."),
    asyncssh.SFTPFileIsADirectory: ("sftp-refused", "The name is that of a folder."),
    asyncssh.SFTPInvalidFilename: ("sftp-refused", _NAME),
    asyncssh.SFTPBadMessage: ("ssh-protocol", "The server broke the rules of SFTP."),
    asyncssh.SFTPNoConnection: ("connection-lost", _LOST),
    asyncssh.SFTPConnectionLost: ("connection-lost", _LOST),
    asyncssh.SFTPNoSuchFile: ("folder-missing", "The folder does not exist."),
    asyncssh.SFTPNoSuchPath: ("folder-missing", "The folder does not exist."),
    asyncssh.SFTPNotADirectory: ("folder-missing", "The folder's name belongs to something else."),
    asyncssh.SFTPNoMedia: ("folder-missing", "The server's drive is not there."),
    asyncssh.SFTPPermissionDenied: ("folder-not-writable", "Our user may not write into the folder."),
    asyncssh.SFTPWriteProtect: ("folder-not-writable", "The folder is read-only."),
    asyncssh.SFTPNoSpaceOnFilesystem: ("disk-full", "There is no space left in the folder."),
    asyncssh.SFTPQuotaExceeded: ("disk-full", "The folder's quota is used up."),
}
"""Every error of asyncssh: a stable code, a sentence. Whether bytes may have arrived, the moment says."""

SAID_NO: tuple[type[Exception], ...] = (asyncssh.SFTPError,)
"""Errors that are an answer of the server: what was asked for was not done."""
LOST: tuple[type[Exception], ...] = (
    asyncssh.SFTPNoConnection,
    asyncssh.SFTPConnectionLost,
    asyncssh.SFTPBadMessage,
)
"""Those among them that the library itself makes up where no answer came."""


def cause_of(error: Exception) -> Cause:
    """Translate an error by the table."""
    return Cause(*next(ERRORS[type_] for type_ in type(error).__mro__ if type_ in ERRORS))
