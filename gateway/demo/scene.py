"""Scene: one submission of the demo, and what must become of it."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.core.status import DeliveryState


@dataclass(frozen=True, slots=True)
class Delivered:
    """Accepted, and every destination ends in `state` after `attempts`."""

    state: DeliveryState = DeliveryState.DELIVERED
    attempts: int = 1
    destinations: int = 1
    reply: bool = False
    """A document comes back, and the portal fetches it."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """Accepted before: the first receipt comes again, nothing is delivered twice."""

    of: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Not accepted, with this HTTP status and leading code."""

    status: int
    code: str


Expectation = Delivered | Repeated | Refused


@dataclass(frozen=True, slots=True)
class Scene:
    """One submission. `leser` is the AGS of the municipality; `again` names a scene whose bytes are used."""

    key: str
    de: str
    en: str
    expect: Expectation
    sample: str = ""
    leser: str = ""
    again: str = ""
    change: Callable[[bytes], bytes] = bytes
