"""Examination: runs every check, each for itself: what can't be asked keeps nobody from asking the others."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

from gateway import commands
from gateway.clock import SystemClock, legal_date
from gateway.config import Configuration, Premises, load_premises
from gateway.core.check import Checked, StepResult
from gateway.core.errors import ConfigurationInvalid, StoreUnavailable
from gateway.doctor import broker, bundles, machine, store
from gateway.doctor.symptom import Area, Gravity, Symptom
from schemas.live import Reading

PATIENCE = 20.0
"""Seconds for all destinations together."""
CERTIFICATE_DAYS = 30


async def examine(path: Path, *, call: bool) -> list[Symptom]:
    """Look at everything; with `call` also at the destinations themselves. Changes nothing, accepts nothing."""
    now = SystemClock().now()
    found: list[Symptom] = []
    configuration: Configuration | None = None
    try:
        configuration = commands.configure(path)
        found.append(_sound(configuration))
    except ConfigurationInvalid as invalid:
        found += _invalid(invalid)
    premises: Premises | None = configuration
    if premises is None:
        try:
            premises = load_premises(path)
        except ConfigurationInvalid:
            # Its problems are among those already told.
            return found
    found += machine.machine(premises, now)
    found += [each async for each in _store(premises, configuration, now)]
    names = sorted(configuration.directory.destinations) if configuration else []
    found += [each async for each in broker.broker(premises.settings.broker.url, names)]
    if configuration is not None:
        reading = configuration.known.read
        assert isinstance(reading, Reading)
        found += bundles.bundles(reading.library.bundles, legal_date(now))
        if call:
            found += await _checks(configuration, names)
    order = list(Area)
    return sorted(found, key=lambda each: (order.index(each.area), -each.gravity))


def _sound(configuration: Configuration) -> Symptom:
    directory = configuration.directory
    counts = {"tenants": str(len(directory.tenants)), "destinations": str(len(directory.destinations))}
    return Symptom(Area.CONFIGURATION, "configuration-fine", facts=counts)


def _invalid(invalid: ConfigurationInvalid) -> Iterator[Symptom]:
    for problem in invalid.problems:
        place = problem.file if problem.line is None else f"{problem.file}:{problem.line}"
        facts = {"place": place, "de": problem.de, "en": problem.en}
        yield Symptom(Area.CONFIGURATION, "configuration-broken", Gravity.BROKEN, facts)


async def _store(
    premises: Premises, configuration: Configuration | None, now: datetime
) -> AsyncIterator[Symptom]:
    from gateway.store import SchemaNotCurrent  # noqa: PLC0415 - SQLAlchemy

    destinations = configuration.directory.destinations if configuration else {}
    try:
        async with commands.reading_store(premises) as opened:
            diagnosis = await opened.diagnosis(now)
            depths = await opened.depths(now)
            names = sorted(destinations) or sorted({each.destination for each in depths})
            stands = await opened.destinations(names, now)
            failed = (await opened.failed(limit=1000)).items
            incidents = await opened.incidents(open_only=True)
    except SchemaNotCurrent as error:
        yield Symptom(Area.STORE, "store-old", Gravity.BROKEN, {"reason": str(error)})
        return
    except StoreUnavailable as error:
        yield Symptom(Area.STORE, "store-away", Gravity.BROKEN, {"reason": str(error)})
        return
    yield Symptom(Area.STORE, "store-fine", facts={"number": str(sum(each.number for each in depths))})
    for symptom in store.clock(diagnosis, now):
        yield symptom
    if database := commands.sqlite_file(premises):
        wal = database.with_name(f"{database.name}-wal")
        for symptom in store.journal(wal.stat().st_size if wal.exists() else 0):
            yield symptom
    rated = frozenset(name for name, each in destinations.items() if each.rate is not None)
    for symptom in store.work(diagnosis, stands, rated):
        yield symptom
    for symptom in store.destinations(depths, stands, failed, diagnosis.delivered, now):
        yield symptom
    for symptom in store.leftovers(incidents):
        yield symptom


async def _checks(configuration: Configuration, names: list[str]) -> list[Symptom]:
    try:
        async with asyncio.timeout(PATIENCE):
            checked = await commands.check_destinations(configuration, names)
    except TimeoutError:
        return [Symptom(Area.DESTINATIONS, "checks-slow", Gravity.LOOK)]
    return [symptom for each in checked for symptom in _told(each)]


def _told(checked: Checked) -> Iterator[Symptom]:
    for step in checked.steps:
        found = step.finding
        facts = {"destination": checked.destination, "step": step.name.value, "de": found.de, "en": found.en}
        if found.result is StepResult.FAILED:
            yield Symptom(Area.DESTINATIONS, "check-failed", Gravity.LOOK, facts)
        elif found.days is not None and found.days < CERTIFICATE_DAYS:
            facts |= {"days": f"{found.days:.0f}"}
            yield Symptom(Area.DESTINATIONS, "certificate-ends", Gravity.LOOK, facts)
