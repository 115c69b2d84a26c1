"""Pauses: an operator holds a destination until a moment, or lets it go before; and where destinations stand."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.core.acts import Pause, Resume
from gateway.core.breaker import BreakerState
from gateway.core.views import DestinationView
from gateway.store.engine.statement import Statement, Tx
from gateway.store.engine.times import micros, moment
from gateway.store.gates import recall, shut
from gateway.store.timeline import Event, append


def pause(tx: Tx, act: Pause, now: datetime) -> DestinationView:
    """Hold a destination; a pause that goes on is replaced."""
    at, until = micros(now), micros(act.until)
    tx.run(_END, destination=act.destination, now=at)
    tx.run(_BEGIN, destination=act.destination, now=at, until=until, reason=act.reason, actor=act.actor)
    tx.run(_SHUT, destination=act.destination, until=until)
    recall(tx, [act.destination])
    append(tx, [Event(at, act.actor, "paused", code=act.destination, detail=act.reason)])
    return views(tx, [act.destination], now)[0]


def resume(tx: Tx, act: Resume, now: datetime) -> DestinationView:
    """Let a destination go; where it is not paused, nothing changes."""
    at = micros(now)
    if tx.run(_END, destination=act.destination, now=at):
        tx.run(_OPEN, destination=act.destination)
        append(tx, [Event(at, act.actor, "resumed", code=act.destination)])
    return views(tx, [act.destination], now)[0]


def views(tx: Tx, names: Sequence[str], now: datetime) -> list[DestinationView]:
    """Where destinations stand, in the order of their names given."""
    gates = shut(tx)
    pauses = {row.destination: row for row in tx.run(_CURRENT, now=micros(now))}
    waiting = _waiting(tx)
    found = []
    for name in names:
        gate, paused = gates.get(name), pauses.get(name)
        number, oldest = waiting.get(name, (0, None))
        is_open = gate is not None and gate.breaker.opened_at is not None
        found.append(
            DestinationView(
                name=name,
                breaker=gate.state if gate else BreakerState.CLOSED,
                code=gate.breaker.code if gate and is_open else None,
                opened_at=gate.breaker.opened_at if gate else None,
                probe_at=gate.breaker.probe_at if gate else None,
                paused_until=moment(paused.until) if paused else None,
                reason=paused.reason if paused else None,
                paused_by=paused.actor if paused else None,
                waiting=number,
                oldest=oldest,
            )
        )
    return found


def _waiting(tx: Tx) -> Mapping[str, tuple[int, datetime | None]]:
    found: dict[str, tuple[int, datetime | None]] = {}
    for row in tx.run(_WAITING):
        number, oldest = found.get(row.destination, (0, None))
        since = moment(row.oldest)
        found[row.destination] = (number + row.number, since if oldest is None else min(oldest, since))
    return found


_END = Statement(
    """UPDATE pauses SET ended_at = :now WHERE destination = :destination AND ended_at IS NULL AND until > :now
    RETURNING id"""
)
_BEGIN = Statement(
    """INSERT INTO pauses (destination, paused_at, until, reason, actor)
    VALUES (:destination, :now, :until, :reason, :actor)"""
)
_SHUT = Statement(
    """INSERT INTO gates (destination, failures, probes, paused_until) VALUES (:destination, 0, 0, :until)
    ON CONFLICT (destination) DO UPDATE SET paused_until = excluded.paused_until"""
)
_OPEN = Statement("UPDATE gates SET paused_until = NULL WHERE destination = :destination")
_CURRENT = Statement("SELECT * FROM pauses WHERE ended_at IS NULL AND until > :now")
_WAITING = Statement(
    """SELECT destination, count(*) AS number, min(since) AS oldest FROM deliveries
    WHERE state = 'queued' AND published = 0 GROUP BY destination
    UNION ALL SELECT destination, count(*) AS number, min(since) AS oldest FROM deliveries
    WHERE state = 'queued' AND published > 0 GROUP BY destination"""
)
