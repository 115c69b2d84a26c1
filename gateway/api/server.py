"""The HTTP server: uvicorn with our limits, started and stopped by whoever owns the event loop."""

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_BYTES = 64 * 1024
HEADER_SECONDS = 10.0
IDLE_SECONDS = 75
"""A connection may lie idle between two requests: longer than clients and proxies keep theirs, so that they close it.
Where we do, their next request may be on its way already and is lost.
"""


@dataclass(frozen=True, slots=True)
class Bind:
    """Where the server listens and how it stops."""

    host: str = "127.0.0.1"
    port: int = 8080
    """0 takes any free port."""
    graceful_seconds: int = 20
    """How long requests in progress may go on after the stop."""
    backlog: int = 2048
    certificate: str | None = None
    """PEM file; with it the server speaks TLS."""
    certificate_key: str | None = None


class ApiServer(uvicorn.Server):
    """Serves until it is stopped. Signals belong to the process, not to one of its servers."""

    def __init__(self, app: Any, bind: Bind) -> None:  # noqa: ANN401 - any ASGI application
        super().__init__(_config(app, bind))
        self._bind = bind
        self._listeners: list[socket.socket] | None = None

    def listen(self) -> None:
        """Take the address, so that `serve` can't fail of it.

        Raises:
            OSError: somebody else listens there, or the address is none of this machine's.
        """
        bind = self._bind
        family = socket.AF_INET6 if ":" in bind.host else socket.AF_INET
        self._listeners = [socket.create_server((bind.host, bind.port), family=family, backlog=bind.backlog)]

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until `stop`, on the address that `listen` has taken."""
        await super().serve(sockets or self._listeners)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave the process's signal handlers as they are."""
        yield

    async def until_started(self) -> int:
        """Wait until the server listens; returns its port."""
        while not self.started:
            if self.should_exit:
                raise OSError("the HTTP server did not start")
            await asyncio.sleep(0.01)
        port: int = self.servers[0].sockets[0].getsockname()[1]
        return port

    def stop(self) -> None:
        """Take no new connections, finish what is in progress, then let `serve` return."""
        self.should_exit = True


def _config(app: Any, bind: Bind) -> uvicorn.Config:  # noqa: ANN401 - any ASGI application
    return uvicorn.Config(
        app,
        host=bind.host,
        port=bind.port,
        http=GuardedHttp,
        ws="none",
        lifespan="off",
        # Paths and addresses of clients are not for a log; metrics count requests.
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        backlog=bind.backlog,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=bind.graceful_seconds,
        h11_max_incomplete_event_size=HEADER_BYTES,
        ssl_certfile=bind.certificate,
        ssl_keyfile=bind.certificate_key,
    )


class GuardedHttp(HttpToolsProtocol):
    """uvicorn's protocol on httptools, which by itself takes headers of any size and waits for them for ever."""

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - as the base class has it
        """Start the clock of the first request's header."""
        super().connection_made(transport)
        self._header_bytes: int | None = 0
        self._patience: asyncio.TimerHandle | None = self.loop.call_later(HEADER_SECONDS, self._give_up)

    def data_received(self, data: bytes) -> None:
        """Count the bytes of a header; start the clock of a following request's header."""
        if self._header_bytes is not None:
            if self._patience is None:
                self._patience = self.loop.call_later(HEADER_SECONDS, self._give_up)
            self._header_bytes += len(data)
        super().data_received(data)
        if self._header_bytes is not None and self._header_bytes > HEADER_BYTES:
            self._give_up()

    def on_headers_complete(self) -> None:
        """The header is in: stop its clock."""
        self._forget_header()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is in: what comes next is another header."""
        super().on_message_complete()
        self._header_bytes = 0

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._forget_header()
        super().connection_lost(exc)

    def _forget_header(self) -> None:
        self._header_bytes = None
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if not self.transport.is_closing():
            self.transport.close()
