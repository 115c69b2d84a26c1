"""Diagnosis: what the tables tell of those who work on them. Reads a bounded number of rows."""

from gateway.core.views import Diagnosis, Unpublished, WorkerSeen
from gateway.store.engine.statement import POSTGRESQL, Statement, Tx
from gateway.store.engine.times import moment

LATEST = 20_000
"""So many deliveries, the latest, are looked at for who delivered and what succeeded."""
UNNOTICED = 60_000_000
"""Microseconds that something may be due before it counts as forgotten."""


def diagnosis(tx: Tx, now: int) -> Diagnosis:
    """Who works, what nobody works on, and how long ago each destination took something."""
    clock = tx.run(_CLOCK)[0].now if tx.dialect is POSTGRESQL else now
    expired = tx.run(_EXPIRED, before=now - UNNOTICED)[0]
    return Diagnosis(
        clock=moment(clock),
        unpublished=tuple(
            Unpublished(row.destination, row.number, moment(row.since))
            for row in tx.run(_UNPUBLISHED, before=now - UNNOTICED)
        ),
        expired=expired.number,
        workers=tuple(
            WorkerSeen(row.claimed_by, moment(row.at))
            for row in tx.run(_WORKERS, limit=LATEST)
            if row.claimed_by
        ),
        delivered={row.destination: moment(row.at) for row in tx.run(_DELIVERED, limit=LATEST)},
    )


_CLOCK = Statement("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS now")
_UNPUBLISHED = Statement(
    """SELECT destination, count(*) AS number, min(due_at) AS since FROM deliveries
    WHERE state = 'queued' AND published = 0 AND due_at <= :before GROUP BY destination ORDER BY destination"""
)
_EXPIRED = Statement(
    "SELECT count(*) AS number FROM deliveries WHERE state = 'claimed' AND lease_until <= :before"
)
_WORKERS = Statement(
    """SELECT claimed_by, max(claimed_at) AS at FROM (
        SELECT claimed_by, claimed_at FROM deliveries ORDER BY id DESC LIMIT :limit) AS latest
    GROUP BY claimed_by ORDER BY at DESC"""
)
_DELIVERED = Statement(
    """SELECT destination, max(updated_at) AS at FROM (
        SELECT destination, state, updated_at FROM deliveries ORDER BY id DESC LIMIT :limit) AS latest
    WHERE state = 'delivered' GROUP BY destination"""
)
