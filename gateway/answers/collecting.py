"""Collecting: takes in the words that specialist systems leave in return folders and mailboxes."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from datetime import timedelta

import structlog

from gateway.answers.asking import system_of
from gateway.answers.receipts import Receipts
from gateway.core.errors import ForbiddenTransition, NotFound, StoreUnavailable, TooManyReplies
from gateway.core.ports import Adapter, Clock, Collected, Collecting, CollectorStore, Leftovers
from gateway.core.tenants import Destination
from gateway.telemetry.metrics import Metrics

log = structlog.get_logger()

TURN = timedelta(minutes=2)
"""How long a process keeps a destination to itself after its latest sign of life."""


class Collector:
    """The use case that collects. Of several processes one at a time does so for a destination."""

    def __init__(
        self,
        store: CollectorStore,
        receipts: Receipts,
        adapters: Mapping[str, Adapter],
        destinations: Mapping[str, Destination],
        clock: Clock,
        metrics: Metrics,
        *,
        name: str,
    ) -> None:
        """`name` says which process it is."""
        self._store = store
        self._receipts = receipts
        self._collecting = {
            each: (destinations[each], adapter)
            for each, adapter in adapters.items()
            if isinstance(adapter, Collecting)
        }
        self._clock = clock
        self._metrics = metrics
        self._name = name

    async def run(self) -> None:
        """Collect for every destination that leaves words somewhere, each in its own time, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name in self._collecting:
                group.create_task(self._keep_collecting(name))
            # Without anything to collect there is nothing to do, and no reason to end.
            await asyncio.Event().wait()

    async def _keep_collecting(self, name: str) -> None:
        destination, _ = self._collecting[name]
        while True:
            try:
                await self.collect(name)
            except StoreUnavailable:
                log.warning("collector_waits", destination=name)
            await asyncio.sleep(destination.collect_every.total_seconds())

    async def collect(self, name: str) -> int:
        """Take in what lies ready, unless it is another process's turn; returns how many words were taken.

        Raises:
            StoreUnavailable: what was not taken lies there the next time again.
        """
        destination, adapter = self._collecting[name]
        taken = 0
        if not await self._keeps_turn(destination):
            return taken
        try:
            async with aclosing(_in_time(adapter.collect(), destination)) as ready:
                async for found in ready:
                    if not await self._keeps_turn(destination):
                        break
                    if isinstance(found, Leftovers):
                        await self._note(found, destination)
                    else:
                        taken += await self._take(found, destination)
        except StoreUnavailable:
            raise
        except TimeoutError:
            log.warning("collecting_broken_off", destination=name)
        except Exception as error:  # noqa: BLE001 - the port forbids it, so anything may come
            # The text of a foreign exception may quote a reply, so only its type is kept.
            log.error("adapter_raised", destination=name, error=type(error).__name__)  # noqa: TRY400
        return taken

    async def _keeps_turn(self, destination: Destination) -> bool:
        # Longer than the rest between two rounds, so that it does not wander from process to process.
        length = TURN + destination.collect_every
        return await self._store.take_turn(
            f"collect:{destination.name}", self._name, self._clock.now(), length
        )

    async def _note(self, left: Leftovers, destination: Destination) -> None:
        """Have it known what nobody can use: at every look, because another process may have told otherwise."""
        await self._store.note_leftovers(destination.name, left.number, left.code, self._clock.now())

    async def _take(self, collected: Collected, destination: Destination) -> bool:
        word = collected.word
        try:
            await self._receipts.take(word, system_of(destination))
        except NotFound:
            reason = "unknown-delivery"
        except ForbiddenTransition:
            reason = "contradiction"
        except TooManyReplies:
            reason = "too-many-replies"
        else:
            await collected.done()
            self._metrics.collected.labels(destination.name, "taken").inc()
            return True
        log.warning("word_set_aside", delivery=word.delivery, destination=destination.name, reason=reason)
        self._metrics.collected.labels(destination.name, "set-aside").inc()
        await collected.set_aside(reason)
        return False


async def _in_time(
    words: AsyncIterator[Collected | Leftovers], destination: Destination
) -> AsyncGenerator[Collected | Leftovers]:
    """Each next word within the time of an attempt.

    Raises:
        TimeoutError: the adapter took longer.
    """
    seconds = destination.attempt_within.total_seconds()
    try:
        while True:
            try:
                async with asyncio.timeout(seconds):
                    collected = await anext(words)
            except StopAsyncIteration:
                return
            yield collected
    finally:
        if isinstance(words, AsyncGenerator):
            await words.aclose()
