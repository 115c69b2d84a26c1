"""Batch writer: commands of many callers share a transaction; each caller waits for its commit."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, ClassVar, Protocol, TypeVar

from gateway.core.errors import StoreUnavailable
from gateway.store.engine.statement import Tx

Result_co = TypeVar("Result_co", covariant=True)
Value = TypeVar("Value")


class Command(Protocol[Result_co]):
    """One change that a caller wants, able to run together with others of its kind."""

    rings: ClassVar[bool]
    """Something may have become due for publishing."""

    @property
    def weight(self) -> int:
        """How many bytes of content it carries."""
        ...

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """What it is about. Commands that share a key run one after the other, in their order."""
        ...

    @staticmethod
    def run(tx: Tx, commands: Sequence[Any]) -> "Sequence[Result_co | Exception]":
        """Carry out commands of this kind with distinct keys: for each its result or its refusal.

        What is refused has changed nothing; what is raised fails the transaction.
        """
        ...


HEAVY = 8 * 1024 * 1024
"""Bytes of content at which a batch is full: large messages shall not pile up in memory."""

Work = Callable[[Tx], Value]
Observe = Callable[[int, float], None]
"""Hears how many commands a transaction had and how many seconds it took, whatever came of it."""
Write = Callable[[Work[list[Any]]], Awaitable[list[Any]]]


class BatchWriter:
    """Gathers commands while the last commits are on their way to disk.

    `lanes` is how many commits may be on their way at once, `size` how many commands share one.
    A batch that fails because of one command is run again one by one, so that only that one fails.
    """

    def __init__(
        self, write: Write, *, lanes: int, size: int, ring: Callable[[], None], observe: Observe
    ) -> None:
        self._write = write
        self._lanes_wanted = lanes
        self._size = size
        self._ring = ring
        self._observe = observe
        self._waiting: deque[tuple[Command[Any], asyncio.Future[Any]]] = deque()
        self._idle: deque[asyncio.Future[None]] = deque()
        self._lanes: list[asyncio.Task[None]] = []
        self._closed = False

    async def submit(self, command: Command[Value]) -> Value:
        """Wait until the command's transaction is durable, and give its result or raise its refusal.

        A caller that is cancelled stops waiting; its command may be carried out all the same.

        Raises:
            StoreUnavailable: nothing was made durable, or it is unknown whether it was.
        """
        if self._closed:
            raise StoreUnavailable("the store is closed")
        if not self._lanes:
            self._lanes = [asyncio.create_task(self._lane()) for _ in range(self._lanes_wanted)]
        future: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, future))
        self._wake_one()
        return await future

    @property
    def waiting(self) -> int:
        """Commands that no transaction has taken yet."""
        return len(self._waiting)

    async def aclose(self) -> None:
        """Carry out what is waiting, then stop."""
        self._closed = True
        while self._idle:
            self._wake_one()
        await asyncio.gather(*self._lanes)

    async def _lane(self) -> None:
        while self._waiting or not self._closed:
            if not self._waiting:
                await self._arrival()
                # Whoever is ready in this turn of the loop rides along.
                await asyncio.sleep(0)
                continue
            # Not kept in a variable: content would stay in memory until the next batch.
            await self._carry_out(self._next_batch())

    def _next_batch(self) -> list[tuple[Command[Any], asyncio.Future[Any]]]:
        batch: list[tuple[Command[Any], asyncio.Future[Any]]] = []
        weight = 0
        while self._waiting and len(batch) < self._size and weight < HEAVY:
            command, future = self._waiting.popleft()
            if not future.done():
                batch.append((command, future))
                weight += command.weight
        return batch

    async def _arrival(self) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._idle.append(woken)
        await woken

    def _wake_one(self) -> None:
        if self._idle:
            self._idle.popleft().set_result(None)

    async def _carry_out(self, batch: Sequence[tuple[Command[Any], asyncio.Future[Any]]]) -> None:
        if not batch:
            return
        commands = [command for command, _ in batch]
        began = time.perf_counter()
        results = await self._results(commands)
        self._observe(len(commands), time.perf_counter() - began)
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
        if any(command.rings for command in commands):
            self._ring()

    async def _results(self, commands: Sequence[Command[Any]]) -> Sequence[Any]:
        try:
            return await self._write(lambda tx: _run_together(tx, commands))
        except StoreUnavailable as error:
            # One exception object raised in many tasks would mix their tracebacks.
            return [type(error)(*error.args) for _ in commands]
        except Exception as error:  # noqa: BLE001 - whatever it is, the one caller it belongs to gets it
            if len(commands) == 1:
                return [error]
            return [(await self._results([command]))[0] for command in commands]


def _run_together(tx: Tx, commands: Sequence[Command[Any]]) -> list[Any]:
    """Run commands in as few statements as their kinds and keys allow; results in their order."""
    results: list[Any] = [None] * len(commands)
    left = list(enumerate(commands))
    while left:
        kinds: dict[type, list[tuple[int, Command[Any]]]] = {}
        seen: set[Hashable] = set()
        later = []
        for number, command in left:
            if seen.isdisjoint(command.keys):
                kinds.setdefault(type(command), []).append((number, command))
            else:
                later.append((number, command))
            seen.update(command.keys)
        for kind, numbered in kinds.items():
            outcomes = kind.run(tx, [command for _, command in numbered])  # type: ignore[attr-defined]
            for (number, _), outcome in zip(numbered, outcomes, strict=True):
                results[number] = outcome
        left = later
    return results
