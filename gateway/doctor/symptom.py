"""Symptom: one thing that was found, good or bad. What it means and what to do is said by `gateway.texts.doctor`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum


class Gravity(IntEnum):
    """How bad it is. The worst one is the exit status of `amtsbote doctor`."""

    WELL = 0
    LOOK = 1
    """Somebody should look at it, today."""
    BROKEN = 2
    """Messages are not accepted or not delivered."""


class Area(StrEnum):
    """What was looked at, in the order in which it is shown."""

    CONFIGURATION = "configuration"
    MACHINE = "machine"
    STORE = "store"
    BROKER = "broker"
    WORK = "work"
    SCHEMAS = "schemas"
    DESTINATIONS = "destinations"


@dataclass(frozen=True, slots=True)
class Symptom:
    """Something found. Facts are names, numbers, codes and times; never a value of a message."""

    area: Area
    code: str
    gravity: Gravity = Gravity.WELL
    facts: Mapping[str, str] = field(default_factory=dict)
    since: datetime | None = None
