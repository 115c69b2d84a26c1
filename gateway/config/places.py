"""Places: in which line of a TOML file a key stands, so that an error can point at it."""

import re
from collections.abc import Sequence

_TABLE = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"))*)\s*=""")


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """Line (from 1) of the longest prefix of `path` that stands in the file.

    `path` is a location as pydantic gives it: names, and indices of arrays of tables.
    """
    best: tuple[int, int] | None = None
    table: tuple[str | int, ...] = ()
    count: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if heading := _TABLE.match(line):
            table = _parts(heading[2])
            if heading[1] == "[[":
                index = count.get(heading[2], 0)
                count[heading[2]] = index + 1
                table = (*table, index)
            here = table
        elif key := _KEY.match(line):
            here = (*table, *_parts(key[1]))
        else:
            continue
        if here == tuple(path[: len(here)]) and (best is None or len(here) > best[0]):
            best = len(here), number
    return best[1] if best else None


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
