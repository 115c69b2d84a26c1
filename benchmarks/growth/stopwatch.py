"""Stopwatch: how long the calls of the store took, and how much processor time of this process and of PostgreSQL."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

import psutil


@dataclass(slots=True)
class Stopwatch:
    """Watches exercises: keeps the seconds of a call, per turn."""

    servers: Sequence[int] = ()
    """The processes that work for this store alone."""
    walls: dict[str, list[float]] = field(default_factory=dict)
    cpus: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str, calls: int = 1) -> Iterator[None]:
        """What happens in the context are so many calls of this name."""
        cpu, wall = _cpu(self.servers), time.perf_counter()
        yield
        wall = time.perf_counter() - wall
        self.walls.setdefault(name, []).append(wall / calls)
        self.cpus.setdefault(name, []).append((_cpu(self.servers) - cpu) / calls)

    def forget(self) -> None:
        """Begin anew: what was watched so far was warming up."""
        self.walls.clear()
        self.cpus.clear()

    def wall(self, name: str) -> float:
        """Seconds of a call, the median of its turns."""
        return median(self.walls[name])

    def cpu(self, name: str) -> float:
        """Seconds of processor time of a call, the median of its turns."""
        return median(self.cpus[name])


def backends(database: str) -> list[int]:
    """Process ids of the server's processes that serve a database here: they bear its name."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or ())
        if line.startswith("postgres: ") and f" {database} " in line:
            found.append(process.pid)
    return found


def _cpu(servers: Sequence[int]) -> float:
    return time.process_time() + sum(_of_process(each) for each in servers)


def _of_process(pid: int) -> float:
    """Processor time of another process, to the nanosecond: the number of its clock is made of its id."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0
