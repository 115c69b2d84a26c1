"""Worker: tickets of the broker -> delivery -> ack, for every destination side by side."""

import asyncio
from collections.abc import Iterable

from gateway.core.delivery import Settlement
from gateway.core.errors import StoreUnavailable
from gateway.core.ports import Broker, Handed
from gateway.core.status import DeliveryState
from gateway.core.tenants import Destination
from gateway.delivery.deliverer import Deliverer
from gateway.telemetry import trail
from gateway.telemetry.metrics import Metrics

PAUSE = 1.0
"""Seconds before a ticket that the store could not serve goes back to its queue."""


class Worker:
    """Consumes every destination's queue, each with its own concurrency, so that none slows another."""

    def __init__(
        self, broker: Broker, deliverer: Deliverer, destinations: Iterable[Destination], metrics: Metrics
    ) -> None:
        self._broker = broker
        self._metrics = metrics
        self._deliverer = deliverer
        self._destinations = tuple(destinations)
        self._under_way: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def run(self, grace: float) -> None:
        """Deliver until cancelled; then take nothing more and finish what is under way.

        What is not finished `grace` seconds later is left to its lease: the reaper judges it.
        """
        consumers = [asyncio.create_task(self._consume(each)) for each in self._destinations]
        try:
            # A consumer never ends by itself: if one does, its fault must not pass in silence.
            done, _ = await asyncio.wait(consumers, return_when=asyncio.FIRST_COMPLETED)
            for consumer in done:
                consumer.result()
        finally:
            self._stopping = True
            # The consumers keep their channels until the work is done, so that its acks get through.
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=grace)
            tasks = (*consumers, *self._under_way)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _consume(self, destination: Destination) -> None:
        async with self._broker.consume(destination.name, destination.concurrency) as tickets:
            async for handed in tickets:
                if self._stopping:
                    continue  # neither acked nor handled: it comes again, to whoever runs on
                task = asyncio.create_task(self._handle(handed))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)

    async def _handle(self, handed: Handed) -> None:
        try:
            settlement = await self._deliverer.deliver(handed.ticket)
        except StoreUnavailable:
            await asyncio.sleep(PAUSE)
            await handed.put_back()
            return
        if settlement is not None:
            self._report(settlement)
        await handed.ack()

    def _report(self, settlement: Settlement) -> None:
        destination = settlement.ticket.destination
        self._metrics.deliveries.labels(destination, settlement.outcome).inc()
        seconds = (settlement.finished_at - settlement.started_at).total_seconds()
        self._metrics.delivery_seconds.labels(destination).observe(seconds)
        if settlement.state is DeliveryState.DELIVERED and settlement.since is not None:
            self._metrics.delivered(destination, settlement.finished_at - settlement.since)
        trail.decided(settlement)
