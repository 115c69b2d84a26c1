"""Mapped: what a mapping file reads of which kinds of messages, for those who know the schemas."""

from dataclasses import dataclass
from pathlib import Path

Place = tuple[str | int, ...]
"""Where something stands in a file: names, and indices of arrays of tables."""


@dataclass(frozen=True, slots=True)
class Read:
    """One place of a message."""

    place: Place
    """The rule that reads it."""
    path: str
    """Local names from the root element, joined by `/`; `.` for the root itself; `@name` at the end is an attribute."""
    text: bool = True
    """It is read as a text; else only for what stands in it."""


@dataclass(frozen=True, slots=True)
class MappedKind:
    """What a mapping file says of one kind."""

    file: Path
    place: Place
    root: str
    version: str | None
    """None: whichever there is no other entry for."""
    reads: tuple[Read, ...]
