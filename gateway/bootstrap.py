"""Bootstrap: the only place that names concrete classes. Opens in order, closes in reverse."""

import asyncio
import os
import random
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

import structlog
from fastapi import FastAPI

from adapters import catalogue
from gateway import control
from gateway.answers.collecting import Collector
from gateway.answers.inquiry import Inquirer
from gateway.answers.letterbox import LetterboxReader, systems_by_user
from gateway.answers.receipts import Receipts
from gateway.api import HandbookPages, Services, create_app, create_health_app
from gateway.api import Limits as ApiLimits
from gateway.api.server import ApiServer, Bind
from gateway.checks import DestinationChecks
from gateway.clock import SystemClock
from gateway.commands import EMBEDDED, PickupByDestination, Role, imprint_of, schema_limits, sqlite_file
from gateway.config import Configuration
from gateway.config.model import HttpSettings
from gateway.core.errors import BrokerUnavailable, ConfigurationInvalid, Problem
from gateway.core.ports import Adapter, Askable, Broker, Pickup, Store, Surroundings
from gateway.core.retention import Retention
from gateway.delivery.batching import Batcher
from gateway.delivery.deliverer import Deliverer
from gateway.delivery.reaper import Reaper
from gateway.delivery.relay import Relay
from gateway.delivery.worker import Worker
from gateway.disk import DiskFloor
from gateway.intake import Intake
from gateway.retention import Sweeper
from gateway.security.authenticator import KeyAuthenticator
from gateway.store import SqlStore
from gateway.telemetry import tracing
from gateway.telemetry.incidents import tell_incident
from gateway.telemetry.lookout import Lookout
from gateway.telemetry.metrics import Metrics
from schemas.forms import FormCache
from schemas.live import LiveLibrary, Reading

log = structlog.get_logger()

SLOW_THREADS = 8
"""Some of them only wait for a process of their own."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway at work, for as long as `running` is open."""

    url: str
    """Where it listens, with the port that was really bound."""
    store: Store
    failed: asyncio.Event
    """Set when a part of it ended that never ends by itself."""


async def serve(configuration: Configuration, roles: frozenset[Role], stop: asyncio.Event) -> None:
    """Do the work of these roles until `stop` is set.

    Raises:
        ConfigurationInvalid: the embedded broker can't be shared between processes.
        StoreUnavailable: the store can't be opened.
    """
    async with running(configuration, roles) as gateway:
        log.info("gateway_ready", url=gateway.url, roles=sorted(roles))
        waits = [asyncio.create_task(each.wait()) for each in (stop, gateway.failed)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        log.info("gateway_stops", roles=sorted(roles))


@asynccontextmanager
async def running(configuration: Configuration, roles: Iterable[Role] = Role) -> AsyncIterator[Gateway]:
    """A gateway at work while the context is open; leaving it stops everything gracefully.

    Raises:
        As `serve` does; and, on leaving, what a part failed of.
    """
    chosen = frozenset(roles)
    _check_roles(configuration, chosen)
    async with AsyncExitStack() as stack:
        parts = await _open(configuration, chosen, stack)
        parts.schemas.warm()
        # Made before the background begins, so that what a worker speaks with outlives the worker.
        work = await _work(parts, stack) if Role.WORKER in chosen else None
        background = await stack.enter_async_context(_Background())
        background.start(parts.schemas.watch(parts.threads))
        if Role.RELAY in chosen:
            background.start(_relay(parts).run())
            background.start(_lookout(parts).run())
            background.start(_sweeper(parts).run())
        if work is not None:
            background.start(work.worker.run(configuration.settings.worker.grace_seconds))
            for each in (work.reaper, work.inquirer, work.collector, work.checks, work.batcher):
                background.start(each.run())
            if work.letterbox is not None:
                background.start(work.letterbox.run())
        create = create_app if Role.API in chosen else create_health_app
        url = await stack.enter_async_context(_http(parts, create, work.checks if work else None))
        yield Gateway(url, parts.store, background.failed)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What several roles share."""

    configuration: Configuration
    schemas: LiveLibrary
    store: Store
    broker: Broker
    threads: ThreadPoolExecutor
    slow: ThreadPoolExecutor
    metrics: Metrics
    clock: SystemClock
    receipts: Receipts


async def _open(configuration: Configuration, roles: frozenset[Role], stack: AsyncExitStack) -> _Parts:
    limits = configuration.settings.limits
    reading = configuration.known.read
    assert isinstance(reading, Reading)
    schemas = LiveLibrary(
        reading,
        schema_limits(limits),
        # Only who accepts messages has to explain what is wrong with them.
        FormCache(configuration.forms_folder) if Role.API in roles else None,
    )
    configuration.data_folder.mkdir(parents=True, exist_ok=True)
    clock = SystemClock()
    metrics = Metrics()
    stack.enter_context(tracing.recording(_recorder(configuration, roles, metrics)))
    metrics.watch_disk(configuration.data_folder, configuration.disk_floor)
    store = await stack.enter_async_context(
        await SqlStore.open(configuration.store_url, tell=tell_incident, commit=metrics.commit)
    )
    metrics.watch_store(lambda: store.waiting, lambda: store.connections, store.most_connections)
    if database := sqlite_file(configuration):
        await stack.enter_async_context(control.listening(control.socket_of(database), store, clock))
    names = list(configuration.directory.destinations)
    url = configuration.settings.broker.url
    broker = await stack.enter_async_context(_broker(url, names))
    threads = stack.enter_context(ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="read"))
    slow = stack.enter_context(ThreadPoolExecutor(SLOW_THREADS, thread_name_prefix="slow"))
    receipts = Receipts(store, schemas, clock, metrics, slow=slow)
    return _Parts(configuration, schemas, store, broker, threads, slow, metrics, clock, receipts)


def _recorder(
    configuration: Configuration, roles: frozenset[Role], metrics: Metrics
) -> tracing.Recorder | None:
    settings = configuration.settings.traces
    if settings.endpoint is None:
        return None
    from gateway.telemetry.otel import OtelRecorder  # noqa: PLC0415 - a tenth of a second, for those who trace alone

    process = {"service.instance.id": process_name(), "amtsbote.roles": ",".join(sorted(roles))}
    return OtelRecorder(settings.endpoint, settings.share, process, metrics.lost_spans)


def process_name() -> str:
    """By which this process is told from all others."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _relay(parts: _Parts) -> Relay:
    destinations = parts.configuration.directory.destinations.values()
    rates = {each.name: each.rate for each in destinations if each.rate is not None}
    return Relay(parts.store, parts.broker, parts.clock, parts.metrics, rates)


def _lookout(parts: _Parts) -> Lookout:
    names = sorted(parts.configuration.directory.destinations)
    return Lookout(parts.store, names, parts.clock, parts.metrics)


def _sweeper(parts: _Parts) -> Sweeper:
    days = parts.configuration.settings.retention

    def kept(number: float | None) -> timedelta | None:
        return None if number is None else timedelta(days=number)

    retention = Retention(
        kept(days.fetched_replies_days), kept(days.unfetched_replies_days), kept(days.written_batches_days)
    )
    return Sweeper(parts.store, retention, parts.clock)


def _broker(url: str, names: Sequence[str]) -> AbstractAsyncContextManager[Broker]:
    if url == EMBEDDED:
        from queues.embedded import EmbeddedBroker  # noqa: PLC0415 - as below

        return EmbeddedBroker(names)
    from queues.rabbitmq import RabbitBroker  # noqa: PLC0415 - without RabbitMQ nobody waits for its library

    return RabbitBroker(url, names)


@dataclass(frozen=True, slots=True)
class _Work:
    """What the processes do that know the adapters."""

    worker: Worker
    reaper: Reaper
    inquirer: Inquirer
    collector: Collector
    checks: DestinationChecks
    batcher: Batcher
    letterbox: LetterboxReader | None
    """None where no system sends receipts over RabbitMQ."""


async def _work(parts: _Parts, stack: AsyncExitStack) -> _Work:
    destinations = parts.configuration.directory.destinations
    retry = parts.configuration.directory.retry
    pickup = await _pickup(parts, stack)
    configuration = parts.configuration
    surroundings = Surroundings(
        parts.clock, pickup, parts.store, parts.store, configuration.data_folder, configuration.folder
    )
    adapters: dict[str, Adapter] = {}
    for name, destination in destinations.items():
        adapters[name] = catalogue.build(destination, surroundings)
        stack.push_async_callback(adapters[name].aclose)
    store, clock, metrics, receipts = parts.store, parts.clock, parts.metrics, parts.receipts
    name = process_name()
    deliverer = Deliverer(
        store,
        parts.schemas,
        adapters,
        destinations,
        clock,
        receipts,
        name=name,
        draw=random.random,
        retry=retry,
    )
    askable = {each for each, adapter in adapters.items() if isinstance(adapter, Askable)}
    return _Work(
        Worker(parts.broker, deliverer, destinations.values(), metrics),
        Reaper(store, destinations, clock, metrics, draw=random.random, askable=askable, retry=retry),
        Inquirer(store, receipts, adapters, destinations, clock, metrics),
        Collector(store, receipts, adapters, destinations, clock, metrics, name=name),
        DestinationChecks(
            adapters,
            configuration.secret_files,
            clock,
            metrics,
            timedelta(minutes=configuration.settings.worker.check_minutes),
        ),
        Batcher(store, adapters, destinations, clock),
        await _letterbox(parts, stack),
    )


async def _letterbox(parts: _Parts, stack: AsyncExitStack) -> LetterboxReader | None:
    settings = parts.configuration.settings
    destinations = parts.configuration.directory.destinations.values()
    if settings.broker.url == EMBEDDED or not systems_by_user(destinations):
        return None
    from queues.receipts import RabbitReceipts  # noqa: PLC0415 - as in `_broker`

    box = await stack.enter_async_context(RabbitReceipts(settings.broker.url))
    with suppress(BrokerUnavailable):
        # A system with no other right than to write must find the exchange before its first receipt.
        await box.prepare()
    largest = _limits(parts.configuration).receipt_bytes
    return LetterboxReader(box, parts.receipts, destinations, parts.metrics, largest=largest)


async def _pickup(parts: _Parts, stack: AsyncExitStack) -> Pickup:
    url = parts.configuration.settings.broker.url
    if url == EMBEDDED:
        return parts.store
    from queues.pickup import RabbitPickup  # noqa: PLC0415 - as in `_broker`

    destinations = parts.configuration.directory.destinations.values()
    queues = [each.name for each in destinations if catalogue.fetches_from_queue(each)]
    pickup = await stack.enter_async_context(RabbitPickup(url, queues))
    with suppress(BrokerUnavailable):
        # A system with no other right than to read must find its queue before the first parcel lies in it.
        await pickup.prepare()
    return PickupByDestination(pickup, frozenset(queues), parts.store)


@asynccontextmanager
async def _http(
    parts: _Parts, create: Callable[[Services, ApiLimits], FastAPI], checks: DestinationChecks | None
) -> AsyncIterator[str]:
    settings = parts.configuration.settings
    disk = DiskFloor(parts.configuration.data_folder, parts.configuration.disk_floor)
    intake = Intake(
        parts.schemas,
        parts.configuration.directory,
        parts.store,
        parts.clock,
        disk=disk,
        threads=parts.threads,
        slow=parts.slow,
    )

    async def check_disk() -> None:
        disk.check()

    imprint = imprint_of(parts.configuration)
    stopping = asyncio.Event()
    services = Services(
        intake=intake,
        messages=parts.store,
        receipts=parts.receipts,
        replies=parts.store,
        shelf=parts.store,
        withdrawals=parts.store,
        authenticator=KeyAuthenticator(parts.store),
        clock=parts.clock,
        handbooks=HandbookPages(parts.schemas, parts.slow, imprint),
        checks={"store": parts.store.ping, "broker": parts.broker.ping, "disk": check_disk},
        destinations=(lambda: checks.latest) if checks else (lambda: ()),
        metrics=parts.metrics,
        imprint=imprint,
        stopping=stopping,
    )
    limits = _limits(parts.configuration)
    http = settings.http
    bind = Bind(http.host, http.port, graceful_seconds=http.shutdown_seconds)
    server = ApiServer(create(services, limits), bind)
    try:
        server.listen()
    except OSError as error:
        raise _address_taken(http, error) from error
    serving = asyncio.create_task(server.serve())
    try:
        port = await server.until_started()
        yield f"http://{http.host}:{port}"
    finally:
        stopping.set()
        server.stop()
        await serving


def _limits(configuration: Configuration) -> ApiLimits:
    limits = configuration.settings.limits
    return ApiLimits(
        message_bytes=int(limits.message_mb * 1_000_000),
        chunk_seconds=limits.chunk_seconds,
        body_seconds=limits.upload_seconds,
        requests_per_second=limits.requests_per_second,
        burst=limits.burst,
        submissions=limits.at_once,
        upload_bytes=int(limits.uploads_mb * 1_000_000),
    )


class _Background:
    """The tasks of a process. They end only by being cancelled; one that ends otherwise sets `failed`."""

    def __init__(self) -> None:
        self.failed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(lambda _: self.failed.set())
        self._tasks.append(task)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result


def _check_roles(configuration: Configuration, roles: frozenset[Role]) -> None:
    if configuration.settings.broker.url == EMBEDDED and roles != frozenset(Role):
        raise ConfigurationInvalid(
            Problem(
                "amtsbote.toml",
                None,
                "broker.url = embedded geht nur in einem Prozess mit allen Aufgaben; mit --role braucht es RabbitMQ",
                "broker.url = embedded works in one process with all roles only; --role needs RabbitMQ",
            )
        )


def _address_taken(http: HttpSettings, error: OSError) -> ConfigurationInvalid:
    place = f"http.host = {http.host}, http.port = {http.port}"
    return ConfigurationInvalid(
        Problem(
            "amtsbote.toml",
            None,
            f"{place}: dort kann nicht gelauscht werden ({error.strerror})",
            f"{place}: it is not possible to listen there ({error.strerror})",
        )
    )
