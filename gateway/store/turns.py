"""Turns: in which order the heads of many lines are served, fairly between destinations, tenants and priorities."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.core.priority import Priority, by_turns
from gateway.store.statement import Statement

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


def heads(condition: str, *columns: str) -> Statement:
    """The first due deliveries of every line under a partial index; `columns` tell the lines apart, and the index
    begins with them.

    The lines are found by jumping through the index, the ids by a short range of it: the cost grows with
    the number of lines, not with what waits.
    """
    waiting = f"FROM deliveries d WHERE {condition}"
    names = ", ".join(columns)
    of_d, of_p = (", ".join(f"{alias}.{name}" for name in columns) for alias in "dp")
    behind = f"{waiting} AND ({of_d}) > ({of_p})"
    order = f"ORDER BY {of_d} LIMIT 1"
    following = ", ".join(f"(SELECT d.{name} {behind} {order})" for name in columns)
    same = " AND ".join(f"d.{name} = p.{name}" for name in columns)
    return Statement(
        f"""WITH RECURSIVE lines ({names}) AS (
            SELECT * FROM (SELECT {of_d} {waiting} {order}) AS first
            UNION ALL
            SELECT {following} FROM lines p WHERE p.destination IS NOT NULL
        )
        SELECT {of_p}, (
            SELECT {{joined}}(head.id, ',') FROM (
                SELECT d.id {waiting} AND {same} AND d.due_at <= :now
                ORDER BY d.due_at LIMIT :share
            ) AS head
        ) AS ids
        FROM lines p WHERE p.destination IS NOT NULL"""  # noqa: S608 - constants
    )
