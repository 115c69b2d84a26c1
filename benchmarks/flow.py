"""Flow: how fast messages are taken in and delivered, embedded and in a data centre, beside the floor."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from benchmarks import claims, subjects
from benchmarks.ends import delivered_at, until_delivered
from benchmarks.figures import Figures
from benchmarks.load import CONNECTIONS, Load, Wish, put_load
from benchmarks.subjects import Subject
from gateway.texts.terminal import say
from tests.servers import postgres, rabbitmq

WARM_UP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Size:
    """The three subjects of one size, running."""

    name: str
    fresh_url: Callable[[], str]
    """Gives the URL of an empty database."""
    floor: Subject
    intake: Subject
    """A gateway that delivers nothing."""
    whole: Subject

    async def warm_up(self) -> None:
        """Let connections be opened and statements be prepared."""
        for subject in (self.floor, self.intake, self.whole):
            await _load(subject, WARM_UP_SECONDS)
        await until_delivered(self.whole.store_url)

    async def measure(self, seconds: float, figures: Figures) -> None:
        """One run: floor, intake, everything; then everything at half of what it can do."""
        floor = await _timed(self.floor, seconds)
        self._compare(figures, say("Annahme", "intake"), floor, await _timed(self.intake, seconds))
        whole = await _timed(self.whole, seconds)
        self._compare(
            figures, say("Annahme, Zustellung läuft mit", "intake, delivering meanwhile"), floor, whole
        )
        title = say("angenommen und zugestellt, dauerhaft", "taken in and delivered, sustained")
        figures.add(self.name, title, "/s", floor=floor.load.per_second, value=whole.through)
        await self._at_half_load(seconds, whole.through / 2, floor.load, figures)
        await claims.measure(self.name, self.fresh_url(), self.fresh_url(), figures)

    async def _at_half_load(self, seconds: float, rate: float, floor: Load, figures: Figures) -> None:
        load = await _load(self.whole, seconds, rate)
        await until_delivered(self.whole.store_url)
        ends = await delivered_at(self.whole.store_url, load.began_at)
        waits = [ends[message] - answered for message, answered in load.answered.items()]
        title = say("202 bis zugestellt, halbe Last", "202 to delivered, half load")
        figures.add_waits(self.name, title, floor=floor.waits, value=waits)

    def _compare(self, figures: Figures, title: str, floor: "_Timed", value: "_Timed") -> None:
        figures.add(self.name, title, "/s", floor=floor.load.per_second, value=value.load.per_second)
        answer = say("Antwort", "answer")
        figures.add_waits(self.name, f"{title}: {answer}", floor=floor.load.waits, value=value.load.waits)
        cpu = say("Rechenzeit je Nachricht", "processor time per message")
        figures.add(self.name, f"{title}: {cpu}", "ms", floor=floor.cpu * 1000, value=value.cpu * 1000)


@dataclass(frozen=True, slots=True)
class _Timed:
    """A load with what it cost, all deliveries included."""

    load: Load
    cpu: float
    """Seconds of processor time per message."""
    through: float
    """Messages per second until the last one was delivered; where nothing is delivered, as taken in."""


async def _timed(subject: Subject, seconds: float) -> _Timed:
    cpu = subject.cpu_seconds()
    load = await _load(subject, seconds)
    elapsed = load.elapsed
    if subject.delivers:
        await until_delivered(subject.store_url)
        ends = await delivered_at(subject.store_url, load.began_at)
        elapsed = max(ends.values()) - load.began_at
    count = len(load.waits)
    return _Timed(load, (subject.cpu_seconds() - cpu) / count, count / elapsed)


@contextmanager
def embedded(folder: Path) -> Iterator[Size]:
    """SQLite and the embedded broker: one process."""
    numbers = count()

    def fresh_url() -> str:
        return f"sqlite:///{folder}/{next(numbers)}.db"

    name = say("Eingebettet: SQLite, ein Prozess", "Embedded: SQLite, one process")
    with _size(name, folder, fresh_url, "embedded") as size:
        yield size


@contextmanager
def data_centre(folder: Path) -> Iterator[Size]:
    """PostgreSQL and RabbitMQ: one process for each role.

    Raises:
        ServerMissing: one of the two is neither running nor installed.
    """
    name = say(
        "Rechenzentrum: PostgreSQL, RabbitMQ, ein Prozess je Aufgabe",
        "Data centre: PostgreSQL, RabbitMQ, one process for each role",
    )
    with ExitStack() as stack:
        database = postgres.find_or_start()
        stack.callback(database.close)
        broker = rabbitmq.find_or_start()
        stack.callback(broker.close)
        yield stack.enter_context(_size(name, folder, database.create, broker.create()))


@contextmanager
def _size(name: str, folder: Path, fresh_url: Callable[[], str], broker_url: str) -> Iterator[Size]:
    with (
        subjects.sink(folder) as sink,
        subjects.floor(folder, fresh_url()) as floor,
        subjects.intake(folder / "intake", fresh_url()) as intake,
        subjects.whole(folder / "whole", fresh_url(), broker_url, sink) as whole,
    ):
        yield Size(name, fresh_url, floor, intake, whole)


async def _load(subject: Subject, seconds: float, rate: float | None = None) -> Load:
    return await put_load(Wish(subject.url, subject.authorization, seconds, rate, CONNECTIONS))
