"""Load: posts messages over kept-alive connections from a process of its own, and tells how long each answer took.

As a program it reads a `Wish` from standard input and writes a `Load` to standard output, both as JSON.
"""

import asyncio
import re
import sys
import time
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit

import orjson
import uvloop

from benchmarks.letters import letters

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


@dataclass(slots=True)
class Load:
    """What came back."""

    began_at: float = 0.0
    """Seconds since 1970."""
    elapsed: float = 0.0
    waits: list[float] = field(default_factory=list)
    """Seconds from the first byte of each request to the last of its answer."""
    answered: dict[str, float] = field(default_factory=dict)
    """When each accepted message's 202 was in, by the id of its receipt, in seconds since 1970."""

    @property
    def per_second(self) -> float:
        return len(self.waits) / self.elapsed


async def put_load(wish: Wish) -> Load:
    """Send from another process, so that its work is not the server's.

    Raises:
        RuntimeError: an answer was not a 202.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate(orjson.dumps(asdict(wish)))
    if process.returncode:
        raise RuntimeError("the load generator failed")
    return Load(**orjson.loads(output))


class _Generator:
    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        address = urlsplit(wish.url)
        self._host, self._port = address.hostname, address.port
        self._letters = letters()
        self._head = (
            f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: {wish.authorization}\r\n"
            "Content-Type: application/xml\r\nAccept: application/json\r\nContent-Length: "
        ).encode()
        self._load = Load()
        self._sent = 0
        self._started_at = 0.0

    async def run(self) -> Load:
        pairs = [await asyncio.open_connection(self._host, self._port) for _ in range(self._wish.connections)]
        self._started_at, self._load.began_at = time.perf_counter(), time.time()
        await asyncio.gather(*(self._converse(*pair) for pair in pairs))
        self._load.elapsed = time.perf_counter() - self._started_at
        return self._load

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await self._turn():
            body = next(self._letters)
            began = time.perf_counter()
            writer.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
            head = await reader.readuntil(b"\r\n\r\n")
            found = _LENGTH.search(head)
            content = await reader.readexactly(int(found[1])) if found else b""
            self._load.waits.append(time.perf_counter() - began)
            if not head.startswith(b"HTTP/1.1 202"):
                raise RuntimeError(f"{head.decode()}{content.decode()}")
            if receipt := _ID.search(content):
                self._load.answered[receipt[1].decode()] = time.time()
        writer.close()

    async def _turn(self) -> bool:
        """Wait until the next message may go; False once the time is over."""
        at = 0.0 if self._wish.rate is None else self._sent / self._wish.rate
        self._sent += 1
        wait = self._started_at + at - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        return time.perf_counter() - self._started_at < self._wish.seconds


_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_ID = re.compile(rb'"id":"([^"]+)"')


if __name__ == "__main__":
    wish = Wish(**orjson.loads(sys.stdin.buffer.read()))
    load = uvloop.run(_Generator(wish).run())
    sys.stdout.buffer.write(orjson.dumps(load))
