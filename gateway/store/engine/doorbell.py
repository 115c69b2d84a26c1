"""Doorbells: within one process, and between processes over PostgreSQL's LISTEN and NOTIFY."""

import asyncio
import contextlib

CHANNEL = "amtsbote_due"
_PAUSE_SECONDS = 0.02
_RECONNECT_SECONDS = 1.0
_TIMEOUT_SECONDS = 5.0
_GRACE_SECONDS = 1.0


class LocalDoorbell:
    """Rings for waiters in this process."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake those who wait now, or the next one who does."""
        self._rung.set()

    async def wait(self, timeout: float) -> None:
        """Return after a ring since the last wait, at the latest after `timeout` seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), timeout)
        self._rung.clear()

    async def aclose(self) -> None:
        """Nothing to close."""


class PostgresDoorbell(LocalDoorbell):
    """Rings in every process on the same database.

    NOTIFY inside the writing transactions would make the server commit them one after the other; so it
    travels on a connection of its own, which may be broken at any time without harm.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._pressed = asyncio.Event()
        self._passed_on = asyncio.Event()
        self._passed_on.set()
        self._line: asyncio.Task[None] | None = None

    def ring(self) -> None:
        """Wake waiters here at once and elsewhere soon."""
        super().ring()
        self._passed_on.clear()
        self._pressed.set()
        self._connect()

    async def wait(self, timeout: float) -> None:
        """As in one process; from now on this process also hears the others."""
        self._connect()
        await super().wait(timeout)

    async def aclose(self) -> None:
        """Pass on the last ring, then hang up."""
        if self._line is not None:
            # A command that ends right after its act would otherwise take its ring with it.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._passed_on.wait(), _GRACE_SECONDS)
            self._line.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._line

    def _connect(self) -> None:
        if self._line is None:
            self._line = asyncio.create_task(self._keep_line())

    async def _keep_line(self) -> None:
        while True:
            try:
                await self._hold_line()
            except Exception:  # noqa: BLE001 - asyncpg breaks off with errors of many kinds
                # Only hints are lost. Without a line they would be so for good.
                await asyncio.sleep(_RECONNECT_SECONDS)

    async def _hold_line(self) -> None:
        from gateway.store.engine.connector import Connector  # noqa: PLC0415 - who has SQLite does not wait for asyncpg

        connector = Connector(
            self._url,
            timeout=_TIMEOUT_SECONDS,
            command_timeout=_TIMEOUT_SECONDS,
            settings={"application_name": "amtsbote-doorbell", "synchronous_commit": "off"},
        )
        connection = await connector.connect()
        own = connection.get_server_pid()

        def heard(_connection: object, pid: int, _channel: str, _payload: object) -> None:
            if pid != own:
                LocalDoorbell.ring(self)

        try:
            await connection.add_listener(CHANNEL, heard)
            # A broken line is noticed by the next press.
            connection.add_termination_listener(lambda _: self._pressed.set())
            # Whatever rang while the line was down was not heard.
            LocalDoorbell.ring(self)
            while True:
                await self._pressed.wait()
                self._pressed.clear()
                await connection.execute(f"NOTIFY {CHANNEL}")
                self._passed_on.set()
                await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            connection.terminate()
