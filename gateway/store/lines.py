"""Lines: the deliveries of one case at one destination, each behind the one before it.

A line is a linked list: `waits_for` names the delivery directly before. Whoever waits has no due time; whoever
leaves the line hands on whom it waited for itself, so that nobody overtakes.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gateway.store.engine.statement import POSTGRESQL, Statement, Tx


class Line(NamedTuple):
    """Of which destination, tenant and case."""

    destination: str
    tenant: str
    order_key: str


class Place(NamedTuple):
    """Where a delivery stands in its line."""

    number: int
    waits_for: str | None


def queue_up(tx: Tx, newcomers: Sequence[tuple[str, Line]]) -> dict[str, Place]:
    """Places for new deliveries at the ends of their lines, in the order given."""
    lines = sorted({line for _, line in newcomers})
    _hold(tx, lines)
    ends = {
        Line(row.destination, row.tenant, row.order_key): Place(row.place, row.id)
        for row in tx.run(_ENDS, lines)
    }
    places: dict[str, Place] = {}
    for id_, line in newcomers:
        before = ends.get(line)
        places[id_] = Place(before.number + 1, before.waits_for) if before else Place(1, None)
        ends[line] = Place(places[id_].number, id_)
    return places


def leave(tx: Tx, ids: Iterable[str], now: int) -> None:
    """Let deliveries that hold nobody back any more out of their lines, one by one: neighbours may leave together."""
    given = [(id_,) for id_ in ids]
    _hold(tx, sorted({Line(row.destination, row.tenant, row.order_key) for row in tx.run(_LINES, given)}))
    for (id_,) in given:
        [left] = tx.run(_WHERE, id=id_)
        tx.run(_LEAVE, id=id_)
        followers = tx.run(_CLOSE_UP, id=id_, before=left.waits_for, now=now)
        tx.rings = tx.rings or bool(followers)


def _hold(tx: Tx, lines: Sequence[Line]) -> None:
    """Nobody else joins or leaves these lines until the transaction's end."""
    if tx.dialect is POSTGRESQL:
        tx.run(_HOLD, [("\x1f".join(line),) for line in lines])


_HOLD = Statement(
    "SELECT pg_advisory_xact_lock(hashtextextended(given.line, 20)) FROM {given}", given="line text"
)
_ENDS = Statement(
    """SELECT given.destination, given.tenant, given.order_key, last.id, last.place FROM {given}
    JOIN deliveries last ON last.id = (
        SELECT d.id FROM deliveries d WHERE d.destination = given.destination
        AND d.tenant = given.tenant AND d.order_key = given.order_key AND d.place IS NOT NULL
        ORDER BY d.place DESC LIMIT 1)""",
    given="destination text, tenant text, order_key text",
)
_LINES = Statement(
    """SELECT d.destination, d.tenant, d.order_key FROM {given} JOIN deliveries d ON d.id = given.id""",
    given="id text",
)
_WHERE = Statement("SELECT waits_for FROM deliveries WHERE id = :id")
_LEAVE = Statement("UPDATE deliveries SET place = NULL, waits_for = NULL WHERE id = :id")
_CLOSE_UP = Statement(
    """UPDATE deliveries SET waits_for = CAST(:before AS TEXT),
        due_at = CASE WHEN CAST(:before AS TEXT) IS NULL AND state = 'queued' THEN CAST(:now AS BIGINT)
            ELSE due_at END,
        since = CASE WHEN CAST(:before AS TEXT) IS NULL AND state = 'queued' THEN CAST(:now AS BIGINT)
            ELSE since END
    WHERE waits_for = :id RETURNING id"""
)
