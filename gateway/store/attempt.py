"""Attempt: settles how attempts ended, and finds those that nobody ended."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row

from gateway.core.delivery import Overdue, Settlement, Ticket
from gateway.core.errors import ForbiddenTransition
from gateway.core.message import DeliveryId, MessageId
from gateway.core.status import TRANSITIONS, DeliveryState, check_transition
from gateway.store import batches, breakers, incidents
from gateway.store.engine.statement import Scalar, Statement, Tx
from gateway.store.engine.times import maybe_micros, micros, moment
from gateway.store.moves import Move, locked, move
from gateway.store.timeline import GATEWAY, Event, append


@dataclass(frozen=True, slots=True)
class Settle:
    """How an attempt ended."""

    # Another attempt is due later; the relay looks by the clock.
    rings: ClassVar[bool] = False
    weight: ClassVar[int] = 0

    settlement: Settlement

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The delivery."""
        return (self.settlement.ticket.delivery,)

    @staticmethod
    def run(tx: Tx, commands: Sequence["Settle"]) -> Sequence[bool | ForbiddenTransition]:
        """Write each end whose attempt is still the delivery's; of the others only the timeline tells.

        The very same settlement again is true again: its first answer may have been lost on the way.
        """
        settlements = [each.settlement for each in commands]
        rows = locked(tx, [each.ticket.delivery for each in settlements])
        verdicts = {each.ticket: _verdict(each, rows.get(each.ticket.delivery)) for each in settlements}
        valid = [each for each in settlements if verdicts[each.ticket] is True]
        late = [
            each
            for each in settlements
            if verdicts[each.ticket] is False and each.ticket.delivery in rows and not each.reaped
        ]
        repeated = {row.delivery_id for row in tx.run(_WRITTEN, [_mark(each) for each in late])}
        late = [each for each in late if each.ticket.delivery not in repeated]
        move(tx, [_move(each) for each in valid])
        batches.start_clock(tx, [each.ticket.delivery for each in valid if _waits_for_others(each)])
        tx.run(_WRITE_ATTEMPT, [_attempt(each, rows[each.ticket.delivery].tenant) for each in valid])
        append(tx, [_settled(each, rows[each.ticket.delivery], each.outcome) for each in valid])
        append(tx, [_settled(each, rows[each.ticket.delivery], f"late-{each.outcome}") for each in late])
        breakers.learn(tx, valid)
        incidents.unconfirmed(tx, valid)
        return [each.ticket.delivery in repeated or verdicts[each.ticket] for each in settlements]


def overdue(tx: Tx, now: datetime, limit: int) -> list[Overdue]:
    """Claimed deliveries past their lease and pending ones past their due time."""
    rows = tx.run(_OVERDUE, now=micros(now), limit=limit)
    return [
        Overdue(
            Ticket(DeliveryId(row.id), row.attempt, row.destination, MessageId(row.message_id)),
            DeliveryState(row.state),
            row.tenant,
            row.service,
            moment(row.since),
            moment(row.claimed_at),
            bool(row.doubtful),
        )
        for row in rows
    ]


def _verdict(settlement: Settlement, row: Row[Any] | None) -> bool | ForbiddenTransition:
    """Whether the settlement ends the delivery's present attempt."""
    try:
        check_transition(DeliveryState.CLAIMED, settlement.state)
    except ForbiddenTransition as error:
        return error
    if row is None or row.attempt != settlement.ticket.attempt:
        return False
    before = DeliveryState(row.state)
    match before:
        case DeliveryState.CLAIMED:
            # The reaper looked some moments ago: whoever renewed its lease since then is alive.
            return not settlement.reaped or bool(row.lease_until <= micros(settlement.finished_at))
        case DeliveryState.PENDING:
            # Only once the receipt is late: it may have become pending after it was found overdue.
            late = row.due_at is not None and row.due_at <= micros(settlement.finished_at)
            return late and settlement.state in TRANSITIONS[before]
        case _:
            return False


def _waits_for_others(settlement: Settlement) -> bool:
    return settlement.state is DeliveryState.PENDING and settlement.due_at is None


def _move(settlement: Settlement) -> Move:
    again = settlement.state is DeliveryState.QUEUED
    cause = settlement.cause
    return Move(
        settlement.ticket.delivery,
        settlement.state,
        settlement.ticket.attempt + (1 if again else 0),
        micros(settlement.finished_at),
        maybe_micros(settlement.due_at or (settlement.finished_at if again else None)),
        reference=settlement.reference,
        code=cause.code if cause else None,
        detail=cause.detail if cause else None,
        doubtful=True if settlement.outcome == "unclear" else None,
    )


def _attempt(settlement: Settlement, tenant: str) -> tuple[Scalar, ...]:
    cause = settlement.cause
    return (
        settlement.ticket.delivery,
        settlement.ticket.attempt,
        tenant,
        settlement.outcome,
        cause.code if cause else None,
        cause.detail if cause else None,
        micros(settlement.started_at),
        micros(settlement.finished_at),
    )


def _mark(settlement: Settlement) -> tuple[Scalar, ...]:
    """By what a settlement is recognised among the attempts written."""
    ticket = settlement.ticket
    return (ticket.delivery, ticket.attempt, settlement.outcome, micros(settlement.finished_at))


def _settled(settlement: Settlement, row: Row[Any], action: str) -> Event:
    cause = settlement.cause
    return Event(
        micros(settlement.finished_at),
        GATEWAY,
        action,
        row.tenant,
        row.message_id,
        row.id,
        settlement.ticket.attempt,
        cause.code if cause else None,
        cause.detail if cause else None,
    )


# An attempt that was pending first ends a second time, by its missing receipt.
_WRITE_ATTEMPT = Statement(
    """INSERT INTO attempts (delivery_id, number, tenant, outcome, code, detail, started_at, finished_at)
    SELECT delivery_id, number, tenant, outcome, code, detail, started_at, finished_at FROM {given} WHERE true
    ON CONFLICT (delivery_id, number) DO UPDATE SET outcome = excluded.outcome, code = excluded.code,
        detail = excluded.detail, finished_at = excluded.finished_at""",
    given="delivery_id text, number int, tenant text, outcome text, code text, detail text, "
    "started_at bigint, finished_at bigint",
)
_WRITTEN = Statement(
    """SELECT a.delivery_id FROM {given} JOIN attempts a ON a.delivery_id = given.delivery_id
        AND a.number = given.number AND a.outcome = given.outcome AND a.finished_at = given.finished_at""",
    given="delivery_id text, number int, outcome text, finished_at bigint",
)
_OVERDUE = Statement(
    """SELECT * FROM (
        SELECT id, message_id, attempt, destination, tenant, service,
            state, since, claimed_at, doubtful FROM deliveries
        WHERE state = 'claimed' AND lease_until <= :now ORDER BY lease_until LIMIT :limit) AS lost
    UNION ALL SELECT * FROM (
        SELECT id, message_id, attempt, destination, tenant, service,
            state, since, claimed_at, doubtful FROM deliveries
        WHERE state = 'pending' AND due_at <= :now ORDER BY due_at LIMIT :limit) AS silent
    LIMIT :limit"""
)
