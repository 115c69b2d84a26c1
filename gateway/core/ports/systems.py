"""Systems: those who speak to specialist systems, and what they are handed for it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from gateway.core.batch import Batch, BatchItem, Collection
from gateway.core.check import Step
from gateway.core.delivery import (
    Parcel,
)
from gateway.core.document import Document
from gateway.core.message import DeliveryId, Message
from gateway.core.outcome import Cause, Outcome
from gateway.core.ports.clock import Clock
from gateway.core.word import Answer, Inquiry, Word


@dataclass(frozen=True, slots=True)
class Consignment:
    """What an adapter gets to deliver."""

    delivery: DeliveryId
    """Goes along as the idempotency key: the same on every attempt."""
    attempt: int
    message: Message
    document: Document
    """The message's content, parsed for reading."""


class Adapter(Protocol):
    """Speaks to one specialist system. Never raises for what the other side does."""

    async def deliver(self, consignment: Consignment) -> Outcome: ...

    async def aclose(self) -> None: ...


@runtime_checkable
class Askable(Protocol):
    """What an adapter can do beside delivering where its system can be asked. Whoever has an adapter finds out
    by `isinstance`; an adapter whose system can't tell has no such method.
    """

    async def ask(self, inquiry: Inquiry) -> Answer:
        """Ask what became of a delivery: the system's word on it, `NotThere` only where the system says for
        sure that it has never seen it, None where it could not tell now. Changes nothing over there, and
        never raises for what the other side does.
        """
        ...


class Collected(Protocol):
    """A word that lay ready to be collected. Neither done nor set aside, it lies there the next time again."""

    @property
    def word(self) -> Word: ...

    async def done(self) -> None:
        """It is safe in the store: take it away, or mark it."""
        ...

    async def set_aside(self, reason: str) -> None:
        """It can't be used, for a reason that is a short code: put it where a person finds it."""
        ...


@dataclass(frozen=True, slots=True)
class Leftovers:
    """How much lies where words are collected that nobody can use, and that stays there until a person looks."""

    number: int
    """0 says that there is nothing such: whoever had been told of it may forget it."""
    code: str = ""
    """Why, for the latest of them: a short code."""


@runtime_checkable
class Collecting(Protocol):
    """What an adapter can do beside delivering where its system leaves its words somewhere: a return folder, a
    mailbox. Found out like `Askable`. One process at a time collects for a destination.
    """

    def collect(self) -> AsyncIterator[Collected | Leftovers]:
        """What lies ready now, oldest first; ends when there is nothing more. What can't be read as a word at
        all the adapter sets aside by itself; where it can only leave it, it says at the end of a whole look
        how much that is. Never raises for what the other side does.
        """
        ...


@runtime_checkable
class Checkable(Protocol):
    """What an adapter can do beside delivering where its way to the system can be looked at."""

    def check(self) -> AsyncIterator[Step]:
        """Look at one thing after the other; what comes after a failure is skipped. Sends no message, changes
        nothing over there, and never raises for what the other side does.
        """
        ...


class Pickup(Protocol):
    """Where messages are laid out for a specialist system that fetches them by itself."""

    async def ready(self, destination: str) -> None:
        """Find out whether something could be laid out now.

        Raises:
            Unavailable: it could not.
        """
        ...

    async def offer(self, destination: str, parcel: Parcel) -> None:
        """Lay a parcel out durably. Offering the same delivery again does no harm: the system
        recognises it by its id.

        Raises:
            ParcelTooLarge: never laid out.
            Unavailable: not laid out, or unknown whether it was.
        """
        ...


class References(Protocol):
    """The systems' own names for deliveries, where a name must be safe before a message leaves under it: what is
    kept here survives the attempt and the worker.
    """

    async def reference(self, delivery: DeliveryId) -> str | None:
        """The name that is known.

        Raises:
            Unavailable: nobody can tell now.
        """
        ...

    async def keep_reference(
        self, delivery: DeliveryId, name: str, instead_of: str | None = None
    ) -> str | None:
        """Keep a name durably where `instead_of` is known until now. Returns what is known afterwards: another
        name where somebody else was faster, None where there is no such delivery.

        Raises:
            Unavailable: kept, or not.
        """
        ...

    async def delivery_named(self, name: str) -> DeliveryId | None:
        """Whose a name is that was kept here, also where another has replaced it; None where it is nobody's.

        Raises:
            Unavailable: nobody can tell now.
        """
        ...


class Batches(Protocol):
    """Where deliveries are collected for systems that take many of them in one file."""

    async def collect_item(self, item: BatchItem, layout: str, now: datetime) -> None:
        """Keep a delivery's line durably for the next batch of its destination. Again changes nothing, until a
        person replays the delivery: then it is collected for a later batch.

        Raises:
            Unavailable: kept, or not.
        """
        ...

    async def delivery_at(self, destination: str, number: int, line: int) -> DeliveryId | None:
        """Whose a place in a batch is, lines counted from 1; None where there is no such place.

        Raises:
            Unavailable: nobody can tell now.
        """
        ...


@runtime_checkable
class Batching(Protocol):
    """What an adapter can do beside delivering where its system takes many deliveries in one file. Found out like
    `Askable`. No method raises for what the other side does.
    """

    @property
    def layout(self) -> str:
        """Tells the layout by which it writes lines from every other."""
        ...

    @property
    def largest(self) -> int:
        """How many items a batch has at most."""
        ...

    @property
    def confirms(self) -> bool:
        """Whether the system confirms each item with a receipt; else it counts as delivered with its file written."""
        ...

    def is_due(self, collection: Collection, now: datetime) -> bool:
        """Whether what has been collected is to be closed now."""
        ...

    def file(self, number: int, closed_at: datetime, items: Sequence[BatchItem]) -> tuple[str, bytes]:
        """Name and content of a batch's file. Depend on nothing but the arguments."""
        ...

    async def prepare(self, batch: Batch) -> Cause | None:
        """Bring the file to the system under a name by which nobody takes it; again writes it anew. None where it
        is there.
        """
        ...

    async def release(self, batch: Batch) -> Cause | None:
        """Give the prepared file its name. What is not there under the earlier one has got it before: also where
        the system has taken it since. None where it has its name.
        """
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What `bootstrap` hands every adapter beside its destination."""

    clock: Clock
    pickup: Pickup
    references: References
    batches: Batches
    folder: Path
    """Relative folders of a destination's settings are meant from here."""
    config_folder: Path
    """Where the configuration lies: relative files of a destination's settings (certificates, descriptions of
    services) are meant from here.
    """
