"""Places: in which line of a TOML file a key stands, so that an error can point at it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.core.errors import Problem


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was read, for pointing into it."""

    name: str
    text: str

    def problem(self, path: Sequence[str | int], de: str, en: str) -> Problem:
        """A problem at the line where `path` stands."""
        return Problem(self.name, line_of(self.text, path), de, en)


def source_of(file: Path) -> Source:
    """A file that could be read a moment ago, for pointing into it."""
    return Source(str(file), file.read_text(encoding="utf-8", errors="replace"))


_TABLE = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_NAME = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"))*)\s*=""")


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """Line (from 1) of the longest prefix of `path` that stands in the file.

    `path` is a location as pydantic gives it: names, and indices of arrays of tables.
    """
    best: tuple[int, int] | None = None
    table: tuple[str | int, ...] = ()
    count: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if heading := _TABLE.match(line):
            table = _table(_parts(heading[2]), count, is_array=heading[1] == "[[")
            here = table
        elif key := _KEY.match(line):
            here = (*table, *_parts(key[1]))
        else:
            continue
        if here == tuple(path[: len(here)]) and (best is None or len(here) > best[0]):
            best = len(here), number
    return best[1] if best else None


def _table(
    names: tuple[str, ...], count: dict[tuple[str, ...], int], *, is_array: bool
) -> tuple[str | int, ...]:
    """The path of a table, with the index of each array of tables on the way. `count` holds the entries so far."""
    if is_array:
        count[names] = count.get(names, 0) + 1
    path: list[str | int] = []
    for length, name in enumerate(names, start=1):
        path.append(name)
        if names[:length] in count:
            path.append(count[names[:length]] - 1)
    return tuple(path)


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(name.strip("\"'") for name in _NAME.findall(dotted))
