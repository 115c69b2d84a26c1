"""Ends: when deliveries were delivered, as the store knows it."""

import asyncio
import sqlite3
import time
from datetime import UTC, datetime

import asyncpg

from gateway.store import SqlStore

PATIENCE = 300.0
"""Seconds within which everything that was accepted must have been delivered."""

_QUERY = "SELECT message_id, updated_at FROM deliveries WHERE state = 'delivered' AND updated_at >= {since}"


async def until_delivered(store_url: str) -> None:
    """Wait until nothing is under way any more.

    Raises:
        RuntimeError: a delivery needs a person, or it takes too long.
    """
    deadline = time.monotonic() + PATIENCE
    async with await SqlStore.open(store_url, mode="read") as store:
        while open_ := await store.depths(datetime.now(UTC)):
            if any(each.state not in {"queued", "claimed"} for each in open_) or time.monotonic() > deadline:
                raise RuntimeError(f"deliveries are stuck: {open_}")
            await asyncio.sleep(0.1)


async def delivered_at(store_url: str, since: float) -> dict[str, float]:
    """When the specialist system's answer to each message was in, by message, in seconds since 1970."""
    query = _QUERY.format(since=int(since * 1_000_000))
    rows: list[tuple[str, int]]
    if store_url.startswith("sqlite"):
        connection = sqlite3.connect(f"file:{store_url.removeprefix('sqlite:///')}?mode=ro", uri=True)
        rows = connection.execute(query).fetchall()
        connection.close()
    else:
        server = await asyncpg.connect(store_url)
        rows = [(row[0], row[1]) for row in await server.fetch(query)]
        await server.close()
    return {message: at / 1_000_000 for message, at in rows}
