"""Memory: what one large message costs each process, in times of its size.

The gateway idles, one message comes, and the peak of the memory in use (VmHWM, set back before) is held against
what was in use before. Each case has a gateway of its own that has delivered small messages before.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.endurance.installation import Installation, Systems, installation, systems, tenant
from benchmarks.endurance.letters import Letters
from benchmarks.endurance.page import table

AGS = "12072477"
SIZE = 39_900_000
"""Bytes of the message; 40 MB is the most that can be configured."""
LIMITS = "message_mb = 40\n"
WARM_UPS = 3
PATIENCE = 120.0
"""Seconds within which a message must be delivered."""
BROKEN = b"<anzahlHunde>viele</anzahlHunde>"
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Case:
    """One way of one message."""

    name: str
    settings: str
    """Of the destination."""
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Cost:
    """What it cost one process."""

    size: str
    case: str
    process: str
    before: int
    peak: int
    after: int
    """Bytes in use: before the message, at most, and some seconds later."""

    @property
    def times(self) -> float:
        return (self.peak - self.before) / SIZE


async def measure(folder: Path, size: str) -> list[Cost]:
    """Measure every case in one size.

    Raises:
        ServerMissing: PostgreSQL or RabbitMQ is neither running nor installed.
    """
    folder.mkdir()
    costs: list[Cost] = []
    with systems(folder) as beside:
        for number, case in enumerate(_cases(folder, beside)):
            settings = f"idempotent = true\n{case.settings}"
            tenants = {"one": tenant(AGS, "one", settings)}
            with (
                installation(folder / str(number), size, tenants, limits=LIMITS) as gateway,
                gateway.running(),
            ):
                costs += _cost(gateway, size, case)
    return costs


def _cases(folder: Path, beside: Systems) -> Sequence[Case]:
    rest = f'settings.url = "{beside.url}/one/v1/vorgaenge"'
    drop = folder / "drop"
    drop.mkdir()
    original = 'payload = "original"'
    return (
        Case("REST, the original", f'{original}\nsettings.body = "document"\n{rest}'),
        Case("REST, mapped to JSON", rest),
        Case("a file, the original", f'transport = "files"\n{original}\nsettings.folder = "{drop}"'),
        Case("fetched over HTTP", f'transport = "pickup"\n{original}\nsettings.over = "http"'),
        Case("refused, with its reasons", rest, valid=False),
    )


def _cost(gateway: Installation, size: str, case: Case) -> Iterator[Cost]:
    with httpx.Client(
        base_url=gateway.url,
        headers={"Authorization": gateway.keys["benchmark"], "Content-Type": "application/xml"},
        timeout=PATIENCE,
        trust_env=False,
    ) as client:
        for _ in range(WARM_UPS):
            _send(client, Letters(AGS).next()[1], case)
        time.sleep(2)
        before = {name: in_use(pid) for name, pid in _processes(gateway)}
        for _, pid in _processes(gateway):
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        _send(client, Letters(AGS, SIZE).next()[1], case)
        peaks = {name: in_use(pid, "VmHWM") for name, pid in _processes(gateway)}
        time.sleep(2)
        for name, pid in _processes(gateway):
            yield Cost(size, case.name, name, before[name], peaks[name], in_use(pid))


def _send(client: httpx.Client, body: bytes, case: Case) -> None:
    """Send a message, and wait until it is delivered."""
    if not case.valid:
        body = body.replace(b"<anzahlHunde>2</anzahlHunde>", BROKEN)
        answer = client.post("/v1/messages", content=body)
        assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY, answer.text
        return
    answer = client.post("/v1/messages", content=body)
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    until = time.monotonic() + PATIENCE
    while client.get(answer.headers["location"]).json()["deliveries"][0]["state"] in {"queued", "claimed"}:
        assert time.monotonic() < until
        time.sleep(0.2)


def _processes(gateway: Installation) -> list[tuple[str, int]]:
    return [(name, each.pid) for name, each in gateway.processes.items() if name != "relay"]


def in_use(pid: int, name: str = "VmRSS") -> int:
    """Bytes of memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def report(results: Sequence[Sequence[Cost]]) -> str:
    """The table of all sizes."""
    rows = [
        (
            each.case,
            each.size,
            each.process,
            f"{each.before / _MIB:.0f}",
            f"{each.peak / _MIB:.0f}",
            f"**{each.times:.2f}**",
            f"{each.after / _MIB:.0f}",
        )
        for costs in results
        for each in costs
    ]
    return table(
        ("message of 40 MB", "size", "process", "before MiB", "peak MiB", "times its size", "after MiB"), rows
    )
