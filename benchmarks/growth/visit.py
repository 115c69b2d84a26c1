"""Visit: one store, what is known of its content, and who watches each call."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from uuid_utils import uuid4

from benchmarks.growth.fill import CONTENT
from benchmarks.growth.filled import DESTINATIONS, TENANTS, Filled
from gateway.core.breaker import BreakerPolicy, Sign
from gateway.core.delivery import Claimed, Settlement, Submission, Ticket
from gateway.core.outcome import Cause
from gateway.core.status import DeliveryState
from gateway.store import SqlStore
from tests.builders import a_kopf, a_message

LEASE = timedelta(minutes=2)
REPUBLISH = timedelta(minutes=5)
BROKEN = Cause("http-503")

Item = TypeVar("Item")
Result = TypeVar("Result")


class Watch(Protocol):
    """Sees calls of the store."""

    def __call__(self, name: str, calls: int = 1) -> AbstractContextManager[None]:
        """What happens in the context are so many calls of this name."""
        ...


@dataclass(slots=True)
class Visit:
    """What an exercise works with."""

    store: SqlStore
    filled: Filled
    watch: Watch
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    @property
    def now(self) -> datetime:
        """The moment: later than all that was filled in."""
        return datetime.now(UTC)

    def any(self, most: int | None = None) -> int:
        """The number of some message, or of one of the first `most`."""
        return self.chance.randint(1, most or self.filled.size)

    def any_of(self, portal: str, most: int) -> int:
        """The number of some message of a portal, among the first `most`."""
        while self.filled.portal(number := self.any(most)) != portal:
            pass
        return number

    async def read(self, name: str, call: Callable[[], Awaitable[object]], times: int = 8) -> None:
        """Watch a call that changes nothing, several times: one alone is too short."""
        with self.watch(name, times):
            for _ in range(times):
                await call()

    def submission(self, destination: str | None = None, **more: object) -> Submission:
        """A new one, of some tenant for some destination."""
        message = a_message(
            content=b"<m/>".ljust(CONTENT),
            kopf=a_kopf(uuid=str(uuid4())),
            tenant=f"t{self.chance.randrange(TENANTS)}",
            portal=f"portal-{self.chance.randrange(3)}",
            received_at=self.now,
        )
        to = destination or f"d{self.chance.randrange(DESTINATIONS)}"
        return Submission(message, (to,), idempotency_key=str(uuid4()), **more)  # type: ignore[arg-type]

    async def under_way(self, *submissions: Submission) -> list[Ticket]:
        """Submissions that are accepted and claimed, unwatched."""
        receipts = await all_at_once(self.store.accept, submissions)
        ids = {receipt.id for receipt in receipts}
        tickets = await self.store.take_due(self.now, len(ids), REPUBLISH)
        assert {ticket.message for ticket in tickets} == ids
        await all_at_once(self.claim, tickets)
        return tickets

    async def claim(self, ticket: Ticket) -> Claimed:
        """Claim what must be there to be claimed."""
        claimed = await self.store.claim(ticket, "worker-1", self.now, LEASE)
        assert claimed is not None
        return claimed

    async def settle(
        self, ticket: Ticket, state: DeliveryState = DeliveryState.DELIVERED, cause: Cause | None = None
    ) -> None:
        """Settle what must still be held."""
        outcome = "failed" if state is DeliveryState.PARKED else state.value
        due_at = self.now + LEASE if state is DeliveryState.PENDING else None
        sign = Sign(cause, None, BreakerPolicy())
        assert await self.store.settle(
            Settlement(ticket, state, outcome, self.now, self.now, due_at, cause, sign=sign)
        )

    async def settle_late(self, ticket: Ticket) -> None:
        """Settle what is no longer held."""
        assert not await self.store.settle(
            Settlement(ticket, DeliveryState.DELIVERED, "delivered", self.now, self.now)
        )


async def all_at_once(work: Callable[[Item], Awaitable[Result]], items: Iterable[Item]) -> list[Result]:
    """Do something with each, all together."""
    return list(await asyncio.gather(*(work(item) for item in items)))
