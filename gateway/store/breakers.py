"""Breakers: keeps what attempts told of the destinations' systems, for all processes together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from gateway.core.breaker import Breaker, after
from gateway.core.delivery import Settlement
from gateway.core.incident import Trouble
from gateway.store import incidents
from gateway.store.engine.statement import Scalar, Statement, Tx
from gateway.store.engine.times import maybe_micros, micros
from gateway.store.gates import breaker, recall, wake


def learn(tx: Tx, settlements: Sequence[Settlement]) -> None:
    """Let the breakers learn from settled attempts, and open or close the incidents of those that turn.

    Where everything works nothing is written: a closed breaker without failures needs no row.
    """
    told = [each for each in settlements if each.sign is not None]
    ill = {each.ticket.destination for each in told if each.sign is not None and each.sign.cause is not None}
    names = sorted({each.ticket.destination for each in told})
    restless = {row.destination for row in tx.run(_RESTLESS, [(name,) for name in names])}
    tx.run(_MAKE, [(name,) for name in sorted(ill - restless)])
    rows = tx.run(_LOCK, [(name,) for name in sorted(ill | restless)])
    records = {row.destination: _Record.of(row) for row in rows}
    for each in told:
        if each.ticket.destination in records:
            records[each.ticket.destination].learn(each)
    tx.run(_WRITE, [one.columns() for one in records.values()])
    for record in records.values():
        if record.turned:
            _turn(tx, record)


@dataclass(slots=True)
class _Record:
    """A breaker before and after a batch of settlements."""

    destination: str
    before: Breaker
    now: Breaker = field(init=False)
    at: datetime | None = None
    probe: tuple[str, int] | None = None

    @classmethod
    def of(cls, row: Row[Any]) -> "_Record":
        record = cls(row.destination, breaker(row))
        record.now = record.before
        record.probe = None if row.probe is None else (row.probe, row.probe_attempt)
        return record

    def learn(self, settlement: Settlement) -> None:
        assert settlement.sign is not None
        ticket = settlement.ticket
        self.at = settlement.finished_at
        probe = self.probe == (ticket.delivery, ticket.attempt)
        self.now = after(self.now, settlement.sign, settlement.finished_at, probe=probe)
        if probe:
            self.probe = None

    @property
    def turned(self) -> bool:
        return (self.before.opened_at is None) != (self.now.opened_at is None)

    def columns(self) -> tuple[Scalar, ...]:
        now = self.now
        probe, attempt = self.probe or (None, None)
        return (
            self.destination,
            now.failures,
            now.code,
            maybe_micros(now.opened_at),
            maybe_micros(now.probe_at),
            now.probes,
            probe,
            attempt,
        )


def _turn(tx: Tx, record: _Record) -> None:
    names = [record.destination]
    assert record.at is not None
    if record.now.opened_at is None:
        incidents.close(tx, Trouble.UNAVAILABLE, names, record.at)
        wake(tx, names, micros(record.at))
    else:
        incidents.open_(tx, Trouble.UNAVAILABLE, {record.destination: record.now.code or ""}, record.at)
        recall(tx, names)


_RESTLESS = Statement(
    """SELECT g.destination FROM {given} JOIN gates g ON g.destination = given.destination
    WHERE g.failures > 0""",
    given="destination text",
)
_MAKE = Statement(
    """INSERT INTO gates (destination, failures, probes) SELECT destination, 0, 0 FROM {given} WHERE true
    ON CONFLICT DO NOTHING""",
    given="destination text",
)
# In one order everywhere, so that two batches do not wait for each other crosswise.
_LOCK = Statement(
    """SELECT * FROM gates WHERE destination IN (SELECT destination FROM {given})
    ORDER BY destination {for_update}""",
    given="destination text",
)
_WRITE = Statement(
    """UPDATE gates SET failures = given.failures, code = given.code, opened_at = given.opened_at,
        probe_at = given.probe_at, probes = given.probes, probe = given.probe,
        probe_attempt = given.probe_attempt
    FROM {given} WHERE gates.destination = given.destination""",
    given="destination text, failures int, code text, opened_at bigint, probe_at bigint, probes int, "
    "probe text, probe_attempt int",
)
