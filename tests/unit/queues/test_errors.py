"""The table that translates the library's errors, and the talk that it covers."""

import asyncio
from collections.abc import Iterator

import aio_pika.exceptions
import aiormq.exceptions
import pamqp.exceptions
import pytest

from gateway.core.errors import BrokerUnavailable
from queues.errors import TRANSLATION, TopologyMismatch, TopologyUnusable, translate, translated


def library_errors() -> Iterator[type[Exception]]:
    """Every error that aio_pika and aiormq define or hand through."""
    for module in (aio_pika.exceptions, aiormq.exceptions):
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, Exception):
                yield thing
                yield from subclasses(thing)


def subclasses(kind: type[Exception]) -> Iterator[type[Exception]]:
    if kind.__module__.partition(".")[0] in {"aio_pika", "aiormq"}:
        for below in kind.__subclasses__():
            yield below
            yield from subclasses(below)


@pytest.mark.parametrize("kind", sorted(set(library_errors()), key=str), ids=str)
def test_every_error_of_the_library_is_in_the_table(kind: type[Exception]) -> None:
    assert kind in TRANSLATION


def test_the_walk_over_the_library_finds_what_is_known_to_be_there() -> None:
    found = set(library_errors())
    assert {
        aiormq.exceptions.PublishError,
        aiormq.exceptions.ConnectionInternalError,
        aiormq.exceptions.ChannelInvalidStateError,
        aio_pika.exceptions.QueueEmpty,
    } <= found


def test_a_frame_that_cannot_be_read_is_the_brokers_fault() -> None:
    assert type(translate(pamqp.exceptions.UnmarshalingException("Basic.Ack", "x"))) is BrokerUnavailable


def test_other_arguments_are_told_from_a_missing_queue() -> None:
    assert type(translate(aiormq.exceptions.ChannelPreconditionFailed("x"))) is TopologyMismatch
    assert type(translate(aiormq.exceptions.ChannelNotFoundEntity("x"))) is TopologyUnusable


async def test_our_own_faults_are_not_translated() -> None:
    with pytest.raises(ZeroDivisionError):
        async with translated(1):
            1 / 0  # noqa: B018


async def test_the_cause_is_kept() -> None:
    with pytest.raises(BrokerUnavailable, match="ConnectionResetError: gone") as caught:
        async with translated(1):
            raise ConnectionResetError("gone")
    assert isinstance(caught.value.__cause__, ConnectionResetError)


async def test_our_errors_pass_as_they_are() -> None:
    mismatch = TopologyMismatch("x")
    with pytest.raises(TopologyMismatch) as caught:
        async with translated(1), translated(1):
            raise mismatch
    assert caught.value is mismatch


async def test_what_takes_too_long_is_unavailable() -> None:
    with pytest.raises(BrokerUnavailable):
        async with translated(0.01):
            await asyncio.sleep(10)


async def test_a_cancellation_that_nobody_asked_for_is_a_broken_connection() -> None:
    with pytest.raises(BrokerUnavailable):
        async with translated(1):
            raise asyncio.CancelledError


async def test_a_bare_exception_is_a_closed_connection() -> None:
    with pytest.raises(BrokerUnavailable):
        async with translated(1):
            raise Exception  # noqa: TRY002


async def test_a_real_cancellation_stays_one() -> None:
    async def talk() -> None:
        async with translated(10):
            await asyncio.sleep(10)

    assert await cancelled(talk())


async def test_a_real_cancellation_stays_one_where_the_library_answers_it_with_an_error() -> None:
    async def talk() -> None:
        async with translated(10):
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                raise aiormq.exceptions.ChannelInvalidStateError from None

    assert await cancelled(talk())


async def test_a_real_cancellation_stays_one_where_the_library_swallows_it() -> None:
    async def talk() -> None:
        async with translated(10):
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                return

    assert await cancelled(talk())


async def cancelled(coroutine: object) -> bool:
    assert asyncio.iscoroutine(coroutine)
    task = asyncio.create_task(coroutine)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return task.cancelled()
