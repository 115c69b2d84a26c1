"""Commands: what the command line does with a gateway without being one; names concrete classes, as bootstrap does.

What a command may do without is imported where it is used: nobody waits for a database to read a help text.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import schemas as schemas_package
from gateway.clock import SystemClock
from gateway.config import Configuration, Premises, load
from gateway.config.check import Known
from gateway.config.model import LimitSettings
from gateway.core.acts import Act
from gateway.core.check import Checked
from gateway.core.delivery import Parcel
from gateway.core.errors import StoreUnavailable
from gateway.core.handbook import Handbook
from gateway.core.message import DeliveryId, MessageKind
from gateway.core.ports import Pickup, Store, Surroundings
from gateway.core.views import Performed
from gateway.reports.imprint import Imprint

if TYPE_CHECKING:
    from schemas.door import Limits as SchemaLimits
    from schemas.library import SchemaLibrary

EMBEDDED = "embedded"
"""The broker URL of the size that needs no server."""

BUNDLES = Path(schemas_package.__file__).parent / "bundles"


class Role(StrEnum):
    """What a process does. Without a choice it does everything."""

    API = "api"
    RELAY = "relay"
    WORKER = "worker"


def configure(path: Path, environment: Mapping[str, str] = os.environ) -> Configuration:
    """Read and check the configuration as a whole.

    Raises:
        ConfigurationInvalid: with every problem, each with file, line and cause.
    """
    from adapters import catalogue  # noqa: PLC0415 - who only looks into the store needs no adapters

    return load(path, known=known_to_schemas, catalogue=catalogue, environment=environment)


def known_to_schemas(installed: Path) -> Known:
    """What the schema bundles know, those that ship and the installed ones."""
    from schemas.live import Reading  # noqa: PLC0415 - lxml, and all that reads schemas

    reading = Reading.of([BUNDLES, installed])
    library = reading.library
    kinds = tuple(known.kind for known in library.kinds())
    return Known(kinds, library.deadlines(), _handbooks(installed), reading)


def _handbooks(installed: Path) -> Callable[[MessageKind], Handbook | None]:
    """Handbooks of a library of its own, that is thrown away: who delivers does not need what they are made of."""

    @cache
    def library() -> "SchemaLibrary":
        return load_schemas(None, installed)

    @cache
    def handbook(kind: MessageKind) -> Handbook | None:
        found = (each for each in library().editions() if each.known.kind == kind)
        edition = next(found, None)
        return library().handbook(edition) if edition else None

    return handbook


def imprint_of(configuration: Configuration) -> Imprint:
    """Who the gateway is, for its reports."""
    gateway = configuration.settings.gateway
    return Imprint(gateway.name, gateway.kennung, gateway.documentation_url)


def schema_limits(limits: LimitSettings) -> "SchemaLimits":
    """What a message may be, for who reads it."""
    from schemas.door import Limits as SchemaLimits  # noqa: PLC0415 - lxml

    return SchemaLimits(max_bytes=int(limits.message_mb * 1_000_000), max_depth=limits.depth)


def load_schemas(
    limits: "SchemaLimits | None" = None, installed: Path | None = None, forms: Path | None = None
) -> "SchemaLibrary":
    """The schema bundles that ship with the program, and those in the folder of installed ones. `forms` is the
    folder of what takes long to build, for whoever explains refusals. Without `limits` the usual ones count.

    Raises:
        ConfigurationInvalid: a bundle contradicts itself.
    """
    from schemas.door import DEFAULT_LIMITS  # noqa: PLC0415 - lxml, and all that reads schemas
    from schemas.forms import FormCache  # noqa: PLC0415 - as above
    from schemas.library import SchemaLibrary  # noqa: PLC0415 - as above

    folders = [BUNDLES] if installed is None else [BUNDLES, installed]
    cache = FormCache(forms, quiet=True) if forms else None
    return SchemaLibrary.load(folders, limits=limits or DEFAULT_LIMITS, forms=cache)


async def upgrade_store(premises: Premises) -> None:
    """Create the store's tables or bring them up to date.

    Raises:
        StoreUnavailable: the database does not answer, or another process writes it.
    """
    from gateway import store as stores  # noqa: PLC0415 - SQLAlchemy

    await stores.upgrade(premises.store_url)


@asynccontextmanager
async def reading_store(premises: Premises) -> AsyncIterator[Store]:
    """The store for looking only: also beside a running gateway."""
    from gateway.store import SqlStore  # noqa: PLC0415 - SQLAlchemy

    async with await SqlStore.open(premises.store_url, mode="read") as store:
        yield store


async def perform(premises: Premises, act: Act) -> Performed:
    """Carry out a person's act, through the running gateway where that one holds the store.

    Raises:
        NotFound, NotReplayable, ForbiddenTransition, StoreUnavailable: as `ActStore.perform` does.
    """
    from gateway import control  # noqa: PLC0415 - only with a gateway
    from gateway.store import SqlStore  # noqa: PLC0415 - SQLAlchemy

    if database := sqlite_file(premises):
        answer = await control.hand_over(control.socket_of(database), act)
        if answer is not None:
            return answer
    async with await SqlStore.open(premises.store_url) as store:
        return await store.perform(act, SystemClock().now())


async def check_destinations(configuration: Configuration, names: Collection[str]) -> list[Checked]:
    """Look at destinations, all side by side. Nothing is sent."""
    clock = SystemClock()
    async with _surroundings(configuration, names, clock) as surroundings:
        return await asyncio.gather(*(_check(configuration, name, surroundings, clock) for name in names))


async def _check(
    configuration: Configuration, name: str, surroundings: Surroundings, clock: SystemClock
) -> Checked:
    from adapters import catalogue  # noqa: PLC0415 - as in `configure`
    from gateway.checks import check, not_built  # noqa: PLC0415 - only this command needs it

    try:
        adapter = catalogue.build(configuration.directory.destinations[name], surroundings)
    except Exception as error:  # noqa: BLE001 - a library's word on files that others wrote
        return not_built(name, error, clock)
    try:
        return await check(name, adapter, configuration.secret_files.get(name, frozenset()), clock)
    finally:
        await adapter.aclose()


@asynccontextmanager
async def _surroundings(
    configuration: Configuration, names: Collection[str], clock: SystemClock
) -> AsyncIterator[Surroundings]:
    from adapters import catalogue  # noqa: PLC0415 - as in `configure`

    destinations = [configuration.directory.destinations[name] for name in names]
    url = configuration.settings.broker.url
    fetched = [each for each in destinations if catalogue.transport_of(each) == "pickup"]
    queues = [each.name for each in fetched if url != EMBEDDED and catalogue.fetches_from_queue(each)]
    queue: Pickup = _Absent()
    shelf: Pickup = _Absent()
    async with AsyncExitStack() as stack:
        if queues:
            from queues.pickup import RabbitPickup  # noqa: PLC0415 - without RabbitMQ nobody waits for its library

            queue = await stack.enter_async_context(RabbitPickup(url, queues))
        if len(fetched) > len(queues):
            with suppress(StoreUnavailable):
                shelf = await stack.enter_async_context(reading_store(configuration))
        pickup = PickupByDestination(queue, frozenset(queues), shelf)
        absent = _Absent()
        yield Surroundings(clock, pickup, absent, absent, configuration.data_folder, configuration.folder)


@dataclass(frozen=True, slots=True)
class PickupByDestination:
    """A `Pickup`: the queue for those that fetch from RabbitMQ, the shelf for the others."""

    queue: Pickup
    queues: frozenset[str]
    shelf: Pickup

    async def ready(self, destination: str) -> None:
        """Find out whether something could be laid out now."""
        await self._pickup(destination).ready(destination)

    async def offer(self, destination: str, parcel: Parcel) -> None:
        """Lay a parcel out durably."""
        await self._pickup(destination).offer(destination, parcel)

    def _pickup(self, destination: str) -> Pickup:
        return self.queue if destination in self.queues else self.shelf


class _Absent:
    """Stands where there is no store: a check needs one for nothing else than a shelf."""

    async def ready(self, *_: object, **__: object) -> None:
        raise StoreUnavailable

    async def offer(self, *_: object, **__: object) -> None:
        raise StoreUnavailable

    async def reference(self, *_: object, **__: object) -> str | None:
        raise StoreUnavailable

    async def keep_reference(self, *_: object, **__: object) -> str | None:
        raise StoreUnavailable

    async def delivery_named(self, *_: object, **__: object) -> DeliveryId | None:
        raise StoreUnavailable

    async def collect_item(self, *_: object, **__: object) -> None:
        raise StoreUnavailable

    async def delivery_at(self, *_: object, **__: object) -> DeliveryId | None:
        raise StoreUnavailable


def sqlite_file(premises: Premises) -> Path | None:
    """The file of the store, where it is one."""
    scheme, _, path = premises.store_url.partition(":///")
    return Path(path) if scheme == "sqlite" else None


def rabbitmq_grants(configuration: Configuration, destination: str | None = None) -> list[str]:
    """The commands that give the specialist systems their rights in RabbitMQ: all of them, or the one behind a
    destination. None where there is no RabbitMQ, or no destination names a user.
    """
    from adapters import catalogue  # noqa: PLC0415 - as in `configure`
    from gateway.answers.letterbox import systems_by_user  # noqa: PLC0415 - only this command needs it
    from queues.grants import grants  # noqa: PLC0415 - as above

    url = configuration.settings.broker.url
    known = configuration.directory.destinations
    systems = systems_by_user(known.values()) if url != EMBEDDED else {}
    lines: list[str] = []
    for user, system in systems.items():
        if destination in {None, *system.destinations}:
            fetches = [each for each in system.destinations if catalogue.fetches_from_queue(known[each])]
            lines += grants(url, user, fetches)
    return lines
