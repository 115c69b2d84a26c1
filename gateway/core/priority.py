"""Priority: whose turn it is among the deliveries of one tenant to one destination. Nobody starves."""

from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from typing import TypeVar


class Priority(IntEnum):
    """How urgent a service is; the smaller, the more."""

    HIGH = 0
    NORMAL = 1
    LOW = 2


ROUND = (
    Priority.HIGH,
    Priority.HIGH,
    Priority.NORMAL,
    Priority.HIGH,
    Priority.HIGH,
    Priority.NORMAL,
    Priority.LOW,
)
"""The turns of one round. Where none of a priority waits, its turn falls to the next."""

Item = TypeVar("Item")


def by_turns(waiting: Mapping[Priority, Sequence[Item]], turn: int) -> Iterator[tuple[Item, int]]:
    """Everything that waits, as it is served from a turn of the round on; beside each the turn that follows."""
    queues = {priority: list(reversed(items)) for priority, items in waiting.items() if items}
    while queues:
        while (priority := ROUND[turn % len(ROUND)]) not in queues:
            turn += 1
        turn = (turn + 1) % len(ROUND)
        yield queues[priority].pop(), turn
        if not queues[priority]:
            del queues[priority]
