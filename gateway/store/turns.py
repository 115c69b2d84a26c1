"""Turns: in which order the heads of many lines are served, fairly between destinations, tenants and priorities."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.core.priority import Priority, by_turns
from gateway.store.engine.statement import Statement

Pair = tuple[str, str]
"""(destination, tenant)"""

Heads = Mapping[Pair, Mapping[Priority, Sequence[str]]]
"""The first ids of every pair, by priority."""


@dataclass(slots=True)
class Round:
    """Where the round-robin stands, in one process; between processes chance does the rest."""

    last: Pair = ("", "")
    """The pair served last."""
    turns: dict[Pair, int] = field(default_factory=dict)
    """Of each pair the turn between its priorities."""
    look_again: float | None = None
    """Seconds after which there may be room for what the latest look found due and had no room for; None where
    there was nothing such.
    """

    def hurry(self, seconds: float) -> None:
        """Look again after so many seconds, or earlier."""
        self.look_again = min(self.look_again or seconds, seconds)

    def serve(self, heads: Heads) -> Iterator[tuple[Pair, str, int]]:
        """One id of each pair in turn, from the pair behind the last served; beside it the pair's next turn."""
        pairs = sorted(heads)
        start = bisect_right(pairs, self.last)
        lines = {
            pair: by_turns(heads[pair], self.turns.get(pair, 0)) for pair in pairs[start:] + pairs[:start]
        }
        while lines:
            for pair in tuple(lines):
                if (served := next(lines[pair], None)) is None:
                    del lines[pair]
                else:
                    yield pair, *served


def heads(condition: str, *, by_priority: bool = False) -> Statement:
    """The first due deliveries of every (destination, tenant), or (destination, tenant, priority), under a partial
    index that begins with these columns.

    The pairs are found by jumping through the index from one to the next, the ids by a short range of it: the cost
    grows with the number of pairs, not with what waits. One column at a time: SQLite compares a row of columns with
    an index by reading all that equals it.
    """
    waiting = f"FROM deliveries d WHERE {condition}"
    priorities = "(SELECT 0 AS priority UNION ALL SELECT 1 UNION ALL SELECT 2)"
    among, of_priority = (
        (f"CROSS JOIN {priorities} u", "AND d.priority = u.priority") if by_priority else ("", "")
    )
    return Statement(
        f"""WITH RECURSIVE destinations (name) AS (
            SELECT (SELECT d.destination {waiting} ORDER BY d.destination LIMIT 1)
            UNION ALL
            SELECT (SELECT d.destination {waiting} AND d.destination > p.name ORDER BY d.destination LIMIT 1)
            FROM destinations p WHERE p.name IS NOT NULL
        ), pairs (destination, tenant) AS (
            SELECT p.name, (
                SELECT d.tenant {waiting} AND d.destination = p.name ORDER BY d.tenant LIMIT 1)
            FROM destinations p WHERE p.name IS NOT NULL
            UNION ALL
            SELECT p.destination, (
                SELECT d.tenant {waiting} AND d.destination = p.destination AND d.tenant > p.tenant
                ORDER BY d.tenant LIMIT 1)
            FROM pairs p WHERE p.tenant IS NOT NULL
        )
        SELECT p.destination, p.tenant, {"u.priority," if by_priority else ""} (
            SELECT {{joined}}(head.id, ',') FROM (
                SELECT d.id {waiting} AND d.destination = p.destination AND d.tenant = p.tenant {of_priority}
                    AND d.due_at <= :now
                ORDER BY d.due_at LIMIT :share
            ) AS head
        ) AS ids
        FROM pairs p {among} WHERE p.tenant IS NOT NULL"""  # noqa: S608 - constants
    )
