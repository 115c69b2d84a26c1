"""Broker: what carries tickets, and letters of systems, between processes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from gateway.core.delivery import (
    Ticket,
)


class Handed(Protocol):
    """A ticket in the hands of a consumer. Neither acked nor put back, it comes again.

    Neither method raises for what happens to the broker: where an ack does not arrive the ticket comes
    again, and the store knows by then that it is done.
    """

    @property
    def ticket(self) -> Ticket: ...

    async def ack(self) -> None:
        """Done with it. Only after the outcome is committed."""
        ...

    async def put_back(self) -> None:
        """Not now: to the queue again."""
        ...


class Broker(Protocol):
    """Carries tickets that are ready, one queue per destination, at least once."""

    @property
    def generation(self) -> int:
        """Changes whenever what was published may have been lost, e.g. after a reconnect."""
        ...

    async def publish(self, tickets: Sequence[Ticket]) -> frozenset[Ticket]:
        """Put tickets on their queues and wait for the confirms.

        Returns those that were confirmed. The others may have arrived all the same. A ticket for a
        destination that the broker does not know is not confirmed and hinders no other.

        Raises:
            BrokerUnavailable: none can be confirmed now.
        """
        ...

    def consume(self, destination: str, prefetch: int) -> AbstractAsyncContextManager[AsyncIterator[Handed]]:
        """Consume a destination's queue with at most `prefetch` tickets in hand. The iterator outlives
        broken connections and ends only when the context is left.
        """
        ...

    async def ping(self) -> None:
        """Raises:
        BrokerUnavailable: the broker does not answer in time.
        """
        ...


class Letter(Protocol):
    """A receipt of a specialist system in hand. Neither acked nor refused, it comes again."""

    sender: str | None
    """Who sent it, as the broker has made sure; None where the sender did not say."""
    body: bytes

    async def ack(self) -> None:
        """It is safe in the store."""
        ...

    async def refuse(self, reason: str) -> None:
        """It can't be used, for a reason that is a short code: to where people look for such."""
        ...


class Letterbox(Protocol):
    """Where receipts of specialist systems arrive that do not come over HTTP."""

    def letters(self, prefetch: int) -> AbstractAsyncContextManager[AsyncIterator[Letter]]:
        """Letters as they come, at most `prefetch` in hand, until the context is left."""
        ...
