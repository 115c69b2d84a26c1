"""Incident: one outage of one destination, which begins once and ends once, however many messages it hits."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Trouble(StrEnum):
    """What an incident is about."""

    UNAVAILABLE = "unavailable"
    """The breaker is open: the system can't be reached, or does not work."""
    NOT_CONFIRMED = "not-confirmed"
    """What was handed over was not confirmed in time."""
    LEFTOVERS = "leftovers"
    """Answers lie in our mailbox that fit no delivery, or that can't be read."""
    NOT_WRITTEN = "not-written"
    """A batch is closed, and its file can't be written."""


@dataclass(frozen=True, slots=True)
class Incident:
    """An outage, as far as it is known."""

    destination: str
    trouble: Trouble
    code: str
    """Cause of the failure that opened it."""
    opened_at: datetime
    closed_at: datetime | None
    affected: int
    """UNAVAILABLE: deliveries that waited when it ended, or wait now; NOT_CONFIRMED: those that became unclear;
    LEFTOVERS: answers that lay there at the latest look at which any did.
    NOT_WRITTEN: those in the batches that were held up, when they are written.
    """
