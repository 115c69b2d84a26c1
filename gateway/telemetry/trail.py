"""Trail: tells the log of each step of a delivery, with the ids by which its lines are found again."""

from datetime import datetime

import structlog
from structlog.contextvars import bind_contextvars

from gateway.core.delivery import Claimed, Settlement, Ticket
from gateway.core.outcome import Outcome
from gateway.core.status import FAILED

log = structlog.get_logger()


def published(ticket: Ticket) -> None:
    """The broker has confirmed it."""
    log.info("delivery_published", **named(ticket))


def claimed(held: Claimed) -> None:
    """A worker has it. All that its task says from now on names the delivery too, libraries included."""
    message = held.message
    bind_contextvars(**{**named(held.ticket), "message": message.id, "tenant": message.tenant})
    log.info("delivery_claimed", service=message.kind.service)


def attempt_ended(outcome: Outcome, started_at: datetime, finished_at: datetime) -> None:
    """The adapter has come back; nothing is decided nor written yet."""
    cause = getattr(outcome, "cause", None)
    log.info(
        "attempt_ended",
        outcome=type(outcome).__name__.lower(),
        code=cause.code if cause else None,
        seconds=round((finished_at - started_at).total_seconds(), 3),
    )


def decided(settlement: Settlement) -> None:
    """What follows from an attempt is committed. A second line where from now on a person is waited for."""
    facts = {
        **named(settlement.ticket),
        "outcome": settlement.outcome,
        "code": settlement.cause.code if settlement.cause else None,
    }
    due_at = settlement.due_at.isoformat() if settlement.due_at else None
    log.info("delivery_attempted", state=settlement.state.value, due_at=due_at, **facts)
    stopped(settlement)


def stopped(settlement: Settlement) -> None:
    """Say so where nothing moves any more until somebody acts."""
    if settlement.state in FAILED:
        code = settlement.cause.code if settlement.cause else None
        log.warning("delivery_parked", state=settlement.state.value, code=code, **named(settlement.ticket))


def named(ticket: Ticket) -> dict[str, object]:
    """The names of a delivery, and of its message where they are known."""
    names: dict[str, object] = {
        "delivery": ticket.delivery,
        "destination": ticket.destination,
        "attempt": ticket.attempt,
    }
    return names if ticket.message is None else {"message": ticket.message, **names}
