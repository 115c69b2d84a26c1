"""Collected: the lines of deliveries that wait for the next batch of their destination."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import orjson
from sqlalchemy import Row

from gateway.core.batch import BatchItem, Collection
from gateway.core.message import DeliveryId
from gateway.store.engine.statement import Rows, Statement, Tx
from gateway.store.engine.times import maybe_moment, micros, moment


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
