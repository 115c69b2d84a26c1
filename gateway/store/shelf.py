"""Shelf: parcels laid out for specialist systems that fetch them over HTTP."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import Row

from gateway.core.delivery import Parcel
from gateway.core.errors import NotFound
from gateway.core.message import DeliveryId
from gateway.store.engine.statement import Rows, Statement, Tx
from gateway.store.engine.times import duration, micros


@dataclass(frozen=True, slots=True)
class Offer:
    """A parcel to lay out, with its body as the codec made it."""

    rings: ClassVar[bool] = False

    destination: str
    parcel: Parcel
    codec: str
    stored: bytes

    @property
    def weight(self) -> int:
        """Size of the content."""
        return len(self.stored)

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The delivery."""
        return (self.parcel.delivery,)

    @staticmethod
    def run(tx: Tx, commands: Sequence["Offer"]) -> Sequence[None]:
        """Lay out what does not lie there yet."""
        tx.each(_OFFER, [_row(each) for each in commands])
        return [None] * len(commands)


@dataclass(frozen=True, slots=True)
class Lease:
    """A specialist system's wish for parcels."""

    rings: ClassVar[bool] = False
    weight: ClassVar[int] = 0

    destination: str
    now: datetime
    duration: timedelta
    limit: int

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The shelf of the destination."""
        return (("lease", self.destination),)

    @staticmethod
    def run(tx: Tx, commands: Sequence["Lease"]) -> Sequence[Rows]:
        """Hand out rows of parcels; `parcel` makes parcels of them once the codec has opened the body."""
        return [
            sorted(
                tx.run(
                    _LEASE,
                    destination=each.destination,
                    now=micros(each.now),
                    until=micros(each.now + each.duration),
                    limit=each.limit,
                ),
                key=lambda row: str(row.delivery_id),
            )
            for each in commands
        ]


@dataclass(frozen=True, slots=True)
class Extend:
    """A specialist system's wish to keep a parcel longer."""

    rings: ClassVar[bool] = False
    weight: ClassVar[int] = 0

    destination: str
    delivery: DeliveryId
    now: datetime
    duration: timedelta

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The delivery."""
        return (self.delivery,)

    @staticmethod
    def run(tx: Tx, commands: Sequence["Extend"]) -> Sequence[NotFound | None]:
        """Lengthen leases that have not run out."""
        wishes = [
            (each.delivery, each.destination, micros(each.now), micros(each.now) + duration(each.duration))
            for each in commands
        ]
        kept = {row.delivery_id for row in tx.run(_EXTEND, wishes)}
        return [None if each.delivery in kept else NotFound("no such parcel is leased") for each in commands]


def parcel(row: Row[Any], body: bytes) -> Parcel:
    """A parcel from its row and its opened body."""
    return Parcel(
        delivery=row.delivery_id,
        message=row.message_id,
        tenant=row.tenant,
        service=row.service,
        root=row.root,
        content_type=row.content_type,
        body=body,
        test=bool(row.test),
        order_key=row.order_key,
    )


def _row(command: Offer) -> tuple[str | bool | bytes | None, ...]:
    each = command.parcel
    return (
        each.delivery,
        each.message,
        each.tenant,
        command.destination,
        each.service,
        each.root,
        each.content_type,
        each.test,
        each.order_key,
        command.codec,
        command.stored,
    )


# A worker that lost its lease may still offer what the system has confirmed meanwhile: that stays away.
_OFFER = Statement(
    """INSERT INTO pickups (delivery_id, message_id, tenant, destination, service, root, content_type, test,
        order_key, codec, bytes)
    SELECT CAST(:p1 AS TEXT), :p2, :p3, :p4, :p5, :p6, :p7, :p8, :p9, :p10, :p11
    WHERE NOT EXISTS (
        SELECT 1 FROM deliveries WHERE id = CAST(:p1 AS TEXT) AND state IN ('delivered', 'rejected'))
    ON CONFLICT DO NOTHING"""
)
_LEASE = Statement(
    """UPDATE pickups SET lease_until = CAST(:until AS BIGINT) WHERE delivery_id IN (
        SELECT p.delivery_id FROM pickups p
        WHERE p.destination = :destination
        AND (p.lease_until IS NULL OR p.lease_until <= CAST(:now AS BIGINT))
        AND (p.order_key IS NULL OR NOT EXISTS (
            SELECT 1 FROM pickups earlier
            WHERE earlier.destination = p.destination AND earlier.tenant = p.tenant
            AND earlier.order_key = p.order_key AND earlier.delivery_id < p.delivery_id))
        ORDER BY p.delivery_id LIMIT :limit {skip_locked})
    RETURNING delivery_id, message_id, tenant, service, root, content_type, test, order_key, codec, bytes"""
)
_EXTEND = Statement(
    """UPDATE pickups SET lease_until = given.until FROM {given}
    WHERE pickups.delivery_id = given.id AND pickups.destination = given.destination
    AND pickups.lease_until > given.now
    RETURNING pickups.delivery_id""",
    given="id text, destination text, now bigint, until bigint",
)
