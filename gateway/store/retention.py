"""Retention: removes the contents of replies and batch files whose time has come; their rows and history stay."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import Row

from gateway.core.retention import Removed, Retention
from gateway.store.engine.statement import Rows, Statement, Tx
from gateway.store.engine.times import micros
from gateway.store.timeline import GATEWAY, Event, append

REMOVED = "removed"
"""Stands where the name of a codec stood: there is nothing to decode."""


@dataclass(frozen=True, slots=True)
class Remove:
    """A wish to remove what is no longer kept, at most `limit` of each kind."""

    rings: ClassVar[bool] = False
    weight: ClassVar[int] = 0

    retention: Retention
    now: datetime
    limit: int

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """All of it."""
        return ("retention",)

    @staticmethod
    def run(tx: Tx, commands: Sequence["Remove"]) -> Sequence[Removed]:
        """Remove, and write each down. What another process is removing right now is left to it."""
        return [_remove(tx, each) for each in commands]


def _remove(tx: Tx, each: Remove) -> Removed:
    keep, at = each.retention, micros(each.now)
    fetched = _due(tx, _FETCHED, keep.fetched_replies, each)
    expired = _due(tx, _UNFETCHED, keep.unfetched_replies, each)
    batches = _due(tx, _BATCHES, keep.written_batches, each)
    append(
        tx,
        [_told(row, at, "fetched") for row in fetched] + [_told(row, at, "not-fetched") for row in expired],
    )
    append(
        tx,
        [
            Event(at, GATEWAY, "batch-removed", code=row.destination, detail=str(row.number))
            for row in batches
        ],
    )
    return Removed(len(fetched) + len(expired), len(batches))


def _due(tx: Tx, statement: Statement, kept: timedelta | None, each: Remove) -> Rows:
    if kept is None:
        return ()
    return tx.run(statement, before=micros(each.now - kept), limit=each.limit, nothing=b"")


def _told(row: Row[Any], at: int, code: str) -> Event:
    facts = (row.tenant, row.message_id, row.delivery_id)
    return Event(at, GATEWAY, "reply-removed", *facts, code=code, detail=str(row.number))


_FETCHED = Statement(
    """UPDATE replies SET codec = 'removed', bytes = :nothing WHERE (message_id, number) IN (
        SELECT message_id, number FROM replies
        WHERE codec <> 'removed' AND fetched_at IS NOT NULL AND fetched_at <= :before
        ORDER BY fetched_at LIMIT :limit {skip_locked})
    RETURNING tenant, message_id, delivery_id, number"""
)
_UNFETCHED = Statement(
    """UPDATE replies SET codec = 'removed', bytes = :nothing WHERE (message_id, number) IN (
        SELECT message_id, number FROM replies
        WHERE codec <> 'removed' AND fetched_at IS NULL AND received_at <= :before
        ORDER BY received_at LIMIT :limit {skip_locked})
    RETURNING tenant, message_id, delivery_id, number"""
)
_BATCHES = Statement(
    """UPDATE batches SET codec = 'removed', bytes = :nothing WHERE (destination, number) IN (
        SELECT b.destination, b.number FROM batches b
        WHERE b.codec <> 'removed' AND b.state = 'written' AND b.written_at <= :before
        AND NOT EXISTS (
            SELECT 1 FROM batch_items i JOIN deliveries d ON d.id = i.delivery_id
            WHERE i.destination = b.destination AND i.batch = b.number AND i.since = d.since
            AND d.state NOT IN ('delivered', 'rejected', 'dismissed'))
        ORDER BY b.written_at LIMIT :limit {skip_locked})
    RETURNING destination, number"""
)
