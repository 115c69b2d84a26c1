"""Answers: how a system that speaks HTTP answers an arrival, truthfully or as a fault rule wants it."""

import asyncio
from typing import Protocol, assert_never

from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.sandbox.desk import Desk
from gateway.sandbox.faults import Fault, FaultRule, When
from gateway.sandbox.journal import Arrival, Entry, Result

TRANSPORT = "transport"
"""Key of the connection's transport in the state of a request."""


class Voice(Protocol):
    """How one system puts its answers into the words of its protocol."""

    def accepted(self, entry: Entry) -> Response: ...

    def refused(self) -> Response: ...

    def failed(self) -> Response:
        """An internal error, HTTP 500."""
        ...

    def unavailable(self, retry_after: int) -> Response:
        """Not now, HTTP 503 with Retry-After in seconds."""
        ...


async def answer(desk: Desk, arrival: Arrival, voice: Voice) -> Response:
    """File an arrival and answer it, or misbehave where a rule strikes."""
    rule = desk.faults.pick(arrival)
    if rule and rule.when is When.BEFORE and (fault := await _misbehave(desk, rule, voice)):
        return fault
    entry = await desk.file(arrival, rule)
    if entry.result is Result.REFUSED:
        return voice.refused()
    if rule and rule.when is When.AFTER and (fault := await _misbehave(desk, rule, voice)):
        return fault
    return voice.accepted(entry)


async def _misbehave(desk: Desk, rule: FaultRule, voice: Voice) -> Response | None:
    """The answer that the rule wants instead of the true one, if it wants another."""
    if rule.fault in {Fault.DELAY, Fault.STALL}:
        await desk.pause(rule.duration)
    match rule.fault:
        case Fault.DELAY | Fault.REFUSE | Fault.FORGET:
            return None
        case Fault.CUT | Fault.STALL:
            return Cut()
        case Fault.HTML:
            return HTMLResponse(PROXY_PAGE, rule.status)
        case Fault.ERROR_500:
            return voice.failed()
        case Fault.UNAVAILABLE_503:
            return voice.unavailable(round(rule.duration))
        case _:
            assert_never(rule.fault)


PROXY_PAGE = """<!DOCTYPE html>
<html><head><title>Bad Gateway</title></head>
<body><h1>Bad Gateway</h1><p>The proxy server received an invalid response from an upstream server.</p></body>
</html>
"""


class Cut(Response):
    """No answer at all: the connection is closed under the client's feet."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        scope["state"][TRANSPORT].abort()
        # The server takes the silence for a fault of ours until it has seen the connection go.
        while (await receive())["type"] != "http.disconnect":
            pass


class CuttableProtocol(HttpToolsProtocol):
    """uvicorn's HTTP connection, which shows its transport to the application so that it can be cut."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}
