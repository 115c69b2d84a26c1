"""Incidents: outages of destinations, each opened once and closed once, and how long they held deliveries back."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import Row

from gateway.core.delivery import Settlement
from gateway.core.incident import Incident, Trouble
from gateway.core.retry import covered
from gateway.store.engine.statement import Statement, Tx
from gateway.store.engine.times import maybe_moment, micros, moment


def open_(tx: Tx, trouble: Trouble, codes: Mapping[str, str], now: datetime) -> None:
    """Open an incident for each destination that has none of this kind."""
    rows = [(name, trouble, code, micros(now)) for name, code in sorted(codes.items())]
    tx.told += [_incident(row) for row in tx.run(_OPEN, rows)]


def close(tx: Tx, trouble: Trouble, destinations: Iterable[str], now: datetime) -> None:
    """Close what is open."""
    rows = [(name, trouble, micros(now)) for name in sorted(destinations)]
    closing = _CLOSE_UNAVAILABLE if trouble is Trouble.UNAVAILABLE else _CLOSE
    tx.told += [_incident(row) for row in tx.run(closing, rows)]


def unconfirmed(tx: Tx, settlements: Sequence[Settlement]) -> None:
    """Count what was not confirmed in time."""
    late = [each for each in settlements if each.cause is not None and each.cause.code == NOT_CONFIRMED]
    if not late:
        return
    numbers = Counter(each.ticket.destination for each in late)
    at = max(each.finished_at for each in late)
    open_(tx, Trouble.NOT_CONFIRMED, dict.fromkeys(numbers, NOT_CONFIRMED), at)
    tx.run(_COUNT, [(name, Trouble.NOT_CONFIRMED, number) for name, number in sorted(numbers.items())])


def confirmed(tx: Tx, destinations: Iterable[str], now: datetime) -> None:
    """The systems of these destinations confirm again."""
    close(tx, Trouble.NOT_CONFIRMED, set(destinations), now)


@dataclass(frozen=True, slots=True)
class Leave:
    """How many answers lie in a destination's mailbox that nobody can use."""

    rings: ClassVar[bool] = False
    weight: ClassVar[int] = 0

    destination: str
    number: int
    code: str
    now: datetime

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The destination."""
        return (("leftovers", self.destination),)

    @staticmethod
    def run(tx: Tx, commands: Sequence["Leave"]) -> Sequence[None]:
        """Open an incident, keep its number true, or close it where nothing lies there any more."""
        for each in commands:
            if not each.number:
                close(tx, Trouble.LEFTOVERS, [each.destination], each.now)
                continue
            open_(tx, Trouble.LEFTOVERS, {each.destination: each.code}, each.now)
            tx.run(_SET, destination=each.destination, trouble=Trouble.LEFTOVERS.value, number=each.number)
        return [None] * len(commands)


def written(tx: Tx, destination: str, items: int, now: datetime) -> None:
    """A batch of so many items has been written, perhaps after some time in which it could not be."""
    tx.run(_COUNT, [(destination, Trouble.NOT_WRITTEN, items)])
    close(tx, Trouble.NOT_WRITTEN, [destination], now)


def incidents(tx: Tx, *, open_only: bool, limit: int) -> list[Incident]:
    """The latest incidents, newest first."""
    rows = tx.run(_OPEN_ONES if open_only else _ALL, limit=limit)
    return [_incident(row) for row in rows]


def held_back(tx: Tx, destination: str, since: datetime, until: datetime) -> timedelta:
    """How much of a span of time the destination got nothing."""
    rows = tx.run(_HOLDS, destination=destination, since=micros(since), until=micros(until))
    return covered([(moment(row.opened_at), maybe_moment(row.closed_at)) for row in rows], since, until)


def _incident(row: Row[Any]) -> Incident:
    return Incident(
        row.destination,
        Trouble(row.trouble),
        row.code,
        moment(row.opened_at),
        maybe_moment(row.closed_at),
        row.affected,
    )


NOT_CONFIRMED = Trouble.NOT_CONFIRMED.value

_COLUMNS = "destination, trouble, code, opened_at, closed_at, affected"
_OPEN = Statement(
    f"""INSERT INTO incidents (destination, trouble, code, opened_at, affected)
    SELECT destination, trouble, code, at, 0 FROM {{given}} WHERE true
    ON CONFLICT DO NOTHING RETURNING {_COLUMNS}""",  # noqa: S608 - constants
    given="destination text, trouble text, code text, at bigint",
)
_CLOSE = Statement(
    """UPDATE incidents SET closed_at = given.at FROM {given}
    WHERE incidents.destination = given.destination AND incidents.trouble = given.trouble
    AND incidents.closed_at IS NULL
    RETURNING incidents.destination, incidents.trouble, code, opened_at, closed_at, affected""",
    given="destination text, trouble text, at bigint",
)
_WAITING = (
    "(SELECT count(*) FROM deliveries d WHERE d.destination = incidents.destination AND d.state = 'queued'"
)
_CLOSE_UNAVAILABLE = Statement(
    f"""UPDATE incidents SET closed_at = given.at,
        affected = {_WAITING} AND d.published = 0) + {_WAITING} AND d.published > 0)
    FROM {{given}}
    WHERE incidents.destination = given.destination AND incidents.trouble = given.trouble
    AND incidents.closed_at IS NULL
    RETURNING incidents.destination, incidents.trouble, code, opened_at, closed_at, affected""",  # noqa: S608 - constants
    given="destination text, trouble text, at bigint",
)
_COUNT = Statement(
    """UPDATE incidents SET affected = affected + given.number FROM {given}
    WHERE incidents.destination = given.destination AND incidents.trouble = given.trouble
    AND incidents.closed_at IS NULL""",
    given="destination text, trouble text, number int",
)
_SET = Statement(
    """UPDATE incidents SET affected = :number
    WHERE destination = :destination AND trouble = :trouble AND closed_at IS NULL"""
)
_SHOWN = f"""SELECT destination, trouble, code, opened_at, closed_at,
    CASE WHEN closed_at IS NULL AND trouble = 'unavailable'
        THEN {_WAITING} AND d.published = 0) + {_WAITING} AND d.published > 0)
        ELSE affected END AS affected
    FROM incidents"""  # noqa: S608 - constants
_ALL = Statement(f"{_SHOWN} ORDER BY id DESC LIMIT :limit")
_OPEN_ONES = Statement(f"{_SHOWN} WHERE closed_at IS NULL ORDER BY id DESC LIMIT :limit")
_HOLDS = Statement(
    """SELECT opened_at, closed_at FROM incidents WHERE destination = :destination
    AND trouble = 'unavailable' AND opened_at < :until AND (closed_at IS NULL OR closed_at > :since)
    UNION ALL SELECT paused_at, CASE WHEN ended_at IS NULL THEN until ELSE ended_at END FROM pauses
    WHERE destination = :destination AND paused_at < :until AND until > :since"""
)
