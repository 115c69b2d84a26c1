"""Inquiry: asks specialist systems what became of the deliveries that they have not closed yet."""

import asyncio
from collections.abc import Mapping
from typing import assert_never

import structlog

from gateway.answers.asking import answer_of, system_of
from gateway.answers.receipts import Receipts
from gateway.core.errors import ForbiddenTransition, NotFound, StoreUnavailable, TooManyReplies
from gateway.core.ports import Adapter, Askable, Clock, InquiryStore
from gateway.core.tenants import Destination
from gateway.core.word import Inquiry, NotThere, Word
from gateway.telemetry.metrics import Metrics

log = structlog.get_logger()

SHORTEST_REST = 0.5
LONGEST_REST = 10.0
"""Seconds between two looks for whom to ask about; between the two, a tenth of a destination's own time."""


class Inquirer:
    """The use case that asks. Several may run side by side: the store gives each question to one of them."""

    def __init__(
        self,
        store: InquiryStore,
        receipts: Receipts,
        adapters: Mapping[str, Adapter],
        destinations: Mapping[str, Destination],
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._store = store
        self._receipts = receipts
        self._askable = {
            name: (destinations[name], adapter)
            for name, adapter in adapters.items()
            if isinstance(adapter, Askable)
        }
        self._clock = clock
        self._metrics = metrics

    async def run(self) -> None:
        """Ask every destination that can be asked, each in its own time, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name in self._askable:
                group.create_task(self._keep_asking(name))
            # Without anybody to ask there is nothing to do, and no reason to end.
            await asyncio.Event().wait()

    async def _keep_asking(self, name: str) -> None:
        destination, _ = self._askable[name]
        rest = destination.ask_every.total_seconds() / 10
        while True:
            try:
                asked = await self.ask_due(name)
            except StoreUnavailable:
                log.warning("inquirer_waits", destination=name)
                asked = 0
            if not asked:
                await asyncio.sleep(min(max(rest, SHORTEST_REST), LONGEST_REST))

    async def ask_due(self, name: str) -> int:
        """Ask about what is due now, as many at once as the destination takes deliveries; returns how many.

        Raises:
            StoreUnavailable: nobody can tell what is due.
        """
        destination, _ = self._askable[name]
        due = await self._store.take_inquiries(
            name, self._clock.now(), destination.ask_every, destination.concurrency
        )
        await asyncio.gather(*(self._ask(name, inquiry) for inquiry in due))
        return len(due)

    async def _ask(self, name: str, inquiry: Inquiry) -> None:
        destination, adapter = self._askable[name]
        answer = await answer_of(adapter, inquiry, destination)
        match answer:
            case Word():
                kind = "word"
                await self._take(answer, destination)
            case NotThere():
                # Handed over and not looked at yet, most often. What is never confirmed becomes unclear in time.
                kind = "not-there"
            case None:
                kind = "none"
            case _:
                assert_never(answer)
        self._metrics.inquiries.labels(name, kind).inc()

    async def _take(self, word: Word, destination: Destination) -> None:
        try:
            await self._receipts.take(word, system_of(destination), asked=True)
        except (NotFound, ForbiddenTransition, TooManyReplies, StoreUnavailable) as error:
            # Somebody was faster, or the store is away: what still has to be known is asked again.
            log.warning(
                "word_not_taken",
                delivery=word.delivery,
                destination=destination.name,
                reason=type(error).__name__,
            )
