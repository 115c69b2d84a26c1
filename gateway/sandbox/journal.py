"""Journal: what the sandbox's systems received, on disk and counted, repetitions told from doubled effects."""

import asyncio
import os
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import orjson
from pydantic import TypeAdapter

from gateway.sandbox.systems import PREFIXES, System, Way


@dataclass(frozen=True, slots=True)
class Arrival:
    """A delivery at the door of a system, before anything was done with it."""

    system: System
    way: Way
    delivery: str
    sha256: str
    """Of the payload as it came: envelope, attachment, JSON or file."""
    message: str | None = None
    """The nachrichtenUUID or the gateway's id, whichever the wire carries."""
    kind: str | None = None
    """Root of the message, service or operation, whichever the wire carries."""


class Result(StrEnum):
    """What became of an arrival."""

    TAKEN = "taken"
    """First effect."""
    REPEATED = "repeated"
    """Recognised as a repetition: the first answer again, no effect."""
    DOUBLED = "doubled"
    """Not recognised: a second effect, or a third."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal about an arrival."""

    time: str
    system: System
    delivery: str
    message: str | None
    kind: str | None
    sha256: str
    result: Result
    effect: int
    """Number of the effect on this delivery: 1 is the first, 2 a doubled one, 0 none."""
    reference: str | None
    way: Way | None = None
    reason: str | None = None
    """Why it was refused, as a code of the system's own."""


FILE, NEVER = "file", "never"
"""How a receipt left, where no HTTP status says it."""

ENTRIES = TypeAdapter(Entry)


@dataclass(slots=True)
class Tally:
    """What the journal says about one delivery at one system."""

    first: str
    last: str
    message: str | None
    kind: str | None
    sha256: str
    way: Way | None = None
    reference: str | None = None
    reason: str | None = None
    effects: int = 0
    repeated: int = 0
    refused: int = 0
    changed: int = 0
    """Arrivals whose payload differed from the one before."""
    receipts: int = 0
    """Receipts that the gateway has answered."""
    notices: int = 0
    """Documents that were sent back."""

    def count(self, entry: Entry) -> None:
        self.changed += entry.sha256 != self.sha256
        self.last, self.sha256 = entry.time, entry.sha256
        self.way, self.reason = entry.way, entry.reason
        self.reference = self.reference or entry.reference
        self.effects += entry.effect > 0
        self.repeated += entry.result is Result.REPEATED
        self.refused += entry.result is Result.REFUSED

    @property
    def doubled(self) -> int:
        """Effects beyond the first."""
        return max(self.effects - 1, 0)


@dataclass(frozen=True, slots=True)
class Counts:
    """What one system received, in numbers."""

    deliveries: int = 0
    """Different ones."""
    taken: int = 0
    """Deliveries with an effect."""
    doubled: int = 0
    """Effects beyond the first of a delivery."""
    repeated: int = 0
    """Repetitions that the system recognised: no effect."""
    refused: int = 0


class Journal:
    """The journal of all systems. Counting is synchronous: two arrivals of the same delivery at the same
    moment can't both be the first.
    """

    def __init__(
        self,
        path: Path,
        file: int,
        *,
        fsync: bool,
        owing: AbstractSet[Way],
        promising: AbstractSet[tuple[System, Way]] = frozenset(),
    ) -> None:
        self.path = path
        self.owed: dict[str, Entry] = {}
        """By delivery: entries whose receipt the gateway has not taken yet, oldest first."""
        self.promised: dict[str, Entry] = {}
        """By delivery: entries about which a notice is still to be sent, oldest first."""
        self.tallies: dict[System, dict[str, Tally]] = {system: {} for system in System}
        self._file = file
        self._fsync = fsync
        self._flushing = asyncio.Lock()
        self._written = 0
        self._flushed = 0
        self._references = 0
        self._owing = owing
        self._promising = promising

    @classmethod
    @contextmanager
    def open(
        cls,
        path: Path,
        *,
        fsync: bool,
        owing: AbstractSet[Way],
        promising: AbstractSet[tuple[System, Way]] = frozenset(),
    ) -> Iterator["Journal"]:
        """Read the journal at `path` and go on writing it. A last line that a crash cut off is dropped.
        On the ways `owing` each delivery is confirmed to the gateway with a receipt; where a system is
        `promising` on a way, a notice follows what it has taken, and confirmed where it must.

        Raises:
            ValueError: another line can't be read.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            journal = cls(path, file, fsync=fsync, owing=owing, promising=promising)
            journal._read()
            yield journal
        finally:
            os.close(file)

    async def record(self, arrival: Arrival, *, recognise: bool = True, refuse: str | None = None) -> Entry:
        """Write down an arrival and say what it was: first, repeated, doubled, or refused for a reason."""
        entry = self._judge(arrival, recognise=recognise, refuse=refuse)
        self._count(entry)
        await self._write({"event": "received", **asdict(entry)})
        return entry

    async def confirmed(self, entry: Entry, by: str) -> None:
        """Write down what became of the receipt of this entry: the HTTP status of the gateway's answer, `file`
        where it lies in a return folder, or `never` where a rule keeps it back for good.
        """
        line = {"event": "confirmed", "time": _now(), "system": entry.system, "delivery": entry.delivery}
        self._count_receipt(entry.system, entry.delivery, by)
        await self._write({**line, "by": by})

    async def noticed(self, entry: Entry, by: str) -> None:
        """Write down that the notice about this entry has left, and how: an HTTP status, or `amqp`."""
        line = {"event": "noticed", "time": _now(), "system": entry.system, "delivery": entry.delivery}
        self._count_notice(entry.system, entry.delivery)
        await self._write({**line, "by": by})

    def counts(self, system: System) -> Counts:
        """What a system received so far, in numbers."""
        tallies = self.tallies[system].values()
        return Counts(
            deliveries=len(tallies),
            taken=sum(tally.effects > 0 for tally in tallies),
            doubled=sum(tally.doubled for tally in tallies),
            repeated=sum(tally.repeated for tally in tallies),
            refused=sum(tally.refused for tally in tallies),
        )

    def clear(self) -> None:
        """Forget everything, on disk too."""
        os.ftruncate(self._file, 0)
        self.owed.clear()
        self.promised.clear()
        for tallies in self.tallies.values():
            tallies.clear()

    def _judge(self, arrival: Arrival, *, recognise: bool, refuse: str | None) -> Entry:
        known = self.tallies[arrival.system].get(arrival.delivery)
        effects = known.effects if known else 0
        entry = Entry(
            time=_now(),
            system=arrival.system,
            delivery=arrival.delivery,
            message=arrival.message,
            kind=arrival.kind,
            sha256=arrival.sha256,
            result=Result.REFUSED,
            effect=0,
            reference=None,
            way=arrival.way,
            reason=refuse,
        )
        if refuse is not None:
            return entry
        if known and effects and recognise:
            return replace(entry, result=Result.REPEATED, reference=known.reference)
        reference = f"{PREFIXES[arrival.system]}-{datetime.now(UTC):%Y}-{self._references + 1:06}"
        result = Result.DOUBLED if effects else Result.TAKEN
        return replace(entry, result=result, effect=effects + 1, reference=reference)

    def _count(self, entry: Entry) -> None:
        tallies = self.tallies[entry.system]
        if entry.delivery not in tallies:
            tallies[entry.delivery] = Tally(entry.time, entry.time, entry.message, entry.kind, entry.sha256)
        tallies[entry.delivery].count(entry)
        self._references += entry.effect > 0
        if entry.way in self._owing:
            self.owed[entry.delivery] = entry
        else:
            self._promise(entry)

    def _count_receipt(self, system: System, delivery: str, by: str) -> None:
        entry = self.owed.pop(delivery, None)
        if by != NEVER and delivery in self.tallies[system]:
            self.tallies[system][delivery].receipts += 1
            if entry is not None:
                self._promise(entry)

    def _count_notice(self, system: System, delivery: str) -> None:
        self.promised.pop(delivery, None)
        if delivery in self.tallies[system]:
            self.tallies[system][delivery].notices += 1

    def _promise(self, entry: Entry) -> None:
        """Have a notice follow what was taken, once."""
        noticed = self.tallies[entry.system][entry.delivery].notices
        promises = entry.way is not None and (entry.system, entry.way) in self._promising
        if promises and entry.reference is not None and not noticed:
            self.promised.setdefault(entry.delivery, entry)

    async def _write(self, line: dict[str, object]) -> None:
        os.write(self._file, orjson.dumps(line) + b"\n")
        self._written += 1
        if not self._fsync:
            return
        mine = self._written
        async with self._flushing:
            # Whoever waited behind another flush usually finds his line already on disk.
            if self._flushed < mine:
                upto = self._written
                await asyncio.to_thread(os.fsync, self._file)
                self._flushed = upto

    def _read(self) -> None:
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.ftruncate(self._file, whole)
        for number, line in enumerate(content[:whole].splitlines(), start=1):
            try:
                self._replay(orjson.loads(line))
            except ValueError as error:
                raise ValueError(f"{self.path}:{number}: not a line of a journal") from error

    def _replay(self, line: object) -> None:
        match line:
            case {"event": "confirmed", "system": str(system), "delivery": str(delivery), "by": str(by)}:
                self._count_receipt(System(system), delivery, by)
            case {"event": "noticed", "system": str(system), "delivery": str(delivery)}:
                self._count_notice(System(system), delivery)
            case {"event": "received", **entry}:
                self._count(ENTRIES.validate_python(entry))
            case _:
                raise ValueError("no such event")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
