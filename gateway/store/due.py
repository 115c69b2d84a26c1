"""Due: which deliveries go to the broker now."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import Row

from gateway.core.delivery import Ticket
from gateway.core.message import DeliveryId, MessageId
from gateway.core.priority import Priority
from gateway.core.rate import Rate
from gateway.store.engine.statement import POSTGRESQL, Statement, Tx
from gateway.store.engine.times import duration, micros
from gateway.store.gates import Gate, note_probes, shut, use, used_until
from gateway.store.turns import Heads, Pair, Round, heads


@dataclass(frozen=True, slots=True)
class TakeDue:
    """A relay's wish for tickets."""

    rings: ClassVar[bool] = False
    weight: ClassVar[int] = 0
    keys: ClassVar[tuple[Hashable, ...]] = ("take-due",)

    now: datetime
    limit: int
    republish_after: timedelta
    rates: Mapping[str, Rate]
    window: int
    round: Round

    @staticmethod
    def run(tx: Tx, commands: Sequence["TakeDue"]) -> Sequence[list[Ticket]]:
        """Take what the broker may have lost, then what was never published."""
        return [_Taking(tx, command).run() for command in commands]


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Tickets whose publishing was not confirmed."""

    rings: ClassVar[bool] = True
    weight: ClassVar[int] = 0
    keys: ClassVar[tuple[Hashable, ...]] = ("give-back",)

    tickets: Sequence[Ticket]
    at: datetime

    @staticmethod
    def run(tx: Tx, commands: Sequence["GiveBack"]) -> Sequence[None]:
        """Make them due as if they had not been taken."""
        for command in commands:
            given = [(each.delivery, each.attempt) for each in command.tickets]
            tx.run(_GIVE_BACK, given, at=micros(command.at))
        return [None] * len(commands)


@dataclass(frozen=True, slots=True)
class RepublishAll:
    """The broker may have lost everything."""

    rings: ClassVar[bool] = True
    weight: ClassVar[int] = 0
    keys: ClassVar[tuple[Hashable, ...]] = ("republish-all",)

    now: datetime

    @staticmethod
    def run(tx: Tx, commands: Sequence["RepublishAll"]) -> Sequence[None]:
        """Make every published and unclaimed delivery due."""
        for command in commands:
            tx.run(_REPUBLISH_ALL, now=micros(command.now))
        return [None] * len(commands)


@dataclass(frozen=True, slots=True)
class Hasten:
    """First tries that wait for a moment so far ahead that only a wrong clock can have written it."""

    rings: ClassVar[bool] = True
    weight: ClassVar[int] = 0
    keys: ClassVar[tuple[Hashable, ...]] = ("hasten",)

    now: datetime
    latest: datetime

    @staticmethod
    def run(tx: Tx, commands: Sequence["Hasten"]) -> Sequence[int]:
        """Make them due now; gives how many there were."""
        return [
            len(tx.run(_HASTEN, now=micros(command.now), latest=micros(command.latest)))
            for command in commands
        ]


@dataclass(slots=True)
class _Taking:
    """One look for what is due."""

    tx: Tx
    command: TakeDue
    taken: list[Ticket] = field(default_factory=list)
    room: dict[str, int] | None = None
    """What each destination's window still holds; None while it does not matter."""
    gates: Mapping[str, Gate] = field(default_factory=dict)
    used: Mapping[str, datetime] = field(default_factory=dict)
    """Of each destination with a rate: how far into the future it is used up."""

    def run(self) -> list[Ticket]:
        if self.tx.dialect is POSTGRESQL:
            # One relay at a time, so that a window holds between processes.
            self.tx.run(_ONE_AT_A_TIME)
        self.command.round.look_again = None
        # What is published again has its place in the window already.
        self._take(_LOST)
        self.room = {}
        self.gates = shut(self.tx)
        self.used = used_until(self.tx, self.command.rates)
        published = len(self.taken)
        self._take(_FRESH)
        fresh = self.taken[published:]
        note_probes(self.tx, fresh, self.gates)
        self._use(Counter(each.destination for each in fresh))
        return self.taken

    def _take(self, due: Statement) -> None:
        share = _FIRST_SHARE
        while (left := self.command.limit - len(self.taken)) > 0:
            rows = self.tx.run(due, now=micros(self.command.now), share=share)
            lines: dict[Pair, dict[Priority, Sequence[str]]] = {}
            for row in rows:
                if row.ids:
                    # What is published again has had its turn.
                    priority = Priority.NORMAL if due is _LOST else Priority(row.priority)
                    lines.setdefault((row.destination, row.tenant), {})[priority] = row.ids.split(",")
            if self.room is not None:
                # A later look may show destinations that the first one did not: others commit meanwhile.
                self.room |= self._count_room({destination for destination, _ in lines} - self.room.keys())
            marked = self._mark(self._pick(lines, left))
            if not marked:
                return
            self.taken += marked
            share *= 4

    def _count_room(self, destinations: set[str]) -> dict[str, int]:
        if not destinations:
            return {}
        on_queue = {row.destination: row.number for row in self.tx.run(_ON_QUEUE)}
        return {each: self._room_of(each, on_queue.get(each, 0)) for each in destinations}

    def _room_of(self, destination: str, on_queue: int) -> int:
        now, gate, rate = self.command.now, self.gates.get(destination), self.command.rates.get(destination)
        behind_gate = None if gate is None else gate.room(now)
        if behind_gate is not None:
            return behind_gate
        room = self.command.window - on_queue
        if rate is None:
            return room
        # What lies on the queue goes out as fast as workers take it: so no more lies there than may go at once.
        return min(room, rate.burst - on_queue, rate.room(self.used.get(destination), now))

    def _use(self, taken: Mapping[str, int]) -> None:
        now, rates = self.command.now, self.command.rates
        use(
            self.tx,
            {
                name: rates[name].after(self.used.get(name), now, number)
                for name, number in taken.items()
                if name in rates
            },
        )

    def _hurry(self, destination: str) -> None:
        """There will be room before the next regular look, except where a gate is shut."""
        gate, rate = self.gates.get(destination), self.command.rates.get(destination)
        if gate is None or gate.room(self.command.now) is None:
            self.command.round.hurry(max(_MOMENT, rate.step.total_seconds() if rate else 0))

    def _pick(self, lines: Heads, left: int) -> list[str]:
        """Ids for which there is room, each in its turn."""
        picked: list[str] = []
        for pair, id_, turn in self.command.round.serve(lines):
            if len(picked) == left:
                break
            if self.room is not None:
                if self.room[pair[0]] <= 0:
                    self._hurry(pair[0])
                    continue
                self.room[pair[0]] -= 1
                self.command.round.turns[pair] = turn
            picked.append(id_)
            self.command.round.last = pair
        return picked

    def _mark(self, ids: Sequence[str]) -> list[Ticket]:
        rows = self.tx.run(
            _MARK,
            [(id_,) for id_ in ids],
            now=micros(self.command.now),
            step=duration(self.command.republish_after),
        )
        tickets = {row.id: _ticket(row) for row in rows}
        return [tickets[id_] for id_ in ids if id_ in tickets]


def _ticket(row: Row[Any]) -> Ticket:
    return Ticket(DeliveryId(row.id), row.attempt, row.destination, MessageId(row.message_id), row.trace)


_MOMENT = 0.05
"""Seconds in which a full window has room again. Claims make it, and do not ring: there are too many of them."""
_FIRST_SHARE = 16
"""How many ids of each pair are read at first; more only where one look was not enough."""


_LOST = heads("d.state = 'queued' AND d.published > 0")
_FRESH = heads("d.state = 'queued' AND d.published = 0", by_priority=True)
_ON_QUEUE = Statement(
    """SELECT destination, count(*) AS number FROM deliveries WHERE state = 'queued' AND published > 0
    GROUP BY destination"""
)
_MARK = Statement(
    """UPDATE deliveries SET published = published + 1, due_at = CAST(:now AS BIGINT)
        + CAST(:step AS BIGINT) * (1 << CASE WHEN published < 10 THEN published ELSE 10 END)
    WHERE id IN (
        SELECT id FROM deliveries WHERE id IN (SELECT id FROM {given})
        AND state = 'queued' AND due_at <= CAST(:now AS BIGINT) {skip_locked})
    RETURNING id, attempt, destination, message_id, trace""",
    given="id text",
)
_GIVE_BACK = Statement(
    """UPDATE deliveries SET published = published - 1, due_at = :at FROM {given}
    WHERE deliveries.id = given.id AND deliveries.attempt = given.attempt
    AND state = 'queued' AND published > 0""",
    given="id text, attempt int",
)
_REPUBLISH_ALL = Statement(
    "UPDATE deliveries SET published = 1, due_at = :now WHERE state = 'queued' AND published > 0"
)
_HASTEN = Statement(
    """UPDATE deliveries SET due_at = :now
    WHERE state = 'queued' AND published = 0 AND attempt = 1 AND due_at > :latest RETURNING id"""
)
_ONE_AT_A_TIME = Statement("SELECT pg_advisory_xact_lock(7019258143627441)")
