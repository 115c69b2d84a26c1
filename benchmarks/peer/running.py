"""Running: what a process needs, opened in order and closed in reverse."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from benchmarks.peer.database import Database, open_database
from benchmarks.peer.deliver import Deliverer
from benchmarks.peer.queues import Queue, open_queue
from benchmarks.peer.settings import Settings


@dataclass(frozen=True)
class Running:
    database: Database
    queue: Queue
    deliverer: Deliverer


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Running]:
    """Open everything."""
    async with (
        open_database(settings.database_url) as database,
        open_queue(settings.broker_url) as queue,
        httpx.AsyncClient(timeout=30) as client,
    ):
        yield Running(database, queue, Deliverer(settings, database, client))
