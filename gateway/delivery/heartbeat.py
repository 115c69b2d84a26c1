"""Heartbeat: renews the lease of a delivery for as long as its worker is at work on it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from gateway.core.delivery import Ticket
from gateway.core.errors import StoreUnavailable
from gateway.core.ports import Clock, DeliveryStore

log = structlog.get_logger()

BEATS = 3
"""Renewals within one lease: two of them may fail."""


@dataclass(slots=True)
class Lease:
    """What a worker knows of its hold on a delivery."""

    length: timedelta
    until: datetime

    def held(self, now: datetime) -> bool:
        """Whether nobody else can have taken the delivery yet."""
        return now < self.until


@asynccontextmanager
async def renewing(
    store: DeliveryStore, clock: Clock, ticket: Ticket, length: timedelta, since: datetime
) -> AsyncIterator[Lease]:
    """Renew a lease that was taken at `since` while the context is open. A worker that is killed or stands
    still renews nothing, so that its deliveries are taken back after one lease.
    """
    lease = Lease(length, since + length)
    beating = asyncio.create_task(_beat(store, clock, ticket, lease))
    try:
        yield lease
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)


async def _beat(store: DeliveryStore, clock: Clock, ticket: Ticket, lease: Lease) -> None:
    while True:
        await asyncio.sleep(lease.length.total_seconds() / BEATS)
        now = clock.now()
        try:
            renewed = await store.renew(ticket, now, lease.length)
        except StoreUnavailable:
            # While the store is away nobody can take the delivery back either.
            continue
        if not renewed:
            # The outcome is still worth knowing: it is written into the timeline.
            log.warning("lease_not_renewed", delivery=ticket.delivery, destination=ticket.destination)
            return
        lease.until = now + lease.length
