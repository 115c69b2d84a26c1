"""Single: a transport for httpx, on asyncio and h11, that gives every request a connection of its own."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from typing import cast

import h11
import httpx


class SingleTransport(httpx.AsyncBaseTransport):
    """Opens a connection for every request and drops it behind the answer: what else comes over it is nobody's.

    Raises what httpx's own transport raises, and takes the same time limits: `pool` for a place among the connections
    that may be open at once, `connect` for the way there with TLS, `read` while nothing moves.
    """

    def __init__(self, context: ssl.SSLContext, most: int) -> None:
        """`most` connections at once."""
        context.set_alpn_protocols(["http/1.1"])
        self._context = context
        self._places = asyncio.Semaphore(most)
        self._last: str | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read the head of its answer. Its content is in the stream, which has to be closed."""
        limits = request.extensions["timeout"]
        content = await request.aread()
        with _translated(httpx.PoolTimeout, httpx.ConnectError):
            async with asyncio.timeout(limits["pool"]):
                await self._places.acquire()
        try:
            with _translated(httpx.ConnectTimeout, httpx.ConnectError):
                connection = await self._connect(request.url, limits["connect"])
        except BaseException:
            self._places.release()
            raise
        answer = _Content(connection, limits["read"], self._places)
        try:
            connection.send(request, content)
            head = await connection.head(limits["read"])
        except BaseException:
            await answer.aclose()
            raise
        return httpx.Response(head.status_code, headers=head.headers.raw_items(), stream=answer)

    async def _connect(self, url: httpx.URL, seconds: float) -> "_Connection":
        host, secure = url.raw_host.decode(), url.scheme == "https"
        port = url.port or (443 if secure else 80)
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        async with asyncio.timeout_at(end):
            addresses = await self._addresses(host, port)
        for left, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
            try:
                # One that does not answer must leave time for the others.
                async with asyncio.timeout_at(end if left == 0 else (loop.time() + end) / 2):
                    _, connection = await loop.create_connection(
                        _Connection,
                        address,
                        port,
                        ssl=self._context if secure else None,
                        server_hostname=host if secure else None,
                    )
            except OSError as error:
                if left == 0 or isinstance(error, ssl.SSLError):
                    raise
            else:
                self._last = address
                return connection
        raise OSError("the host has no address")

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        """Of a host, first the one that answered the last time."""
        with suppress(ValueError):
            return (str(ip_address(host)),)
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return sorted((str(each[4][0]) for each in found), key=lambda each: each != self._last)


class _Connection(asyncio.Protocol):
    """A connection that is there, for one request and its answer."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGEST_HEAD)
        self._news: asyncio.Future[None] | None = None
        self._broken: Exception | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's do all of this without being one.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._http.receive_data(data)
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._broken = exc
        if exc is None:
            self._http.receive_data(b"")
        self._wake()

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def send(self, request: httpx.Request, content: bytes) -> None:
        """Begin to send: what the system does not take at once goes out while its answer is waited for."""
        with _translated(httpx.WriteTimeout, httpx.WriteError):
            head = h11.Request(
                method=request.method, target=request.url.raw_path, headers=request.headers.raw
            )
            parts = [self._http.send(each) for each in (head, h11.Data(content), h11.EndOfMessage())]
            self._transport.write(b"".join(part for part in parts if part))

    async def head(self, seconds: float) -> h11.Response:
        """The head of the answer, whatever is said before it."""
        while not isinstance(event := await self.event(seconds), h11.Response):
            pass
        return event

    async def event(self, seconds: float) -> object:
        """What comes next, unless nothing moves for so long."""
        with _translated(httpx.ReadTimeout, httpx.ReadError):
            while (event := self._http.next_event()) is h11.NEED_DATA:
                if self._broken is not None:
                    raise self._broken
                await self._wait(seconds)
        return event

    async def _wait(self, seconds: float) -> None:
        self._news = asyncio.get_running_loop().create_future()
        unsent = self._transport.get_write_buffer_size()
        try:
            async with asyncio.timeout(seconds):
                await self._news
        except TimeoutError:
            if self._transport.get_write_buffer_size() < unsent:
                return
            if unsent:
                raise httpx.WriteTimeout("") from None
            raise

    def drop(self) -> None:
        """Let go of it at once."""
        self._transport.abort()


class _Content(httpx.AsyncByteStream):
    """The content of an answer, as it comes."""

    def __init__(self, connection: _Connection, seconds: float, places: asyncio.Semaphore) -> None:
        self._connection = connection
        self._seconds = seconds
        self._places = places
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while isinstance(event := await self._connection.event(self._seconds), h11.Data):
            yield bytes(event.data)

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            self._connection.drop()
            self._places.release()


_LARGEST_HEAD = 100 * 1024


@contextmanager
def _translated(late: type[httpx.TimeoutException], broken: type[httpx.NetworkError]) -> Iterator[None]:
    """Raise errors of the machine, of TLS and of h11 as those of httpx."""
    try:
        yield
    except TimeoutError as error:
        raise late("") from error
    except (OSError, UnicodeError) as error:
        raise broken("") from error
    except h11.LocalProtocolError as error:
        raise httpx.LocalProtocolError("") from error
    except h11.RemoteProtocolError as error:
        raise httpx.RemoteProtocolError("") from error
