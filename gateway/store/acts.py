"""Acts: carries out what a person does to the gateway, together with its audit entry; and reads keys."""

import hmac
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, assert_never

import orjson
from sqlalchemy import Row, select

from gateway.core.acts import Act, AddKey, CloseBatch, Dismiss, Pause, Replay, Resume, RevokeKey
from gateway.core.errors import ForbiddenTransition, NotFound, NotReplayable
from gateway.core.status import REPLAYABLE, DeliveryState, check_transition
from gateway.core.tenants import Portal, SpecialistSystem
from gateway.core.views import DeliveryView, KeyView, Performed
from gateway.store.batch_views import order
from gateway.store.engine.statement import Statement, Tx
from gateway.store.engine.times import maybe_moment, micros, moment
from gateway.store.moves import Move, locked, move
from gateway.store.pauses import pause, resume
from gateway.store.tables import access_keys
from gateway.store.timeline import Event, append
from gateway.store.views import deliveries_by_id

Refusal = NotFound | NotReplayable | ForbiddenTransition
"""Why an act is not carried out."""

_DOUBTFUL = frozenset({DeliveryState.UNCLEAR, DeliveryState.EXPIRED})
"""The message may be there already, or its sender, told that it failed, may have sent it another way."""


@dataclass(frozen=True, slots=True)
class Perform:
    """An act and when it is done."""

    rings: ClassVar[bool] = True
    weight: ClassVar[int] = 0

    act: Act
    now: datetime

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The delivery, the key or the destination."""
        match self.act:
            case Replay(delivery) | Dismiss(delivery):
                return (delivery,)
            case Pause(destination) | Resume(destination) | CloseBatch(destination):
                return (("destination", destination),)
            case AddKey(id) | RevokeKey(id):
                return (("key", id),)
            case _:
                assert_never(self.act)

    @staticmethod
    def run(tx: Tx, commands: Sequence["Perform"]) -> Sequence[Performed | Refusal]:
        """Carry the acts out one by one: people are slow."""
        return [_perform(tx, each.act, each.now) for each in commands]


def holder(tx: Tx, key_id: str, secret_hash: str) -> Portal | SpecialistSystem | None:
    """Whose valid key this is."""
    row = _key(tx, key_id)
    if row is None or row.revoked_at is not None or not hmac.compare_digest(row.secret_hash, secret_hash):
        return None
    grants = _grants(row)
    if row.kind == "portal":
        return Portal(row.holder, **grants)
    return SpecialistSystem(row.holder, **grants)


def keys(tx: Tx) -> list[KeyView]:
    """All keys, also revoked ones, oldest first."""
    wanted = select(access_keys).order_by(access_keys.c.created_at, access_keys.c.id)
    return [_view(row) for row in tx.connection.execute(wanted)]


def _perform(tx: Tx, act: Act, now: datetime) -> Performed | Refusal:  # noqa: PLR0911 - one for each act
    match act:
        case Replay():
            return _replay(tx, act, micros(now))
        case Dismiss():
            return _dismiss(tx, act, micros(now))
        case AddKey():
            return _add_key(tx, act, micros(now))
        case RevokeKey():
            return _revoke_key(tx, act, micros(now))
        case Pause():
            return pause(tx, act, now)
        case Resume():
            return resume(tx, act, now)
        case CloseBatch():
            return order(tx, act, now)
        case _:
            assert_never(act)


def _replay(tx: Tx, act: Replay, now: int) -> DeliveryView | NotFound | NotReplayable:
    row = locked(tx, [act.delivery]).get(act.delivery)
    if row is None:
        return NotFound("no such delivery")
    state = DeliveryState(row.state)
    if state not in REPLAYABLE or (state in _DOUBTFUL and not act.accept_doubling):
        return NotReplayable(state)
    attempt = row.attempt + 1
    # What was refused, or certainly did not arrive, is sent without asking whether it is there.
    doubtful = state is DeliveryState.UNCLEAR
    move(tx, [Move(row.id, DeliveryState.QUEUED, attempt, now, due_at=now, since=now, doubtful=doubtful)])
    event = Event(now, act.actor, "replayed", row.tenant, row.message_id, row.id, attempt, detail=act.reason)
    append(tx, [event])
    return deliveries_by_id(tx, [row.id])[row.id]


def _dismiss(tx: Tx, act: Dismiss, now: int) -> DeliveryView | NotFound | ForbiddenTransition:
    row = locked(tx, [act.delivery]).get(act.delivery)
    if row is None:
        return NotFound("no such delivery")
    try:
        check_transition(DeliveryState(row.state), DeliveryState.DISMISSED)
    except ForbiddenTransition as error:
        return error
    view = deliveries_by_id(tx, [row.id])[row.id]
    move(tx, [Move(row.id, DeliveryState.DISMISSED, row.attempt, now, code=view.code, detail=view.detail)])
    event = Event(
        now, act.actor, "dismissed", row.tenant, row.message_id, row.id, row.attempt, detail=act.reason
    )
    append(tx, [event])
    return deliveries_by_id(tx, [row.id])[row.id]


def _add_key(tx: Tx, act: AddKey, now: int) -> KeyView:
    who = act.holder
    match who:
        case Portal():
            kind = "portal"
            grants = {"autoren": who.autoren, "tenants": who.tenants, "services": who.services}
        case SpecialistSystem():
            kind = "system"
            grants = {"destinations": who.destinations}
        case _:
            assert_never(who)
    tx.run(
        _ADD_KEY,
        id=act.id,
        secret_hash=act.secret_hash,
        kind=kind,
        holder=who.name,
        grants=orjson.dumps(grants).decode(),
        now=now,
    )
    append(tx, [Event(now, act.actor, "key-added", code=act.id, detail=f"{kind}:{who.name}")])
    return KeyView(act.id, who.name, moment(now), None, grants)


def _revoke_key(tx: Tx, act: RevokeKey, now: int) -> KeyView | NotFound:
    if tx.run(_REVOKE_KEY, id=act.id, now=now):
        append(tx, [Event(now, act.actor, "key-revoked", code=act.id)])
    row = _key(tx, act.id)
    return NotFound("no such key") if row is None else _view(row)


def _key(tx: Tx, key_id: str) -> Row[Any] | None:
    return tx.connection.execute(select(access_keys).where(access_keys.c.id == key_id)).one_or_none()


def _view(row: Row[Any]) -> KeyView:
    return KeyView(row.id, row.holder, moment(row.created_at), maybe_moment(row.revoked_at), _grants(row))


def _grants(row: Row[Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values) for name, values in orjson.loads(row.grants).items()}


_ADD_KEY = Statement(
    """INSERT INTO access_keys (id, secret_hash, kind, holder, grants, created_at)
    VALUES (:id, :secret_hash, :kind, :holder, :grants, :now)"""
)
_REVOKE_KEY = Statement(
    "UPDATE access_keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL RETURNING id"
)
