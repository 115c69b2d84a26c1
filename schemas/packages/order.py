"""Order: what an installation is asked for. Who only asks does not wait for what carries it out to be imported."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be installed."""

    package: str
    supplements: tuple[str, ...]
    entry: tuple[str, ...]
    standard: str | None
    version: str | None
    valid_from: str
    into: str
    """An empty folder."""
    forms: str | None = None
    """The folder of a cache in which what was built is kept for who uses it."""
