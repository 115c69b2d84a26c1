"""Rolling restarts: every process of a data centre is stopped and started under load, and no portal notices."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.acceptance.conftest import Book, opened
from tests.acceptance.installation import PATIENCE, Installation
from tests.acceptance.letters import Letter, many
from tests.servers.postgres import PostgresServer
from tests.servers.rabbitmq import RabbitMqServer

PROCESSES = ("api-1", "api-2", "relay-1", "relay-2", "worker-1", "worker-2", "worker-3")
ORDER = ("worker-2", "api-1", "relay-2", "worker-3", "api-2", "relay-1", "worker-1")
PORTALS = 4
PACE = 0.25
"""Seconds between two messages of a portal: the load lasts as long as the restarts, whatever that costs."""


class Balancer:
    """Spreads requests over the APIs that are in rotation, as the proxy in front of several does: where nobody listens
    it turns to another one, because nothing was sent.
    """

    def __init__(self, urls: list[str]) -> None:
        self.rotation = urls
        self._turn = count()

    async def post(
        self, client: httpx.AsyncClient, letter: Letter, headers: dict[str, str]
    ) -> httpx.Response:
        while True:
            url = self.rotation[next(self._turn) % len(self.rotation)]
            try:
                return await client.post(f"{url}/v1/messages", content=letter.content, headers=headers)
            except httpx.ConnectError:
                await asyncio.sleep(0)


@pytest.fixture
def many_processes(
    tmp_path: Path, postgres_server: PostgresServer, rabbitmq_server: RabbitMqServer
) -> Iterator[Installation]:
    installation = Installation(
        tmp_path,
        database_url=postgres_server.create(),
        broker_url=rabbitmq_server.create(),
        processes=PROCESSES,
    )
    with opened(installation):
        yield installation
    rabbitmq_server.release(installation.broker_url)


@pytest.mark.timeout(420)
async def test_every_process_is_restarted_under_load(many_processes: Installation, book: Book) -> None:
    installation = many_processes
    balancer = Balancer([installation.url(name) for name in PROCESSES if name.startswith("api")])

    def restart_all() -> set[int]:
        return {code for name in ORDER for code in restarted(installation, balancer, name)}

    codes, letters, answers = await under_load(installation, balancer, restart_all)

    found = await asyncio.to_thread(installation.settle, letters)
    book("restart of each of seven processes", found, answers)
    assert codes == {0}
    assert set(answers) == {"202"}
    assert len(letters) > PORTALS
    assert found.settled
    assert found.recognised == 0


def restarted(installation: Installation, balancer: Balancer, name: str) -> list[int]:
    """Restart one process, an API out of rotation; its exit code."""
    url = installation.url(name)
    is_api = url in balancer.rotation
    if is_api:
        balancer.rotation.remove(url)
    codes = installation.stop(name)
    installation.start(name)
    if is_api:
        balancer.rotation.append(url)
    return list(codes.values())


async def under_load(
    installation: Installation, balancer: Balancer, work: Callable[[], set[int]]
) -> tuple[set[int], list[Letter], Counter[str]]:
    """Submit for as long as `work` takes in its thread: what it gives, what was accepted, and all answers."""
    letters: list[Letter] = []
    answers: Counter[str] = Counter()
    done = asyncio.Event()

    async def submit(client: httpx.AsyncClient) -> None:
        while not done.is_set():
            for letter in many(8):
                answer = await balancer.post(client, letter, installation.portal)
                answers[str(answer.status_code)] += 1
                if answer.status_code == 202:
                    installation.ledger.acknowledged(answer.json()["id"], letter)
                    letters.append(letter)
                await asyncio.sleep(PACE)

    limits = httpx.Limits(max_keepalive_connections=0)
    async with (
        httpx.AsyncClient(timeout=PATIENCE, limits=limits, trust_env=False) as client,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(PORTALS):
            group.create_task(submit(client))
        codes = await asyncio.to_thread(work)
        done.set()
    return codes, letters, answers
