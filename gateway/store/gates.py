"""Gates: which destinations get no tickets at the moment, or only that of a probe."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from gateway.core.breaker import Breaker, BreakerState
from gateway.core.delivery import Ticket
from gateway.store.engine.statement import Statement, Tx
from gateway.store.engine.times import maybe_moment, micros, moment


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate of a destination whose breaker is open, or which is paused."""

    breaker: Breaker
    probe: tuple[str, int] | None
    """Delivery and attempt of the probe that is under way."""
    paused_until: datetime | None

    @property
    def state(self) -> BreakerState:
        """As it is shown."""
        if self.breaker.opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self.probe is None else BreakerState.PROBING

    def room(self, now: datetime) -> int | None:
        """How many tickets may be published: one, when it is time for a probe and none is under way; none
        while it is paused. None: as many as there is other room for.
        """
        if self.is_paused(now):
            return 0
        probe_at = self.breaker.probe_at
        return None if probe_at is None else int(self.probe is None and probe_at <= now)

    def admits(self, ticket: Ticket, now: datetime) -> bool:
        """Whether this ticket's attempt may begin."""
        if self.is_paused(now):
            return False
        return self.breaker.opened_at is None or self.probe == (ticket.delivery, ticket.attempt)

    def is_paused(self, now: datetime) -> bool:
        """Whether a person has asked that nothing be said to the system now."""
        return self.paused_until is not None and now < self.paused_until


def shut(tx: Tx) -> Mapping[str, Gate]:
    """The gates that are not simply open, by destination.

    A probe counts as under way only while its ticket is published or its delivery claimed: whatever else
    became of it, the next one may begin.
    """
    return {
        row.destination: Gate(breaker(row), _probe(row), maybe_moment(row.paused_until))
        for row in tx.run(_SHUT)
    }


def breaker(row: Row[Any]) -> Breaker:
    """What a row says about the breaker."""
    return Breaker(
        row.failures, row.code, maybe_moment(row.opened_at), maybe_moment(row.probe_at), row.probes
    )


def note_probes(tx: Tx, tickets: Sequence[Ticket], gates: Iterable[str]) -> None:
    """Remember the tickets that were taken for destinations with a shut gate as their probes."""
    known = frozenset(gates)
    tx.run(
        _NOTE_PROBE,
        [(each.destination, each.delivery, each.attempt) for each in tickets if each.destination in known],
    )


def used_until(tx: Tx, destinations: Iterable[str]) -> Mapping[str, datetime]:
    """How far into the future the rates of destinations are used up."""
    rows = tx.run(_USED, [(each,) for each in destinations])
    return {row.destination: moment(row.used_until) for row in rows}


def use(tx: Tx, until: Mapping[str, datetime]) -> None:
    """Note how far rates are used up."""
    tx.run(_USE, [(name, micros(each)) for name, each in sorted(until.items())])


def withhold(tx: Tx, tickets: Sequence[Ticket]) -> None:
    """Take back what had been published before the gate was shut. It keeps its place in the line."""
    tx.run(_WITHHOLD, [(each.delivery, each.attempt) for each in tickets])


def recall(tx: Tx, destinations: Iterable[str]) -> None:
    """Take everything back that is published for these destinations and not claimed yet."""
    tx.run(_RECALL, [(each,) for each in destinations])


def wake(tx: Tx, destinations: Iterable[str], now: int) -> None:
    """What waited for its next attempt at these destinations is due now: they work again."""
    tx.run(_WAKE, [(each,) for each in destinations], now=now)


def _probe(row: Row[Any]) -> tuple[str, int] | None:
    return (row.probe, row.probe_attempt) if row.probing else None


_SHUT = Statement(
    """SELECT g.*, EXISTS (
        SELECT 1 FROM deliveries d WHERE d.id = g.probe AND d.attempt = g.probe_attempt
        AND (d.state = 'claimed' OR (d.state = 'queued' AND d.published > 0))) AS probing
    FROM gates g WHERE g.opened_at IS NOT NULL OR g.paused_until IS NOT NULL"""
)
_USED = Statement(
    """SELECT g.destination, g.used_until FROM {given} JOIN gates g ON g.destination = given.destination
    WHERE g.used_until IS NOT NULL""",
    given="destination text",
)
_USE = Statement(
    """INSERT INTO gates (destination, failures, probes, used_until)
    SELECT destination, 0, 0, until FROM {given} WHERE true
    ON CONFLICT (destination) DO UPDATE SET used_until = excluded.used_until""",
    given="destination text, until bigint",
)
_NOTE_PROBE = Statement(
    """UPDATE gates SET probe = given.probe, probe_attempt = given.attempt FROM {given}
    WHERE gates.destination = given.destination AND gates.opened_at IS NOT NULL""",
    given="destination text, probe text, attempt int",
)
# When it was last written is before it was published: so nobody who came later stands before it.
_WITHHOLD = Statement(
    """UPDATE deliveries SET published = 0, due_at = deliveries.updated_at FROM {given}
    WHERE deliveries.id = given.id AND deliveries.attempt = given.attempt
    AND deliveries.state = 'queued' AND deliveries.published > 0""",
    given="id text, attempt int",
)
_RECALL = Statement(
    """UPDATE deliveries SET published = 0, due_at = updated_at WHERE id IN (
        SELECT id FROM deliveries WHERE state = 'queued' AND published > 0
        AND destination IN (SELECT destination FROM {given}) {skip_locked})""",
    given="destination text",
)
_WAKE = Statement(
    """UPDATE deliveries SET due_at = :now WHERE id IN (
        SELECT id FROM deliveries WHERE state = 'queued' AND published = 0 AND due_at > :now
        AND destination IN (SELECT destination FROM {given}) {skip_locked})""",
    given="destination text",
)
