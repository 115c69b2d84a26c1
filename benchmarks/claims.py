"""Claims: how fast the store lets workers claim and settle, beside two bare updates of the same rows."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from itertools import islice
from typing import TypeVar

from uuid_utils import uuid7

from benchmarks.bare import INSERT, UPDATE, bare_store
from benchmarks.figures import FLOOR, GATEWAY, Case, Figures
from benchmarks.letters import letters
from benchmarks.load import CONNECTIONS
from gateway import store as stores
from gateway.core.delivery import Settlement, Submission, Ticket
from gateway.core.status import DeliveryState
from gateway.store import SqlStore
from tests.builders import NOON, a_message

MESSAGES = 1000
LEASE = timedelta(minutes=2)

Item = TypeVar("Item")


async def measure(where: str, store_url: str, bare_url: str, figures: Figures) -> None:
    """One run over fresh deliveries; `bare_url` is another database on the same disk or server."""
    case = Case("claims", where)
    figures.add(case, FLOOR, per_second=await _bare(bare_url))
    figures.add(case, GATEWAY, per_second=await _ours(store_url))


async def _bare(url: str) -> float:
    rows = [(str(uuid7()), content) for content in islice(letters(), MESSAGES)]
    async with bare_store(url) as group_commit:
        insert, update = group_commit(INSERT), group_commit(UPDATE)
        await _all(rows, lambda row: insert.keep(*row))

        async def work(row: tuple[str, bytes]) -> None:
            await update.keep(row[0], "claimed")
            await update.keep(row[0], "delivered")

        return await _rate(rows, work)


async def _ours(url: str) -> float:
    await stores.upgrade(url)
    async with await SqlStore.open(url, window=MESSAGES) as store:
        await _all([_submission(content) for content in islice(letters(), MESSAGES)], store.accept)
        tickets: list[Ticket] = []
        while taken := await store.take_due(NOON, MESSAGES, LEASE):
            tickets += taken

        async def work(ticket: Ticket) -> None:
            assert await store.claim(ticket, "benchmark", NOON, LEASE)
            assert await store.settle(Settlement(ticket, DeliveryState.DELIVERED, "delivered", NOON, NOON))

        return await _rate(tickets, work)


def _submission(content: bytes) -> Submission:
    return Submission(a_message(content=content), ("finanzen",))


async def _rate(items: list[Item], work: Callable[[Item], Awaitable[object]]) -> float:
    started_at = time.perf_counter()
    await _all(items, work)
    return len(items) / (time.perf_counter() - started_at)


async def _all(items: Iterable[Item], work: Callable[[Item], Awaitable[object]]) -> None:
    remaining = iter(items)

    async def one_after_the_other() -> None:
        for item in remaining:
            await work(item)

    await asyncio.gather(*(one_after_the_other() for _ in range(CONNECTIONS)))
