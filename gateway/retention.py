"""Retention: what is no longer kept is removed, a little at a time."""

import asyncio

import structlog

from gateway.core.errors import StoreUnavailable
from gateway.core.ports import Clock, RetentionStore
from gateway.core.retention import FOR_EVER, Retention

log = structlog.get_logger()

LOOK_EVERY = 600.0
"""Seconds between two looks."""
AT_ONCE = 100
"""Contents of each kind that share a commit."""


class Sweeper:
    """The use case of removing. Any number of processes may run it."""

    def __init__(self, store: RetentionStore, retention: Retention, clock: Clock) -> None:
        self._store = store
        self._retention = retention
        self._clock = clock

    async def run(self) -> None:
        """Look every ten minutes, until cancelled."""
        while True:
            try:
                await self.turn()
            except StoreUnavailable:
                log.warning("retention_waits")
            await asyncio.sleep(LOOK_EVERY)

    async def turn(self) -> None:
        """Remove everything whose time has come.

        Raises:
            StoreUnavailable: try again later.
        """
        while self._retention != FOR_EVER:
            removed = await self._store.remove(self._retention, self._clock.now(), AT_ONCE)
            if removed.replies or removed.batches:
                log.info("contents_removed", replies=removed.replies, batches=removed.batches)
            if max(removed.replies, removed.batches) < AT_ONCE:
                return
