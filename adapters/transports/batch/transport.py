"""Transport: deliveries as lines of one file, which is written to a folder or over SFTP when its time has come."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path
from string import Formatter
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from adapters.adapter import TransportKind
from adapters.checking import file_looks, walk
from adapters.dispatch import Dispatch, Part
from adapters.transports.batch.cell import CellError
from adapters.transports.batch.layout import Layout, Row
from adapters.transports.batch.schedule import ScheduleSettings
from adapters.transports.folders.answers import AnswerSettings, ReturnFolder
from adapters.transports.folders.drop import Drop, File
from adapters.transports.folders.files_check import folder_looks
from adapters.transports.folders.local import LocalFolder, LocalTray
from adapters.transports.folders.receipts import Place
from adapters.transports.folders.remote import RemoteFolder, RemoteTray
from adapters.transports.folders.sftp_check import sftp_looks
from adapters.transports.folders.ssh import SshSettings
from adapters.transports.settings import ConfigFile
from gateway.core.batch import Batch, BatchItem, Collection
from gateway.core.check import Step
from gateway.core.errors import Unavailable
from gateway.core.message import DeliveryId
from gateway.core.outcome import Cause, Failed, Outcome, Pending, Rejected
from gateway.core.ports import Collected, Surroundings
from gateway.core.tenants import Destination


def _checked_name(pattern: str) -> str:
    facts = [fact for _, fact, spec, conversion in Formatter().parse(pattern) if fact is not None]
    if not set(facts) <= {"number", "date"} or "number" not in facts:
        raise ValueError("a name is made of {number}, which must be in it, and {date}")
    plain = pattern.replace("{number}", "").replace("{date}", "").replace(".", "").replace("-", "")
    if not plain.replace("_", "a").isalnum() or not plain.isascii() or pattern.startswith("."):
        raise ValueError("a name consists of letters, digits, dots, hyphens and facts in braces")
    return pattern


class Server(SshSettings):
    """A folder of an SFTP server."""

    folder: str = "."


class Settings(ScheduleSettings, AnswerSettings):
    """Settings of a destination that takes many deliveries in one file."""

    layout: ConfigFile = Field(description="How the file is built.")
    folder: Path | None = Field(None, description="Where it is written; it must exist. Or else `sftp`.")
    sftp: Server | None = Field(None, description="The server to which it is written.")
    name: Annotated[str, AfterValidator(_checked_name)] = Field(
        "batch-{number}.txt",
        description="Name of the file, of `number` (six digits) and `date` (of closing).",
    )
    marker: str | None = Field(
        None, pattern=r"^\.[A-Za-z0-9]+$", description="Suffix of an empty file that is written after it."
    )
    confirms: bool = Field(
        True,
        description="The system sends a receipt for each item; else what is written counts as delivered.",
    )
    _built: Layout = PrivateAttr()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.folder is None) == (self.sftp is None):
            raise ValueError("either folder or sftp")
        if self.answers_folder and not self.confirms:
            raise ValueError("who does not confirm has no answers_folder")
        try:
            self._built = Layout.read(self.layout)
        except (OSError, ValueError) as error:
            raise ValueError(f"layout: {error}") from None
        return self

    @property
    def built(self) -> Layout:
        """The layout, as it stands in its file."""
        return self._built


class BatchTransport:
    """Collects the deliveries of one destination in the store, and writes them when the gateway closes a batch."""

    def __init__(self, settings: Settings, destination: Destination, surroundings: Surroundings) -> None:
        self._settings = settings
        self._layout = settings.built
        self._batches = surroundings.batches
        self._clock = surroundings.clock
        self._destination = destination.name
        self._path = surroundings.folder / (settings.folder or ".")
        self._tray: LocalTray | RemoteTray | None = None
        self._folder: LocalFolder | RemoteFolder
        if settings.sftp is None:
            self._folder = LocalFolder(self._path, destination)
            if settings.answers_folder:
                self._tray = LocalTray(surroundings.folder / settings.answers_folder, destination)
        else:
            self._folder = RemoteFolder(settings.sftp, settings.sftp.folder, destination)
            if settings.answers_folder:
                self._tray = RemoteTray(settings.sftp, settings.answers_folder, destination)
        self._returns = self._tray and ReturnFolder(
            settings, destination.name, surroundings.clock, self._tray.opened, self._delivery_at
        )

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Collect a delivery. What has no place in the file is refused alone, before the others could suffer."""
        try:
            row = self._layout.row(dispatch)
        except CellError as error:
            return Rejected(Cause(f"column-{error.why}:{error.column}", REFUSALS[error.why]))
        item = BatchItem(dispatch.delivery, row.line, row.sums)
        try:
            await self._batches.collect_item(item, self._layout.digest, self._clock.now())
        except Unavailable as error:
            # Collecting it again does no harm.
            return Failed(UNAVAILABLE, error.retry_after)
        return Pending(on_its_way=False)

    @property
    def layout(self) -> str:
        """Tells the layout from every other."""
        return self._layout.digest

    @property
    def largest(self) -> int:
        """How many items a batch has at most."""
        return self._settings.max_items

    @property
    def confirms(self) -> bool:
        """Whether a receipt follows for each item."""
        return self._settings.confirms

    def is_due(self, collection: Collection, now: datetime) -> bool:
        """Whether a batch is to be closed."""
        return self._settings.is_due(collection, now)

    def file(self, number: int, closed_at: datetime, items: Sequence[BatchItem]) -> tuple[str, bytes]:
        """Name and content of a batch's file."""
        date = closed_at.astimezone(ZoneInfo("Europe/Berlin")).strftime("%Y%m%d")
        name = self._settings.name.format(number=f"{number:06}", date=date)
        rows = [Row(item.line, item.sums) for item in items]
        return name, self._layout.file(number, closed_at, rows)

    async def prepare(self, batch: Batch) -> Cause | None:
        """Write the file under a name by which nobody takes it."""
        return await self._folder.prepare(self._drop(batch))

    async def release(self, batch: Batch) -> Cause | None:
        """Give it its name."""
        return await self._folder.release(self._drop(batch))

    def collect(self) -> AsyncIterator[Collected]:
        """What lies in the return folder."""
        return self._returns.collect() if self._returns else _nothing()

    def check(self) -> AsyncIterator[Step]:
        """Look whether the file could be written."""
        if self._settings.sftp is not None:
            return walk(sftp_looks(self._settings.sftp, self._settings.sftp.folder))
        return walk([*file_looks(self._settings), *folder_looks(self._path)])

    async def aclose(self) -> None:
        """Let go of folders. Again does nothing."""
        await self._folder.aclose()
        if isinstance(self._tray, LocalTray):
            await self._tray.aclose()

    def _drop(self, batch: Batch) -> Drop:
        files = [File(batch.name, batch.content)]
        if self._settings.marker:
            files.append(File(f"{batch.name}{self._settings.marker}", b""))
        return Drop(tuple(files))

    async def _delivery_at(self, place: Place) -> DeliveryId | None:
        return await self._batches.delivery_at(self._destination, place.batch, place.line)


async def _nothing() -> AsyncIterator[Collected]:
    return
    yield


REFUSALS = {
    "missing": "A value that the file must have is not in the message.",
    "too-long": "A value is longer than its column.",
    "character": "A value has a character that the file's encoding lacks.",
    "not-a-number": "A value is no number.",
    "not-a-date": "A value is no whole date.",
    "too-precise": "A number has more places than its column.",
}
"""Why a delivery has no place in a file; the code names the column, as in `column-too-long:name`."""

UNAVAILABLE = Cause("batch-unavailable", "The place in which deliveries are collected did not answer.")


def _needs(_: Settings) -> frozenset[Part]:
    return frozenset({Part.FIELDS})


TRANSPORT = TransportKind(Settings, _needs, BatchTransport, recognises=True)
