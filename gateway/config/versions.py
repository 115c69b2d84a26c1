"""Versions: what destinations say they take, against the schemas that there are and against each other."""

from collections.abc import Iterator, Mapping, Sequence

from gateway.config.model import BookingSettings, DestinationSettings
from gateway.config.places import Source
from gateway.core.errors import Problem
from gateway.core.message import MessageKind


def versions_unknown(
    destinations: Mapping[str, DestinationSettings], source: Source, kinds: Sequence[MessageKind]
) -> Iterator[Problem]:
    """Standards and versions that a destination takes and that nobody has installed."""
    known: dict[str, set[str]] = {}
    for kind in kinds:
        known.setdefault(kind.standard, set()).add(kind.version)
    for name, destination in destinations.items():
        for standard, versions in destination.versions.items():
            place = ("destinations", name, "versions", standard)
            if standard not in known:
                yield source.problem(
                    place,
                    f"der Standard {standard} ist nicht eingerichtet",
                    f"the standard {standard} is not installed",
                )
            elif not known[standard] & set(versions):
                installed = ", ".join(sorted(known[standard]))
                yield source.problem(
                    place,
                    f"keine dieser Versionen von {standard} ist eingerichtet (eingerichtet: {installed})",
                    f"none of these versions of {standard} is installed (installed: {installed})",
                )


def no_common_version(
    booking: BookingSettings,
    place: tuple[str | int, ...],
    source: Source,
    destinations: Mapping[str, DestinationSettings],
) -> Iterator[Problem]:
    """A message goes to all destinations of a booking or to none: they must have a version in common."""
    for key, names in (
        ("destinations", booking.destinations),
        ("test_destinations", booking.test_destinations),
    ):
        common: dict[str, set[str]] = {}
        for name in names:
            if name in destinations:
                for standard, versions in destinations[name].versions.items():
                    common[standard] = common.get(standard, set(versions)) & set(versions)
        for standard in (each for each, versions in common.items() if not versions):
            yield source.problem(
                (*place, key),
                f"die Ziele nehmen keine Version von {standard} gemeinsam",
                f"the destinations have no version of {standard} in common",
            )
