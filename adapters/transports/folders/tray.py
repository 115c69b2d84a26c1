"""Tray: a folder in which a system leaves its answers, on this host or behind a wire; and whose are which."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import Protocol

from gateway.core.outcome import Cause


class TrayError(Exception):
    """The folder can't be reached, or does not do what it is asked."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.code)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that lies in the folder."""

    name: str
    size: int
    modified: float
    """By the clock of its host: good for the order, and for telling whether it has changed."""


class Tray(Protocol):
    """One look into the folder. Every method raises TrayError."""

    async def entries(self) -> Sequence[Entry]:
        """The files that lie there; no folders, nothing behind links."""
        ...

    async def read(self, name: str) -> bytes: ...

    async def move(self, name: str, folder: str) -> None:
        """Put a file into a folder below, which is made where it is missing. What has its name there stays."""
        ...

    async def write(self, folder: str, name: str, content: bytes) -> None:
        """Write a small file into a folder below, over an earlier one."""
        ...


@dataclass(frozen=True, slots=True)
class Bundle:
    """A file of receipts, and what lies beside it."""

    receipts: Entry
    documents: tuple[Entry, ...] = ()
    """What the receipts send along: named like their file, up to a dot, a hyphen or an underscore."""
    marker: str | None = None
    """The file that says that the others are complete."""

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, in the order in which they are moved: receipts that are still there after a crash are read
        again, and find what they need for that.
        """
        marker = (self.marker,) if self.marker else ()
        return (*(each.name for each in self.documents), self.receipts.name, *marker)


def bundles(entries: Iterable[Entry], pattern: str, marker: str | None) -> list[Bundle]:
    """What belongs together, oldest first. With a `marker` (a suffix), only what has its marker file."""
    present = {each.name: each for each in entries if not _is_unfinished(each.name)}
    markers = {name for name in present if marker and name.endswith(marker)}
    receipts = [each for name, each in present.items() if name not in markers and fnmatchcase(name, pattern)]
    beside: dict[str, list[Entry]] = {each.name: [] for each in receipts}
    for entry in present.values():
        if entry.name in markers or entry.name in beside:
            continue
        owners = [each.name for each in receipts if _belongs(entry.name, _stem(each.name))]
        if owners:
            beside[max(owners, key=lambda name: len(_stem(name)))].append(entry)
    found = [
        Bundle(each, tuple(sorted(beside[each.name], key=lambda entry: entry.name)), mark)
        for each in receipts
        if (mark := _marker_of(each.name, markers, marker)) or marker is None
    ]
    return sorted(found, key=lambda bundle: (bundle.receipts.modified, bundle.receipts.name))


def _marker_of(name: str, markers: set[str], marker: str | None) -> str | None:
    return next((each for each in (f"{name}{marker}", f"{_stem(name)}{marker}") if each in markers), None)


def _is_unfinished(name: str) -> bool:
    return name.startswith((".", "~")) or name.endswith((".part", ".tmp", ".filepart", "~"))


def _stem(name: str) -> str:
    return PurePath(name).stem


def _belongs(name: str, stem: str) -> bool:
    return name.startswith(stem) and name[len(stem) : len(stem) + 1] in {".", "-", "_"}


class Patience:
    """Remembers how long a bundle has lain unchanged: by our own clock, whatever the other's says."""

    def __init__(self, rest: timedelta) -> None:
        self._rest = rest
        self._seen: dict[tuple[Entry, ...], datetime] = {}

    def rested(self, found: Sequence[Bundle], now: datetime) -> list[Bundle]:
        """Those of the bundles that nobody writes any more. To be asked with all that there are."""
        states = {(bundle.receipts, *bundle.documents): bundle for bundle in found}
        before: Mapping[tuple[Entry, ...], datetime] = self._seen
        self._seen = {state: before.get(state, now) for state in states}
        return [bundle for state, bundle in states.items() if now - self._seen[state] >= self._rest]
