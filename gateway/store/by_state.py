"""By state: finds messages that are not simply delivered by their deliveries, never by walking through messages.

They come in the order of their ids, which begin with the time of acceptance: so a page is a short range of an
index, or as much work as there are open deliveries, however many messages the store holds.
"""

from collections.abc import Iterable
from typing import Literal

from gateway.core.status import FAILED, LETS_GO, NEEDS_A_PERSON, UNDELIVERED, MessageState
from gateway.store.engine.statement import Statement, Tx

NotDelivered = Literal[MessageState.NEEDS_ATTENTION, MessageState.IN_DELIVERY, MessageState.UNDELIVERED]


def ids(tx: Tx, state: NotDelivered, portal: str | None, since: int, after: str, limit: int) -> list[str]:
    """The first messages of a state behind the one with the id `after`; `since` in microseconds."""
    rows = tx.run(_IDS[state], portal=portal, since=since, after=after, limit=limit)
    return [row.id for row in rows]


def _these(states: Iterable[str]) -> str:
    # Sorted, as in the index: only then does SQLite take it.
    return ", ".join(f"'{state}'" for state in sorted(states))


def _first(deliveries: str, *, few: bool, but_not: str | None = None) -> Statement:
    """Messages of these deliveries, but not those that have another whose state is `but_not`.

    CROSS JOIN keeps SQLite, and a subquery for one value keeps PostgreSQL, from walking through one of the tables. What
    is few, and mostly young, is gathered first: otherwise PostgreSQL may look for it from the oldest delivery on.
    """
    other = f"SELECT o.id FROM deliveries o WHERE o.message_id = d.message_id AND o.state {but_not} LIMIT 1"  # noqa: S608 - constants
    return Statement(
        f"""WITH d AS {"" if few else "NOT "}MATERIALIZED ({deliveries})
        SELECT DISTINCT d.message_id AS id FROM d CROSS JOIN messages m
        WHERE m.id = d.message_id AND d.message_id > :after AND m.received_at >= :since
        AND (CAST(:portal AS TEXT) IS NULL OR m.portal = CAST(:portal AS TEXT))
        {f"AND ({other}) IS NULL" if but_not else ""}
        ORDER BY d.message_id LIMIT :limit"""  # noqa: S608 - constants
    )


def _of(condition: str) -> str:
    """The deliveries of one partial index."""
    return f"SELECT message_id FROM deliveries WHERE {condition}"  # noqa: S608 - constants


_UNDER_WAY = " UNION ALL ".join(
    _of(part)
    for part in (
        "state = 'queued' AND published = 0",
        "state = 'queued' AND published > 0",
        "state = 'claimed'",
        "state = 'pending'",
    )
)
# The list as in the index, and of what it finds only what needs a person.
_ATTENTION = _of(f"state IN ({_these(FAILED)}) AND state IN ({_these(NEEDS_A_PERSON)})")
_IDS: dict[NotDelivered, Statement] = {
    MessageState.NEEDS_ATTENTION: _first(_ATTENTION, few=True),
    MessageState.IN_DELIVERY: _first(_UNDER_WAY, few=True, but_not=f"IN ({_these(NEEDS_A_PERSON)})"),
    # Not few: that is history. Its index has the order of the page.
    MessageState.UNDELIVERED: _first(
        _of(f"state IN ({_these(UNDELIVERED)})"), few=False, but_not=f"NOT IN ({_these(LETS_GO)})"
    ),
}
