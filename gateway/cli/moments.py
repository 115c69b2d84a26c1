"""Moments: how people at a terminal say when."""

import re
from datetime import UTC, datetime, timedelta

import typer

from gateway.clock import BERLIN
from gateway.texts.terminal import say

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def moment(written: str, now: datetime) -> datetime:
    """A moment in the future: `90m`, `2h`, `3d` from now, or a date with time, in Berlin where it names no zone.

    Raises:
        typer.BadParameter: neither, or already past.
    """
    span = re.fullmatch(r"([1-9][0-9]{0,4})([mhd])", written)
    if span:
        return now + timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise typer.BadParameter(
            say(
                f"{written!r}: erwartet wird z. B. 2h, 3d oder 2026-12-24T18:00",
                f"{written!r}: expected is e.g. 2h, 3d or 2026-12-24T18:00",
            )
        ) from None
    found = (found if found.tzinfo else found.replace(tzinfo=BERLIN)).astimezone(UTC)
    if found <= now:
        raise typer.BadParameter(say(f"{written!r} ist schon vorbei", f"{written!r} has passed already"))
    return found
