"""Machine: the disk, and the nights on which clocks are changed."""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta

from gateway.clock import BERLIN
from gateway.config import Premises
from gateway.doctor.symptom import Area, Gravity, Symptom

SOON = timedelta(days=2)
MB = 1_000_000


def machine(premises: Premises, now: datetime) -> Iterator[Symptom]:
    """What the machine is like for a gateway."""
    yield _disk(premises)
    if (change := _clock_change(now)) is not None:
        yield Symptom(Area.MACHINE, "clock-change", facts={"at": f"{change:%Y-%m-%d}"})


def _disk(premises: Premises) -> Symptom:
    folder, floor = premises.data_folder, premises.disk_floor
    if not folder.is_dir():
        return Symptom(Area.MACHINE, "no-data-folder", Gravity.LOOK, {"folder": str(folder)})
    if not os.access(folder, os.W_OK):
        return Symptom(Area.MACHINE, "data-folder-shut", Gravity.BROKEN, {"folder": str(folder)})
    free = shutil.disk_usage(folder).free
    facts = {"folder": str(folder), "free": f"{free // MB}", "floor": f"{floor // MB}"}
    if free < floor:
        return Symptom(Area.MACHINE, "disk-floor", Gravity.BROKEN, facts)
    if free < 2 * floor:
        return Symptom(Area.MACHINE, "disk-low", Gravity.LOOK, facts)
    return Symptom(Area.MACHINE, "disk-fine", facts=facts)


def _clock_change(now: datetime) -> datetime | None:
    here = now.astimezone(BERLIN)
    then = (now + SOON).astimezone(BERLIN)
    return then if here.utcoffset() != then.utcoffset() else None
