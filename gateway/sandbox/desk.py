"""Desk: where every arrival is filed, with the journal, the faults and the end of the sandbox at hand."""

import asyncio
from collections.abc import Set as AbstractSet
from contextlib import suppress

from gateway.sandbox.board import FaultBoard
from gateway.sandbox.faults import Fault, FaultRule
from gateway.sandbox.journal import Arrival, Entry, Journal
from gateway.sandbox.systems import System

REFUSED = "abgelehnt"
"""The reason where a rule refuses, and no check of the system's own."""


class Desk:
    """What all systems of the sandbox share."""

    def __init__(self, journal: Journal, faults: FaultBoard, forgetful: AbstractSet[System]) -> None:
        self.journal = journal
        self.faults = faults
        self.closing = asyncio.Event()
        """Set when the sandbox ends: whoever waits for show stops waiting."""
        self._forgetful = forgetful

    async def file(
        self, arrival: Arrival, rule: FaultRule | None = None, finding: str | None = None
    ) -> Entry:
        """Let an arrival have its effect, unless it is recognised as a repetition or refused.

        Args:
            arrival: What came.
            rule: The fault that strikes it, if any.
            finding: What the system's own check found, as the code with which it refuses.
        """
        forget = rule is not None and rule.fault is Fault.FORGET
        refuse = REFUSED if rule is not None and rule.fault is Fault.REFUSE else finding
        return await self.journal.record(
            arrival, recognise=not forget and arrival.system not in self._forgetful, refuse=refuse
        )

    async def pause(self, seconds: float) -> None:
        """Sleep, but not beyond the end of the sandbox."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.closing.wait(), seconds)
