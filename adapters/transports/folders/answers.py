"""Answers: what a system leaves in its return folder is collected: receipts, and documents beside them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from mimetypes import MimeTypes

import structlog
from pydantic import Field

from adapters.transports.folders.receipts import Place, ReceiptSettings, Spoken, UnreadableError, read
from adapters.transports.folders.tray import Bundle, Entry, Patience, Tray, TrayError, bundles
from adapters.transports.settings import Seconds
from gateway.core.message import DeliveryId
from gateway.core.ports import Clock, Collected
from gateway.core.word import Reply, Word

log = structlog.get_logger()


class AnswerSettings(ReceiptSettings):
    """A return folder, and what is found there."""

    answers_folder: str | None = Field(
        None, description="Where the system leaves its answers. Without one, none are looked for."
    )
    answers_pattern: str = Field(
        "*.json", pattern=r"^[^/]+$", description="Names of receipts, with `*` and `?`."
    )
    answers_marker: str | None = Field(
        None,
        min_length=2,
        pattern=r"^\.[^/]+$",
        description="Suffix of the file that is written when a receipt and its documents are complete, e.g. `.ok`.",
    )
    answers_rest: Seconds = Field(
        10, description="Without a marker: seconds for which files must not have changed to be complete."
    )


DONE, FAILED = "done", "failed"
"""The folders below the return folder into which goes what has been taken, and what can't be used."""

LARGEST = 40 * 1024 * 1024
"""Bytes of one file. A larger one is set aside."""

Opened = Callable[[], AbstractAsyncContextManager[Tray]]
Resolve = Callable[[Place], Awaitable[DeliveryId | None]]
"""Whose a place in a batch is; None where there is no such place."""


class ReturnFolder:
    """The return folder of one destination."""

    def __init__(
        self,
        settings: AnswerSettings,
        destination: str,
        clock: Clock,
        opened: Opened,
        resolve: Resolve | None = None,
    ) -> None:
        """`opened` looks into the folder for as long as its context is open."""
        self._settings = settings
        self._destination = destination
        self._clock = clock
        self._opened = opened
        self._resolve = resolve
        self._patience = Patience(timedelta(seconds=0 if settings.answers_marker else settings.answers_rest))

    async def collect(self) -> AsyncIterator[Collected]:
        """What lies complete in the folder now, oldest first."""
        look = _Look(self._opened)
        try:
            async with self._opened() as look.tray:
                found = bundles(
                    await look.tray.entries(), self._settings.answers_pattern, self._settings.answers_marker
                )
                for bundle in self._patience.rested(found, self._clock.now()):
                    for item in await self._items(look, bundle):
                        yield item
        except TrayError as error:
            log.warning("return_folder_away", destination=self._destination, code=error.cause.code)
        finally:
            look.tray = None

    async def _items(self, look: "_Look", bundle: Bundle) -> "list[_Item]":
        """The words of a bundle; with the last of them done, its files are moved."""
        assert look.tray
        sheet = _Sheet(look, bundle)
        try:
            said = await self._said(look.tray, bundle)
        except UnreadableError as error:
            said = []
            sheet.faults[0] = error.code
        except TrayError as error:
            # Perhaps only this one can't be read: the others shall not wait for it.
            log.warning("answers_stay", file=bundle.receipts.name, code=error.cause.code)
            return []
        items = []
        for number, each in enumerate(said, 1):
            match each:
                case Word():
                    sheet.open.add(number)
                    items.append(_Item(each, number, sheet))
                case UnreadableError():
                    sheet.faults[number] = each.code
        await sheet.finish()
        return items

    async def _said(self, tray: Tray, bundle: Bundle) -> list[Word | UnreadableError]:
        if any(each.size > LARGEST for each in (bundle.receipts, *bundle.documents)):
            raise UnreadableError("too-large")
        words = [
            await self._word(each) for each in read(await tray.read(bundle.receipts.name), self._settings)
        ]
        return await _with_documents(words, bundle.documents, tray)

    async def _word(self, said: Spoken | UnreadableError) -> Word | UnreadableError:
        if isinstance(said, UnreadableError):
            return said
        if not isinstance(said.about, Place):
            return said.word(said.about)
        delivery = await self._resolve(said.about) if self._resolve else None
        return UnreadableError("delivery-unreadable") if delivery is None else said.word(delivery)


async def _with_documents(
    words: list[Word | UnreadableError], documents: tuple[Entry, ...], tray: Tray
) -> list[Word | UnreadableError]:
    """Each document goes with the only word there is, or with that whose delivery its name holds."""
    for entry in documents:
        owners = [
            number
            for number, word in enumerate(words)
            if isinstance(word, Word) and (len(words) == 1 or word.delivery in entry.name.lower())
        ]
        if len(owners) != 1:
            words.append(UnreadableError("document-without-receipt"))
            continue
        word = words[owners[0]]
        assert isinstance(word, Word)
        reply = Reply(media_type_of(entry.name), await tray.read(entry.name), entry.name)
        words[owners[0]] = replace(word, replies=(*word.replies, reply))
    return words


def media_type_of(name: str) -> str:
    """By a file's suffix: the same on every host."""
    if name.lower().endswith(".xml"):
        return "application/xml"
    return _TYPES.guess_type(name)[0] or "application/octet-stream"


_TYPES = MimeTypes()


@dataclass(slots=True)
class _Look:
    """One look into the folder. Whoever comes back to it after its end opens the folder again."""

    opened: Opened
    tray: Tray | None = None


@dataclass(slots=True)
class _Sheet:
    """A bundle whose words are being taken."""

    look: _Look
    bundle: Bundle
    open: set[int] = field(default_factory=set)
    """Numbers of the words that nobody has said to be safe yet."""
    faults: dict[int, str] = field(default_factory=dict)
    """Why words can't be used, by their number; 0 is the file as a whole."""
    moved: bool = False

    async def close(self, number: int, fault: str | None = None) -> None:
        """A word is safe in the store, or can't be used."""
        self.open.discard(number)
        if fault:
            self.faults[number] = fault
        await self.finish()

    async def finish(self) -> None:
        """Move the files, once for every word somebody has said what became of it. What can't be moved now is
        found again, and its words say nothing new then.
        """
        if self.open or self.moved:
            return
        try:
            if self.look.tray:
                await self._move(self.look.tray)
            else:
                async with self.look.opened() as tray:
                    await self._move(tray)
        except TrayError as error:
            log.warning("answers_stay", file=self.bundle.receipts.name, code=error.cause.code)
            return
        self.moved = True

    async def _move(self, tray: Tray) -> None:
        folder = FAILED if self.faults else DONE
        if self.faults:
            lines = (f"{number or '-'} {code}\n" for number, code in sorted(self.faults.items()))
            await tray.write(folder, f"{self.bundle.receipts.name}.reason", "".join(lines).encode())
            log.warning(
                "answers_set_aside",
                file=self.bundle.receipts.name,
                codes=sorted({*self.faults.values()}),
            )
        for name in self.bundle.names:
            await tray.move(name, folder)


@dataclass(frozen=True, slots=True)
class _Item:
    """A word that lay in the folder."""

    word: Word
    number: int
    sheet: _Sheet

    async def done(self) -> None:
        """It is safe in the store."""
        await self.sheet.close(self.number)

    async def set_aside(self, reason: str) -> None:
        """It can't be used."""
        await self.sheet.close(self.number, reason)
