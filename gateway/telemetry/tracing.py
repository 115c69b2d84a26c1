"""Tracing: what a message goes through, as spans of one trace. Does nothing until it is configured, as logging does."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import Protocol

from gateway.core.delivery import Claimed, Settlement, Ticket
from gateway.core.trace import TRACEPARENT
from gateway.core.views import DeliveryView

Facts = Mapping[str, str | int | bool]
"""Names, ids and codes; never a value of a message."""


class Kind(Enum):
    """Which side of a conversation a span shows."""

    SERVER = "server"
    INSIDE = "internal"
    PUBLISH = "producer"
    CONSUME = "consumer"
    CALL = "client"


class Span(Protocol):
    """Something under way."""

    @property
    def traceparent(self) -> str | None: ...

    def tell(self, facts: Facts, *, error: str | None = None) -> None:
        """Add facts; `error` is the code by which it failed."""
        ...

    def end(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Start:
    """How a span begins."""

    name: str
    kind: Kind
    parent: str | None
    """None begins a trace."""
    facts: Facts
    id: bytes | None = None
    """Of its own, where others must be able to know it."""
    link: bytes | None = None
    """Id of a span of the same trace that it follows."""
    at: datetime | None = None
    """None: now."""


class Recorder(Protocol):
    """Who makes spans and sends them away."""

    def start(self, start: Start) -> Span: ...

    def close(self) -> None: ...


class _Untraced:
    """A span that nobody records."""

    traceparent = None

    def tell(self, facts: Facts, *, error: str | None = None) -> None: ...

    def end(self) -> None: ...


UNTRACED = _Untraced()


_INNERMOST: ContextVar[Span] = ContextVar("span", default=UNTRACED)


class _State:
    recorder: Recorder | None = None


@contextmanager
def recording(recorder: Recorder | None) -> Iterator[None]:
    """Have this process's spans recorded while the context is open; None records nothing."""
    _State.recorder = recorder
    try:
        yield
    finally:
        _State.recorder = None
        if recorder is not None:
            recorder.close()


def begin(start: Start) -> Span:
    """Begin a span that somebody ends."""
    return UNTRACED if _State.recorder is None else _State.recorder.start(start)


@contextmanager
def within(span: Span) -> Iterator[Span]:
    """End a span with the context, and be its child inside it."""
    if span.traceparent is None:
        yield span
        return
    context, innermost = TRACEPARENT.set(span.traceparent), _INNERMOST.set(span)
    try:
        yield span
    finally:
        _INNERMOST.reset(innermost)
        TRACEPARENT.reset(context)
        span.end()


def tell(facts: Facts, *, error: str | None = None) -> None:
    """Tell facts of the innermost span under way."""
    _INNERMOST.get().tell(facts, error=error)


def request(name: str, parent: str | None) -> AbstractContextManager[Span]:
    """A request of a client, which may be part of a trace of its own."""
    return within(begin(Start(name, Kind.SERVER, parent, {})))


def step(name: str, kind: Kind = Kind.INSIDE, **facts: str | int | bool) -> AbstractContextManager[Span]:
    """A part of what is under way; outside of all traces nothing."""
    parent = TRACEPARENT.get()
    return within(UNTRACED if parent is None else begin(Start(name, kind, parent, facts)))


def publishing(ticket: Ticket) -> Span:
    """A ticket on its way to the broker."""
    if ticket.trace is None:
        return UNTRACED
    facts = {"messaging.system": "amtsbote", "messaging.destination.name": ticket.destination}
    return begin(Start("publish", Kind.PUBLISH, ticket.trace, facts | _names(ticket)))


def attempt(claimed: Claimed, at: datetime) -> AbstractContextManager[Span]:
    """An attempt to deliver. It is linked with the one before, wherever and whenever that was made."""
    ticket, message = claimed.ticket, claimed.message
    if ticket.trace is None:
        return within(UNTRACED)
    facts = {
        "amtsbote.message": message.id,
        "amtsbote.tenant": message.tenant,
        "amtsbote.service": message.kind.service,
    }
    before = attempt_id(ticket.delivery, ticket.attempt - 1) if ticket.attempt > 1 else None
    own = attempt_id(ticket.delivery, ticket.attempt)
    return within(
        begin(Start("deliver", Kind.CONSUME, ticket.trace, facts | _names(ticket), own, before, at))
    )


def decided(settlement: Settlement | None) -> None:
    """Tell how the attempt under way ended."""
    if settlement is not None:
        code = settlement.cause.code if settlement.cause else None
        facts = {"amtsbote.outcome": settlement.outcome, "amtsbote.state": settlement.state.value}
        tell(facts, error=code)


def receipt(view: DeliveryView, status: str, at: datetime) -> None:
    """A system's own word on a delivery, which is linked with the attempt that it is about."""
    if view.trace is None:
        return
    facts: Facts = {
        "amtsbote.message": view.message,
        "amtsbote.delivery": view.id,
        "amtsbote.destination": view.destination,
        "amtsbote.status": status,
        "amtsbote.state": view.state.value,
    }
    link = attempt_id(view.id, view.attempt)
    begin(Start("receipt", Kind.SERVER, view.trace, facts, link=link, at=at)).end()


def attempt_id(delivery: str, number: int) -> bytes:
    """The span id of an attempt: known to whoever knows the delivery, so that nobody has to keep it."""
    return sha256(f"{delivery}:{number}".encode()).digest()[:8]


def _names(ticket: Ticket) -> dict[str, str | int | bool]:
    return {
        "amtsbote.delivery": ticket.delivery,
        "amtsbote.destination": ticket.destination,
        "amtsbote.attempt": ticket.attempt,
    }
