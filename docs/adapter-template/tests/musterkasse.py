"""The Musterkasse as the tests see it."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.core.tenants import Destination
from gateway.testing import System, samples_of


class Musterkasse(System):
    """A tiny server that takes lines. What it can't do is left out: no test asks it to."""

    area = "finance"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.says = b"OK HST-1\n"
        self.ids: list[str] = []
        self.port = 0
        self.server: asyncio.Server | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        yield
        self.server.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if line := await reader.readline():
            self.ids.append(json.loads(line)["id"])
            writer.write(self.says)
            await writer.drain()
        writer.close()

    def destination(self) -> Destination:
        return Destination("kasse", "musterkasse", {"host": "127.0.0.1", "port": self.port})

    def samples(self) -> Sequence[Path]:
        return samples_of("finance", "hundesteueranmeldung*")

    def arrivals(self) -> Sequence[str]:
        return self.ids

    def refuse(self) -> None:
        self.says = b"NO S030\n"

    def be_busy(self) -> None:
        self.says = b"BUSY 120\n"

    def go_away(self) -> None:
        assert self.server
        self.server.close()

    def say_yes_with_an_error_inside(self) -> None:
        self.says = b"OK\n"

    def refuses_unknown_kinds(self) -> None: ...
