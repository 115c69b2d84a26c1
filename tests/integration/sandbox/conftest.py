"""A running sandbox, and who calls it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from gateway.sandbox import Sandbox, SandboxSettings, System, sandbox
from tests.integration.sandbox.callers import Caller


@pytest.fixture
def settings(tmp_path: Path) -> SandboxSettings:
    return SandboxSettings(port=0, tls=False, sftp=False, folder=tmp_path / "sandbox")


@pytest.fixture
async def running(settings: SandboxSettings) -> AsyncIterator[Sandbox]:
    async with sandbox(settings) as running:
        yield running


@pytest.fixture
async def client(running: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=running.url, timeout=60) as client:
        yield client


@pytest.fixture(params=[System.REGISTRATION, System.CIVIL_STATUS, System.FINANCE])
def caller(client: httpx.AsyncClient, request: pytest.FixtureRequest) -> Caller:
    return Caller(client, request.param)
