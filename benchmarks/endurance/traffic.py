"""Traffic: messages at a steady rate from a portal, each written down when it was sent and when it was answered."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmarks.endurance.letters import Letters


@dataclass(slots=True)
class Traffic:
    """What one portal has sent so far."""

    sent: dict[str, float] = field(default_factory=dict)
    """When each message went off, by nachrichtenUUID, in seconds since 1970."""
    waits: dict[str, float] = field(default_factory=dict)
    """Seconds until the 202 of each accepted message."""
    refused: dict[int, int] = field(default_factory=dict)
    """How often another status came."""

    async def send(self, client: httpx.AsyncClient, letters: Letters) -> None:
        """Send one message and wait for its answer."""
        uuid, body = letters.next()
        began = time.perf_counter()
        self.sent[uuid] = time.time()
        answer = await posted(
            client, "/v1/messages", content=body, headers={"Content-Type": "application/xml"}
        )
        if answer.status_code == httpx.codes.ACCEPTED:
            self.waits[uuid] = time.perf_counter() - began
        else:
            self.refused[answer.status_code] = self.refused.get(answer.status_code, 0) + 1


TRIES = 5


async def posted(client: httpx.AsyncClient, path: str, **body: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
    """Post, and post again where the connection broke off, as every portal has to."""
    for _ in range(TRIES - 1):
        with suppress(httpx.TransportError):
            return await client.post(path, **body)
    return await client.post(path, **body)


@asynccontextmanager
async def steady(url: str, authorization: str, ags: str, rate: float) -> AsyncIterator[Traffic]:
    """So many messages per second to one municipality, for as long as the context is open; at the end all are
    answered. What is slow to be answered does not keep the next one back.
    """
    traffic, letters = Traffic(), Letters(ags)
    async with httpx.AsyncClient(
        base_url=url, headers={"Authorization": authorization}, timeout=60, trust_env=False
    ) as client:
        under_way: set[asyncio.Task[None]] = set()

        async def run() -> None:
            began, number = time.perf_counter(), 0
            while True:
                task = asyncio.create_task(traffic.send(client, letters))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
                number += 1
                await asyncio.sleep(began + number / rate - time.perf_counter())

        running = asyncio.create_task(run())
        try:
            yield traffic
        finally:
            running.cancel()
            await asyncio.gather(*under_way)


async def flood(url: str, authorization: str, ags: str, seconds: float, connections: int = 32) -> Traffic:
    """As many messages as `connections` can carry, each sending its next one when the one before is answered."""
    traffic, letters = Traffic(), Letters(ags)
    until = time.perf_counter() + seconds
    async with httpx.AsyncClient(
        base_url=url, headers={"Authorization": authorization}, timeout=60, trust_env=False
    ) as client:

        async def converse() -> None:
            while time.perf_counter() < until:
                await traffic.send(client, letters)

        await asyncio.gather(*(converse() for _ in range(connections)))
    return traffic
