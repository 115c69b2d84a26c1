"""Link: one AMQP connection that is made again whenever it breaks."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Self

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection

from gateway.core.addresses import addresses
from gateway.core.errors import BrokerUnavailable
from queues.errors import TopologyMismatch, translated
from queues.topology import Queue

log = structlog.get_logger()

HEARTBEAT = 10
"""Seconds. A silent broker is noticed after (10 + 1) * 3 of them."""
TIMEOUT = 10.0
"""Seconds for whatever is asked of the broker, unless somebody says otherwise."""
LONGEST_PAUSE = 5.0
MOMENT = 0.5

Prepare = Callable[[AbstractConnection], Awaitable[None]]


async def nothing_to_prepare(_: AbstractConnection) -> None:
    """For a link whose users declare what they need themselves."""


class Link:
    """Keeps a connection up from its first use until `aclose`.

    Where `url` names several nodes of a cluster, they are tried in turn from any of them on, so that many processes
    spread over all. `prepare` is run on every new connection before anybody gets it. `generation` counts the
    connections that were lost and made again.
    """

    def __init__(
        self,
        url: str,
        name: str,
        *,
        timeout: float = TIMEOUT,
        heartbeat: int = HEARTBEAT,
        prepare: Prepare = nothing_to_prepare,
    ) -> None:
        self.timeout = timeout
        self.generation = 0
        self._nodes = addresses(url)
        self._next = random.randrange(len(self._nodes))  # noqa: S311 - spreads load, guards nothing
        self._name = name
        self._heartbeat = heartbeat
        self._prepare = prepare
        self._keeper: asyncio.Task[None] | None = None
        self._present: asyncio.Future[AbstractConnection]

    async def connection(self) -> AbstractConnection:
        """The connection, unblocked and ready; waits for one under way, not for a broker known to be away.

        Raises:
            BrokerUnavailable: there is none, or it is blocked by an alarm.
        """
        if self._keeper is None:
            self._present = asyncio.get_running_loop().create_future()
            self._keeper = asyncio.create_task(self._keep())
        async with translated(self.timeout):
            connection = await asyncio.shield(self._present)
            if connection.transport is None:
                raise BrokerUnavailable("the connection has just gone")
            await connection.transport.ready()
        return connection

    @asynccontextmanager
    async def channel(self, *, confirms: bool = False) -> AsyncIterator[AbstractChannel]:
        """A channel of one's own. With `confirms`, publishing waits for the broker's word and raises where
        a message can't be routed.
        """
        connection = await self.connection()
        channel = connection.channel(publisher_confirms=confirms, on_return_raises=confirms)
        async with translated(self.timeout):
            await channel.initialize()
        try:
            yield channel
        finally:
            with suppress(BrokerUnavailable):
                async with translated(self.timeout):
                    await channel.close()

    async def renew(self) -> None:
        """Drop the connection and make it again, because something in the broker is not as prepared."""
        present = self._present
        if not present.done() or present.exception() is not None:
            return
        # A removed queue's consumers need this moment to hear of it: declared again at once, RabbitMQ
        # attaches them to the new queue and never serves them.
        await asyncio.sleep(MOMENT)
        if self._present is present:
            await self._close(present.result())

    async def aclose(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _keep(self) -> None:
        silence_payloads()
        waits = pauses()
        while True:
            try:
                connection, lost = await self._open_any()
            except BrokerUnavailable as error:
                self._tell_unavailable(error)
                await asyncio.sleep(next(waits))
                continue
            waits = pauses()
            log.info("broker_connected", connection=self._name)
            self._settle().set_result(connection)
            try:
                await lost.wait()
            finally:
                await self._close(connection)
            log.warning("broker_connection_lost", connection=self._name)
            self._present = asyncio.get_running_loop().create_future()
            self.generation += 1

    async def _open_any(self) -> tuple[AbstractConnection, asyncio.Event]:
        """A connection to the first node that gives one. A lost connection's node comes last next time."""
        failure = BrokerUnavailable("no node is named")
        for _ in self._nodes:
            node, self._next = self._nodes[self._next], (self._next + 1) % len(self._nodes)
            try:
                return await self._open(node)
            except BrokerUnavailable as error:
                failure = error
        raise failure

    async def _open(self, node: str) -> tuple[AbstractConnection, asyncio.Event]:
        lost = asyncio.Event()
        async with translated(self.timeout):
            connection: AbstractConnection = await aio_pika.connect(
                node, heartbeat=self._heartbeat, name=self._name
            )
        connection.close_callbacks.add(lambda *_: lost.set())
        try:
            async with translated(self.timeout):
                await self._prepare(connection)
        except BaseException:
            await self._close(connection)
            raise
        return connection, lost

    async def _close(self, connection: AbstractConnection) -> None:
        with suppress(BrokerUnavailable):
            async with translated(self.timeout):
                await connection.close()

    def _tell_unavailable(self, error: BrokerUnavailable) -> None:
        log.warning("broker_unavailable", connection=self._name, reason=str(error))
        future = self._settle()
        future.set_exception(error)
        future.exception()  # nobody may be waiting; then asyncio would complain

    def _settle(self) -> asyncio.Future[AbstractConnection]:
        if self._present.done():
            self._present = asyncio.get_running_loop().create_future()
        return self._present


async def declare(connection: AbstractConnection, queues: Sequence[Queue], timeout: float = TIMEOUT) -> None:
    """Declare queues, their exchanges and bindings on a channel of their own. Harmless when repeated.

    Raises:
        TopologyMismatch: one exists with other arguments; the text says which one and what differs.
    """
    channel = connection.channel(publisher_confirms=False)
    async with translated(timeout):
        await channel.initialize()
    try:
        for exchange in dict.fromkeys(queue.exchange for queue in queues):
            async with _naming(exchange.name), translated(timeout):
                await channel.declare_exchange(exchange.name, exchange.kind, durable=True)
        for queue in queues:
            async with _naming(queue.name), translated(timeout):
                declared = await channel.declare_queue(
                    queue.name, durable=True, arguments=dict(queue.arguments)
                )
                await declared.bind(queue.exchange.name, queue.key)
    finally:
        with suppress(BrokerUnavailable):
            async with translated(timeout):
                await channel.close()


def pauses() -> Iterator[float]:
    """Seconds to wait before each further try: doubling from a fifth, with jitter, up to five."""
    pause = 0.2
    while True:
        yield pause * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
        pause = min(pause * 2, LONGEST_PAUSE)


def silence_payloads() -> None:
    """Keep the libraries from logging whole frames, and with them messages, at level DEBUG."""
    for name in ("aio_pika", "aiormq", "pamqp"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.getEffectiveLevel(), logging.INFO))


@asynccontextmanager
async def _naming(name: str) -> AsyncIterator[None]:
    try:
        yield
    except TopologyMismatch as error:
        raise TopologyMismatch(
            f"{name!r} exists with other arguments than ours ({error}); empty and delete it, or undo the change"
        ) from error
