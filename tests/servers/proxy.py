"""A TCP proxy in front of a server: it cuts connections, holds bytes back and refuses new connections."""

import asyncio
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit, urlunsplit


class Proxy:
    """Stands before the server of `url`, on an interface of this machine; `self.url` is the way through it."""

    def __init__(self, url: str, host: str = "127.0.0.1") -> None:
        self._host = host
        self._target = urlsplit(url)
        self._flows = asyncio.Event()
        self._flows.set()
        self.delay = 0.0
        """Seconds by which everything is late."""
        self.longest: int | None = None
        """Bytes after which a connection breaks, either way."""
        self.reached = asyncio.Event()
        """Whether anybody has come this way."""
        self._writers: set[asyncio.StreamWriter] = set()
        self._far_writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """The server's URL with the proxy's address."""
        login, at, _ = self._target.netloc.rpartition("@")
        return urlunsplit(self._target._replace(netloc=f"{login}{at}{self._host}:{self._port}"))

    def cut(self) -> None:
        """Break all connections (RST), as a lost route does once it is noticed."""
        for writer in self._writers:
            writer.transport.abort()

    def stall(self) -> None:
        """Let nothing through any more, on old connections and on new ones."""
        self._flows.clear()

    def flow(self) -> None:
        """Let everything through again, also what was held back, at once and to its end."""
        self.delay, self.longest = 0.0, None
        self._flows.set()

    def half_close(self) -> None:
        """Send an end of stream to the server on all connections, and go on reading from both sides."""
        for writer in self._far_writers:
            if writer.can_write_eof():
                writer.write_eof()

    async def refuse(self) -> None:
        """Break all connections and refuse new ones."""
        assert self._server is not None
        self._server.close()
        self.cut()

    async def accept(self) -> None:
        """Take connections, on the same port as before."""
        self._server = await asyncio.start_server(self._serve, self._host, self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def accept_again(self) -> None:
        """Take connections, whether or not they were refused."""
        assert self._server is not None
        if not self._server.is_serving():
            await self.accept()

    async def __aenter__(self) -> Self:
        await self.accept()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._target.hostname, self._target.port)
        self.reached.set()
        self._writers |= {writer, far_writer}
        self._far_writers.add(far_writer)
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._pump(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        passed = 0
        try:
            with suppress(OSError, RuntimeError):  # RuntimeError: a half-closed connection takes no more
                while data := await source.read(65536):
                    await self._flows.wait()
                    await asyncio.sleep(self.delay)
                    if self.longest is not None and passed + len(data) > self.longest:
                        sink.write(data[: self.longest - passed])
                        await sink.drain()
                        sink.transport.abort()
                        return
                    passed += len(data)
                    sink.write(data)
                    await sink.drain()
        finally:
            sink.close()
            self._writers.discard(sink)
            self._far_writers.discard(sink)
