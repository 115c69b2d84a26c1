"""Moves: reads deliveries for changing and writes their next state; shared by all that changes states."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row

from gateway.core.status import LETS_GO
from gateway.store.engine.statement import Statement, Tx
from gateway.store.lines import leave


class Move(NamedTuple):
    """The next state of a delivery; None keeps `since`, `reference` and `doubtful` as they are. With a new `since`
    the delivery begins anew, and what its system has said is of the past; so is a `reference` under which it
    refused.
    """

    id: str
    state: str
    attempt: int
    at: int
    due_at: int | None = None
    since: int | None = None
    reference: str | None = None
    code: str | None = None
    detail: str | None = None
    doubtful: bool | None = None
    """Whether an attempt may have reached the system without its saying so."""


def locked(tx: Tx, ids: Iterable[str]) -> Mapping[str, Row[Any]]:
    """The deliveries with these ids, which nobody else changes until the transaction's end."""
    return {row.id: row for row in tx.run(_LOCK, [(id_,) for id_ in ids])}


def move(tx: Tx, moves: Sequence[Move]) -> None:
    """Write next states. Whoever held a lease loses it, and what was published counts no more."""
    at = {each.id: each.at for each in moves}
    leaving = [row.id for row in tx.run(_MOVE, moves) if row.place is not None and row.state in LETS_GO]
    if leaving:
        leave(tx, leaving, max(at[id_] for id_ in leaving))


# In one order everywhere, so that two batches do not wait for each other crosswise.
_LOCK = Statement(
    """SELECT id, message_id, tenant, destination, state, attempt, due_at, lease_until, since, reference, doubtful,
        system_status, system_at FROM deliveries
    WHERE id IN (SELECT id FROM {given}) ORDER BY id {for_update}""",
    given="id text",
)
_MOVE = Statement(
    """UPDATE deliveries SET state = given.state, attempt = given.attempt, updated_at = given.at,
        due_at = CASE WHEN given.state <> 'queued' OR deliveries.waits_for IS NULL THEN given.due_at END, since = COALESCE(given.since, deliveries.since),
        reference = CASE WHEN given.since IS NULL OR deliveries.state != 'rejected'
            THEN COALESCE(given.reference, deliveries.reference) END,
        code = given.code, detail = given.detail, published = 0, lease_until = NULL,
        doubtful = COALESCE(given.doubtful, deliveries.doubtful),
        system_status = CASE WHEN given.since IS NULL THEN deliveries.system_status END,
        system_at = CASE WHEN given.since IS NULL THEN deliveries.system_at END,
        asked_at = CASE WHEN given.state IN ('pending', 'unclear') THEN given.at END, asked = NULL
    FROM {given} WHERE deliveries.id = given.id RETURNING deliveries.id, deliveries.state, deliveries.place""",
    given="id text, state text, attempt int, at bigint, due_at bigint, since bigint, reference text, "
    "code text, detail text, doubtful boolean",
)
