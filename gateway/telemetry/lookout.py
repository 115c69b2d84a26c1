"""Lookout: shows as metrics what only the store knows: what waits where, since when, and what is shut."""

import asyncio
import time
from collections.abc import Sequence

from gateway.core.errors import StoreUnavailable
from gateway.core.ports import Clock, MessageQueries
from gateway.telemetry.metrics import Metrics

EVERY = 10.0
"""Seconds between two looks."""
SHARE = 20
"""A look that takes long, because so much is open, is followed by a pause of so many times its length."""


class Lookout:
    """Looks once for all who ask. Belongs to the relay's process, so that the many others ask for nothing."""

    def __init__(
        self, store: MessageQueries, destinations: Sequence[str], clock: Clock, metrics: Metrics
    ) -> None:
        self._store = store
        self._destinations = tuple(destinations)
        self._clock = clock
        self._metrics = metrics

    async def run(self) -> None:
        """Look every few seconds, until cancelled. While the store is away the last counts are withdrawn: nothing is
        better than what was true once.
        """
        while True:
            began = time.monotonic()
            try:
                await self.look()
            except StoreUnavailable:
                self._metrics.withdraw()
            await asyncio.sleep(max(EVERY, SHARE * (time.monotonic() - began)))

    async def look(self) -> None:
        """Count once.

        Raises:
            StoreUnavailable: the store does not answer.
        """
        now = self._clock.now()
        depths = await self._store.depths(now)
        stands = await self._store.destinations(self._destinations, now)
        open_incidents = await self._store.incidents(open_only=True)
        self._metrics.show(depths, stands, open_incidents, now)
