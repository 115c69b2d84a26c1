"""The line between processes is made again, whatever it broke of."""

import asyncio
from collections.abc import Callable

import asyncpg
import pytest

from gateway.store.engine import doorbell
from gateway.store.engine.doorbell import PostgresDoorbell


class FakeLine:
    """A connection that breaks off when it is first used."""

    def __init__(self, error: Exception | None) -> None:
        self._error = error
        self.rung = asyncio.Event()

    def get_server_pid(self) -> int:
        return 1

    async def add_listener(self, channel: str, heard: Callable[..., None]) -> None: ...

    def add_termination_listener(self, heard: Callable[..., None]) -> None: ...

    async def execute(self, statement: str) -> None:
        if self._error is not None:
            raise self._error
        self.rung.set()

    def terminate(self) -> None: ...


@pytest.mark.parametrize(
    "error",
    [OSError(), asyncpg.InterfaceError("closed"), asyncpg.InternalClientError("cannot switch to state 15")],
)
async def test_a_line_that_broke_off_rings_again(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [FakeLine(error), FakeLine(None)]
    coming = iter(lines)

    async def connect(*_: object, **__: object) -> FakeLine:
        return next(coming)

    monkeypatch.setattr(asyncpg, "connect", connect)
    monkeypatch.setattr(doorbell, "_RECONNECT_SECONDS", 0.0)
    bell = PostgresDoorbell("postgresql://nowhere/none")

    async with asyncio.timeout(10):
        while not lines[1].rung.is_set():
            bell.ring()
            await asyncio.sleep(0)
        await bell.aclose()
