"""A worker is killed in the middle of an attempt over XTA: the message is there once, under one id."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest

from gateway.store import SqlStore, upgrade
from tests.contract.store_steps import claimed
from tests.unit.adapters.wire import Request, serving
from tests.unit.adapters.xta_service import XtaService

PATIENCE = 60.0


class Deadly(XtaService):
    """Kills whoever calls an operation for the first time, before or after doing what was asked."""

    victim: Process | None = None
    operation: str = ""
    done_before: bool = False

    def answer(self, request: Request) -> bytes | None:
        if self.victim is None or f"/{self.operation}<".encode() not in request.body:
            return super().answer(request)
        if self.done_before:
            super().answer(request)
        self.victim.kill()
        self.victim = None
        return None


async def start(store_url: str, service: XtaService, delivery: str) -> Process:
    arguments = ["-m", "tests.integration.xta_sender", store_url, service.url, delivery]
    return await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=PIPE)


@pytest.mark.parametrize("operation", ["CreateMessageID", "SendMessage"])
@pytest.mark.parametrize("done_before", [True, False])
async def test_the_message_is_there_once(tmp_path: Path, operation: str, done_before: bool) -> None:
    store_url = f"sqlite:///{tmp_path}/store.db"
    await upgrade(store_url)
    async with await SqlStore.open(store_url) as store:
        ticket = await claimed(store)
    async with serving(Deadly()) as service, asyncio.timeout(PATIENCE):
        service.operation, service.done_before = operation, done_before
        # It can't call before it is the victim: the server has its turn only when this one waits.
        service.victim = process = await start(store_url, service, ticket.delivery)
        assert await process.wait() == -9
        assert service.victim is None
        process = await start(store_url, service, ticket.delivery)
        said, _ = await process.communicate()
        assert said.decode().strip() in {"Delivered", "Pending"}
        assert len(service.orders) == 1
    async with await SqlStore.open(store_url, mode="read") as store:
        assert [await store.reference(ticket.delivery)] == list(service.orders)
