"""Reaper: takes back what nobody finished, expired leases and receipts that never came."""

import asyncio
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

import structlog

from gateway.core.delivery import Overdue, Settlement
from gateway.core.errors import StoreUnavailable
from gateway.core.outcome import Cause, Unclear
from gateway.core.ports import Clock, DeliveryStore
from gateway.core.retry import Attempt, Decision, Park, decide
from gateway.core.status import DeliveryState
from gateway.core.tenants import Destination
from gateway.delivery.deliverer import RetryBy, age_of, its_own, names_of, settlement_of
from gateway.telemetry import trail
from gateway.telemetry.metrics import Metrics

log = structlog.get_logger()

REAP_EVERY = 1.0
"""Seconds between two looks for what is overdue."""

NOT_CONFIRMED = Cause("not-confirmed", "the specialist system did not confirm in time")


class Reaper:
    """The use case that takes back what nobody finished: expired leases, receipts that never came."""

    def __init__(
        self,
        store: DeliveryStore,
        destinations: Mapping[str, Destination],
        clock: Clock,
        metrics: Metrics,
        *,
        draw: Callable[[], float],
        askable: AbstractSet[str] = frozenset(),
        retry: RetryBy = its_own,
    ) -> None:
        """`askable`: the destinations that can be asked; `retry` as with `Deliverer`."""
        self._retry = retry
        self._store = store
        self._destinations = destinations
        self._askable = askable
        self._clock = clock
        self._metrics = metrics
        self._draw = draw

    async def run(self) -> None:
        """Look for what is overdue once a second, until cancelled."""
        while True:
            try:
                await self.reap()
            except StoreUnavailable:
                log.warning("reaper_waits")
            await asyncio.sleep(REAP_EVERY)

    async def reap(self, limit: int = 200) -> int:
        """Settle what is overdue now; returns how many there were.

        Raises:
            StoreUnavailable: try again later.
        """
        now = self._clock.now()
        overdue = await self._store.overdue(now, limit)
        settlements = [await self._judge(each, now) for each in overdue]
        taken_back = await asyncio.gather(*(self._store.settle(settlement) for settlement in settlements))
        for settlement, taken in zip(settlements, taken_back, strict=True):
            if not taken:
                continue
            self._report(settlement)
        return len(settlements)

    def _report(self, settlement: Settlement) -> None:
        if settlement.cause == NOT_CONFIRMED:
            self._metrics.not_confirmed.labels(settlement.ticket.destination).inc()
        else:
            self._metrics.leases_lost.labels(settlement.ticket.destination).inc()
        log.warning(
            "delivery_overdue",
            state=settlement.state.value,
            code=settlement.cause.code if settlement.cause else None,
            **names_of(settlement),
        )
        trail.stopped(settlement)

    async def _judge(self, overdue: Overdue, now: datetime) -> Settlement:
        ticket = overdue.ticket
        # A destination that left the configuration is not tried again, but loses nothing either.
        destination = self._destinations.get(ticket.destination) or Destination(ticket.destination, "")
        if overdue.state is DeliveryState.PENDING:
            outcome = Unclear(NOT_CONFIRMED)
            decision: Decision = Park(DeliveryState.UNCLEAR, outcome.cause)
        else:
            outcome = Unclear(Cause("lease-expired", "the worker disappeared during the attempt"))
            age = await age_of(self._store, outcome, destination, overdue.since, now)
            askable = ticket.destination in self._askable
            attempt = Attempt(
                ticket.attempt, age, destination.idempotent, askable, self._draw(), overdue.doubtful
            )
            policy = self._retry(destination, overdue.tenant, overdue.service)
            decision = decide(outcome, attempt, policy)
        settlement = settlement_of(ticket, outcome, decision, overdue.claimed_at, now, destination)
        return replace(settlement, reaped=True)
