"""Server: one HTTP server with all stand-ins that speak HTTP, and the tasks of those that fetch by themselves."""

import asyncio
import contextlib
import itertools
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import httpx
import structlog
import uvicorn
from starlette.applications import Starlette

from gateway.sandbox import (
    batch,
    civil_status,
    control,
    finance,
    notices,
    oauth,
    page,
    real_estate,
    registration,
    sftp,
    trade,
    xta,
)
from gateway.sandbox.board import FaultBoard
from gateway.sandbox.breaks import CuttableProtocol
from gateway.sandbox.certificates import Certificates, Tls
from gateway.sandbox.desk import Desk
from gateway.sandbox.faults import load_faults
from gateway.sandbox.journal import Journal
from gateway.sandbox.notices import Case, Notices, OverAmqp, OverHttp, Sender, systems_with_keys
from gateway.sandbox.oauth import Tokens
from gateway.sandbox.receipts import Receipts, Route
from gateway.sandbox.settings import SandboxSettings
from gateway.sandbox.systems import System, Way
from queues.pickup import ReceiptSender

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox at work."""

    url: str
    """Where it listens, with the port that was really bound."""
    tls: Mapping[Tls, str]
    """Where it listens with TLS."""
    sftp: str | None
    """Where it serves SFTP."""
    desk: Desk
    """Its journal and faults, for demo and tests in the same process."""
    tasks: tuple[asyncio.Task[None], ...]
    """What keeps it going; one that ends before the sandbox does has failed."""


async def run(settings: SandboxSettings, *, stop: asyncio.Event | None = None) -> None:
    """Run the sandbox until `stop` is set; without one, until SIGINT or SIGTERM.

    Raises:
        OSError: the port is taken, or the folder can't be written.
        ValueError: the journal or the file with faults can't be read.
    """
    with contextlib.ExitStack() as stack:
        stop = stop or stack.enter_context(_stopped_by_signals())
        async with sandbox(settings) as running:
            tls = {str(kind): url for kind, url in running.tls.items()}
            log.info("sandbox_ready", url=running.url, tls=tls, sftp=running.sftp)
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait([stopped, *running.tasks], return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()


@contextlib.asynccontextmanager
async def sandbox(settings: SandboxSettings) -> AsyncIterator[Sandbox]:
    """Run the sandbox inside this process for as long as the context is open.

    Raises:
        As `run` does; and, on leaving, what one of its tasks failed of.
    """
    faults = FaultBoard()
    for rule in load_faults(settings.faults) if settings.faults else ():
        faults.add(rule)
    async with contextlib.AsyncExitStack() as stack:
        sender = await stack.enter_async_context(notices.receipt_sender(settings))
        routes = dict(_receipt_routes(settings, sender))
        gateway = await stack.enter_async_context(
            httpx.AsyncClient(base_url=settings.gateway_url or "", timeout=10, trust_env=False)
        )
        senders = _notice_senders(settings, gateway, sender)
        journal = stack.enter_context(
            Journal.open(
                settings.journal, fsync=settings.fsync, owing=routes.keys(), promising=senders.keys()
            )
        )
        desk = Desk(journal, faults, settings.forgetful)
        receipts = Receipts(journal, gateway, routes)
        listener = socket.create_server((settings.host, settings.port))
        url = _address("http", settings, listener)
        app = _application(desk, settings, url)
        if settings.tls or settings.sftp:
            await asyncio.to_thread(Certificates(settings.certificates).prepare, settings.host)
        listeners = _tls_listeners(settings)
        sending = Notices(journal, senders, timedelta(seconds=settings.notice_seconds))
        work = _work(desk, receipts, sending, gateway, settings)
        async with contextlib.AsyncExitStack() as servers:
            serving = [await servers.enter_async_context(_served(_server(app), listener))]
            for kind, secured in listeners.items():
                server = _server(app, certificates=Certificates(settings.certificates), kind=kind)
                serving.append(await servers.enter_async_context(_served(server, secured)))
            files = await servers.enter_async_context(sftp.serve(desk, settings)) if settings.sftp else None
            tasks = await servers.enter_async_context(_at_work(work))
            servers.callback(desk.closing.set)
            tls = {kind: _address("https", settings, listener) for kind, listener in listeners.items()}
            yield Sandbox(url, tls, files, desk, (*serving, *tasks))


def _work(
    desk: Desk,
    receipts: Receipts,
    sending: Notices,
    gateway: httpx.AsyncClient,
    settings: SandboxSettings,
) -> Iterator[Coroutine[None, None, None]]:
    yield receipts.run()
    yield sending.run()
    yield from trade.watchers(desk, receipts, settings)
    yield from batch.watchers(desk, settings)
    yield from real_estate.consumers(desk, receipts, gateway, settings)


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[asyncio.Event]:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _notice_senders(
    settings: SandboxSettings, gateway: httpx.AsyncClient, sender: ReceiptSender | None
) -> Mapping[Case, Sender]:
    """Which systems send notices on which ways, and how these travel."""
    senders: dict[Case, Sender] = {
        case: OverHttp(gateway, key) for case, key in systems_with_keys(settings).items()
    }
    if sender is not None:
        senders[System.REAL_ESTATE, Way.PICKUP] = OverAmqp(sender)
    return senders


def _receipt_routes(settings: SandboxSettings, sender: ReceiptSender | None) -> Iterator[tuple[Way, Route]]:
    """On which ways receipts follow, and how they travel."""
    if settings.sftp:
        yield Way.SFTP, settings.sftp_folder / sftp.RETURN
    if settings.trade_return is not None:
        yield Way.FILES, settings.trade_return
    elif settings.gateway_url is not None and settings.trade_key is not None:
        yield Way.FILES, settings.trade_key
    if settings.gateway_url is not None and settings.real_estate_key is not None:
        yield Way.PICKUP, settings.real_estate_key
    elif sender is not None:
        yield Way.PICKUP, sender


def _application(desk: Desk, settings: SandboxSettings, url: str) -> Starlette:
    tokens = Tokens(settings)
    return Starlette(
        routes=[
            *registration.routes(desk, settings, url),
            *civil_status.routes(desk, settings),
            *xta.routes(desk, settings),
            *finance.routes(desk, settings, tokens),
            *oauth.routes(tokens, settings),
            *control.routes(desk),
            *page.routes(desk),
        ]
    )


def _tls_listeners(settings: SandboxSettings) -> Mapping[Tls, socket.socket]:
    if not settings.tls:
        return {}
    ports = itertools.count(settings.tls_port) if settings.tls_port else itertools.repeat(0)
    return {kind: socket.create_server((settings.host, port)) for kind, port in zip(Tls, ports, strict=False)}


def _address(scheme: str, settings: SandboxSettings, listener: socket.socket) -> str:
    return f"{scheme}://{settings.host}:{listener.getsockname()[1]}"


def _server(
    app: Starlette, certificates: Certificates | None = None, kind: Tls = Tls.VALID
) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        http=CuttableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    if certificates is not None:
        config.ssl_certfile, config.ssl_keyfile = certificates.server(kind)
        config.ssl_ca_certs = str(certificates.authority)
        config.ssl_cert_reqs = ssl.CERT_REQUIRED if kind is Tls.CLIENT else ssl.CERT_NONE
    return _QuietServer(config)


class _QuietServer(uvicorn.Server):
    """Leaves the signals to whoever runs the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def _served(server: uvicorn.Server, listener: socket.socket) -> AsyncIterator[asyncio.Task[None]]:
    # Nobody needs to wait for the start: the socket listens already, and callers queue up behind it.
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield serving
    finally:
        server.should_exit = True
        await serving


@contextlib.asynccontextmanager
async def _at_work(work: Iterator[Coroutine[None, None, None]]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Keep tasks going; on leaving, end them and raise what one of them failed of."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result
