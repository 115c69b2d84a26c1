"""Depths: counts what is not delivered, and finds the oldest of it. Never looks at what is delivered."""

from gateway.core.status import FAILED, DeliveryState
from gateway.core.views import Depth
from gateway.store.engine.statement import Statement, Tx
from gateway.store.engine.times import moment


def depths(tx: Tx, now: int) -> list[Depth]:
    """What is open, by destination and state. The time it takes grows with what is open, not with the store."""
    found: dict[tuple[str, str], Depth] = {}
    for row in tx.run(_DEPTHS, now=now):
        key = (row.destination, row.state)
        before = found.get(key)
        depth = Depth(row.destination, DeliveryState(row.state), row.number, moment(row.oldest), row.due)
        found[key] = depth if before is None else before + depth
    return [found[key] for key in sorted(found)]


def _part(condition: str, oldest: str, due: str) -> str:
    """One partial index for each part."""
    return (
        f"SELECT destination, state, count(*) AS number, min({oldest}) AS oldest, {due} AS due "  # noqa: S608
        f"FROM deliveries WHERE {condition} GROUP BY destination, state"
    )


# As it is written in the index: only then does SQLite take it.
_WAITING = ", ".join(f"'{state}'" for state in sorted(FAILED))
_DEPTHS = Statement(
    " UNION ALL ".join(
        (
            # What is with the broker counts as due, whenever it is to be published again.
            _part("state = 'queued' AND published > 0", "since", "count(*)"),
            _part(
                "state = 'queued' AND published = 0",
                "since",
                "sum(CASE WHEN due_at <= CAST(:now AS BIGINT) THEN 1 ELSE 0 END)",
            ),
            _part("state = 'claimed'", "since", "0"),
            _part("state = 'pending'", "updated_at", "0"),
            _part(f"state IN ({_WAITING})", "updated_at", "0"),
        )
    )
)
