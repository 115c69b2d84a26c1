"""The API over the real use case, the real schemas and a real SQLite store, served on a real socket."""

import asyncio
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.answers.receipts import Receipts
from gateway.api import HandbookPages, Limits, Services, create_app
from gateway.api.server import ApiServer, Bind
from gateway.core.acts import AddKey
from gateway.core.tenants import Booking, Destination, Directory, Portal, SpecialistSystem, Tenant
from gateway.disk import DiskFloor
from gateway.intake import Intake
from gateway.reports.imprint import Imprint
from gateway.security import keys
from gateway.security.authenticator import KeyAuthenticator
from gateway.store.store import SqlStore, upgrade
from gateway.telemetry.metrics import Metrics
from schemas.library import SchemaLibrary
from tests.builders import FakeClock

BUNDLES = Path(__file__).parents[2] / "schemas" / "bundles"
SAMPLES = [
    path
    for path in sorted(BUNDLES.glob("*/*/samples/valid/*.xml"))
    if path.parents[3].name != "ab-rueckweisung"  # nobody books rejections
]
DESTINATION = "fachverfahren"

_AGS = [
    "12052000",
    "12053000",
    "12060181",
    "12060280",
    "12061329",
    "12062224",
    "12065084",
    "12069448",
    "12069474",
    "12069485",
    "12072477",
]
_AREAS = ("registration", "civil-status", "trade", "finance", "real-estate")


@dataclass(frozen=True, slots=True)
class RealApi:
    """What a test needs to talk to it."""

    url: str
    portal_key: str
    system_key: str


@contextmanager
def real_api(folder: Path) -> Iterator[RealApi]:
    """Serve the API from a thread with its own event loop until the context is left."""
    ready: list[RealApi] = []
    failed: list[BaseException] = []
    is_up, stop = threading.Event(), threading.Event()

    async def run() -> None:
        try:
            async with asyncio.timeout(300):
                await _serve(folder, ready, is_up, stop)
        except BaseException as error:  # noqa: BLE001 - shown to the test, which runs in another thread
            failed.append(error)
        finally:
            is_up.set()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        is_up.wait()
        if failed:
            raise failed[0]
        yield ready[0]
    finally:
        stop.set()
        thread.join()
    if failed:
        raise failed[0]


async def _serve(folder: Path, ready: list[RealApi], is_up: threading.Event, stop: threading.Event) -> None:
    url = f"sqlite:///{folder / 'amtsbote.db'}"
    await upgrade(url)
    clock = FakeClock()
    portal, system = keys.generate(), keys.generate()
    with ThreadPoolExecutor(2) as threads:
        async with await SqlStore.open(url) as store:
            holders: dict[keys.AccessKey, Portal | SpecialistSystem] = {
                portal: Portal("landesportal", ("*",)),
                system: SpecialistSystem("sys", (DESTINATION,)),
            }
            for key, holder in holders.items():
                await store.perform(AddKey(key.id, key.secret_hash, holder, "test"), clock.now())
            disk = DiskFloor(folder, 0)
            schemas = SchemaLibrary.load([BUNDLES])
            intake = Intake(schemas, _directory(), store, clock, disk=disk, threads=threads, slow=threads)
            services = Services(
                intake=intake,
                messages=store,
                receipts=Receipts(store, schemas, clock, Metrics(), slow=threads),
                replies=store,
                shelf=store,
                withdrawals=store,
                authenticator=KeyAuthenticator(store),
                clock=clock,
                handbooks=HandbookPages(schemas, threads, Imprint()),
                checks={"store": store.ping},
                stopping=answering_at_once(),
            )
            server = ApiServer(create_app(services, Limits()), Bind(port=0, graceful_seconds=2))
            serving = asyncio.create_task(server.serve())
            port = await server.until_started()
            ready.append(RealApi(f"http://127.0.0.1:{port}", portal.reveal(), system.reveal()))
            is_up.set()
            await asyncio.to_thread(stop.wait)
            server.stop()
            await serving


def answering_at_once() -> asyncio.Event:
    """Nobody waits for parcels, however long they would: as when the server stops."""
    event = asyncio.Event()
    event.set()
    return event


def _directory() -> Directory:
    bookings = tuple(Booking(area, (DESTINATION,), (DESTINATION,)) for area in _AREAS)
    tenant = Tenant("alle", "Alle Kommunen", tuple(_AGS), bookings)
    return Directory([tenant], [Destination(DESTINATION, "registration")])


def environment(**more: str) -> dict[str, str]:
    """The environment of a subprocess that finds this project."""
    root = str(Path(__file__).parents[2])
    return {**os.environ, "PYTHONPATH": root, **more}
