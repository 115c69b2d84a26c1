"""Commands: what the command line does with a gateway without being one; names concrete classes, as bootstrap does.

What a command may do without is imported where it is used: nobody waits for a database to read a help text.
"""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path

import schemas as schemas_package
from adapters import catalogue
from gateway.clock import SystemClock
from gateway.config import Configuration, Premises, load
from gateway.config.check import Known
from gateway.config.model import LimitSettings
from gateway.core.acts import Act
from gateway.core.ports import Store
from gateway.core.views import Performed
from gateway.reports.imprint import Imprint
from schemas.door import Limits as SchemaLimits
from schemas.forms import FormCache
from schemas.library import SchemaLibrary
from schemas.live import Reading

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
    return load(path, known=known_to_schemas, catalogue=catalogue, environment=environment)


def known_to_schemas(installed: Path) -> Known:
    """What the schema bundles know, those that ship and the installed ones."""
    reading = Reading.of([BUNDLES, installed])
    library = reading.library
    return Known(tuple(known.kind for known in library.kinds()), library.deadlines(), reading)


def imprint_of(configuration: Configuration) -> Imprint:
    """Who the gateway is, for its reports."""
    gateway = configuration.settings.gateway
    return Imprint(gateway.name, gateway.kennung, gateway.documentation_url)


def schema_limits(limits: LimitSettings) -> SchemaLimits:
    """What a message may be, for who reads it."""
    return SchemaLimits(max_bytes=int(limits.message_mb * 1_000_000), max_depth=limits.depth)


def load_schemas(
    limits: SchemaLimits, installed: Path | None = None, forms: Path | None = None
) -> SchemaLibrary:
    """The schema bundles that ship with the program, and those in the folder of installed ones. `forms` is the
    folder of what takes long to build, for whoever explains refusals.

    Raises:
        ConfigurationInvalid: a bundle contradicts itself.
    """
    folders = [BUNDLES] if installed is None else [BUNDLES, installed]
    return SchemaLibrary.load(folders, limits=limits, forms=FormCache(forms, quiet=True) if forms else None)


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


def sqlite_file(premises: Premises) -> Path | None:
    """The file of the store, where it is one."""
    scheme, _, path = premises.store_url.partition(":///")
    return Path(path) if scheme == "sqlite" else None
