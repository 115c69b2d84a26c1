"""Dying: the program with one crash point in it, at which it ends like a process that is killed.

    python -m tests.faults.dying settled:before:3 serve --role worker

The points lie around the ports, so that no line of the program knows of them.
"""

import functools
import importlib
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

EXIT_CODE = 99
"""Of a process that came to its crash point: any other code is a fault of the test."""

STORE = "gateway.store:SqlStore"
BROKERS = ("queues.rabbitmq:RabbitBroker", "queues.embedded:EmbeddedBroker")
HANDED = ("queues.subscription:Held", "queues.embedded:HeldTicket")


@dataclass(frozen=True)
class Step:
    """One step of a message's way, at whose two sides a process may die."""

    role: str
    """Which process takes it."""
    method: str
    owners: tuple[str, ...]
    meaning: str
    sizes: tuple[str, ...] = ("embedded", "data centre")


STEPS = {
    "accepted": Step("api", "accept", (STORE,), "commit of message, deliveries and audit; then the 202"),
    "committed": Step(
        "api",
        "commit",
        ("sqlalchemy.ext.asyncio:AsyncConnection",),
        "the database is asked to commit a batch of submissions; then it has done so",
        sizes=("data centre",),
    ),
    "taken": Step("relay", "take_due", (STORE,), "the relay takes what is due"),
    "published": Step("relay", "publish", BROKERS, "tickets on their way to the broker; then its confirms"),
    "sent": Step(
        "relay",
        "send",
        ("queues.publisher:Publisher",),
        "one ticket of a batch goes to the broker; then its confirm is there, and others are on their way",
        sizes=("data centre",),
    ),
    "claimed": Step("worker", "claim", (STORE,), "a worker takes a delivery under a lease"),
    "called": Step(
        "worker", "deliver", ("adapters.adapter:SpeakingAdapter",), "the specialist system is called"
    ),
    "settled": Step("worker", "settle", (STORE,), "commit of the outcome"),
    "acked": Step("worker", "ack", HANDED, "the broker is told that a ticket is done with"),
    "confirmed": Step("api", "confirm", (STORE,), "commit of a specialist system's receipt"),
}
SIDES = ("before", "after")

Call = Callable[..., Awaitable[Any]]


@dataclass
class CrashPoint:
    """Counts the calls that pass it, and ends the process at the chosen one."""

    side: str
    nth: int
    passed: int = 0

    def around(self, call: Call) -> Call:
        """A method with the point before or after it."""

        @functools.wraps(call)
        async def passing(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401  # whatever the method has
            if self.side == "before":
                self._pass()
            result = await call(*arguments, **named)
            # A relay that finds nothing due has not come to its point.
            if self.side == "after" and result != []:
                self._pass()
            return result

        return passing

    def _pass(self) -> None:
        self.passed += 1
        if self.passed == self.nth:
            os._exit(EXIT_CODE)


def main(point: str, *arguments: str) -> None:
    """Set the crash point, then be the program."""
    step, side, nth = point.split(":")
    crash = CrashPoint(side, int(nth))
    for owner in STEPS[step].owners:
        module, _, name = owner.partition(":")
        class_ = getattr(importlib.import_module(module), name)
        setattr(class_, STEPS[step].method, crash.around(getattr(class_, STEPS[step].method)))
    program = importlib.import_module("gateway.cli")
    sys.argv = ["amtsbote", *arguments]
    program.main()


if __name__ == "__main__":
    main(*sys.argv[1:])
