"""Retention: for how long what has served its purpose is kept."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Retention:
    """How long contents are kept; None: for ever. What is removed is the content: that there was one, its size, its
    checksum and its history stay.
    """

    fetched_replies: timedelta | None = None
    """Counted from the portal's first fetch."""
    unfetched_replies: timedelta | None = None
    """Counted from their coming, where no portal fetches them."""
    written_batches: timedelta | None = None
    """Counted from the writing of the file; it stays as long as an item of it is not settled."""


FOR_EVER = Retention()


@dataclass(frozen=True, slots=True)
class Removed:
    """How many contents one step has removed."""

    replies: int
    batches: int
