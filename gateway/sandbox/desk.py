"""Desk: where every arrival is filed, with the journal, the faults and the end of the sandbox at hand."""

import asyncio
from collections.abc import Set as AbstractSet
from contextlib import suppress

from gateway.sandbox.faults import Fault, FaultBoard, FaultRule
from gateway.sandbox.journal import Arrival, Entry, Journal
from gateway.sandbox.settings import System


class Desk:
    """What all systems of the sandbox share."""

    def __init__(self, journal: Journal, faults: FaultBoard, forgetful: AbstractSet[System]) -> None:
        self.journal = journal
        self.faults = faults
        self.closing = asyncio.Event()
        """Set when the sandbox ends: whoever waits for show stops waiting."""
        self._forgetful = forgetful

    async def file(self, arrival: Arrival, rule: FaultRule | None = None) -> Entry:
        """Let an arrival have its effect, unless it is recognised as a repetition or refused."""
        forget = rule is not None and rule.fault is Fault.FORGET
        return await self.journal.record(
            arrival,
            recognise=not forget and arrival.system not in self._forgetful,
            refuse=rule is not None and rule.fault is Fault.REFUSE,
        )

    async def pause(self, seconds: float) -> None:
        """Sleep, but not beyond the end of the sandbox."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.closing.wait(), seconds)
