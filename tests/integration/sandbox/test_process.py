"""The sandbox as a process: its start, its end, and what must not be hidden."""

import asyncio
import os
import signal
import socket
from pathlib import Path

import httpx
import pytest

from gateway.sandbox import SandboxSettings, System, run, sandbox
from tests.integration.sandbox.callers import Caller, post_vorgang
from tests.integration.sandbox.support import until


async def test_it_is_alive(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).status_code == 200


async def test_an_unknown_system_is_no_empty_list(client: httpx.AsyncClient) -> None:
    assert (await client.get("/sandbox/received", params={"system": "finanz"})).status_code == 422


async def test_it_ends_at_once_while_somebody_is_kept_waiting(settings: SandboxSettings) -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        async with asyncio.timeout(20), sandbox(settings) as running:
            client.base_url = httpx.URL(running.url)
            await Caller(client, System.FINANCE).fault("stall", seconds=3600)
            waiting = asyncio.create_task(post_vorgang(client, "d1"))
            await until(lambda: next(iter(running.desk.faults)).hits > 0)
        with pytest.raises(httpx.RemoteProtocolError):
            await waiting


async def test_it_runs_until_it_is_told_to_stop(settings: SandboxSettings) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(run(settings, stop=stop))
    await until(settings.journal.exists)
    stop.set()

    async with asyncio.timeout(10):
        await running


async def test_without_being_told_it_runs_until_a_signal(settings: SandboxSettings) -> None:
    running = asyncio.create_task(run(settings))
    await until(settings.journal.exists)
    os.kill(os.getpid(), signal.SIGTERM)

    async with asyncio.timeout(10):
        await running


async def test_a_port_that_is_taken_ends_it_at_once(settings: SandboxSettings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        await run(settings.model_copy(update={"port": taken.getsockname()[1]}), stop=asyncio.Event())


async def test_a_folder_that_cant_be_watched_ends_it(settings: SandboxSettings, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    unwatchable = settings.model_copy(update={"trade_folders": (tmp_path / "file",)})

    async with asyncio.timeout(10):
        with pytest.raises(OSError, match="file"):
            await run(unwatchable, stop=asyncio.Event())
