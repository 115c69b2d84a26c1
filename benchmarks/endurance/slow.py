"""Slow: what an ordinary portal notices while many uploads of others, or of its own, do not end.

Each slow upload announces a message and sends some bytes of it every second. They are kept at their number: one that
is cut off is begun anew.
"""

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.endurance.installation import Installation, installation, systems, tenant
from benchmarks.endurance.letters import Letters
from benchmarks.endurance.memory import in_use
from benchmarks.endurance.page import table
from benchmarks.endurance.traffic import steady
from benchmarks.figures import percentile

AGS = "12072477"
UPLOADS = int(os.environ.get("SLOW", "500"))
ANNOUNCED = 5_000_000
BYTES_PER_SECOND = 2_000
RATE = 20.0
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Seen:
    """What the ordinary portal saw in one phase."""

    size: str
    phase: str
    sent: int
    waits: Sequence[float]
    """Seconds to the 202, of those accepted."""
    refused: dict[int, int]
    memory: int
    """Bytes in use by the process that takes messages in, at the end of the phase."""
    slow_answers: dict[str, int]
    """What the slow ones were answered, by status."""

    def at(self, percent: int) -> float:
        """A percentile in milliseconds."""
        return percentile(self.waits, percent) * 1000


async def measure(folder: Path, size: str, seconds: float) -> list[Seen]:
    """Measure one size.

    Raises:
        ServerMissing: PostgreSQL or RabbitMQ is neither running nor installed.
    """
    folder.mkdir()
    with systems(folder) as beside:
        settings = f'idempotent = true\nsettings.url = "{beside.url}/one/v1/vorgaenge"'
        portals = ("ordinary", "slow-1", "slow-2")
        with (
            installation(folder / "gateway", size, {"one": tenant(AGS, "one", settings)}, portals) as gateway,
            gateway.running(),
        ):
            await _seen(gateway, size, "warm-up", seconds, Counter())
            seen = [await _seen(gateway, size, "alone", seconds, Counter())]
            for phase, slow in (
                ("uploads of two other portals", ("slow-1", "slow-2")),
                ("uploads of its own", ("ordinary",)),
            ):
                answers: Counter[str] = Counter()
                async with _dripping(gateway, slow, answers):
                    await asyncio.sleep(seconds)
                    seen.append(await _seen(gateway, size, f"{UPLOADS} {phase}", seconds, answers))
            return seen


async def _seen(gateway: Installation, size: str, phase: str, seconds: float, answers: Counter[str]) -> Seen:
    async with steady(gateway.url, gateway.keys["ordinary"], AGS, RATE) as traffic:
        await asyncio.sleep(seconds)
    process = gateway.processes.get("api") or gateway.processes["all"]
    waits = list(traffic.waits.values())
    return Seen(size, phase, len(traffic.sent), waits, traffic.refused, in_use(process.pid), dict(answers))


@asynccontextmanager
async def _dripping(
    gateway: Installation, portals: Sequence[str], answers: Counter[str]
) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_drip(gateway.url, gateway.keys[portals[number % len(portals)]], answers))
            for number in range(UPLOADS)
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def _drip(url: str, authorization: str, answers: Counter[str]) -> None:
    address = urlsplit(url)
    head = (
        f"POST /v1/messages HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: {authorization}\r\n"
        f"Content-Type: application/xml\r\nContent-Length: {ANNOUNCED}\r\n\r\n"
    )
    while True:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            writer.write(head.encode())
            for start in range(0, len(_BODY), BYTES_PER_SECOND):
                writer.write(_BODY[start : start + BYTES_PER_SECOND])
                with contextlib.suppress(TimeoutError):
                    answer = await asyncio.wait_for(reader.readline(), 1)
                    answers[answer[9:12].decode() or "closed"] += 1
                    break
        except ConnectionError:
            answers["closed"] += 1
        finally:
            writer.close()


_BODY = Letters(AGS, ANNOUNCED).next()[1]


def report(results: Sequence[Sequence[Seen]]) -> str:
    """The table of all sizes."""
    rows = [
        (
            each.size,
            each.phase,
            each.sent,
            sum(each.refused.values()),
            *(each.at(percent) for percent in (50, 95, 99)),
            f"{each.memory / _MIB:.0f}",
            ", ".join(f"{number} x {status}" for status, number in each.slow_answers.items()) or "none",
        )
        for seen in results
        for each in seen
    ]
    head = (
        "size",
        "meanwhile",
        "sent",
        "refused",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "memory MiB",
        "what ended of the slow ones",
    )
    return table(head, rows)
