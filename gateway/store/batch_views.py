"""Batch views: batches as people and return folders see them, and a person's wish to have one closed."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from gateway.core.acts import CloseBatch
from gateway.core.batch import BatchMember, BatchState, BatchView
from gateway.core.errors import NotFound
from gateway.core.message import DeliveryId
from gateway.store.engine.statement import Statement, Tx
from gateway.store.engine.times import maybe_moment, micros, moment
from gateway.store.timeline import Event, append


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


def delivery_at(tx: Tx, destination: str, number: int, line: int) -> DeliveryId | None:
    """Whose a place in a batch is."""
    rows = tx.run(_DELIVERY_AT, destination=destination, number=number, line=line)
    return DeliveryId(rows[0].delivery_id) if rows else None


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


_DELIVERY_AT = Statement(
    "SELECT delivery_id FROM batch_items WHERE destination = :destination AND batch = :number AND line = :line"
)
# Grouped by an expression: by the column alone, SQLite would rather walk through all items in the order of another
# index than pick the few that are in no batch.
_COLLECTING_VIEWS = Statement(
    """SELECT c.destination, c.items, c.oldest,
        (SELECT COALESCE(MAX(number), 0) + 1 FROM batches b WHERE b.destination = c.destination) AS number
    FROM (
        SELECT MIN(i.destination) AS destination, COUNT(*) AS items, MIN(i.added_at) AS oldest
        FROM batch_items i JOIN deliveries d ON d.id = i.delivery_id
        WHERE i.batch IS NULL AND d.state NOT IN ('delivered', 'rejected', 'dismissed')
        GROUP BY i.destination || '') AS c
    ORDER BY c.destination"""
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
