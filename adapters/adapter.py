"""Adapter: what to say to a system, by its area, and how to say it, by a transport. Either is chosen by configuration."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar, assert_never, runtime_checkable

from pydantic import BaseModel

from adapters.checking import skipped, walk
from adapters.dispatch import Dispatch, Form, Outline, Part
from adapters.mapping import NO_MAPPING
from gateway.core.batch import Batch, BatchItem, Collection
from gateway.core.check import Finding, Step, StepName
from gateway.core.mapped import Place
from gateway.core.outcome import Cause, Outcome, Rejected
from gateway.core.ports import (
    Adapter,
    Askable,
    Batching,
    Checkable,
    Collected,
    Collecting,
    Consignment,
    Leftovers,
    Surroundings,
)
from gateway.core.tenants import Destination
from gateway.core.word import Answer, Inquiry


class Transport(Protocol):
    """Speaks to one system over one kind of wire. Never raises for what the other side does."""

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Say it once."""
        ...

    async def aclose(self) -> None:
        """Let go of everything. Again does nothing."""
        ...


@runtime_checkable
class AskableTransport(Transport, Askable, Protocol):
    """A transport over which the system can be asked."""


@runtime_checkable
class CollectingTransport(Transport, Collecting, Protocol):
    """A transport over which the system leaves its words."""


@runtime_checkable
class TalkativeTransport(Transport, Askable, Collecting, Protocol):
    """A transport over which the system can be asked, and over which it leaves its words."""


@runtime_checkable
class BatchingTransport(CollectingTransport, Batching, Protocol):
    """A transport that sends many deliveries in one file, and over which the system may leave its words."""


AnyTransport = TypeVar("AnyTransport", bound=Transport)


@dataclass(frozen=True, slots=True)
class Misfit:
    """Something in a form that is data which does not fit the other side."""

    place: Place
    de: str
    en: str


@dataclass(frozen=True, slots=True)
class TransportKind:
    """A kind of wire, as a destination names it under `transport`."""

    settings: type[BaseModel]
    """Checks the settings of a destination; relative files in them are meant from the validation context's `folder`."""
    needs: Callable[[Any], frozenset[Part]]
    """What it can't send without, by its settings."""
    open: Callable[[Any, Destination, Surroundings], Transport]
    """Makes the transport of one destination from its settings. No connection is opened yet."""
    misfits: Callable[[Any, Outline], Iterable[Misfit]] = lambda _settings, _outline: ()
    """What of a form that is data the other side would not take, by the settings."""
    recognises: bool = False
    """Sending again does no harm whatever the system is, because the transport itself recognises a repetition: its
    destinations have to be `idempotent`.
    """


@dataclass(frozen=True, slots=True)
class AdapterKind:
    """What is said to the systems of one area, as a destination names it under `adapter`."""

    area: str
    """Whose messages it puts into words, as in `area/kind`."""
    forms: Mapping[str, Form]
    """By the names under which a destination chooses one as its `payload`."""
    payload: str
    """The usual form."""
    transport: str
    """The usual transport, by its name."""
    settings: Mapping[str, object] = field(default_factory=dict)
    """The usual transport's settings that come with this area, where a destination says nothing else."""


class SpeakingAdapter(Generic[AnyTransport]):
    """An adapter made of a form and a transport."""

    def __init__(self, form: Form, transport: AnyTransport) -> None:
        self._form = form
        self._transport = transport

    async def deliver(self, consignment: Consignment) -> Outcome:
        """Put the message into words and say it once."""
        dispatch = self._form.write(consignment)
        # The tree of a large message does not wait for the wire beside what is sent.
        del consignment
        match dispatch:
            case None:
                return NO_MAPPING
            case Rejected():
                return dispatch
            case Dispatch():
                return await self._transport.send(dispatch)
            case _:
                assert_never(dispatch)

    def check(self) -> AsyncIterator[Step]:
        """Look at the wire, where its transport can."""
        if isinstance(self._transport, Checkable):
            return self._transport.check()
        return walk([(StepName.CALL, _unknown)])

    async def aclose(self) -> None:
        """Let go of the wire."""
        await self._transport.aclose()


async def _unknown() -> Finding:
    return skipped("no-check", "Dieser Transport hat keine Prüfung.", "This transport has no check.")


class AskingAdapter(SpeakingAdapter[AskableTransport]):
    """One whose transport can ask the system what became of a delivery."""

    async def ask(self, inquiry: Inquiry) -> Answer:
        """Ask over the same wire."""
        return await self._transport.ask(inquiry)


class CollectingAdapter(SpeakingAdapter[CollectingTransport]):
    """One whose transport finds the system's words somewhere."""

    def collect(self) -> AsyncIterator[Collected | Leftovers]:
        """What lies ready on the same wire."""
        return self._transport.collect()


class TalkativeAdapter(SpeakingAdapter[TalkativeTransport]):
    """One whose transport can do both."""

    async def ask(self, inquiry: Inquiry) -> Answer:
        """Ask over the same wire."""
        return await self._transport.ask(inquiry)

    def collect(self) -> AsyncIterator[Collected | Leftovers]:
        """What lies ready on the same wire."""
        return self._transport.collect()


class BatchingAdapter(CollectingAdapter):
    """One whose transport sends many deliveries in one file."""

    _transport: BatchingTransport

    @property
    def layout(self) -> str:
        """Of the file."""
        return self._transport.layout

    @property
    def largest(self) -> int:
        """Items of a batch."""
        return self._transport.largest

    @property
    def confirms(self) -> bool:
        """Whether a receipt follows for each."""
        return self._transport.confirms

    def is_due(self, collection: Collection, now: datetime) -> bool:
        """Whether a batch is to be closed."""
        return self._transport.is_due(collection, now)

    def file(self, number: int, closed_at: datetime, items: Sequence[BatchItem]) -> tuple[str, bytes]:
        """Name and content of a batch's file."""
        return self._transport.file(number, closed_at, items)

    async def prepare(self, batch: Batch) -> Cause | None:
        """Bring the file to the system."""
        return await self._transport.prepare(batch)

    async def release(self, batch: Batch) -> Cause | None:
        """Give it its name."""
        return await self._transport.release(batch)


def adapter_of(form: Form, transport: Transport) -> Adapter:
    """An adapter that can do what its transport can do."""
    match transport:
        case BatchingTransport():
            return BatchingAdapter(form, transport)
        case TalkativeTransport():
            return TalkativeAdapter(form, transport)
        case AskableTransport():
            return AskingAdapter(form, transport)
        case CollectingTransport():
            return CollectingAdapter(form, transport)
        case _:
            return SpeakingAdapter(form, transport)
