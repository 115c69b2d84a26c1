"""Replies: keeps what specialist systems send back for a submission, and hands it to the portal."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row

from gateway.core.errors import NotFound
from gateway.core.message import DeliveryId, MessageId, MessageKind
from gateway.core.ports import PayloadCodec
from gateway.core.views import ReplyView
from gateway.core.word import MOST_REPLIES, MOST_REPLY_BYTES, CheckedReply, Reply
from gateway.store.engine.statement import Statement, Tx
from gateway.store.engine.times import maybe_moment, micros, moment
from gateway.store.retention import REMOVED
from gateway.store.timeline import Event, append
from gateway.store.warnings import readable, written


@dataclass(frozen=True, slots=True)
class Stored:
    """A checked reply with its name and content as the codec made them."""

    checked: CheckedReply
    codec: str
    stored: bytes


@dataclass(frozen=True, slots=True)
class Fetched:
    """The portal has got a reply."""

    rings: ClassVar[bool] = False
    weight: ClassVar[int] = 0

    message: MessageId
    number: int
    now: datetime

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The reply."""
        return (("reply", self.message, self.number),)

    @staticmethod
    def run(tx: Tx, commands: Sequence["Fetched"]) -> Sequence[int | None]:
        """Write down when each was first fetched; gives the moment that counts."""
        return [_mark_fetched(tx, each) for each in commands]


def encoded(checked: CheckedReply, codec: PayloadCodec) -> Stored:
    """A reply for the store: its name and its content in one, so that the codec hides both."""
    name = (checked.reply.name or "").encode()
    return Stored(checked, *codec.encode(len(name).to_bytes(2) + name + checked.reply.content))


def decoded(row: Row[Any], codec: PayloadCodec) -> Reply:
    """The reply of a row with its bytes."""
    opened = codec.decode(row.codec, row.bytes)
    start = 2 + int.from_bytes(opened[:2])
    return Reply(row.media_type, opened[start:], opened[2:start].decode() or None)


def crowded(tx: Tx, offered: Mapping[str, Sequence[Stored]]) -> frozenset[str]:
    """The deliveries that have no room for what is offered beside what they have."""
    kept: dict[str, dict[str, int]] = {}
    for row in tx.run(_KEPT, [(delivery,) for delivery, stored in offered.items() if stored]):
        kept.setdefault(row.delivery_id, {})[row.sha256] = row.size
    full = set()
    for delivery, stored in offered.items():
        has = kept.get(delivery, {})
        # What comes again takes no room.
        will = {each.checked.sha256: len(each.checked.reply.content) for each in stored} | has
        if len(will) > max(MOST_REPLIES, len(has)) or sum(will.values()) > max(
            MOST_REPLY_BYTES, sum(has.values())
        ):
            full.add(delivery)
    return frozenset(full)


def keep(tx: Tx, delivery: Row[Any], stored: Sequence[Stored], actor: str, at: int) -> None:
    """Keep what the delivery does not have yet, numbered within its message."""
    if not stored:
        return
    # Two systems may answer the same message at once, and each reply has a number of its own.
    tx.run(_LOCK_MESSAGE, id=delivery.message_id)
    for each in stored:
        kind = each.checked.kind
        rows = tx.run(
            _KEEP,
            message=delivery.message_id,
            tenant=delivery.tenant,
            delivery=delivery.id,
            destination=delivery.destination,
            media_type=each.checked.reply.media_type,
            size=len(each.checked.reply.content),
            sha256=each.checked.sha256,
            standard=kind.standard if kind else None,
            version=kind.version if kind else None,
            root=kind.root if kind else None,
            service=kind.service if kind else None,
            findings=written(each.checked.findings),
            codec=each.codec,
            bytes=each.stored,
            at=at,
        )
        facts = (delivery.tenant, delivery.message_id, delivery.id)
        append(tx, [Event(at, actor, "reply", *facts, detail=str(row.number)) for row in rows])


def views_of(tx: Tx, message: MessageId) -> tuple[ReplyView, ...]:
    """The replies to a message, in their order."""
    return tuple(view(row) for row in tx.run(_LIST, message=message))


def load(tx: Tx, message: MessageId, number: int, portal: str) -> Row[Any]:
    """One reply with its bytes.

    Raises:
        NotFound: the portal has sent no such message, or it has no such reply, or its content is no longer kept.
    """
    rows = tx.run(_LOAD, message=message, number=number, portal=portal)
    if not rows or rows[0].codec == REMOVED:
        raise NotFound("no such reply")
    return rows[0]


def view(row: Row[Any]) -> ReplyView:
    """What is shown of a reply."""
    known = row.standard is not None
    return ReplyView(
        message=MessageId(row.message_id),
        number=row.number,
        delivery=DeliveryId(row.delivery_id),
        destination=row.destination,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        received_at=moment(row.received_at),
        kind=MessageKind(row.standard, row.version, row.root, row.service) if known else None,
        findings=readable(row.findings),
        fetched_at=maybe_moment(row.fetched_at),
        kept=row.codec != REMOVED,
    )


def _mark_fetched(tx: Tx, command: Fetched) -> int | None:
    at = micros(command.now)
    rows = tx.run(_MARK_FETCHED, message=command.message, number=command.number, at=at)
    for row in rows:
        actor = f"portal:{tx.run(_PORTAL, id=command.message)[0].portal}"
        facts = (row.tenant, row.message_id, row.delivery_id)
        append(tx, [Event(at, actor, "reply-fetched", *facts, detail=str(command.number))])
    found = tx.run(_FETCHED_AT, message=command.message, number=command.number)
    fetched_at: int | None = found[0].fetched_at if found else None
    return fetched_at


_SHOWN = (
    "r.message_id, r.number, r.delivery_id, r.destination, r.media_type, r.size, r.sha256, r.standard, "
    "r.version, r.root, r.service, r.findings, r.received_at, r.fetched_at, r.codec"
)
_LOCK_MESSAGE = Statement("SELECT id FROM messages WHERE id = :id {for_update}")
_KEEP = Statement(
    """INSERT INTO replies (message_id, number, tenant, delivery_id, destination, media_type, size, sha256,
        standard, version, root, service, findings, codec, bytes, received_at)
    SELECT CAST(:message AS TEXT),
        (SELECT COALESCE(max(number), 0) + 1 FROM replies WHERE message_id = CAST(:message AS TEXT)),
        :tenant, :delivery, :destination, :media_type, :size, :sha256, :standard, :version, :root, :service,
        :findings, :codec, :bytes, :at
    WHERE true ON CONFLICT (delivery_id, sha256) DO NOTHING RETURNING number"""
)
_KEPT = Statement(
    "SELECT r.delivery_id, r.sha256, CASE WHEN r.codec = 'removed' THEN 0 ELSE r.size END AS size FROM {given} JOIN replies r ON r.delivery_id = given.id",
    given="id text",
)
_LIST = Statement(
    f"SELECT {_SHOWN} FROM replies r WHERE r.message_id = :message ORDER BY r.number"  # noqa: S608 - constants
)
_LOAD = Statement(
    f"""SELECT {_SHOWN}, r.bytes FROM replies r JOIN messages m ON m.id = r.message_id
    WHERE r.message_id = :message AND r.number = :number AND m.portal = :portal"""  # noqa: S608 - constants
)
_MARK_FETCHED = Statement(
    """UPDATE replies SET fetched_at = :at
    WHERE message_id = :message AND number = :number AND fetched_at IS NULL
    RETURNING message_id, delivery_id, tenant"""
)
_FETCHED_AT = Statement("SELECT fetched_at FROM replies WHERE message_id = :message AND number = :number")
_PORTAL = Statement("SELECT portal FROM messages WHERE id = :id")
