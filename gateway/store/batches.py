"""Batches: deliveries collected for systems that take many in one file; each is in one batch, once."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import orjson
from sqlalchemy import Row

from gateway.core.acts import CloseBatch
from gateway.core.batch import BatchItem, BatchMember, BatchState, BatchView, Collection
from gateway.core.errors import NotFound
from gateway.core.message import DeliveryId
from gateway.store.engine.statement import Rows, Statement, Tx
from gateway.store.engine.times import duration, maybe_moment, micros, moment
from gateway.store.timeline import GATEWAY, Event, append


@dataclass(frozen=True, slots=True)
class Collect:
    """An item to collect, with its line as the codec made it. Again changes nothing, until a person replays
    the delivery: then it is an item of a later batch.
    """

    rings: ClassVar[bool] = False

    item: BatchItem
    layout: str
    codec: str
    stored: bytes
    now: datetime

    @property
    def weight(self) -> int:
        """Size of the line."""
        return len(self.stored)

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The delivery."""
        return (self.item.delivery,)

    @staticmethod
    def run(tx: Tx, commands: Sequence["Collect"]) -> Sequence[None]:
        """Keep what is not kept yet."""
        tx.each(
            _COLLECT,
            [
                (
                    each.layout,
                    each.codec,
                    each.stored,
                    orjson.dumps(dict(each.item.sums)).decode(),
                    micros(each.now),
                    each.item.delivery,
                )
                for each in commands
            ],
        )
        return [None] * len(commands)


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


def collected(tx: Tx, destination: str) -> list[Collection]:
    """What is in no batch yet, one for each layout by which lines were written."""
    return [
        Collection(
            destination,
            row.layout,
            row.items,
            moment(row.oldest),
            row.number,
            maybe_moment(row.ordered_at),
        )
        for row in tx.run(_COLLECTED, destination=destination)
    ]


def lines(tx: Tx, destination: str, layout: str, limit: int) -> Rows:
    """Rows of what is in no batch yet, in the order of their coming."""
    return tx.run(_LINES, destination=destination, layout=layout, limit=limit)


def item(row: Row[Any], line: bytes) -> BatchItem:
    """An item from its row and its opened line."""
    return BatchItem(DeliveryId(row.delivery_id), line, orjson.loads(row.sums))


def delivery_at(tx: Tx, destination: str, number: int, line: int) -> DeliveryId | None:
    """Whose a place in a batch is."""
    rows = tx.run(_DELIVERY_AT, destination=destination, number=number, line=line)
    return DeliveryId(rows[0].delivery_id) if rows else None


def views(tx: Tx, destination: str | None, limit: int) -> list[BatchView]:
    """What collects, and then batches, the latest first."""
    collecting = [_collecting_view(row) for row in tx.run(_COLLECTING_VIEWS)]
    closed = [_view(row) for row in tx.run(_VIEWS, limit=limit, destination=destination or "")]
    return [each for each in collecting if destination in {None, each.destination}] + closed


def members(tx: Tx, destination: str, number: int) -> list[BatchMember]:
    """The items of a batch, in their order.

    Raises:
        NotFound: there is no such batch.
    """
    rows = tx.run(_MEMBERS, destination=destination, number=number)
    if not rows:
        raise NotFound("no such batch")
    return [
        BatchMember(row.line, DeliveryId(row.delivery_id), row.tenant, row.state, row.code, row.reference)
        for row in rows
    ]


def order(tx: Tx, act: CloseBatch, now: datetime) -> BatchView | NotFound:
    """Have what was collected until now closed, with its audit entry."""
    rows = [row for row in tx.run(_COLLECTING_VIEWS) if row.destination == act.destination]
    if not rows:
        return NotFound("nothing is collected for this destination")
    tx.run(_ORDER, destination=act.destination, now=micros(now))
    append(
        tx,
        [Event(micros(now), act.actor, "batch-ordered", code=act.destination, detail=act.reason)],
    )
    return _collecting_view(rows[0])


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
    written = each.state is BatchState.WRITTEN
    at = micros(each.now)
    rows = tx.run(
        _ADVANCE,
        destination=each.destination,
        number=each.number,
        state=each.state.value,
        written_at=at if written else None,
        due=micros(each.due),
        code=each.code,
        rank=_RANK[each.state],
    )
    if rows and written:
        tx.run(_FORGET_LINES, destination=each.destination, number=each.number)
        append(tx, [Event(at, GATEWAY, "batch-written", code=each.destination, detail=f"{each.number}")])
    return bool(rows)


_RANK = {BatchState.CLOSED: 0, BatchState.PREPARED: 1, BatchState.WRITTEN: 2}


def _view(row: Row[Any]) -> BatchView:
    return BatchView(
        row.destination,
        row.number,
        BatchState(row.state),
        row.items,
        moment(row.closed_at),
        row.name,
        maybe_moment(row.written_at),
        row.code,
    )


def _collecting_view(row: Row[Any]) -> BatchView:
    return BatchView(row.destination, row.number, None, row.items, moment(row.oldest))


# `since` is the start of the delivery's present run: a replay begins another. What the system has taken or refused
# meanwhile stays away, and what waits already is not collected twice.
_COLLECT = Statement(
    """INSERT INTO batch_items (delivery_id, since, tenant, destination, layout, codec, bytes, sums, added_at)
    SELECT d.id, d.since, d.tenant, d.destination, CAST(:p1 AS TEXT), CAST(:p2 AS TEXT), :p3, CAST(:p4 AS TEXT),
        CAST(:p5 AS BIGINT)
    FROM deliveries d WHERE d.id = CAST(:p6 AS TEXT) AND d.state NOT IN ('delivered', 'rejected', 'dismissed')
    AND NOT EXISTS (SELECT 1 FROM batch_items i WHERE i.delivery_id = d.id AND i.batch IS NULL)
    ON CONFLICT DO NOTHING"""
)
_COLLECTED = Statement(
    """SELECT i.layout, COUNT(*) AS items, MIN(i.added_at) AS oldest,
        (SELECT COALESCE(MAX(number), 0) + 1 FROM batches b WHERE b.destination = :destination) AS number,
        (SELECT at FROM batch_orders o WHERE o.destination = :destination) AS ordered_at
    FROM batch_items i JOIN deliveries d ON d.id = i.delivery_id
    WHERE i.destination = :destination AND i.batch IS NULL
    AND d.state NOT IN ('delivered', 'rejected', 'dismissed')
    GROUP BY i.layout ORDER BY oldest"""
)
_LINES = Statement(
    """SELECT i.delivery_id, i.codec, i.bytes, i.sums
    FROM batch_items i JOIN deliveries d ON d.id = i.delivery_id
    WHERE i.destination = :destination AND i.batch IS NULL AND i.layout = :layout
    AND d.state NOT IN ('delivered', 'rejected', 'dismissed')
    ORDER BY i.added_at, i.delivery_id LIMIT :limit"""
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
    """UPDATE batches SET state = :state, written_at = CAST(:written_at AS BIGINT), due_at = :due, code = :code,
        lease_until = CASE WHEN CAST(:code AS TEXT) IS NULL THEN lease_until ELSE NULL END
    WHERE destination = :destination AND number = :number
    AND CASE state WHEN 'closed' THEN 0 WHEN 'prepared' THEN 1 ELSE 3 END <= CAST(:rank AS INTEGER)
    RETURNING number"""
)
# The file holds them from now on.
_FORGET_LINES = Statement(
    "UPDATE batch_items SET bytes = NULL WHERE destination = :destination AND batch = :number"
)
_DELIVERY_AT = Statement(
    "SELECT delivery_id FROM batch_items WHERE destination = :destination AND batch = :number AND line = :line"
)
_COLLECTING_VIEWS = Statement(
    """SELECT i.destination, COUNT(*) AS items, MIN(i.added_at) AS oldest,
        (SELECT COALESCE(MAX(number), 0) + 1 FROM batches b WHERE b.destination = i.destination) AS number
    FROM batch_items i JOIN deliveries d ON d.id = i.delivery_id
    WHERE i.batch IS NULL AND d.state NOT IN ('delivered', 'rejected', 'dismissed')
    GROUP BY i.destination ORDER BY i.destination"""
)
_VIEWS = Statement(
    """SELECT destination, number, state, items, closed_at, name, written_at, code FROM batches
    WHERE CAST(:destination AS TEXT) IN ('', destination)
    ORDER BY closed_at DESC, destination, number DESC LIMIT :limit"""
)
_MEMBERS = Statement(
    """SELECT i.line, i.delivery_id, i.tenant, d.state, d.code, d.reference
    FROM batch_items i JOIN deliveries d ON d.id = i.delivery_id
    WHERE i.destination = :destination AND i.batch = :number ORDER BY i.line"""
)
_ORDER = Statement(
    """INSERT INTO batch_orders (destination, at) VALUES (:destination, :now)
    ON CONFLICT (destination) DO UPDATE SET at = excluded.at"""
)
