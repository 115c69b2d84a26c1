"""Batch: the treasury's inbox for files of many cases, with totals; a receipt file closes each item separately."""

import asyncio
import hashlib
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from gateway.sandbox.batch_form import Item, Sheet, read, receipt_file
from gateway.sandbox.checks import is_served
from gateway.sandbox.desk import Desk
from gateway.sandbox.faults import Fault, FaultRule, When
from gateway.sandbox.folders import Folder
from gateway.sandbox.journal import FILE, NEVER, Arrival, Entry
from gateway.sandbox.returns import write_whole
from gateway.sandbox.settings import SandboxSettings
from gateway.sandbox.systems import System, Way

log = structlog.get_logger()

IN, RETURN = "in", "return"
"""Folders: where files are laid, and where receipts are left."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An item that was written down, and the rule that struck it."""

    entry: Entry
    rule: FaultRule | None


def watchers(desk: Desk, settings: SandboxSettings) -> Iterator[Coroutine[None, None, None]]:
    """One watcher."""
    yield Inbox(desk, settings).watch()


class Inbox:
    """Takes files of items one after the other."""

    def __init__(self, desk: Desk, settings: SandboxSettings) -> None:
        self._desk = desk
        self._settings = settings
        self._in = settings.batch_folder / IN
        self._return = settings.batch_folder / RETURN
        self._late: set[asyncio.Task[None]] = set()

    async def watch(self) -> None:
        """Take what lies there until cancelled."""
        place = Folder(self._in)
        await place.prepare()
        for folder in (self._in / "done", self._in / "refused", self._return):
            folder.mkdir(exist_ok=True)
        try:
            while True:
                if await place.become(self._desk.faults.folder(System.FINANCE, Way.BATCH)):
                    for path in sorted(self._in.glob("[!.]*")):
                        if path.is_file():
                            await self._take(path)
                await asyncio.sleep(self._settings.trade_interval)
        finally:
            await asyncio.gather(*self._late)
            await place.become(None)

    async def _take(self, path: Path) -> None:
        """Take one file, or leave it lying for the next look where a rule wants a crash."""
        sheet = read(path.read_bytes())
        if sheet is None:
            log.warning("batch_unreadable", file=path.name)
            path.rename(self._in / "refused" / path.name)
            return
        taken = await self._items(sheet)
        if taken is None:
            return
        await self._confirm(path.stem, taken)
        path.rename(self._in / ("done" if sheet.sound else "refused") / path.name)

    async def _items(self, sheet: Sheet) -> list[Taken] | None:
        """Write every item down; None where a rule wants a crash on the way."""
        struck = [(item, self._arrival(item)) for item in sheet.items]
        rules = [self._desk.faults.pick(arrival) for _, arrival in struck]
        crash = next((rule for rule in rules if rule and rule.fault in {Fault.CUT, Fault.STALL}), None)
        for rule in rules:
            if rule and rule.fault in {Fault.DELAY, Fault.STALL}:
                await self._desk.pause(rule.duration)
        upto = len(struck)
        if crash:
            upto = {When.BEFORE: 0, When.DURING: (upto + 1) // 2, When.AFTER: upto}[crash.when]
        taken = []
        for (item, arrival), rule in list(zip(struck, rules, strict=True))[:upto]:
            finding = self._check(item) if sheet.sound else "summensatz-falsch"
            taken.append(Taken(await self._desk.file(arrival, rule, finding), rule))
        return None if crash else taken

    async def _confirm(self, name: str, taken: list[Taken]) -> None:
        """Leave the receipt file; what a rule keeps back is missing in it."""
        now: list[Entry] = []
        for each in taken:
            match each.rule.fault if each.rule else None:
                case Fault.RECEIPT_NEVER:
                    await self._desk.journal.confirmed(each.entry, NEVER)
                case Fault.RECEIPT_LATE if each.rule:
                    self._later(name, each.entry, each.rule.duration)
                case Fault.RECEIPT_TWICE:
                    now += [each.entry, each.entry]
                case _:
                    now.append(each.entry)
        await self._leave(name, now)

    def _later(self, name: str, entry: Entry, seconds: float) -> None:
        async def leave() -> None:
            await self._desk.pause(seconds)
            await self._leave(f"{name}-{entry.delivery}", [entry])

        task = asyncio.create_task(leave())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _leave(self, name: str, entries: list[Entry]) -> None:
        if not entries:
            return
        # A file of the same name may come again, and its receipts are others then.
        stamp = datetime.now(UTC).strftime("%H%M%S%f")
        write_whole(self._return / f"{name}-{stamp}.quittung.csv", receipt_file(entries))
        for entry in entries:
            await self._desk.journal.confirmed(entry, FILE)

    def _arrival(self, item: Item) -> Arrival:
        sha256 = hashlib.sha256(item.line).hexdigest()
        return Arrival(System.FINANCE, Way.BATCH, item.delivery, sha256, kind=item.service)

    def _check(self, item: Item) -> str | None:
        return None if is_served(item.ags, self._settings.gemeinden) else "mandant-unbekannt"
