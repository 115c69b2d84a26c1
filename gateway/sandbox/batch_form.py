"""Form of batches: files of lines with a totals record, with fixed widths or as CSV, and the receipts for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.sandbox.journal import Entry, Result

ENCODING = "iso-8859-15"
WIDTHS = {"D": (36, 40, 8, 12), "S": (9, 15), "K": (6, 8)}
"""Of the fields behind the first character of a line, which says what it is: item, totals, head."""


@dataclass(frozen=True, slots=True)
class Item:
    """One case in a file."""

    delivery: str
    service: str
    ags: str
    cents: int
    """The amount, 0 where there is none."""
    line: bytes


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file of cases."""

    items: tuple[Item, ...]
    sound: bool
    """Number and sum of the items are those of the totals."""


def read(content: bytes) -> Sheet | None:
    """The cases of a file; None where it is not in the form, or where its totals are missing."""
    lines = content.decode(ENCODING).splitlines()
    rows = [_fields(line) for line in lines if line]
    try:
        items = tuple(
            Item(fields[0], fields[1], fields[2], int(fields[3] or 0), line.encode(ENCODING))
            for line, (kind, fields) in zip(filter(None, lines), rows, strict=True)
            if kind == "D"
        )
        ((count, total),) = [(int(fields[0]), int(fields[1] or 0)) for kind, fields in rows if kind == "S"]
    except (ValueError, IndexError):
        return None
    if rows[-1][0] != "S" or any(kind not in WIDTHS for kind, _ in rows):
        return None
    return Sheet(items, (count, total) == (len(items), sum(item.cents for item in items)))


def _fields(line: str) -> tuple[str, list[str]]:
    """Kind and fields of a line: CSV where a semicolon follows the first character, else fixed widths."""
    kind, rest = line[:1], line[1:]
    if rest.startswith(";"):
        return kind, [field.strip().strip('"') for field in rest[1:].split(";")]
    fields, start = [], 0
    for width in WIDTHS.get(kind, ()):
        fields.append(rest[start : start + width].strip())
        start += width
    return kind, fields


def receipt_file(entries: Sequence[Entry]) -> bytes:
    """Receipts as CSV with names of columns, one line for each item."""
    lines = ["delivery;status;reference;reason;at"]
    for entry in entries:
        refused = entry.result is Result.REFUSED
        status, reference = ("refused", "") if refused else ("accepted", entry.reference or "")
        lines.append(f"{entry.delivery};{status};{reference};{entry.reason or ''};{entry.time}")
    return "\r\n".join([*lines, ""]).encode(ENCODING)
