"""Batches: what was collected is closed once, written once, and then confirmed or delivered."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import Row

from gateway.core.batch import BatchState
from gateway.core.incident import Trouble
from gateway.core.message import DeliveryId
from gateway.core.status import TRANSITIONS, DeliveryState
from gateway.store import incidents
from gateway.store.engine.statement import Scalar, Statement, Tx
from gateway.store.engine.times import duration, maybe_micros, micros
from gateway.store.moves import Move, locked, move
from gateway.store.timeline import GATEWAY, Event, append


@dataclass(frozen=True, slots=True)
class Close:
    """A batch whose members are fixed, with its file as the codec made it."""

    rings: ClassVar[bool] = False

    destination: str
    number: int
    members: tuple[DeliveryId, ...]
    name: str
    codec: str
    stored: bytes
    now: datetime

    @property
    def weight(self) -> int:
        """Size of the file."""
        return len(self.stored)

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The batches of the destination."""
        return (("batches", self.destination),)

    @staticmethod
    def run(tx: Tx, commands: Sequence["Close"]) -> Sequence[bool]:
        """Close it, unless somebody else has closed one, or a member has ended, since it was put together."""
        return [_close(tx, each) for each in commands]


@dataclass(frozen=True, slots=True)
class Take:
    """A wish for a batch that is to be written."""

    rings: ClassVar[bool] = False
    weight: ClassVar[int] = 0

    destinations: tuple[str, ...]
    now: datetime
    lease: timedelta

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """All batches."""
        return ("batches",)

    @staticmethod
    def run(tx: Tx, commands: Sequence["Take"]) -> Sequence[Row[Any] | None]:
        """The oldest that is due of one of the destinations, for as long as the lease."""
        return [
            next(
                iter(
                    tx.run(
                        _TAKE,
                        [(name,) for name in each.destinations],
                        now=micros(each.now),
                        until=micros(each.now) + duration(each.lease),
                    )
                ),
                None,
            )
            for each in commands
        ]


@dataclass(frozen=True, slots=True)
class Advance:
    """How far the writing of a batch has come."""

    rings: ClassVar[bool] = False
    weight: ClassVar[int] = 0

    destination: str
    number: int
    state: BatchState
    now: datetime
    due: datetime
    """Not before then anybody takes it again."""
    code: str | None = None

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The batch."""
        return (("batch", self.destination, self.number),)

    @staticmethod
    def run(tx: Tx, commands: Sequence["Advance"]) -> Sequence[bool]:
        """Write it down; False where it is further already."""
        return [_advance(tx, each) for each in commands]


@dataclass(frozen=True, slots=True)
class Finish:
    """The file of a batch has its name."""

    # What waited for one of its deliveries may be due now.
    rings: ClassVar[bool] = True
    weight: ClassVar[int] = 0

    destination: str
    number: int
    now: datetime
    confirm_by: datetime | None
    """None: what is written counts as delivered."""

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The batch."""
        return (("batch", self.destination, self.number),)

    @staticmethod
    def run(tx: Tx, commands: Sequence["Finish"]) -> Sequence[bool]:
        """Write it down, and what follows for its items; False where that was done before."""
        return [_finish(tx, each) for each in commands]


def start_clock(tx: Tx, deliveries: Iterable[str]) -> None:
    """Give pending deliveries the time by which they are to be confirmed, where their batch was written while they
    were still being settled.
    """
    tx.run(_START_CLOCK, [(each,) for each in deliveries])


def _close(tx: Tx, each: Close) -> bool:
    at = micros(each.now)
    row = tx.run(
        _OPEN,
        destination=each.destination,
        number=each.number,
        name=each.name,
        items=len(each.members),
        codec=each.codec,
        bytes=each.stored,
        now=at,
    )
    if not row:
        return False
    given = [(delivery, line) for line, delivery in enumerate(each.members, 1)]
    taken = tx.run(_FREEZE, given, destination=each.destination, number=each.number)
    if len(taken) != len(each.members):
        # Fails the transaction: a batch has all its members or is none.
        raise MembersChangedError
    append(tx, [Event(at, GATEWAY, "batch-closed", code=each.destination, detail=f"{each.number}")])
    return True


class MembersChangedError(Exception):
    """An item is in another batch already."""


def _advance(tx: Tx, each: Advance) -> bool:
    row = tx.run(
        _ADVANCE,
        destination=each.destination,
        number=each.number,
        state=each.state.value,
        due=micros(each.due),
        code=each.code,
        rank=_RANK[each.state],
    )
    if row and each.code is not None:
        incidents.open_(tx, Trouble.NOT_WRITTEN, {each.destination: each.code}, each.now)
    return bool(row)


_RANK = {BatchState.CLOSED: 0, BatchState.PREPARED: 1}


def _finish(tx: Tx, each: Finish) -> bool:
    at = micros(each.now)
    batch: dict[str, Scalar] = {"destination": each.destination, "number": each.number}
    rows = tx.run(_FINISH, **batch, now=at, confirm_by=maybe_micros(each.confirm_by))
    if not rows:
        return False
    append(tx, [Event(at, GATEWAY, "batch-written", code=each.destination, detail=f"{each.number}")])
    incidents.written(tx, each.destination, rows[0].items, each.now)
    since = {row.delivery_id: row.since for row in tx.run(_FORGET_LINES, **batch)}
    # An item of an earlier run is a past that the delivery's present state does not speak of.
    present = [row for row in locked(tx, since).values() if row.since == since[row.id]]
    if each.confirm_by is None:
        _deliver(tx, present, each)
    else:
        tx.run(_START_CLOCK, [(row.id,) for row in present])
    return True


def _deliver(tx: Tx, rows: Sequence[Row[Any]], each: Finish) -> None:
    """Nobody confirms: it is there with its file. A worker that has not noted yet what it collected finds it so."""
    at = micros(each.now)
    taken = [row for row in rows if DeliveryState.DELIVERED in TRANSITIONS[DeliveryState(row.state)]]
    move(tx, [Move(row.id, DeliveryState.DELIVERED, row.attempt, at, doubtful=False) for row in taken])
    told = f"in batch {each.number}"
    append(
        tx,
        [
            Event(at, GATEWAY, "delivered", row.tenant, row.message_id, row.id, row.attempt, detail=told)
            for row in taken
        ],
    )


_OPEN = Statement(
    """INSERT INTO batches (destination, number, state, name, items, codec, bytes, closed_at, due_at)
    SELECT CAST(:destination AS TEXT), CAST(:number AS BIGINT), 'closed', CAST(:name AS TEXT),
        CAST(:items AS BIGINT), CAST(:codec AS TEXT), :bytes, CAST(:now AS BIGINT), CAST(:now AS BIGINT)
    WHERE CAST(:number AS BIGINT) = 1 + (
        SELECT COALESCE(MAX(number), 0) FROM batches WHERE destination = CAST(:destination AS TEXT))
    ON CONFLICT DO NOTHING RETURNING number"""
)
_FREEZE = Statement(
    """UPDATE batch_items SET batch = :number, line = given.line FROM {given}
    WHERE batch_items.delivery_id = given.delivery AND batch_items.batch IS NULL
    AND batch_items.destination = :destination
    RETURNING batch_items.delivery_id""",
    given="delivery text, line int",
)
_TAKE = Statement(
    """UPDATE batches SET lease_until = CAST(:until AS BIGINT) WHERE (destination, number) IN (
        SELECT b.destination, b.number FROM batches b
        WHERE b.state <> 'written' AND b.due_at <= CAST(:now AS BIGINT)
        AND (b.lease_until IS NULL OR b.lease_until <= CAST(:now AS BIGINT))
        AND b.destination IN (SELECT name FROM {given})
        AND NOT EXISTS (
            SELECT 1 FROM batches e WHERE e.destination = b.destination AND e.number < b.number
            AND e.state <> 'written')
        ORDER BY b.due_at LIMIT 1 {skip_locked})
    RETURNING destination, number, state, name, codec, bytes""",
    given="name text",
)
_ADVANCE = Statement(
    """UPDATE batches SET state = :state, due_at = :due, code = :code,
        lease_until = CASE WHEN CAST(:code AS TEXT) IS NULL THEN lease_until ELSE NULL END
    WHERE destination = :destination AND number = :number
    AND CASE state WHEN 'closed' THEN 0 WHEN 'prepared' THEN 1 ELSE 3 END <= CAST(:rank AS INTEGER)
    RETURNING number"""
)
_FINISH = Statement(
    """UPDATE batches SET state = 'written', written_at = CAST(:now AS BIGINT), code = NULL, lease_until = NULL,
        due_at = COALESCE(CAST(:confirm_by AS BIGINT), CAST(:now AS BIGINT))
    WHERE destination = :destination AND number = :number AND state <> 'written' RETURNING items"""
)
# The file holds them from now on.
_FORGET_LINES = Statement(
    """UPDATE batch_items SET bytes = NULL WHERE destination = :destination AND batch = :number
    RETURNING delivery_id, since"""
)
_START_CLOCK = Statement(
    """UPDATE deliveries SET due_at = b.due_at
    FROM {given} JOIN batch_items i ON i.delivery_id = given.id
        JOIN batches b ON b.destination = i.destination AND b.number = i.batch
    WHERE deliveries.id = given.id AND deliveries.since = i.since AND deliveries.state = 'pending'
    AND b.state = 'written'""",
    given="id text",
)
