"""Times: moments as the databases keep them, microseconds since 1970 in UTC, which sort alike everywhere."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Microseconds from the epoch to an aware moment."""
    return (moment - _EPOCH) // _MICROSECOND


def maybe_micros(moment: datetime | None) -> int | None:
    """The same for a moment that may be missing."""
    return None if moment is None else micros(moment)


def moment(stored: int) -> datetime:
    """The aware moment in UTC that `micros` made a number of."""
    return _EPOCH + timedelta(microseconds=stored)


def maybe_moment(stored: int | None) -> datetime | None:
    """The same for a number that may be missing."""
    return None if stored is None else moment(stored)


def duration(length: timedelta) -> int:
    """A length of time in microseconds."""
    return length // _MICROSECOND
