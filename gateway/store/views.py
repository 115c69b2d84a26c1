"""Views: reads messages and deliveries for showing, page by page. Never content."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, assert_never

from sqlalchemy import ColumnElement, Row, Select, literal, select, tuple_

from gateway.core.errors import NotFound
from gateway.core.message import DeliveryId, MessageId
from gateway.core.status import (
    FAILED,
    DeliveryState,
    MessageState,
    message_state,
)
from gateway.core.views import DeliveryView, EventView, MessageView, Page, ReplyView
from gateway.core.word import SpecialistStatus
from gateway.store import by_state
from gateway.store.by_state import NotDelivered
from gateway.store.engine.statement import Tx
from gateway.store.engine.times import maybe_moment, micros, moment
from gateway.store.reply import views_of
from gateway.store.tables import deliveries, events, messages
from gateway.store.warnings import readable

_DELIVERIES = select(deliveries, messages.c.portal).join(messages)
# True of nearly every message: each is looked at by itself, until the page is full. A subquery for one value, because
# PostgreSQL makes a join of NOT EXISTS, which may read all deliveries first.
_IS_DELIVERED = (
    select(deliveries.c.id)
    .where(
        deliveries.c.message_id == messages.c.id,
        deliveries.c.state != literal(str(DeliveryState.DELIVERED), literal_execute=True),
    )
    .limit(1)
    .scalar_subquery()
    .is_(None)
)


def message(tx: Tx, id: MessageId, portal: str | None) -> MessageView:
    """One message with its timeline.

    Raises:
        NotFound: there is none, or another portal sent it.
    """
    wanted = select(messages).where(messages.c.id == id)
    if portal is not None:
        wanted = wanted.where(messages.c.portal == portal)
    row = tx.connection.execute(wanted).one_or_none()
    if row is None:
        raise NotFound("no such message")
    parts = _deliveries_of(tx, [id])[id]
    lines = tx.connection.execute(select(events).where(events.c.message_id == id).order_by(events.c.id))
    destinations: dict[str | None, str] = {part.id: part.destination for part in parts}
    timeline = tuple(_event(line, destinations.get(line.delivery_id)) for line in lines)
    return _message(row, parts, timeline, views_of(tx, id))


def message_page(
    tx: Tx,
    portal: str | None,
    since: datetime | None,
    state: MessageState | None,
    after: str | None,
    limit: int,
) -> Page[MessageView]:
    """Messages, oldest first, without their timelines."""
    wanted = select(messages)
    match state:
        case None | MessageState.DELIVERED:
            wanted = wanted.order_by(messages.c.received_at, messages.c.id)
            if portal is not None:
                wanted = wanted.where(messages.c.portal == portal)
            if since is not None:
                wanted = wanted.where(messages.c.received_at >= micros(since))
            if state is not None:
                wanted = wanted.where(_IS_DELIVERED)
            wanted = _behind(wanted, messages.c.received_at, messages.c.id, after)
        case MessageState.NEEDS_ATTENTION | MessageState.IN_DELIVERY | MessageState.UNDELIVERED:
            found = _ids_of_state(tx, state, portal, since, after, limit + 1)
            wanted = wanted.where(messages.c.id.in_(found)).order_by(messages.c.id)
        case _:
            assert_never(state)
    rows, following = _page(tx, wanted, messages.c.received_at, messages.c.id, limit)
    parts = _deliveries_of(tx, [row.id for row in rows])
    return Page(tuple(_message(row, parts[row.id]) for row in rows), following)


def failed_page(tx: Tx, destination: str | None, after: str | None, limit: int) -> Page[DeliveryView]:
    """Deliveries that need a person, those first that wait longest."""
    wanted = _DELIVERIES.where(_in(FAILED)).order_by(deliveries.c.updated_at, deliveries.c.id)
    if destination is not None:
        wanted = wanted.where(deliveries.c.destination == destination)
    wanted = _behind(wanted, deliveries.c.updated_at, deliveries.c.id, after)
    rows, following = _page(tx, wanted, deliveries.c.updated_at, deliveries.c.id, limit)
    return Page(tuple(_delivery(row) for row in rows), following)


def deliveries_by_id(tx: Tx, ids: Iterable[str]) -> Mapping[str, DeliveryView]:
    """The deliveries with these ids as they are now."""
    rows = tx.connection.execute(_DELIVERIES.where(deliveries.c.id.in_(list(ids))))
    return {row.id: _delivery(row) for row in rows}


def _deliveries_of(tx: Tx, ids: Sequence[str]) -> Mapping[str, tuple[DeliveryView, ...]]:
    wanted = _DELIVERIES.where(deliveries.c.message_id.in_(ids)).order_by(deliveries.c.id)
    grouped: dict[str, tuple[DeliveryView, ...]] = dict.fromkeys(ids, ())
    for row in tx.connection.execute(wanted):
        grouped[row.message_id] += (_delivery(row),)
    return grouped


def _behind(
    wanted: Select[Any], time: ColumnElement[int], id: ColumnElement[str], after: str | None
) -> Select[Any]:
    """Rows behind the one that `after` names."""
    if after is None:
        return wanted
    last_time, last_id = _name(after)
    return wanted.where(tuple_(time, id) > tuple_(literal(last_time), literal(last_id)))


def _name(after: str) -> tuple[int, str]:
    """Time and id of the last row of a page.

    Raises:
        NotFound: there is no such page.
    """
    time, _, id_ = after.partition("-")
    if not time.isdecimal():
        raise NotFound("no such page")
    return int(time), id_


def _page(
    tx: Tx, wanted: Select[Any], time: ColumnElement[int], id: ColumnElement[str], limit: int
) -> tuple[Sequence[Row[Any]], str | None]:
    """So many rows, and the name of the last where more follow."""
    rows = tx.connection.execute(wanted.limit(limit + 1)).all()
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], f"{last._mapping[time]}-{last._mapping[id]}"  # noqa: SLF001 - public by its documentation


def _ids_of_state(
    tx: Tx, state: NotDelivered, portal: str | None, since: datetime | None, after: str | None, limit: int
) -> list[str]:
    last = "" if after is None else _name(after)[1]
    return by_state.ids(tx, state, portal, 0 if since is None else micros(since), last, limit)


def _in(states: Iterable[DeliveryState]) -> ColumnElement[bool]:
    # SQLite takes the partial index only where the list is written as in the index: sorted.
    return deliveries.c.state.in_([literal(str(state), literal_execute=True) for state in sorted(states)])


def _delivery(row: Row[Any]) -> DeliveryView:
    return DeliveryView(
        id=DeliveryId(row.id),
        message=MessageId(row.message_id),
        tenant=row.tenant,
        portal=row.portal,
        service=row.service,
        destination=row.destination,
        state=DeliveryState(row.state),
        attempt=row.attempt,
        due_at=maybe_moment(row.due_at),
        updated_at=moment(row.updated_at),
        reference=row.reference,
        code=row.code,
        detail=row.detail,
        waits_for=None if row.waits_for is None else DeliveryId(row.waits_for),
        system_status=None if row.system_status is None else SpecialistStatus(row.system_status),
        system_at=maybe_moment(row.system_at),
        since=moment(row.since),
        trace=row.trace,
    )


def _message(
    row: Row[Any],
    parts: tuple[DeliveryView, ...],
    timeline: tuple[EventView, ...] = (),
    replies: tuple[ReplyView, ...] = (),
) -> MessageView:
    return MessageView(
        id=MessageId(row.id),
        nachrichten_uuid=row.nachrichten_uuid,
        standard=row.standard,
        version=row.version,
        root=row.root,
        service=row.service,
        tenant=row.tenant,
        portal=row.portal,
        sha256=row.sha256,
        size=row.size,
        received_at=moment(row.received_at),
        state=message_state(part.state for part in parts),
        deliveries=parts,
        timeline=timeline,
        warnings=readable(row.warnings),
        replies=replies,
    )


def _event(row: Row[Any], destination: str | None) -> EventView:
    return EventView(
        at=moment(row.at),
        action=row.action,
        actor=row.actor,
        destination=destination,
        attempt=row.attempt,
        code=row.code,
        detail=row.detail,
    )
