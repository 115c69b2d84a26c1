"""Drain: how fast a backlog goes out after an outage, and what another destination notices of it.

One system refuses everything, its backlog is put into the store in process while the gateway is down, as after
an outage of a day; then the gateway starts, its breaker opens, and the system comes back. The other destination
has a steady traffic all the time. Lost and doubled are counted from the systems' own accounts.
"""

import asyncio
import time
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from uuid_utils import uuid7

from benchmarks.endurance.installation import Installation, Systems, installation, systems, tenant
from benchmarks.endurance.letters import Letters
from benchmarks.endurance.page import table
from benchmarks.endurance.traffic import Traffic, flood, steady
from benchmarks.figures import percentile
from gateway.commands import BUNDLES
from gateway.core.delivery import Submission
from gateway.core.message import Message, MessageId
from gateway.store import SqlStore
from schemas.library import SchemaLibrary

T = TypeVar("T")

ILL, WELL = "12072477", "12060280"
"""Municipalities: of the system that fails, and of the one beside it."""
REFUSES = 503
SHORT = 2_000
"""A backlog that is no backlog: what goes out of it per second is the steady state of delivery."""
RATE = 10.0
"""Messages per second to the other destination."""
PATIENCE, SLOWEST = 120.0, 3.0
"""Seconds, and messages per second, after which what has not come counts as lost."""
SAME_TIME = 64
"""Submissions in the store at the same time while a backlog is made."""


@dataclass(frozen=True, slots=True)
class Drained:
    """One backlog that went out."""

    backlog: int
    per_second: float
    tenths: tuple[float, ...]
    """Per second in each tenth of the backlog."""
    cpu: float
    """Seconds of the gateway's processor time per message, with that of the other destination's."""
    resumed_after: float
    """Seconds from the system's return to the first delivery: the wait for the breaker's probe."""
    lost: int
    doubled: int


@dataclass(frozen=True, slots=True)
class Noticed:
    """What the other destination had of it: seconds from sending to its system's account."""

    phase: str
    waits: Sequence[float]

    def at(self, percent: int) -> float:
        """A percentile in milliseconds."""
        return percentile(self.waits, percent) * 1000


@dataclass(frozen=True, slots=True)
class Result:
    """One size."""

    size: str
    sustained: float
    """Messages per second, taken in over HTTP and delivered meanwhile, to the same destination."""
    short: Drained
    long: Drained
    noticed: tuple[Noticed, ...]
    other_lost: int
    other_doubled: int
    repeated: int
    """Repetitions that the systems recognised."""


async def measure(folder: Path, size: str, backlog: int, seconds: float) -> Result:
    """Measure one size. `seconds` is how long each load lasts.

    Raises:
        ServerMissing: PostgreSQL or RabbitMQ is neither running nor installed.
    """
    folder.mkdir()
    with systems(folder) as beside, _installed(folder / "gateway", size, beside) as gateway:
        parts = _Parts(gateway, beside, seconds)
        with gateway.running():
            await parts.phase("warm-up", asyncio.sleep(seconds))
            await parts.phase("alone", asyncio.sleep(seconds))
            sustained = await parts.sustained()
        short = await parts.drain(SHORT, "short")
        long = await parts.drain(backlog, "long")
        taken, repeated = beside.account("well")
        noticed = tuple(
            _noticed(phase, traffic, taken) for phase, traffic in parts.phases.items() if phase != "warm-up"
        )
        accepted = {uuid for traffic in parts.phases.values() for uuid in traffic.waits}
        return Result(
            size,
            sustained,
            short,
            long,
            noticed,
            len(accepted - taken.keys()),
            sum(len(each) - 1 for each in taken.values()),
            parts.repeated + repeated,
        )


class _Parts:
    """The parts of one measurement, one after the other."""

    def __init__(self, gateway: Installation, beside: Systems, seconds: float) -> None:
        self._gateway = gateway
        self._beside = beside
        self._seconds = seconds
        self.phases: dict[str, Traffic] = {}
        self.repeated = 0

    async def sustained(self) -> float:
        """Everything at once, until the last one is delivered."""
        began = time.time()
        load = flood(self._gateway.url, self._key, ILL, self._seconds)
        traffic = await self.phase("sustained load", load)
        taken = await self._until_taken(len(traffic.waits))
        return len(taken) / (max(each[0] for each in taken.values()) - began)

    async def drain(self, backlog: int, name: str) -> Drained:
        """An outage, a start with a backlog, and the system's return."""
        self._beside.answer("ill", REFUSES)
        uuids = await _put_in(self._gateway, backlog)
        with self._gateway.running():
            await self.phase(f"outage, {name} backlog", asyncio.sleep(self._seconds))
            self._beside.account("ill")
            self._beside.answer("ill", 201)
            back, cpu = time.time(), self._gateway.cpu_seconds()
            taken: dict[str, list[float]] = {}

            async def all_out() -> None:
                taken.update(await self._until_taken(backlog))

            await self.phase(f"drain, {name} backlog", all_out())
            cpu = self._gateway.cpu_seconds() - cpu
            others = len(self.phases[f"drain, {name} backlog"].sent)
            # What would come twice would come now.
            await asyncio.sleep(self._seconds)
            again, repeated = self._beside.account("ill")
            self.repeated += repeated
        return _drained(cpu / (backlog + others), back, uuids, taken, again)

    async def phase(self, name: str, work: Awaitable[T]) -> T:
        """Some work beside the steady traffic of the other destination."""
        async with steady(self._gateway.url, self._key, WELL, RATE) as traffic:
            result = await work
        self.phases[name] = traffic
        return result

    @property
    def _key(self) -> str:
        return self._gateway.keys["benchmark"]

    async def _until_taken(self, number: int) -> dict[str, list[float]]:
        taken: dict[str, list[float]] = {}
        deadline = time.monotonic() + PATIENCE + number / SLOWEST
        while len(taken) < number and time.monotonic() < deadline:
            await asyncio.sleep(0.5)
            more, repeated = await asyncio.to_thread(self._beside.account, "ill")
            self.repeated += repeated
            for uuid, moments in more.items():
                taken.setdefault(uuid, []).extend(moments)
        return taken


def _drained(
    cpu: float, back: float, uuids: set[str], taken: dict[str, list[float]], again: dict[str, list[float]]
) -> Drained:
    for uuid, moments in again.items():
        taken.setdefault(uuid, []).extend(moments)
    ends = sorted(moments[0] for moments in taken.values())
    step = len(ends) // 10
    tenths = (ends[number : number + step] for number in range(0, step * 10, step))
    return Drained(
        len(uuids),
        (len(ends) - 1) / (ends[-1] - ends[0]),
        tuple((len(each) - 1) / (each[-1] - each[0]) for each in tenths),
        cpu,
        ends[0] - back,
        len(uuids - taken.keys()),
        sum(len(moments) - 1 for moments in taken.values()),
    )


def _noticed(phase: str, traffic: Traffic, taken: dict[str, list[float]]) -> Noticed:
    return Noticed(phase, [taken[uuid][0] - at for uuid, at in traffic.sent.items() if uuid in taken])


@contextmanager
def _installed(folder: Path, size: str, beside: Systems) -> Iterator[Installation]:
    def settings(name: str) -> str:
        return f'idempotent = true\nconcurrency = 8\nsettings.url = "{beside.url}/{name}/v1/vorgaenge"'

    tenants = {"ill": tenant(ILL, "ill", settings("ill")), "well": tenant(WELL, "well", settings("well"))}
    with installation(folder, size, tenants) as gateway:
        yield gateway


async def _put_in(gateway: Installation, number: int) -> set[str]:
    """Make messages durable as intake does, without its HTTP and its checks: they are the same each time."""
    library = SchemaLibrary.load([BUNDLES])
    uuids: set[str] = set()
    letters = Letters(ILL)
    pattern = library.open(letters.next()[1])
    left = iter(range(number))

    async def put(store: SqlStore) -> None:
        for _ in left:
            uuid, content = letters.next()
            uuids.add(uuid)
            message = Message(
                id=MessageId(str(uuid7())),
                tenant="ill",
                portal="benchmark",
                kind=pattern.kind,
                kopf=replace(pattern.kopf, nachrichten_uuid=uuid),
                content=content,
                sha256="0" * 64,
                received_at=datetime.now(UTC),
            )
            await store.accept(Submission(message, ("ill",)))

    async with await SqlStore.open(gateway.store_url) as store:
        await asyncio.gather(*(put(store) for _ in range(SAME_TIME)))
    return uuids


def report(results: Sequence[Result]) -> str:
    """The tables of all sizes."""
    speeds = [
        (
            each.size,
            each.long.backlog,
            each.sustained,
            each.short.per_second,
            each.long.per_second,
            f"**{each.long.per_second / each.short.per_second:.2f}**",
            f"{min(each.long.tenths):.0f} to {max(each.long.tenths):.0f}",
            each.short.cpu * 1000,
            each.long.cpu * 1000,
            each.long.resumed_after,
            each.short.lost + each.long.lost + each.other_lost,
            each.short.doubled + each.long.doubled + each.other_doubled,
            each.repeated,
        )
        for each in results
    ]
    head = (
        "size",
        "backlog",
        "taken in and delivered /s",
        "short backlog /s",
        "long backlog /s",
        "ratio",
        "its tenths /s",
        "short: processor time per message ms",
        "long ms",
        "begins after s",
        "lost",
        "doubled",
        "repeated",
    )
    waits = [
        (each.size, noticed.phase, len(noticed.waits), *(noticed.at(percent) for percent in (50, 95, 99)))
        for each in results
        for noticed in each.noticed
    ]
    return (
        table(head, speeds)
        + "\nThe other destination, from sending to its system's account:\n\n"
        + table(("size", "meanwhile", "messages", "p50 ms", "p95 ms", "p99 ms"), waits)
    )
