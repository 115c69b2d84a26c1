"""Accept: makes submissions durable, each once, however often and wherever at once they come."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Row
from uuid_utils import uuid7

from gateway.core.delivery import Receipt, Submission
from gateway.core.errors import Refused
from gateway.core.message import MessageId
from gateway.core.refusal import Refusal, RefusalCode
from gateway.store import contents
from gateway.store.contents import Content
from gateway.store.engine.statement import POSTGRESQL, Scalar, Statement, Tx
from gateway.store.engine.times import micros, moment
from gateway.store.lines import Line, Place, queue_up
from gateway.store.timeline import Event, append
from gateway.store.warnings import readable, written


@dataclass(frozen=True, slots=True)
class Accept:
    """One submission with its content as the codec made it."""

    rings: ClassVar[bool] = True

    submission: Submission
    codec: str
    stored: bytes

    @property
    def weight(self) -> int:
        """Size of the content."""
        return len(self.stored)

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """Everything by which a submission is recognised as a repetition."""
        message = self.submission.message
        uuid = ("uuid", message.portal, message.kopf.nachrichten_uuid)
        key = self.submission.idempotency_key
        return (uuid,) if key is None else (uuid, ("key", message.portal, key))

    @staticmethod
    def run(tx: Tx, commands: Sequence["Accept"]) -> Sequence[Receipt | Refused]:
        """Insert what is new; give the others the receipt of the first, or refuse them.

        Whether a submission is new is decided by the unique indexes alone, so that it holds between
        processes too.
        """
        inserted = {row.id for row in tx.run(_INSERT_MESSAGES, [_facts(each) for each in commands])}
        new = [each for each in commands if each.submission.message.id in inserted]
        _insert_rest(tx, new)
        repeated = [each for each in commands if each.submission.message.id not in inserted]
        if not new and tx.dialect is POSTGRESQL:
            # The first may be committed on the primary alone: who waited for the standby was cut off. A commit that
            # has written nothing would not wait for it, and the portal would be told of what can still be lost.
            tx.run(_SOMETHING_TO_WAIT_FOR)
        first = _Earlier.load(tx, repeated)
        return [
            _receipt(each.submission) if each.submission.message.id in inserted else first.answer(each)
            for each in commands
        ]


def _insert_rest(tx: Tx, new: Sequence[Accept]) -> None:
    contents.keep(
        tx,
        [
            Content(each.submission.message.id, each.submission.message.tenant, each.codec, each.stored)
            for each in new
        ],
    )
    rows = [
        _Delivery(str(uuid7()), destination, each.submission)
        for each in new
        for destination in each.submission.destinations
    ]
    lines = [(row.id, row.line) for row in rows if row.line is not None]
    places = queue_up(tx, lines) if lines else {}
    tx.run(_INSERT_DELIVERIES, [row.columns(places.get(row.id)) for row in rows])
    append(tx, [_received(each.submission) for each in new])


def _facts(command: Accept) -> tuple[Scalar, ...]:
    message = command.submission.message
    kind, kopf = message.kind, message.kopf
    return (
        message.id,
        message.tenant,
        message.portal,
        kind.standard,
        kind.version,
        kind.root,
        kind.service,
        kind.leistung,
        kopf.nachrichten_uuid,
        kopf.nachrichtentyp,
        kopf.erstellungszeitpunkt,
        kopf.leser.kennung,
        kopf.leser.verzeichnisdienst,
        kopf.autor.kennung,
        kopf.autor.verzeichnisdienst,
        kopf.test,
        message.sha256,
        len(message.content),
        command.submission.idempotency_key,
        micros(message.received_at),
        written(command.submission.warnings),
        message.order_key,
    )


@dataclass(frozen=True, slots=True)
class _Delivery:
    """A delivery to be."""

    id: str
    """Version 7: in the order of acceptance, which the shelf keeps and receipts show."""
    destination: str
    submission: Submission

    @property
    def line(self) -> Line | None:
        """In which it stands, where its destination wants that and the message belongs to a case."""
        message = self.submission.message
        if message.order_key is None or self.destination not in self.submission.ordered:
            return None
        return Line(self.destination, message.tenant, message.order_key)

    def columns(self, place: Place | None) -> tuple[Scalar, ...]:
        message = self.submission.message
        at = micros(message.received_at)
        number, waits_for = place or (None, None)
        return (
            self.id,
            message.id,
            message.tenant,
            self.destination,
            message.kind.service,
            at,
            at if waits_for is None else None,
            message.order_key if place else None,
            number,
            waits_for,
            int(self.submission.priority),
            self.submission.trace,
        )


def _received(submission: Submission) -> Event:
    message = submission.message
    return Event(
        micros(message.received_at), f"portal:{message.portal}", "received", message.tenant, message.id
    )


def _receipt(submission: Submission) -> Receipt:
    message = submission.message
    return Receipt(
        id=message.id,
        nachrichten_uuid=message.kopf.nachrichten_uuid,
        standard=message.kind.standard,
        version=message.kind.version,
        root=message.kind.root,
        service=message.kind.service,
        tenant=message.tenant,
        destinations=submission.destinations,
        sha256=message.sha256,
        received_at=message.received_at,
        warnings=submission.warnings,
    )


@dataclass(frozen=True, slots=True)
class _Earlier:
    """The messages that hold the UUIDs and idempotency keys of repeated submissions."""

    by_uuid: Mapping[tuple[str, str], Row[Any]]
    by_key: Mapping[tuple[str, str], Row[Any]]
    destinations: Mapping[str, tuple[str, ...]]

    @classmethod
    def load(cls, tx: Tx, repeated: Sequence[Accept]) -> "_Earlier":
        wanted = [
            (each.submission.message.portal, each.submission.message.kopf.nachrichten_uuid)
            for each in repeated
        ]
        keys = [
            (each.submission.message.portal, each.submission.idempotency_key)
            for each in repeated
            if each.submission.idempotency_key is not None
        ]
        by_uuid = {(row.portal, row.nachrichten_uuid): row for row in tx.run(_BY_UUID, wanted)}
        by_key = {(row.portal, row.idempotency_key): row for row in tx.run(_BY_KEY, keys)}
        ids = {row.id for row in (*by_uuid.values(), *by_key.values())}
        destinations: dict[str, tuple[str, ...]] = {}
        for row in tx.run(_DESTINATIONS, [(id_,) for id_ in ids]):
            destinations[row.message_id] = (*destinations.get(row.message_id, ()), row.destination)
        return cls(by_uuid, by_key, destinations)

    def answer(self, command: Accept) -> Receipt | Refused:
        message = command.submission.message
        uuid = self.by_uuid.get((message.portal, message.kopf.nachrichten_uuid))
        key = self.by_key.get((message.portal, command.submission.idempotency_key or ""))
        for found, by in ((uuid, "uuid"), (key, "idempotency-key")):
            if found is not None and found.sha256 != message.sha256:
                return Refused(Refusal(RefusalCode.ALREADY_USED, {"by": by}))
        first = uuid or key
        if first is None:
            raise LookupError("a message was neither inserted nor found")
        return Receipt(
            id=MessageId(first.id),
            nachrichten_uuid=first.nachrichten_uuid,
            standard=first.standard,
            version=first.version,
            root=first.root,
            service=first.service,
            tenant=first.tenant,
            destinations=self.destinations[first.id],
            sha256=first.sha256,
            received_at=moment(first.received_at),
            warnings=readable(first.warnings),
            repeated=True,
        )


_COLUMNS = (
    "id, tenant, portal, standard, version, root, service, leistung, nachrichten_uuid, nachrichtentyp, "
    "erstellungszeitpunkt, leser_kennung, leser_verzeichnisdienst, autor_kennung, autor_verzeichnisdienst, "
    "test, sha256, size, idempotency_key, received_at, warnings, order_key"
)
_TYPES = {"test": "boolean", "size": "bigint", "received_at": "bigint"}

_SOMETHING_TO_WAIT_FOR = Statement("SELECT pg_logical_emit_message(true, 'amtsbote', '')")

# In the order of the unique index, so that two batches seldom wait for each other crosswise.
_INSERT_MESSAGES = Statement(
    f"""INSERT INTO messages ({_COLUMNS}) SELECT {_COLUMNS} FROM {{given}} WHERE true
    ORDER BY portal, nachrichten_uuid ON CONFLICT DO NOTHING RETURNING id""",  # noqa: S608 - constants
    given=", ".join(f"{name} {_TYPES.get(name, 'text')}" for name in _COLUMNS.split(", ")),
)
_INSERT_DELIVERIES = Statement(
    """INSERT INTO deliveries (id, message_id, tenant, destination, service, state, attempt, due_at,
        published, since, updated_at, order_key, place, waits_for, priority, trace)
    SELECT id, message_id, tenant, destination, service, 'queued', 1, due_at, 0, at, at, order_key, place, waits_for,
        priority, trace
    FROM {given}""",
    given="id text, message_id text, tenant text, destination text, service text, at bigint, due_at bigint, "
    "order_key text, place bigint, waits_for text, priority int, trace text",
)
_FOUND = (
    "m.id, m.portal, m.nachrichten_uuid, m.idempotency_key, m.standard, m.version, m.root, m.service, "
    "m.tenant, m.sha256, m.received_at, m.warnings"
)
_BY_UUID = Statement(
    f"""SELECT {_FOUND} FROM {{given}}
    JOIN messages m ON m.portal = given.portal AND m.nachrichten_uuid = given.uuid""",  # noqa: S608 - constants
    given="portal text, uuid text",
)
_BY_KEY = Statement(
    f"""SELECT {_FOUND} FROM {{given}}
    JOIN messages m ON m.portal = given.portal AND m.idempotency_key = given.key""",  # noqa: S608 - constants
    given="portal text, key text",
)
_DESTINATIONS = Statement(
    """SELECT d.message_id, d.destination FROM {given} JOIN deliveries d ON d.message_id = given.id
    ORDER BY d.id""",
    given="id text",
)
