"""SFTP: what `files` does in a folder of this host, over the wire."""

from collections.abc import AsyncIterator

from pydantic import Field

from adapters.adapter import Transport, TransportKind
from adapters.checking import walk
from adapters.dispatch import Dispatch, Part
from adapters.transports.folders.answers import AnswerSettings, ReturnFolder
from adapters.transports.folders.drop import DropSettings, drop_of
from adapters.transports.folders.remote import RemoteFolder, RemoteTray
from adapters.transports.folders.sftp_check import sftp_looks
from adapters.transports.folders.ssh import SshSettings
from gateway.core.check import Step
from gateway.core.outcome import Delivered, Outcome, Pending
from gateway.core.ports import Collected, Surroundings
from gateway.core.tenants import Destination


class Settings(SshSettings, DropSettings, AnswerSettings):
    """Settings of a destination that takes files from an SFTP server."""

    folder: str = Field(
        ".",
        description="Where files are dropped; a relative one is meant from our home there. The gateway makes no folders.",
    )
    confirms: bool = Field(True, description="The system sends a receipt when it has taken the files.")


class SftpTransport:
    """Drops files into one folder of a server."""

    def __init__(self, settings: Settings, destination: Destination, _: Surroundings) -> None:
        self._settings = settings
        self._folder = RemoteFolder(settings, settings.folder, destination)
        # Who confirms has not taken a drop yet: only its receipt says so.
        self._landed: Outcome = Pending() if settings.confirms else Delivered()

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Drop all files, the control file last."""
        return await self._folder.publish(drop_of(dispatch, self._settings)) or self._landed

    def check(self) -> AsyncIterator[Step]:
        """Look whether the server is the right one, lets us in, and its folder takes a file."""
        return walk(sftp_looks(self._settings, self._settings.folder))

    async def aclose(self) -> None:
        """Nothing is held open between two drops."""


class AnsweringSftpTransport(SftpTransport):
    """One whose system leaves its answers in a return folder of the same server."""

    def __init__(self, settings: Settings, destination: Destination, surroundings: Surroundings) -> None:
        super().__init__(settings, destination, surroundings)
        assert settings.answers_folder
        tray = RemoteTray(settings, settings.answers_folder, destination)
        self._returns = ReturnFolder(settings, destination.name, surroundings.clock, tray.opened)

    def collect(self) -> AsyncIterator[Collected]:
        """What lies in the return folder."""
        return self._returns.collect()


def _needs(_: Settings) -> frozenset[Part]:
    return frozenset()


def _open(settings: Settings, destination: Destination, surroundings: Surroundings) -> Transport:
    kind = AnsweringSftpTransport if settings.answers_folder else SftpTransport
    return kind(settings, destination, surroundings)


TRANSPORT = TransportKind(Settings, _needs, _open)
