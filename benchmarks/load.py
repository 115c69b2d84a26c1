"""Load: posts messages over kept-alive connections from a process of its own, and tells how long each answer took.

As a program it reads a `Wish` from standard input and writes a `Load` to standard output, both as JSON. It competes with what it
measures for the cores, so it does as little as it can: prepared bytes into raw connections, and it tells how much of a core it used.
"""

import asyncio
import re
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import cycle
from typing import cast
from urllib.parse import urlsplit

import orjson
import uvloop

from benchmarks.letters import SMALL, fresh_uuid, halves

CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Wish:
    """What to send where, for how long."""

    url: str
    authorization: str
    seconds: float
    rate: float | None = None
    """Messages per second; None sends the next one on a connection when the one before is answered."""
    connections: int = CONNECTIONS
    kilobytes: int = SMALL
    """Of each message."""
    further_urls: tuple[str, ...] = ()
    """Of processes that share the load: the connections go to all in turn."""


@dataclass(slots=True)
class Load:
    """What came back."""

    began_at: float = 0.0
    """Seconds since 1970."""
    elapsed: float = 0.0
    cpu: float = 0.0
    """Seconds of processor time of the generator itself."""
    waits: list[float] = field(default_factory=list)
    """Seconds from the first byte of each request to the last of its answer."""
    answered: dict[str, float] = field(default_factory=dict)
    """When each accepted message's 202 was in, by the id of its receipt, in seconds since 1970."""

    @property
    def per_second(self) -> float:
        return len(self.waits) / self.elapsed

    @property
    def share(self) -> float:
        """Of one core, that the generator used."""
        return self.cpu / self.elapsed


async def put_load(wish: Wish) -> Load:
    """Send from another process, so that its work is not the server's.

    Raises:
        RuntimeError: an answer was not a 202, or nothing was sent in so short a time.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate(orjson.dumps(asdict(wish)))
    if process.returncode:
        raise RuntimeError("the load generator failed")
    load = Load(**orjson.loads(output))
    if not load.waits:
        raise RuntimeError(f"nothing was sent within {wish.seconds:g} s")
    return load


class _Generator:
    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self._load = Load()
        self._sent = 0
        self._started_at = 0.0
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._open = wish.connections

    async def run(self) -> Load:
        loop = asyncio.get_running_loop()
        addresses = cycle([urlsplit(url) for url in (self._wish.url, *self._wish.further_urls)])
        connections = []
        for _, address in zip(range(self._wish.connections), addresses, strict=False):
            head = (
                f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\n"
                f"Authorization: {self._wish.authorization}\r\n"
                "Content-Type: application/xml\r\nAccept: application/json\r\nContent-Length: "
            ).encode()
            factory = _factory(self, head, self._wish.kilobytes)
            host, port = address.hostname or "", address.port or 80
            connections.append((await loop.create_connection(factory, host, port))[1])
        self._started_at, self._load.began_at = time.perf_counter(), time.time()
        cpu = time.process_time()
        for connection in connections:
            self.turn(connection)
        await self._ended
        self._load.elapsed = time.perf_counter() - self._started_at
        self._load.cpu = time.process_time() - cpu
        return self._load

    def turn(self, connection: "_Connection") -> None:
        """Have a connection send the next message at its time, or close it once the time is over."""
        at = 0.0 if self._wish.rate is None else self._sent / self._wish.rate
        self._sent += 1
        passed = time.perf_counter() - self._started_at
        if max(at, passed) >= self._wish.seconds:
            connection.close()
            self._open -= 1
            if not self._open and not self._ended.done():
                self._ended.set_result(None)
        elif at > passed:
            asyncio.get_running_loop().call_later(at - passed, connection.send)
        else:
            connection.send()

    def answer(self, connection: "_Connection", answer: bytes) -> None:
        """Note an answer, and go on."""
        self._load.waits.append(time.perf_counter() - connection.began_at)
        if not answer.startswith(b"HTTP/1.1 202"):
            self.fail(answer.decode(errors="replace"))
            return
        if receipt := _ID.search(answer):
            self._load.answered[receipt[1].decode()] = time.time()
        self.turn(connection)

    def fail(self, reason: str) -> None:
        """End everything."""
        if not self._ended.done():
            self._ended.set_exception(RuntimeError(reason))


class _Connection(asyncio.Protocol):
    """Sends one message at a time."""

    def __init__(self, generator: _Generator, head: bytes, kilobytes: int) -> None:
        self._generator = generator
        self._bodies = cycle(
            [
                (b"%b%d\r\n\r\n%b" % (head, len(before) + _UUID_LENGTH + len(behind), before), behind)
                for before, behind in halves(kilobytes)
            ]
        )
        self._received = b""
        self._closed = False
        self._transport: asyncio.Transport | None = None
        self.began_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class

    def send(self) -> None:
        assert self._transport is not None
        before, behind = next(self._bodies)
        self.began_at = time.perf_counter()
        self._transport.writelines((before, fresh_uuid(), behind))

    def data_received(self, data: bytes) -> None:
        received = self._received = self._received + data
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(received, 0, end + 2)
        if length and len(received) < end + 4 + int(length[1]):
            return
        self._received = b""
        self._generator.answer(self, received)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._closed:
            self._generator.fail(f"the connection was closed: {exc}")

    def close(self) -> None:
        assert self._transport is not None
        self._closed = True
        self._transport.close()


def _factory(generator: _Generator, head: bytes, kilobytes: int) -> Callable[[], _Connection]:
    return lambda: _Connection(generator, head, kilobytes)


_UUID_LENGTH = 36
_LENGTH = re.compile(rb"content-length: *(\d+)\r", re.IGNORECASE)
_ID = re.compile(rb'"id":"([^"]+)"')


async def _main(wish: Wish) -> Load:
    return await _Generator(wish).run()


if __name__ == "__main__":
    load = uvloop.run(_main(Wish(**orjson.loads(sys.stdin.buffer.read()))))
    sys.stdout.buffer.write(orjson.dumps(load))
