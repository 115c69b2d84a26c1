"""A worker that stands still for longer than its lease, and one that only takes longer than a lease."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from gateway.core.delivery import Submission, Ticket
from gateway.core.status import DeliveryState
from gateway.core.views import MessageView
from gateway.delivery.reaper import Reaper
from gateway.store import SqlStore, upgrade
from gateway.telemetry.metrics import Metrics
from tests.builders import FakeClock, a_message
from tests.integration.frozen_worker import DESTINATION, LEASE

PATIENCE = 120


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[SqlStore]:
    await upgrade(postgres_url)
    async with await SqlStore.open(postgres_url) as opened:
        yield opened


@asynccontextmanager
async def worker(url: str, ticket: Ticket) -> AsyncIterator[Process]:
    """A worker's process that has claimed the ticket and begun to speak."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.frozen_worker", url, ticket.delivery, stdin=PIPE, stdout=PIPE
    )
    try:
        await says(process, "speaks")
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def says(process: Process, word: str) -> None:
    """Wait for a word among the lines of its log."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        while line := await process.stdout.readline():
            if line.decode().strip() == word:
                return
    raise AssertionError(f"it never said {word}")


def let_end(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.write(b"\n")


async def a_ticket_of(store: SqlStore) -> tuple[Ticket, MessageView]:
    receipt = await store.accept(Submission(a_message(received_at=datetime.now(UTC)), (DESTINATION.name,)))
    [ticket] = await store.take_due(datetime.now(UTC), 10, timedelta(minutes=5))
    return ticket, await store.message(receipt.id)


async def test_of_a_frozen_worker_and_its_successor_only_one_settles(
    store: SqlStore, postgres_url: str
) -> None:
    ticket, view = await a_ticket_of(store)
    later = FakeClock(datetime.now(UTC) + timedelta(hours=1))
    reaper = Reaper(store, {DESTINATION.name: DESTINATION}, later, Metrics(), draw=lambda: 0.5)

    async with worker(postgres_url, ticket) as frozen:
        os.kill(frozen.pid, signal.SIGSTOP)
        assert await reaper.reap() == 1
        [second] = await store.take_due(later.now() + timedelta(hours=1), 10, timedelta(minutes=5))
        assert await store.claim(second, "successor", later.now(), timedelta(minutes=5)) is not None
        let_end(frozen)
        os.kill(frozen.pid, signal.SIGCONT)
        await says(frozen, "ended")

    after = await store.message(view.id)
    assert second == Ticket(ticket.delivery, 2, ticket.destination)
    assert [(each.state, each.attempt) for each in after.deliveries] == [(DeliveryState.CLAIMED, 2)]
    assert [event.action for event in after.timeline] == [
        "received",
        "claimed",
        "unclear",
        "claimed",
        "late-delivered",
    ]


async def test_a_worker_that_is_at_work_keeps_its_delivery(store: SqlStore, postgres_url: str) -> None:
    ticket, view = await a_ticket_of(store)

    async with worker(postgres_url, ticket) as slow:
        first_end = datetime.now(UTC) + LEASE
        async with asyncio.timeout(PATIENCE):
            while await store.overdue(first_end, 1):  # noqa: ASYNC110 - another process renews
                await asyncio.sleep(0.1)
        let_end(slow)
        await says(slow, "ended")

    after = await store.message(view.id)
    assert [(each.state, each.attempt) for each in after.deliveries] == [(DeliveryState.DELIVERED, 1)]
