"""Claim: hands deliveries to workers by compare-and-set, and keeps them theirs while they are at work."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Row

from gateway.core.delivery import Ticket
from gateway.core.message import (
    Kommunikationspartner,
    Message,
    MessageId,
    MessageKind,
    Nachrichtenkopf,
)
from gateway.store.engine.statement import Scalar, Statement, Tx
from gateway.store.engine.times import duration, micros, moment
from gateway.store.gates import shut, withhold
from gateway.store.timeline import GATEWAY, Event, append


class Taken(NamedTuple):
    """A claimed delivery: the row of its message with the stored content, and its own."""

    message: Row[Any]
    delivery: Row[Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's wish to have a delivery for one attempt."""

    rings: ClassVar[bool] = False
    weight: ClassVar[int] = 0

    ticket: Ticket
    worker: str
    now: datetime
    lease: timedelta

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The delivery."""
        return (self.ticket.delivery,)

    @staticmethod
    def run(tx: Tx, commands: Sequence["Claim"]) -> Sequence[Taken | None]:
        """Take what is queued for just this attempt; None where it is not, or not any more, or where the
        destination shall get nothing now.
        """
        gates = shut(tx)
        kept = [
            each
            for each in commands
            if (gate := gates.get(each.ticket.destination)) is not None
            and not gate.admits(each.ticket, each.now)
        ]
        withhold(tx, [each.ticket for each in kept])
        wishes = [_wish(each) for each in commands if each not in kept]
        won = {row.id: row for row in tx.run(_CLAIM, wishes)}
        ids = {row.message_id for row in won.values()}
        messages = {row.id: row for row in tx.run(_LOAD, [(id_,) for id_ in ids])}
        append(
            tx,
            [_claimed(each, won[each.ticket.delivery]) for each in commands if each.ticket.delivery in won],
        )
        return [
            Taken(messages[row.message_id], row)
            if (row := won.get(each.ticket.delivery)) is not None
            else None
            for each in commands
        ]


@dataclass(frozen=True, slots=True)
class Renew:
    """A worker's sign of life for a delivery that it holds."""

    rings: ClassVar[bool] = False
    weight: ClassVar[int] = 0

    ticket: Ticket
    now: datetime
    lease: timedelta

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The delivery."""
        return (self.ticket.delivery,)

    @staticmethod
    def run(tx: Tx, commands: Sequence["Renew"]) -> Sequence[bool]:
        """Move the end of each lease whose attempt is still under way."""
        wishes = [
            (each.ticket.delivery, each.ticket.attempt, micros(each.now + each.lease)) for each in commands
        ]
        held = {row.id for row in tx.run(_RENEW, wishes)}
        return [each.ticket.delivery in held for each in commands]


def message(row: Row[Any], content: bytes) -> Message:
    """A message from its row and its opened content."""
    return Message(
        id=MessageId(row.id),
        tenant=row.tenant,
        portal=row.portal,
        kind=MessageKind(row.standard, row.version, row.root, row.service, row.leistung),
        kopf=Nachrichtenkopf(
            nachrichten_uuid=row.nachrichten_uuid,
            nachrichtentyp=row.nachrichtentyp,
            erstellungszeitpunkt=row.erstellungszeitpunkt,
            leser=Kommunikationspartner(row.leser_kennung, row.leser_verzeichnisdienst),
            autor=Kommunikationspartner(row.autor_kennung, row.autor_verzeichnisdienst),
            test=bool(row.test),
        ),
        content=content,
        sha256=row.sha256,
        received_at=moment(row.received_at),
        order_key=row.order_key,
    )


def _wish(command: Claim) -> tuple[Scalar, ...]:
    now = micros(command.now)
    ticket = command.ticket
    return (ticket.delivery, ticket.attempt, command.worker, now, now + duration(command.lease))


def _claimed(command: Claim, row: Row[Any]) -> Event:
    at = micros(command.now)
    return Event(at, GATEWAY, "claimed", row.tenant, row.message_id, row.id, command.ticket.attempt)


_CLAIM = Statement(
    """UPDATE deliveries SET state = 'claimed', claimed_by = given.worker, claimed_at = given.now,
        lease_until = given.lease_until, updated_at = given.now
    FROM {given}
    WHERE deliveries.id = given.id AND deliveries.attempt = given.attempt AND deliveries.state = 'queued'
        AND deliveries.waits_for IS NULL
    RETURNING deliveries.id, message_id, tenant, since, reference, doubtful""",
    given="id text, attempt int, worker text, now bigint, lease_until bigint",
)
_RENEW = Statement(
    """UPDATE deliveries SET lease_until = given.until FROM {given}
    WHERE deliveries.id = given.id AND deliveries.attempt = given.attempt AND deliveries.state = 'claimed'
    RETURNING deliveries.id""",
    given="id text, attempt int, until bigint",
)
_LOAD = Statement(
    """SELECT m.*, c.codec, c.bytes FROM {given} JOIN messages m ON m.id = given.id
    JOIN contents c ON c.message_id = given.id""",
    given="id text",
)
