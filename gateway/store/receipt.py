"""Receipt: writes a specialist system's own word on a delivery, in whatever state it finds it."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row

from gateway.core.delivery import Confirmation
from gateway.core.errors import ForbiddenTransition, NotFound
from gateway.core.status import DeliveryState, check_transition
from gateway.core.tenants import SpecialistSystem
from gateway.core.views import DeliveryView
from gateway.store.moves import Move, locked, move
from gateway.store.statement import Statement, Tx
from gateway.store.timeline import Event, append
from gateway.store.times import micros
from gateway.store.views import deliveries_by_id


@dataclass(frozen=True, slots=True)
class Confirm:
    """A specialist system's receipt."""

    rings: ClassVar[bool] = False
    weight: ClassVar[int] = 0

    confirmation: Confirmation
    system: SpecialistSystem
    now: datetime

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The delivery."""
        return (self.confirmation.delivery,)

    @staticmethod
    def run(tx: Tx, commands: Sequence["Confirm"]) -> Sequence[DeliveryView | NotFound | ForbiddenTransition]:
        """Write each word that says something new, and take its parcel off the shelf."""
        rows = locked(tx, [each.confirmation.delivery for each in commands])
        refused = {each.confirmation.delivery: _refusal(each, rows) for each in commands}
        new = [each for each in commands if refused[each.confirmation.delivery] is None]
        new = [each for each in new if rows[each.confirmation.delivery].state != each.confirmation.state]
        move(tx, [_move(each, rows[each.confirmation.delivery]) for each in new])
        append(tx, [_event(each, rows[each.confirmation.delivery]) for each in new])
        tx.run(_TAKE_OFF_SHELF, [(each.confirmation.delivery,) for each in new])
        views = deliveries_by_id(tx, rows)
        return [refused[each.confirmation.delivery] or views[each.confirmation.delivery] for each in commands]


def _refusal(command: Confirm, rows: Mapping[str, Row[Any]]) -> NotFound | ForbiddenTransition | None:
    row = rows.get(command.confirmation.delivery)
    if row is None or row.destination not in command.system.destinations:
        return NotFound("no such delivery")
    if row.state != command.confirmation.state:
        try:
            check_transition(DeliveryState(row.state), command.confirmation.state)
        except ForbiddenTransition as error:
            return error
    return None


def _move(command: Confirm, row: Row[Any]) -> Move:
    word = command.confirmation
    return Move(
        word.delivery,
        word.state,
        row.attempt,
        micros(command.now),
        reference=word.reference,
        code=word.cause.code if word.cause else None,
        detail=word.cause.detail if word.cause else None,
    )


def _event(command: Confirm, row: Row[Any]) -> Event:
    word = command.confirmation
    return Event(
        micros(command.now),
        f"system:{command.system.name}",
        "confirmed" if word.state is DeliveryState.DELIVERED else word.state,
        row.tenant,
        row.message_id,
        row.id,
        row.attempt,
        word.cause.code if word.cause else None,
        word.cause.detail if word.cause else None,
    )


_TAKE_OFF_SHELF = Statement(
    "DELETE FROM pickups WHERE delivery_id IN (SELECT id FROM {given})", given="id text"
)
