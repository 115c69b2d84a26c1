"""Receipt: writes a specialist system's own word on a delivery, in whatever state it finds it."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, assert_never

from sqlalchemy import Row

from gateway.core.errors import ForbiddenTransition, NotFound, TooManyReplies
from gateway.core.status import DeliveryState, check_transition
from gateway.core.tenants import SpecialistSystem
from gateway.core.views import DeliveryView
from gateway.core.word import (
    MEANINGS,
    MOST_REPLIES,
    MOST_REPLY_BYTES,
    SpecialistStatus,
    Standing,
    Weight,
    Word,
    weigh,
)
from gateway.store import incidents, reply
from gateway.store.engine.statement import Scalar, Statement, Tx
from gateway.store.engine.times import maybe_micros, micros, moment
from gateway.store.moves import Move, locked, move
from gateway.store.timeline import Event, append
from gateway.store.views import deliveries_by_id


@dataclass(frozen=True, slots=True)
class Confirm:
    """A specialist system's word, with its replies as the codec made them."""

    rings: ClassVar[bool] = False

    word: Word
    system: SpecialistSystem
    now: datetime
    replies: Sequence[reply.Stored] = ()
    asked: bool = False

    @property
    def weight(self) -> int:
        """Size of the replies."""
        return sum(len(each.stored) for each in self.replies)

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The delivery."""
        return (self.word.delivery,)

    @staticmethod
    def run(
        tx: Tx, commands: Sequence["Confirm"]
    ) -> Sequence[DeliveryView | NotFound | ForbiddenTransition | TooManyReplies]:
        """Write of each word what it says that is new, and take a confirmed parcel off the shelf."""
        rows = locked(tx, [each.word.delivery for each in commands])
        said = _said(tx, rows)
        full = reply.crowded(tx, {each.word.delivery: each.replies for each in commands})
        verdicts = [_verdict(each, rows.get(each.word.delivery), said, full) for each in commands]
        taken = [
            _Taken(each, rows[each.word.delivery], verdict)
            for each, verdict in zip(commands, verdicts, strict=True)
            if isinstance(verdict, Weight)
        ]
        moving = [each for each in taken if each.moves]
        move(tx, [each.move() for each in moving])
        tx.run(_TAKE_OFF_SHELF, [(each.row.id,) for each in moving])
        tx.run(_SAY, [each.saying() for each in taken if each.verdict is not Weight.LATE and each.is_new])
        tx.run(_KEEP, [each.kept() for each in taken if each.is_new])
        append(tx, [each.event() for each in taken if each.is_new])
        for each in taken:
            reply.keep(tx, each.row, each.command.replies, each.actor, each.at)
        for each in moving:
            incidents.confirmed(tx, [each.row.destination], each.command.now)
        views = deliveries_by_id(tx, rows)
        return [
            views[each.word.delivery] if isinstance(verdict, Weight) else verdict
            for each, verdict in zip(commands, verdicts, strict=True)
        ]


_Said = tuple[str, int | None, str | None, str | None]
"""What makes a word the same as another: status, moment, reference, code."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A word that nothing speaks against, the delivery's row, and what the word is worth."""

    command: Confirm
    row: Row[Any]
    verdict: Weight

    @property
    def at(self) -> int:
        return micros(self.command.now)

    @property
    def actor(self) -> str:
        return f"system:{self.command.system.name}"

    @property
    def state(self) -> DeliveryState:
        return MEANINGS[self.command.word.status].state

    @property
    def moves(self) -> bool:
        return self.verdict is Weight.NEW and bool(self.row.state != self.state)

    @property
    def is_new(self) -> bool:
        """Whether there is anything to write of it, beside its replies."""
        match self.verdict:
            case Weight.NEW | Weight.LATE:
                return True
            case Weight.SAME:
                reference = self.command.word.reference
                return reference is not None and bool(reference != self.row.reference)
            case Weight.CONTRADICTION:
                return False
            case _:
                assert_never(self.verdict)

    def move(self) -> Move:
        cause = self.command.word.cause
        return Move(
            self.row.id,
            self.state,
            self.row.attempt,
            self.at,
            reference=self.command.word.reference,
            code=cause.code if cause else None,
            detail=cause.detail if cause else None,
            doubtful=False,
        )

    def saying(self) -> tuple[Scalar, ...]:
        word = self.command.word
        goes_on = self.command.asked and not MEANINGS[word.status].final
        said_at = self.at if word.at is None else micros(word.at)
        asked_at = self.at if goes_on else None
        return (self.row.id, word.status, said_at, word.reference, self.at, asked_at)

    def kept(self) -> tuple[Scalar, ...]:
        return (self.row.id, self.row.tenant, *_said_by(self.command.word), self.actor, self.at)

    def event(self) -> Event:
        word = self.command.word
        if self.moves and self.state is DeliveryState.REJECTED:
            action, code = "rejected", word.cause.code if word.cause else None
        else:
            action = "confirmed" if self.moves else "late-status" if self.verdict is Weight.LATE else "status"
            code = word.status
        return Event(
            self.at,
            self.actor,
            action,
            self.row.tenant,
            self.row.message_id,
            self.row.id,
            self.row.attempt,
            code,
            word.cause.detail if word.cause else None,
        )


def _verdict(  # noqa: PLR0911 - one for each reason
    command: Confirm, row: Row[Any] | None, said: Mapping[str, set[_Said]], full: frozenset[str]
) -> Weight | NotFound | ForbiddenTransition | TooManyReplies:
    word = command.word
    if row is None or row.destination not in command.system.destinations:
        return NotFound("no such delivery")
    if row.id in full:
        return TooManyReplies(f"at most {MOST_REPLIES} replies, {MOST_REPLY_BYTES} bytes together")
    known = _said_by(word) in said.get(row.id, ())
    weight = weigh(word, _standing(row))
    match weight:
        case Weight.NEW:
            if known and word.at is not None:
                return Weight.SAME
            return _allowed(row, MEANINGS[word.status].state) or weight
        case Weight.LATE:
            return Weight.SAME if known else weight
        case Weight.SAME:
            return weight
        case Weight.CONTRADICTION:
            return ForbiddenTransition(row.system_status, word.status)
        case _:
            assert_never(weight)


def _allowed(row: Row[Any], state: DeliveryState) -> ForbiddenTransition | None:
    if row.state != state:
        try:
            check_transition(DeliveryState(row.state), state)
        except ForbiddenTransition as error:
            return error
    return None


def _standing(row: Row[Any]) -> Standing | None:
    if row.system_status is None:
        return None
    return Standing(SpecialistStatus(row.system_status), moment(row.system_at))


def _said(tx: Tx, rows: Mapping[str, Row[Any]]) -> dict[str, set[_Said]]:
    """The words on each delivery since its acceptance or its latest replay."""
    said: dict[str, set[_Said]] = {}
    for row in tx.run(_WORDS, [(each.id, each.since) for each in rows.values()]):
        said.setdefault(row.delivery_id, set()).add((row.status, row.said_at, row.reference, row.code))
    return said


def _said_by(word: Word) -> _Said:
    return (word.status, maybe_micros(word.at), word.reference, word.cause.code if word.cause else None)


_WORDS = Statement(
    """SELECT delivery_id, status, said_at, reference, code FROM {given}
    JOIN words ON words.delivery_id = given.id AND words.recorded_at >= given.since""",
    given="id text, since bigint",
)
_SAY = Statement(
    """UPDATE deliveries SET system_status = given.status, system_at = given.said_at,
        reference = COALESCE(given.reference, deliveries.reference), updated_at = given.at,
        asked_at = given.asked_at, asked = NULL
    FROM {given} WHERE deliveries.id = given.id""",
    given="id text, status text, said_at bigint, reference text, at bigint, asked_at bigint",
)
_KEEP = Statement(
    """INSERT INTO words (delivery_id, tenant, status, said_at, reference, code, actor, recorded_at)
    SELECT id, tenant, status, said_at, reference, code, actor, at FROM {given}""",
    given="id text, tenant text, status text, said_at bigint, reference text, code text, actor text, at bigint",
)
_TAKE_OFF_SHELF = Statement(
    "DELETE FROM pickups WHERE delivery_id IN (SELECT id FROM {given})", given="id text"
)
