"""Relay: due rows of the store -> tickets on the broker's queues."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from gateway.core.delivery import Ticket
from gateway.core.errors import BrokerUnavailable, StoreUnavailable
from gateway.core.ports import NO_RATES, Broker, Clock, RelayStore
from gateway.core.rate import Rate
from gateway.telemetry import tracing, trail
from gateway.telemetry.metrics import Metrics

log = structlog.get_logger()

BATCH = 200
REPUBLISH_AFTER = timedelta(minutes=5)
"""A published ticket that nobody has claimed by then is published again: the broker may have lost it."""
REST = timedelta(seconds=5)
"""A queue that confirmed nothing while the broker works is left alone for so long."""
HASTEN_EVERY = 20.0
"""Seconds between two looks for first tries that wait though nobody asked them to."""
LATEST = timedelta(minutes=1)
"""How far ahead a first try may be due: longer than REST, and than sound clocks of several hosts are apart."""
POLL = timedelta(seconds=1)
GATHER = 0.02
"""Seconds after a round that was not full: what comes meanwhile goes together, for a round takes about the processor
time of twenty-five tickets."""
PAUSE = 1.0
"""Seconds between two looks at a broker or a store that does not answer."""


class Relay:
    """Publishes what is due. Several may run side by side."""

    def __init__(
        self,
        store: RelayStore,
        broker: Broker,
        clock: Clock,
        metrics: Metrics,
        rates: Mapping[str, Rate] = NO_RATES,
    ) -> None:
        """`rates` by destination, of those that have one."""
        self._store = store
        self._broker = broker
        self._clock = clock
        self._metrics = metrics
        self._rates = rates
        # What an earlier relay took and did not publish would wait for REPUBLISH_AFTER: a new one begins by
        # making it due.
        self._generation: int | None = None
        self._unpublished: list[Ticket] = []
        self._doubtful = False
        self._hastened = -HASTEN_EVERY

    async def run(self) -> None:
        """Publish until cancelled; nothing is lost by cancelling at any point."""
        away = False
        while True:
            try:
                published = await self.publish_due()
                if 0 < published < BATCH:
                    await asyncio.sleep(GATHER)
            except (BrokerUnavailable, StoreUnavailable) as error:
                if not away:
                    log.warning("relay_waits", reason=type(error).__name__)
                away = True
                await asyncio.sleep(PAUSE)
            else:
                if away:
                    log.info("relay_resumes")
                away = False

    async def publish_due(self) -> int:
        """Publish one batch, or sleep until something is due; returns how many were confirmed.

        Raises:
            BrokerUnavailable: nothing more can be published now; what was taken is due again.
            StoreUnavailable: the store can't say what is due.
        """
        await self._recover()
        if self._broker.generation != self._generation:
            generation = self._broker.generation
            await self._store.republish_all(self._clock.now())
            self._generation = generation
        await self._hasten()
        tickets = await self._take()
        self._metrics.relay_round.set(self._clock.now().timestamp())
        if not tickets:
            await self._store.wait_due(POLL)
            return 0
        self._unpublished = tickets
        self._doubtful = True
        confirmed = await self._publish(tickets)
        self._unpublished = []
        self._doubtful = False
        if resting := [ticket for ticket in tickets if ticket not in confirmed]:
            # The broker works, only these queues do not: the others must not wait for them.
            await self._store.give_back(resting, self._clock.now() + REST)
        for ticket in confirmed:
            self._metrics.published.labels(ticket.destination).inc()
            trail.published(ticket)
        return len(confirmed)

    async def _hasten(self) -> None:
        """Where a process had a wrong clock for a while, what it accepted would wait for its hour."""
        if time.monotonic() - self._hastened < HASTEN_EVERY:
            return
        now = self._clock.now()
        if number := await self._store.hasten(now, now + LATEST):
            log.warning("due_put_right", deliveries=number)
        self._hastened = time.monotonic()

    async def _take(self) -> list[Ticket]:
        try:
            return await self._store.take_due(self._clock.now(), BATCH, REPUBLISH_AFTER, self._rates)
        except StoreUnavailable:
            # Perhaps they are taken, and only the answer is lost: what nobody knows to have must not wait
            # for REPUBLISH_AFTER.
            self._generation = None
            raise

    async def _publish(self, tickets: Sequence[Ticket]) -> frozenset[Ticket]:
        began = time.perf_counter()
        spans = [tracing.publishing(ticket) for ticket in tickets]
        try:
            return await self._broker.publish(
                [
                    ticket if span.traceparent is None else replace(ticket, trace=span.traceparent)
                    for ticket, span in zip(tickets, spans, strict=True)
                ]
            )
        finally:
            for span in spans:
                span.end()
            self._metrics.publish_seconds.observe(time.perf_counter() - began)

    async def _recover(self) -> None:
        """After a failure: give back what was taken, and go on only when the broker answers."""
        if self._unpublished:
            await self._store.give_back(self._unpublished, self._clock.now())
            self._unpublished = []
        if self._doubtful:
            # Taking rows that can't be published would only wear out the store.
            await self._broker.ping()
            self._doubtful = False
