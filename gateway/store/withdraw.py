"""Withdraw: a portal takes a message back from every destination that has not got it."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from gateway.core.errors import NotFound
from gateway.core.message import MessageId
from gateway.core.status import WITHDRAWABLE, DeliveryState
from gateway.core.views import MessageView
from gateway.store.engine.statement import Statement, Tx
from gateway.store.engine.times import micros
from gateway.store.moves import Move, locked, move
from gateway.store.timeline import Event, append
from gateway.store.views import message


@dataclass(frozen=True, slots=True)
class Withdraw:
    """A portal's wish."""

    # What waited for a withdrawn one may go now.
    rings: ClassVar[bool] = True
    weight: ClassVar[int] = 0

    message: MessageId
    portal: str
    now: datetime

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The message."""
        return (("message", self.message),)

    @staticmethod
    def run(tx: Tx, commands: Sequence["Withdraw"]) -> Sequence[MessageView | NotFound]:
        """Carry them out one by one: they are rare."""
        return [_withdraw(tx, each) for each in commands]


def _withdraw(tx: Tx, command: Withdraw) -> MessageView | NotFound:
    rows = locked(tx, [row.id for row in tx.run(_DELIVERIES, id=command.message, portal=command.portal)])
    at = micros(command.now)
    # Whoever claims one of these waits for this transaction, and then finds it no longer queued.
    free = [row for row in rows.values() if DeliveryState(row.state) in WITHDRAWABLE and not row.doubtful]
    move(tx, [Move(row.id, DeliveryState.WITHDRAWN, row.attempt, at) for row in free])
    append(
        tx,
        [
            Event(
                at, f"portal:{command.portal}", "withdrawn", row.tenant, row.message_id, row.id, row.attempt
            )
            for row in free
        ],
    )
    try:
        return message(tx, command.message, command.portal)
    except NotFound as error:
        return error


_DELIVERIES = Statement(
    """SELECT d.id FROM messages m JOIN deliveries d ON d.message_id = m.id
    WHERE m.id = :id AND m.portal = :portal"""
)
