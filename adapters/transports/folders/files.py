"""Files: a payload and its control file, dropped into a folder so that a watcher never sees half of either."""

from collections.abc import AsyncIterator
from pathlib import Path

from pydantic import Field

from adapters.adapter import Transport, TransportKind
from adapters.checking import file_looks, walk
from adapters.dispatch import Dispatch, Part
from adapters.transports.folders.answers import AnswerSettings, ReturnFolder
from adapters.transports.folders.drop import DropSettings, drop_of
from adapters.transports.folders.files_check import folder_looks
from adapters.transports.folders.local import LocalFolder, LocalTray
from gateway.core.check import Step
from gateway.core.outcome import Delivered, Outcome, Pending
from gateway.core.ports import Collected, Surroundings
from gateway.core.tenants import Destination


class Settings(DropSettings, AnswerSettings):
    """Settings of a destination that takes files from a folder."""

    folder: Path = Field(description="Where files are dropped. It must exist; the gateway makes no folders.")
    confirms: bool = Field(True, description="The system sends a receipt when it has taken the files.")


class FileTransport:
    """Drops files into one folder of this host, or of a drive that is mounted here."""

    def __init__(self, settings: Settings, destination: Destination, surroundings: Surroundings) -> None:
        self._settings = settings
        self._path = surroundings.folder / settings.folder
        self._folder = LocalFolder(self._path, destination)
        # Who confirms has not taken a drop yet: only its receipt says so.
        self._landed: Outcome = Pending() if settings.confirms else Delivered()

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Drop all files, the control file last."""
        return await self._folder.publish(drop_of(dispatch, self._settings)) or self._landed

    def check(self) -> AsyncIterator[Step]:
        """Look whether the folder is there, takes a file, and has room."""
        return walk([*file_looks(self._settings), *folder_looks(self._path)])

    async def aclose(self) -> None:
        """Let go of the folder. Again does nothing."""
        await self._folder.aclose()


class AnsweringFileTransport(FileTransport):
    """One whose system leaves its answers in a return folder."""

    def __init__(self, settings: Settings, destination: Destination, surroundings: Surroundings) -> None:
        super().__init__(settings, destination, surroundings)
        assert settings.answers_folder
        self._tray = LocalTray(surroundings.folder / settings.answers_folder, destination)
        self._returns = ReturnFolder(settings, destination.name, surroundings.clock, self._tray.opened)

    def collect(self) -> AsyncIterator[Collected]:
        """What lies in the return folder."""
        return self._returns.collect()

    async def aclose(self) -> None:
        """Let go of both folders."""
        await self._tray.aclose()
        await super().aclose()


def _needs(_: Settings) -> frozenset[Part]:
    return frozenset()


def _open(settings: Settings, destination: Destination, surroundings: Surroundings) -> Transport:
    kind = AnsweringFileTransport if settings.answers_folder else FileTransport
    return kind(settings, destination, surroundings)


TRANSPORT = TransportKind(Settings, _needs, _open)
