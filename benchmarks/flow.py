"""Flow: how fast messages are taken in and delivered, embedded and in a data centre, beside the floor and the peer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from benchmarks import claims, subjects
from benchmarks.figures import FLOOR, GATEWAY, PEER, Case, Figures, percentiles
from benchmarks.letters import LARGE, SMALL
from benchmarks.load import CONNECTIONS, Load, Wish, put_load
from benchmarks.subjects import Subject
from gateway.commands import EMBEDDED
from tests.servers import postgres, rabbitmq


@dataclass(frozen=True, slots=True)
class Size:
    """The subjects of one size, running, in the order in which they are measured."""

    name: str
    fresh_url: Callable[[], str]
    """Gives the URL of an empty database."""
    processes: tuple[int, ...]
    """How many of them take messages in."""
    intakes: Mapping[str, Subject]
    """Floor, gateway and peer, which deliver nothing."""
    wholes: Mapping[str, Subject]
    """Gateway and peer, which deliver."""

    async def warm_up(self, seconds: float) -> None:
        """Let connections be opened and statements be prepared."""
        for subject in (*self.intakes.values(), *self.wholes.values()):
            await _load(subject, seconds)
            if subject.ends:
                await subject.ends.until_delivered()

    async def measure(self, seconds: float, figures: Figures, sizes: Sequence[int] = (SMALL, LARGE)) -> None:
        """One run: everybody in turn under the same conditions, then under the next ones. `sizes` are those of messages."""
        for kilobytes in sizes:
            for processes in self.processes:
                case = Case("intake", self.name, processes, kilobytes)
                for who, subject in self.intakes.items():
                    await _take_in(case, who, subject, seconds, figures)
            for who, subject in self.wholes.items():
                await _carry_through(Case("through", self.name, 1, kilobytes), who, subject, seconds, figures)
        await claims.measure(self.name, self.fresh_url(), self.fresh_url(), figures)


async def _take_in(case: Case, who: str, subject: Subject, seconds: float, figures: Figures) -> None:
    cpu = subject.cpu_seconds()
    load = await _load(subject, seconds, case)
    each = (subject.cpu_seconds() - cpu) / len(load.waits)
    figures.add(
        case,
        who,
        per_second=load.per_second,
        cpu=each * 1000,
        generator=load.share,
        **percentiles(load.waits),
    )


async def _carry_through(case: Case, who: str, subject: Subject, seconds: float, figures: Figures) -> None:
    """As much as it takes, until the last message was delivered; then half of that, for its time to each delivery."""
    assert subject.ends is not None
    cpu = subject.cpu_seconds()
    load = await _load(subject, seconds, case)
    await subject.ends.until_delivered()
    ends = await subject.ends.delivered_at(load.began_at)
    count = len(load.waits)
    per_second = count / (max(ends.values()) - load.began_at)
    cpu = (subject.cpu_seconds() - cpu) / count

    half = await _load(subject, seconds, case, per_second / 2)
    await subject.ends.until_delivered()
    ends = await subject.ends.delivered_at(half.began_at)
    waits = [ends[message] - answered for message, answered in half.answered.items()]
    figures.add(case, who, per_second=per_second, cpu=cpu * 1000, half=half.per_second, **percentiles(waits))


@contextmanager
def embedded(folder: Path) -> Iterator[Size]:
    """SQLite and the embedded broker: one process."""
    numbers = count()

    def fresh_url() -> str:
        return f"sqlite:///{folder}/{next(numbers)}.db"

    with _size("embedded", folder, fresh_url, lambda: EMBEDDED, (1,)) as size:
        yield size


@contextmanager
def data_centre(folder: Path) -> Iterator[Size]:
    """PostgreSQL and RabbitMQ: one process for each role, and two that take messages in.

    Raises:
        ServerMissing: one of the two is neither running nor installed.
    """
    with ExitStack() as stack:
        database = postgres.find_or_start()
        stack.callback(database.close)
        broker = rabbitmq.find_or_start()
        stack.callback(broker.close)
        yield stack.enter_context(_size("data_centre", folder, database.create, broker.create, (1, 2)))


@contextmanager
def _size(
    name: str,
    folder: Path,
    fresh_url: Callable[[], str],
    fresh_broker: Callable[[], str],
    processes: tuple[int, ...],
) -> Iterator[Size]:
    most = max(processes)
    with (
        subjects.sink(folder) as sink,
        subjects.floor(folder, fresh_url(), most) as floor,
        subjects.intake(folder / "intake", fresh_url(), most) as intake,
        subjects.peer(
            folder / "peer-intake", fresh_url(), fresh_broker(), sink, most, delivers=False
        ) as peer_intake,
        subjects.whole(folder / "whole", fresh_url(), fresh_broker(), sink) as whole,
        subjects.peer(folder / "peer", fresh_url(), fresh_broker(), sink) as peer,
    ):
        intakes = {FLOOR: floor, GATEWAY: intake, PEER: peer_intake}
        yield Size(name, fresh_url, processes, intakes, {GATEWAY: whole, PEER: peer})


async def _load(
    subject: Subject, seconds: float, case: Case | None = None, rate: float | None = None
) -> Load:
    """Without a case, everything that takes messages in is asked."""
    further = subject.further_urls if case is None else subject.further_urls[: case.processes - 1]
    kilobytes = SMALL if case is None else case.kilobytes
    return await put_load(
        Wish(subject.url, subject.authorization, seconds, rate, CONNECTIONS, kilobytes, further)
    )
