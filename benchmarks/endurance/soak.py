"""Soak: a day's events, again and again in short time, and whether anything grows that should not.

Four municipalities get a steady traffic. In every turn one system refuses everything for a while, so that its breaker
opens and closes, and what another one rejected is replayed once it takes again; a third fetches its messages over
HTTP and confirms them. Portals send what is invalid, what they have sent before, and large messages. Memory, open
files and threads of every process are looked at, and what the store holds beside what it should.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import linear_regression, mean

import asyncpg
import httpx
import psutil

from benchmarks.endurance.installation import Installation, Systems, installation, systems, tenant
from benchmarks.endurance.letters import Letters
from benchmarks.endurance.memory import BROKEN
from benchmarks.endurance.page import table
from benchmarks.endurance.traffic import Traffic, posted, steady
from gateway import commands
from gateway.core.acts import Replay
from gateway.core.errors import NotReplayable, StoreUnavailable
from gateway.store import SqlStore

GOOD, ILL, PICKY, FETCHES = "12072477", "12060280", "12052000", "12053000"
RATE = 5.0
"""Messages per second to each municipality."""
TURN = 20.0
"""Seconds of one turn of events."""
LARGE = 3_000_000
PATIENCE = 120.0
"""Seconds within which everything must have arrived at the end."""
TAKES, REFUSES, REJECTS = 201, 503, 422
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Look:
    """What one process used at one moment."""

    process: str
    at: float
    """Seconds since the start."""
    memory: int
    files: int
    threads: int


@dataclass(frozen=True, slots=True)
class Soaked:
    """One size."""

    size: str
    minutes: float
    accepted: int
    taken: int
    doubled: int
    again: int
    """Repetitions that the systems recognised."""
    fetched: int
    refused: int
    replayed: int
    left: dict[str, int]
    """Rows of each table that nothing accounts for."""
    looks: Sequence[Look]


async def measure(folder: Path, size: str, minutes: float) -> Soaked:
    """Measure one size.

    Raises:
        ServerMissing: PostgreSQL or RabbitMQ is neither running nor installed.
    """
    folder.mkdir()
    with (
        systems(folder) as beside,
        installation(
            folder / "gateway", size, _tenants(beside), systems_of={"fetcher": ("fetches",)}
        ) as gateway,
        gateway.running(),
    ):
        return await _Day(gateway, beside, size, minutes).run()


def _tenants(beside: Systems) -> dict[str, str]:
    def settings(name: str) -> str:
        return (
            f'idempotent = true\nbreaker.first_seconds = 1\nsettings.url = "{beside.url}/{name}/v1/vorgaenge"'
        )

    names = {"good": GOOD, "ill": ILL, "picky": PICKY}
    fetches = 'transport = "pickup"\npayload = "original"\nsettings.over = "http"'
    return {name: tenant(ags, name, settings(name)) for name, ags in names.items()} | {
        "fetches": tenant(FETCHES, "fetches", fetches)
    }


class _Day:
    def __init__(self, gateway: Installation, beside: Systems, size: str, minutes: float) -> None:
        self._gateway = gateway
        self._beside = beside
        self._size = size
        self._minutes = minutes
        self._looks: list[Look] = []
        self._fetched = self._replayed = self._refused = self._extra = self._again = self._doubled = 0
        self._taken: set[str] = set()
        self._began = time.monotonic()

    async def run(self) -> Soaked:
        url, key = self._gateway.url, self._gateway.keys["benchmark"]
        async with asyncio.TaskGroup() as group, contextlib.AsyncExitStack() as stack:
            beside = [group.create_task(each) for each in (self._fetch(), self._disturb())]
            traffics = [
                await stack.enter_async_context(steady(url, key, ags, RATE))
                for ags in (GOOD, ILL, PICKY, FETCHES)
            ]
            while time.monotonic() - self._began < self._minutes * 60:
                await self._turn()
            await stack.aclose()
            await self._until_quiet()
            for each in beside:
                each.cancel()
        await self._look()
        return await self._result(traffics)

    async def _turn(self) -> None:
        """One turn: well, ill, well again; what was rejected is replayed."""
        await asyncio.sleep(TURN / 4)
        self._answer("ill", REFUSES)
        self._answer("picky", REJECTS)
        await asyncio.sleep(TURN / 4)
        self._answer("ill", TAKES)
        self._answer("picky", TAKES)
        await asyncio.sleep(TURN / 4)
        await self._replay()
        # Before they grow large. Nobody else asks: an answer that is not waited for is lost.
        await self._add_accounts()
        await self._look()
        await asyncio.sleep(TURN / 4)

    def _answer(self, name: str, status: int) -> None:
        self._beside.answer(name, status)

    async def _replay(self) -> None:
        """What is rejected, as far as the store answers now."""
        with contextlib.suppress(StoreUnavailable):
            async with await SqlStore.open(self._gateway.store_url, mode="read") as store:
                page = await store.failed(destination="picky", limit=1000)
            for each in page.items:
                act = Replay(each.id, "operator:benchmark", "it takes again")
                with contextlib.suppress(NotReplayable):
                    await commands.perform(self._gateway.configuration, act)
                    self._replayed += 1

    async def _disturb(self) -> None:
        """Messages that are invalid, known or large, two of each kind a second."""
        letters, large = Letters(GOOD), Letters(GOOD, LARGE)
        _, known = letters.next()
        async with self._client() as client:
            for number in range(1_000_000):
                _, body = large.next() if number % 20 == 0 else letters.next()
                answers = [
                    await posted(client, "/v1/messages", content=content)
                    for content in (body, known, body.replace(b"<anzahlHunde>2</anzahlHunde>", BROKEN))
                ]
                self._extra += answers[0].status_code == httpx.codes.ACCEPTED
                self._extra += number == 0
                self._refused += answers[2].status_code == httpx.codes.UNPROCESSABLE_ENTITY
                await asyncio.sleep(0.5)

    async def _fetch(self) -> None:
        """The system that fetches by itself."""
        async with self._client("fetcher") as client:
            while True:
                answer = await posted(client, "/v1/pickup/fetches/lease", json={"max": 32, "wait": 5})
                parcels = answer.json()["parcels"] if answer.status_code == httpx.codes.OK else []
                await asyncio.gather(*(self._confirm(client, each["delivery"]) for each in parcels))

    async def _confirm(self, client: httpx.AsyncClient, delivery: str) -> None:
        await posted(client, f"/v1/pickup/fetches/{delivery}/confirm", json={"reference": "A-1"})
        self._fetched += 1

    async def _add_accounts(self) -> None:
        for name in ("good", "ill", "picky"):
            taken, repeated = await asyncio.to_thread(self._beside.account, name)
            self._again += repeated
            self._doubled += sum(len(moments) - 1 for moments in taken.values())
            self._doubled += len(self._taken & taken.keys())
            self._taken |= taken.keys()

    async def _until_quiet(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while await self._is_busy() and time.monotonic() < deadline:
            await self._replay()
            await asyncio.sleep(1)
        await self._add_accounts()

    async def _is_busy(self) -> bool:
        try:
            async with await SqlStore.open(self._gateway.store_url, mode="read") as store:
                return bool(await store.depths(datetime.now(UTC)))
        except StoreUnavailable:
            return True

    async def _look(self) -> None:
        at = time.monotonic() - self._began
        for name, each in self._gateway.processes.items():
            process = psutil.Process(each.pid)
            self._looks.append(
                Look(name, at, process.memory_info().rss, process.num_fds(), process.num_threads())
            )

    async def _result(self, traffics: Sequence[Traffic]) -> Soaked:
        accepted = sum(len(each.waits) for each in traffics) + self._extra
        rows = await _rows(self._gateway.store_url)
        left = {
            "messages": rows["messages"] - accepted,
            "contents": rows["contents"] - accepted,
            "deliveries": rows["deliveries"] - accepted,
            "open deliveries": rows["open"],
            "parcels": rows["pickups"],
            "gates": rows["gates"],
        }
        return Soaked(
            self._size,
            self._minutes,
            accepted,
            len(self._taken),
            self._doubled,
            self._again,
            self._fetched,
            self._refused,
            self._replayed,
            left,
            self._looks,
        )

    @asynccontextmanager
    async def _client(self, name: str = "benchmark") -> AsyncIterator[httpx.AsyncClient]:
        headers = {"Authorization": self._gateway.keys[name]}
        if name == "benchmark":
            headers["Content-Type"] = "application/xml"
        async with httpx.AsyncClient(
            base_url=self._gateway.url, headers=headers, timeout=60, trust_env=False
        ) as client:
            yield client


async def _rows(store_url: str) -> dict[str, int]:
    queries = {
        name: f"SELECT count(*) FROM {name}"
        for name in ("messages", "contents", "deliveries", "pickups", "gates")
    }
    queries["open"] = "SELECT count(*) FROM deliveries WHERE state <> 'delivered'"
    if store_url.startswith("sqlite"):
        with closing(sqlite3.connect(store_url.removeprefix("sqlite:///"))) as connection:
            return {name: connection.execute(query).fetchone()[0] for name, query in queries.items()}
    server = await asyncpg.connect(store_url)
    try:
        return {name: await server.fetchval(query) for name, query in queries.items()}
    finally:
        await server.close()


def report(results: Sequence[Soaked]) -> str:
    """The tables of all sizes."""
    counts = [
        (
            each.size,
            each.minutes,
            each.accepted,
            each.taken + each.fetched,
            each.doubled,
            each.again,
            each.refused,
            each.replayed,
            ", ".join(f"{name} {number:+d}" for name, number in each.left.items()),
        )
        for each in results
    ]
    head = (
        "size",
        "minutes",
        "accepted",
        "arrived",
        "doubled",
        "repeated",
        "refused as invalid",
        "replayed",
        "rows beside what is expected",
    )
    growth = [
        _growth(each, name) for each in results for name in dict.fromkeys(look.process for look in each.looks)
    ]
    return (
        table(head, counts)
        + "\nAfter the first third:\n\n"
        + table(
            (
                "size",
                "process",
                "MiB: mean of the second third",
                "of the last",
                "slope, MiB per 10,000 messages",
                "files",
                "threads",
            ),
            growth,
        )
    )


def _growth(soaked: Soaked, process: str) -> tuple[object, ...]:
    looks = [each for each in soaked.looks if each.process == process]
    looks = looks[len(looks) // 3 :]
    middle = len(looks) // 2
    memory = [each.memory / _MIB for each in looks]
    messages = [each.at / (soaked.minutes * 60) * soaked.accepted / 10_000 for each in looks]
    slope = linear_regression(messages, memory).slope if len(looks) > 2 else 0.0
    return (
        soaked.size,
        process,
        f"{mean(memory[:middle] or memory):.1f}",
        f"{mean(memory[middle:]):.1f}",
        f"**{slope:+.2f}**",
        f"{min(each.files for each in looks)} to {max(each.files for each in looks)}",
        f"{min(each.threads for each in looks)} to {max(each.threads for each in looks)}",
    )
