"""Inquiry: which deliveries a system is asked about now, and whose turn it is where only one process may act."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import Row

from gateway.core.message import DeliveryId, MessageId, MessageKind
from gateway.core.word import Inquiry
from gateway.store.engine.statement import Statement, Tx
from gateway.store.engine.times import duration, micros, moment
from gateway.store.gates import shut

LONGEST_WAIT = timedelta(days=1)
"""The wait between two questions about a delivery doubles with each, up to about this."""
SILENCE = timedelta(days=365)
"""A matter of which there was no news for so long is asked about no more."""


@dataclass(frozen=True, slots=True)
class TakeInquiries:
    """An inquirer's wish for deliveries to ask about."""

    rings: ClassVar[bool] = False
    weight: ClassVar[int] = 0

    destination: str
    now: datetime
    every: timedelta
    limit: int

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The destination."""
        return (("inquiries", self.destination),)

    @staticmethod
    def run(tx: Tx, commands: Sequence["TakeInquiries"]) -> Sequence[list[Inquiry]]:
        """Take what is due; whatever comes of the question, the next one is later."""
        return [_take(tx, each) for each in commands]


@dataclass(frozen=True, slots=True)
class TakeTurn:
    """A process's wish to do what only one may do at a time."""

    rings: ClassVar[bool] = False
    weight: ClassVar[int] = 0

    name: str
    holder: str
    now: datetime
    length: timedelta

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """What is to be done."""
        return (("turn", self.name),)

    @staticmethod
    def run(tx: Tx, commands: Sequence["TakeTurn"]) -> Sequence[bool]:
        """Whether each has its turn now; who has it already keeps it."""
        return [
            bool(
                tx.run(
                    _TAKE_TURN,
                    name=each.name,
                    holder=each.holder,
                    now=micros(each.now),
                    until=micros(each.now + each.length),
                )
            )
            for each in commands
        ]


def _take(tx: Tx, command: TakeInquiries) -> list[Inquiry]:
    gate = shut(tx).get(command.destination)
    if gate is not None and gate.is_paused(command.now):
        return []
    # So often does the wait double before it is as long as it gets.
    doublings = max(0, (LONGEST_WAIT // command.every).bit_length() - 1)
    rows = tx.run(
        _TAKE,
        destination=command.destination,
        now=micros(command.now),
        every=duration(command.every),
        doublings=doublings,
        oldest=micros(command.now - SILENCE),
        limit=command.limit,
    )
    messages = {
        row.id: row for row in tx.run(_MESSAGES, [(id_,) for id_ in {row.message_id for row in rows}])
    }
    return [_inquiry(row, messages[row.message_id]) for row in rows]


def _inquiry(row: Row[Any], message: Row[Any]) -> Inquiry:
    return Inquiry(
        delivery=DeliveryId(row.id),
        message=MessageId(row.message_id),
        tenant=row.tenant,
        kind=MessageKind(message.standard, message.version, message.root, message.service, message.leistung),
        nachrichten_uuid=message.nachrichten_uuid,
        test=bool(message.test),
        since=moment(row.since),
        reference=row.reference,
    )


_TAKE = Statement(
    """UPDATE deliveries SET asked_at = CAST(:now AS BIGINT), asked = COALESCE(asked, 0) + 1
    WHERE id IN (
        SELECT id FROM deliveries
        WHERE destination = :destination AND asked_at IS NOT NULL
        AND asked_at <= CAST(:now AS BIGINT) - CAST(:every AS BIGINT)
        AND asked_at + CAST(:every AS BIGINT) * (1 << CASE
            WHEN COALESCE(asked, 0) < CAST(:doublings AS INTEGER) THEN COALESCE(asked, 0)
            ELSE CAST(:doublings AS INTEGER) END) <= CAST(:now AS BIGINT)
        AND updated_at >= :oldest
        ORDER BY asked_at LIMIT :limit {skip_locked})
    RETURNING id, message_id, tenant, since, reference"""
)
_MESSAGES = Statement(
    """SELECT m.id, m.standard, m.version, m.root, m.service, m.leistung, m.nachrichten_uuid, m.test
    FROM {given} JOIN messages m ON m.id = given.id""",
    given="id text",
)
_TAKE_TURN = Statement(
    """INSERT INTO turns (name, holder, until) VALUES (:name, :holder, :until)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE turns.holder = excluded.holder OR turns.until <= CAST(:now AS BIGINT)
    RETURNING name"""
)
