"""A tiny HTTP server that answers word for word what a test tells it, and remembers what it was sent."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

DRIP = b"HTTP/1.1 201 Created\r\nContent-Length: 100000\r\n\r\n"
"""An answer that comes a byte at a time and never ends."""


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    headers: dict[str, str]
    body: bytes
    method: str = "POST"
    client: str | None = None
    """Common name in the client's certificate."""


@dataclass
class Wire:
    """`answers` are used up one by one; the last one stays. None cuts the connection, b"" stalls."""

    port: int = 0
    scheme: str = "http"
    server: asyncio.Server | None = None
    answers: list[bytes | None] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    conversations: set[asyncio.Task[None]] = field(default_factory=set)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    writer: asyncio.StreamWriter | None = None
    """Of the latest connection."""

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/service"

    def say(self, *answers: bytes | None) -> None:
        self.answers = list(answers)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = asyncio.current_task()
        assert conversation
        self.conversations.add(conversation)
        self.writer = writer
        try:
            while head := await _head(reader):
                await self._answer(head, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            self.conversations.discard(conversation)

    async def add(self, answer: bytes) -> None:
        """Say something more on the latest connection, without being asked."""
        assert self.writer
        self.writer.write(answer)
        await self.writer.drain()

    def hang_up_for_good(self) -> None:
        """Refuse connections from now on."""
        assert self.server
        self.server.close()

    async def all_hung_up(self) -> None:
        """Wait until every client has closed its connections."""
        async with asyncio.timeout(10):
            await asyncio.gather(*self.conversations)

    def answer(self, request: Request) -> bytes | None:  # noqa: ARG002 - for servers with a memory
        """What a request gets. A server with a memory of its own answers by itself."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def _answer(
        self,
        head: tuple[str, str, dict[str, str]],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        method, path, headers = head
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.requests.append(Request(path, headers, body, method, _client(writer)))
        self.arrived.set()
        answer = self.answer(self.requests[-1])
        if answer is None:
            raise ConnectionResetError
        if not answer:
            await reader.read()  # until the client hangs up
            raise ConnectionResetError
        writer.write(answer)
        await writer.drain()
        while answer is DRIP:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)


async def _head(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str]] | None:
    first = await reader.readline()
    if not first:
        return None
    headers = {}
    while line := (await reader.readline()).strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    method, path, _ = first.decode().split()
    return method, path, headers


def _client(writer: asyncio.StreamWriter) -> str | None:
    certificate = writer.get_extra_info("peercert") or {}
    names = [value for ((name, value),) in certificate.get("subject", ()) if name == "commonName"]
    return names[0] if names else None


Served = TypeVar("Served", bound=Wire)


@asynccontextmanager
async def wire(tls: ssl.SSLContext | None = None) -> AsyncIterator[Wire]:
    """A server that says what it is told."""
    async with serving(Wire(scheme="https" if tls else "http"), tls) as served:
        yield served


@asynccontextmanager
async def serving(served: Served, tls: ssl.SSLContext | None = None) -> AsyncIterator[Served]:
    """Let a server listen."""
    served.server = server = await asyncio.start_server(served.serve, "127.0.0.1", 0, ssl=tls)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for conversation in list(served.conversations):
            conversation.cancel()
        await asyncio.gather(*served.conversations, return_exceptions=True)


def http(status: int, body: bytes | str = b"", media_type: str = "application/json", **headers: str) -> bytes:
    """An HTTP answer as bytes; underscores of header names stand for hyphens."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Something", f"Content-Length: {len(content)}"]
    lines += [f"Content-Type: {media_type}"] if content else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content
