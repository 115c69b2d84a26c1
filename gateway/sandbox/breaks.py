"""Breaks: answers that end before they are complete, or before they have begun."""

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.sandbox.desk import Desk
from gateway.sandbox.faults import Fault, FaultRule

TRANSPORT = "transport"
"""Key of the connection's transport in the state of a request."""


class Cut(Response):
    """No answer at all: the connection is closed under the client's feet."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        await _abort(scope, receive)


class Broken(Response):
    """The first half of an answer, then silence for a while; then the end of the connection, or the rest."""

    def __init__(self, truth: Response, desk: Desk, rule: FaultRule) -> None:
        super().__init__(truth.body, truth.status_code)
        self.raw_headers = truth.raw_headers
        self._desk = desk
        self._rule = rule

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        middle = len(self.body) // 2
        await send({"type": "http.response.body", "body": bytes(self.body[:middle]), "more_body": True})
        if self._rule.fault in {Fault.STALL, Fault.DELAY}:
            await self._desk.pause(self._rule.duration)
        if self._rule.fault is Fault.DELAY:
            await send({"type": "http.response.body", "body": bytes(self.body[middle:])})
        else:
            await _abort(scope, receive)


async def _abort(scope: Scope, receive: Receive) -> None:
    transport: asyncio.Transport = scope["state"][TRANSPORT]
    transport.abort()
    # The server takes the silence for a fault of ours until it has seen the connection go.
    while (await receive())["type"] != "http.disconnect":
        pass


class CuttableProtocol(HttpToolsProtocol):
    """uvicorn's HTTP connection, which shows its transport to the application so that it can be cut."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}
