"""Timeline: appends what happened to messages, deliveries and keys. Facts and ids, never values."""

from collections.abc import Sequence
from typing import NamedTuple

from gateway.store.engine.statement import Statement, Tx

GATEWAY = "gateway"
"""The actor where no person, portal or specialist system acted."""


class Event(NamedTuple):
    """One line, in the order of the table's columns."""

    at: int
    actor: str
    action: str
    tenant: str | None = None
    message: str | None = None
    delivery: str | None = None
    attempt: int | None = None
    code: str | None = None
    detail: str | None = None


def append(tx: Tx, events: Sequence[Event]) -> None:
    """Write events in the transaction of the change that they tell of."""
    tx.run(_APPEND, events)


_APPEND = Statement(
    """INSERT INTO events (at, actor, action, tenant, message_id, delivery_id, attempt, code, detail)
    SELECT at, actor, action, tenant, message_id, delivery_id, attempt, code, detail FROM {given}""",
    given="at bigint, actor text, action text, tenant text, message_id text, delivery_id text, "
    "attempt int, code text, detail text",
)
