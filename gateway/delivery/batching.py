"""Batching: what is collected for a system is closed when its time has come, and its file written once."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import structlog

from gateway.core.batch import Batch, BatchState, Collection
from gateway.core.errors import StoreUnavailable
from gateway.core.outcome import Cause
from gateway.core.ports import Adapter, Batching, BatchStore, Clock
from gateway.core.tenants import Destination

log = structlog.get_logger()

LOOK_EVERY = 1.0
"""Seconds between two looks for what is due."""
LEASE = timedelta(minutes=10)
"""How long nobody else writes a batch. Longer than an attempt takes; who comes too late changes nothing."""
AGAIN_AFTER = timedelta(minutes=1)
"""Before a batch that could not be written is tried again; sooner where its destination waits no longer for anything."""


class Batcher:
    """The use case of closing and writing batches. Any number of processes may run it."""

    def __init__(
        self,
        store: BatchStore,
        adapters: Mapping[str, Adapter],
        destinations: Mapping[str, Destination],
        clock: Clock,
    ) -> None:
        """`adapters` and `destinations` by name."""
        self._store = store
        self._adapters = {name: each for name, each in adapters.items() if isinstance(each, Batching)}
        self._destinations = destinations
        self._clock = clock

    async def run(self) -> None:
        """Look once a second, until cancelled."""
        while True:
            if self._adapters:
                try:
                    await self.turn()
                except StoreUnavailable:
                    log.warning("batches_wait")
            await asyncio.sleep(LOOK_EVERY)

    async def turn(self) -> None:
        """Close what is due, write what is closed.

        Raises:
            StoreUnavailable: try again later.
        """
        for name, adapter in self._adapters.items():
            await self._close(name, adapter)
        while batch := await self._store.take_batch([*self._adapters], self._clock.now(), LEASE):
            await self._write(batch, self._adapters[batch.destination])

    async def _close(self, name: str, adapter: Batching) -> None:
        for collection in await self._store.collections(name):
            now = self._clock.now()
            if collection.layout != adapter.layout:
                # A file has one layout: a person puts the old one back, closes, and changes it then.
                log.warning("batch_layout_changed", destination=name, items=collection.items)
            elif adapter.is_due(collection, now):
                await self._close_now(collection, adapter)

    async def _close_now(self, collection: Collection, adapter: Batching) -> None:
        name, number = collection.destination, collection.number
        items = await self._store.collected_items(name, collection.layout, adapter.largest)
        if not items:
            return
        now = self._clock.now()
        file = adapter.file(number, now, items)
        members = [each.delivery for each in items]
        if await self._store.close_batch((name, number), members, file, now):
            log.info("batch_closed", destination=name, batch=number, items=len(items))

    async def _write(self, batch: Batch, adapter: Batching) -> None:
        """Write a batch in two steps, each safe before the next: whoever goes on after a crash finds out by the
        prepared file whether it was handed over.
        """
        if batch.state is BatchState.CLOSED:
            if trouble := await adapter.prepare(batch):
                await self._put_off(batch, BatchState.CLOSED, trouble)
                return
            now = self._clock.now()
            if not await self._store.advance_batch(batch, BatchState.PREPARED, now, now):
                return
        if trouble := await adapter.release(batch):
            await self._put_off(batch, BatchState.PREPARED, trouble)
            return
        now, destination = self._clock.now(), self._destinations[batch.destination]
        confirm_by = now + destination.confirm_within if adapter.confirms else None
        if await self._store.finish_batch(batch, now, confirm_by):
            log.info("batch_written", destination=batch.destination, batch=batch.number)

    async def _put_off(self, batch: Batch, state: BatchState, trouble: Cause) -> None:
        now = self._clock.now()
        wait = min(AGAIN_AFTER, self._destinations[batch.destination].retry.longest)
        await self._store.advance_batch(batch, state, now, now + wait, trouble.code)
        log.warning("batch_not_written", destination=batch.destination, batch=batch.number, code=trouble.code)
