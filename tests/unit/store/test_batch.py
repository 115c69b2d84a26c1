"""The batch writer, over a database of a few lines."""

import asyncio
import gc
import weakref
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from gateway.core.errors import NotFound, StoreUnavailable
from gateway.store.engine.statement import Tx
from gateway.store.engine.writer import HEAVY, BatchWriter, Work


class Gate:
    """Commits only when it is opened, and keeps what was committed together."""

    def __init__(self) -> None:
        self.commits: list[list[Any]] = []
        self.open = asyncio.Event()
        self.failure: Exception | None = None

    async def write(self, work: Work[list[Any]]) -> list[Any]:
        await self.open.wait()
        if self.failure is not None:
            raise self.failure
        results = work(None)  # type: ignore[arg-type]
        self.commits.append(results)
        return results


@dataclass(frozen=True)
class Say:
    """Answers its word; a bad word fails the transaction, an unknown one only itself."""

    rings: ClassVar[bool] = False
    statements: ClassVar[list[list[str]]] = []

    weight: ClassVar[int] = 0

    word: str
    topic: str = ""

    @property
    def keys(self) -> tuple[Hashable, ...]:
        return (self.topic or self.word,)

    @staticmethod
    def run(_tx: Tx, commands: Sequence["Say"]) -> Sequence[str | NotFound]:
        words = [command.word for command in commands]
        Say.statements.append(words)
        if "bad" in words:
            raise ZeroDivisionError
        return [NotFound(word) if word == "unknown" else word for word in words]


@dataclass(frozen=True)
class Heavy(Say):
    weight: ClassVar[int] = HEAVY // 2


@dataclass(frozen=True)
class Ring(Say):
    rings: ClassVar[bool] = True


def a_writer(gate: Gate, *, size: int = 64, rung: list[int] | None = None) -> BatchWriter:
    bell = [] if rung is None else rung
    return BatchWriter(
        gate.write, lanes=1, size=size, ring=lambda: bell.append(1), observe=lambda _commands, _seconds: None
    )


async def callers(writer: BatchWriter, *commands: Say) -> list[asyncio.Task[Any]]:
    tasks = [asyncio.create_task(writer.submit(command)) for command in commands]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


@pytest.fixture
def gate() -> Gate:
    Say.statements.clear()
    return Gate()


async def test_callers_at_the_same_moment_share_a_commit(gate: Gate) -> None:
    tasks = await callers(a_writer(gate), Say("a"), Say("b"), Say("c"))
    gate.open.set()

    assert await asyncio.gather(*tasks) == ["a", "b", "c"]
    assert gate.commits == [["a", "b", "c"]]


async def test_who_comes_during_a_commit_shares_the_next(gate: Gate) -> None:
    writer = a_writer(gate)
    tasks = await callers(writer, Say("a"))
    tasks += await callers(writer, Say("b"), Say("c"))
    gate.open.set()
    await asyncio.gather(*tasks)

    assert gate.commits == [["a"], ["b", "c"]]


async def test_nobody_is_answered_before_the_commit(gate: Gate) -> None:
    [task] = await callers(a_writer(gate), Say("a"))

    assert not task.done()
    gate.open.set()
    await task


async def test_a_batch_has_a_limit(gate: Gate) -> None:
    tasks = await callers(a_writer(gate, size=2), *(Say(str(number)) for number in range(5)))
    gate.open.set()
    await asyncio.gather(*tasks)

    assert [len(commit) for commit in gate.commits] == [2, 2, 1]


async def test_heavy_content_fills_a_batch_early(gate: Gate) -> None:
    tasks = await callers(a_writer(gate), *(Heavy(str(number)) for number in range(5)))
    gate.open.set()
    await asyncio.gather(*tasks)

    assert [len(commit) for commit in gate.commits] == [2, 2, 1]


async def test_commands_on_the_same_thing_run_one_after_the_other_in_one_commit(gate: Gate) -> None:
    commands = [Say("a", "x"), Say("b"), Say("c", "x"), Say("d", "x")]
    tasks = await callers(a_writer(gate), *commands)
    gate.open.set()

    assert await asyncio.gather(*tasks) == ["a", "b", "c", "d"]
    assert Say.statements == [["a", "b"], ["c"], ["d"]]
    assert len(gate.commits) == 1


async def test_a_refusal_reaches_only_its_caller(gate: Gate) -> None:
    tasks = await callers(a_writer(gate), Say("a"), Say("unknown"), Say("c"))
    gate.open.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [*results[::2]] == ["a", "c"]
    assert isinstance(results[1], NotFound)
    assert len(gate.commits) == 1


async def test_a_bug_fails_only_its_caller(gate: Gate) -> None:
    tasks = await callers(a_writer(gate), Say("a"), Say("bad"), Say("c"))
    gate.open.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [*results[::2]] == ["a", "c"]
    assert isinstance(results[1], ZeroDivisionError)


async def test_an_absent_database_is_told_to_each_caller_by_an_error_of_its_own(gate: Gate) -> None:
    gate.failure = StoreUnavailable("gone")
    tasks = await callers(a_writer(gate), Say("a"), Say("b"))
    gate.open.set()
    one, other = await asyncio.gather(*tasks, return_exceptions=True)

    assert isinstance(one, StoreUnavailable)
    assert isinstance(other, StoreUnavailable)
    assert one is not other


async def test_a_cancelled_caller_takes_no_neighbour_along(gate: Gate) -> None:
    writer = a_writer(gate)
    under_way = await callers(writer, Say("a"), Say("b"))
    waiting = await callers(writer, Say("c"), Say("d"))
    under_way[0].cancel()
    waiting[0].cancel()
    gate.open.set()

    assert await asyncio.gather(*under_way[1:], *waiting[1:]) == ["b", "d"]
    assert gate.commits == [["a", "b"], ["d"]]


async def test_a_commit_rings_only_where_something_may_be_due(gate: Gate) -> None:
    rung: list[int] = []
    writer = a_writer(gate, rung=rung)
    gate.open.set()

    await writer.submit(Say("a"))
    assert rung == []
    await writer.submit(Ring("b"))
    assert rung == [1]


async def test_closing_carries_out_what_waits_and_takes_no_more(gate: Gate) -> None:
    writer = a_writer(gate, size=1)
    tasks = await callers(writer, Say("a"), Say("b"))
    gate.open.set()

    await writer.aclose()

    assert [task.result() for task in tasks] == ["a", "b"]
    with pytest.raises(StoreUnavailable):
        await writer.submit(Say("c"))


async def test_what_is_committed_stays_in_nobodys_memory(gate: Gate) -> None:
    writer = a_writer(gate)
    command = Say("a")
    seen = weakref.ref(command)
    gate.open.set()
    await writer.submit(command)

    del command
    for _ in range(5):
        await asyncio.sleep(0)
    gc.collect()

    assert seen() is None
