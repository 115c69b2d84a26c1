"""Ends: when messages were delivered, as the store of the gateway or of the peer knows it."""

import asyncio
import sqlite3
import time
from datetime import UTC, datetime
from typing import Protocol

import asyncpg
from sqlalchemy import func, select

from benchmarks.peer.database import open_database
from benchmarks.peer.models import Message, State
from gateway.store import SqlStore

PATIENCE = 300.0
"""Seconds within which everything that was accepted must have been delivered."""

_QUERY = "SELECT message_id, updated_at FROM deliveries WHERE state = 'delivered' AND updated_at >= {since}"


class Ends(Protocol):
    """Asks the store of something that delivers."""

    async def until_delivered(self) -> None:
        """Wait until nothing is under way any more.

        Raises:
            RuntimeError: a delivery needs a person, or it takes too long.
        """

    async def delivered_at(self, since: float) -> dict[str, float]:
        """When the specialist system's answer to each message was in, by message, in seconds since 1970."""


class GatewayEnds:
    """Of the gateway."""

    def __init__(self, store_url: str) -> None:
        self._url = store_url

    async def until_delivered(self) -> None:
        await until_delivered(self._url)

    async def delivered_at(self, since: float) -> dict[str, float]:
        return await delivered_at(self._url, since)


class PeerEnds:
    """Of the peer."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url

    async def until_delivered(self) -> None:
        waiting = select(func.count()).where(Message.state == State.RECEIVED)
        failed = select(func.count()).where(Message.state == State.FAILED)
        deadline = time.monotonic() + PATIENCE
        async with open_database(self._url) as database:
            while await database.run(lambda session: session.scalars(waiting).one()):
                if time.monotonic() > deadline:
                    raise RuntimeError("the peer delivers no more")
                await asyncio.sleep(0.1)
            if count := await database.run(lambda session: session.scalars(failed).one()):
                raise RuntimeError(f"{count} deliveries of the peer have failed")

    async def delivered_at(self, since: float) -> dict[str, float]:
        query = select(Message.id, Message.delivered_at).where(Message.state == State.DELIVERED)
        async with open_database(self._url) as database:
            rows = await database.run(lambda session: session.execute(query).all())
        # SQLite gives times without a zone, which are UTC.
        times = ((str(id), at.replace(tzinfo=UTC).timestamp()) for id, at in rows if at)
        return {message: at for message, at in times if at >= since}


async def until_delivered(store_url: str) -> None:
    """Wait until nothing of the gateway is under way any more.

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
    """When the answer to each message of the gateway was in, by message, in seconds since 1970."""
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
