"""Check: what one file alone can't tell. Bookings against services and destinations, AGS against tenants."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gateway.config.directory import destination_of
from gateway.config.mapped import Handbooks, mapped_problems, no_handbooks
from gateway.config.model import BookingSettings, DestinationSettings, Settings, TenantFile
from gateway.config.places import Source, source_of
from gateway.config.versions import no_common_version, versions_unknown
from gateway.core.errors import Problem, SettingFault
from gateway.core.mapped import MappedKind
from gateway.core.message import MessageKind
from gateway.core.tenants import Destination


@dataclass(frozen=True, slots=True)
class Known:
    """What the schema bundles know, as far as a configuration refers to it."""

    kinds: Sequence[MessageKind]
    deadlines: frozenset[str] = frozenset()
    """Those that a tenant may set for itself."""
    handbook: Handbooks = no_handbooks
    """Asked only for kinds that a mapping file reads: it takes up to a second."""
    read: object = None
    """What they were read as, for who goes on working with them: reading takes some tenths of a second."""


class Catalogue(Protocol):
    """The adapters and transports that there are."""

    def faults(self, destination: Destination, folder: Path) -> Iterable[SettingFault]:
        """What is wrong with what a destination says to its adapter and its transport; relative files in it are
        meant from `folder`.
        """
        ...

    def mapped(self, destination: Destination, folder: Path) -> Iterable[MappedKind]:
        """What the mapping file of a destination reads of messages, where it has one that can be used."""
        ...

    def area_of(self, adapter: str) -> str | None:
        """The area whose messages an adapter takes; None where there is no such adapter."""
        ...


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """The files of a configuration, each valid by itself, held against each other."""

    folder: Path
    """Where they lie."""
    main: Settings
    main_source: Source
    tenants: Mapping[str, TenantFile]
    sources: Mapping[str, Source]
    """Each tenant's file by the tenant's key."""
    known: Known
    catalogue: Catalogue

    def problems(self) -> list[Problem]:
        """Every contradiction between the files, and every setting that an adapter would not take."""
        services = frozenset(kind.service for kind in self.known.kinds)
        destinations = dict(self.main.destinations)
        problems = list(self._destination_faults(self.main.destinations, self.main_source))
        problems += versions_unknown(self.main.destinations, self.main_source, self.known.kinds)
        ags_of: dict[str, str] = {}
        leitweg_ids: dict[str, str] = {}
        for key, tenant in self.tenants.items():
            source = self.sources[key]
            problems += self._destination_faults(tenant.destinations, source)
            problems += versions_unknown(tenant.destinations, source, self.known.kinds)
            problems += _deadlines_unknown(tenant, source, self.known.deadlines)
            problems += _names_twice(destinations, tenant, source)
            problems += _ags_twice(ags_of, key, tenant, source)
            problems += _leitweg_id_twice(leitweg_ids, key, tenant, source)
            destinations |= tenant.destinations
        for key, tenant in self.tenants.items():
            for index, booking in enumerate(tenant.bookings):
                place = ("bookings", index)
                problems += _booking(booking, place, self.sources[key], services, destinations)
                problems += self._areas_apart(booking, place, self.sources[key], destinations)
                problems += no_common_version(booking, place, self.sources[key], destinations)
            problems += _booked_twice(tenant, self.sources[key])
        problems += self._mapping_faults(destinations)
        # Several destinations may share a mapping file.
        return list(dict.fromkeys(problems))

    def _mapping_faults(self, destinations: Mapping[str, DestinationSettings]) -> Iterator[Problem]:
        for name, settings in destinations.items():
            mapped = self.catalogue.mapped(destination_of(name, settings), self.folder)
            yield from mapped_problems(mapped, self.known.kinds, self.known.handbook)

    def _destination_faults(
        self, destinations: Mapping[str, DestinationSettings], source: Source
    ) -> Iterator[Problem]:
        for name, settings in destinations.items():
            for fault in self.catalogue.faults(destination_of(name, settings), self.folder):
                if fault.file is not None:
                    yield source_of(fault.file).problem(fault.place, fault.de, fault.en)
                    continue
                yield source.problem(
                    ("destinations", name, *fault.place), f"{name}: {fault.de}", f"{name}: {fault.en}"
                )

    def _areas_apart(
        self,
        booking: BookingSettings,
        place: tuple[str | int, ...],
        source: Source,
        destinations: Mapping[str, DestinationSettings],
    ) -> Iterator[Problem]:
        for name in (*booking.destinations, *booking.test_destinations):
            area = self.catalogue.area_of(destinations[name].adapter) if name in destinations else None
            if area not in {None, booking.service.partition("/")[0]}:
                yield source.problem(
                    (*place, "destinations"),
                    f"das Ziel {name} gehört zum Bereich {area}",
                    f"the destination {name} belongs to the area {area}",
                )


def _deadlines_unknown(tenant: TenantFile, source: Source, known: frozenset[str]) -> Iterator[Problem]:
    for name in tenant.deadlines.keys() - known:
        there = ", ".join(sorted(known)) or "-"
        yield source.problem(
            ("deadlines", name),
            f"keine Regel der Schemata kennt die Frist {name} (bekannt: {there})",
            f"no rule of the schemas knows the deadline {name} (known: {there})",
        )


def _names_twice(
    taken: Mapping[str, DestinationSettings], tenant: TenantFile, source: Source
) -> Iterator[Problem]:
    for name in taken.keys() & tenant.destinations.keys():
        yield source.problem(
            ("destinations", name),
            f"das Ziel {name} ist schon an anderer Stelle beschrieben",
            f"the destination {name} is described elsewhere already",
        )


def _ags_twice(taken: dict[str, str], key: str, tenant: TenantFile, source: Source) -> Iterator[Problem]:
    for ags in tenant.ags:
        other = taken.setdefault(ags, key)
        if other != key:
            yield source.problem(
                ("ags",),
                f"der AGS {ags} gehört schon zum Mandanten {other}",
                f"the AGS {ags} belongs to the tenant {other} already",
            )


def _leitweg_id_twice(
    taken: dict[str, str], key: str, tenant: TenantFile, source: Source
) -> Iterator[Problem]:
    for leitweg_id in tenant.leitweg_ids:
        other = taken.setdefault(leitweg_id, key)
        if other != key:
            yield source.problem(
                ("leitweg_ids",),
                f"die Leitweg-ID {leitweg_id} gehört schon zum Mandanten {other}",
                f"the Leitweg-ID {leitweg_id} belongs to the tenant {other} already",
            )


def _booking(
    booking: BookingSettings,
    place: tuple[str | int, ...],
    source: Source,
    services: frozenset[str],
    destinations: Mapping[str, DestinationSettings],
) -> Iterator[Problem]:
    areas = {service.partition("/")[0] for service in services}
    if booking.service not in services | areas:
        yield source.problem(
            (*place, "service"),
            f"die Leistung {booking.service} kennt kein Schema-Bündel",
            f"no schema bundle knows the service {booking.service}",
        )
    for name in (*booking.destinations, *booking.test_destinations):
        if name not in destinations:
            yield source.problem(
                (*place, "destinations"),
                f"das Ziel {name} ist nirgends beschrieben",
                f"the destination {name} is described nowhere",
            )
    for name in booking.test_destinations:
        if name in destinations and not destinations[name].test:
            yield source.problem(
                (*place, "test_destinations"),
                f"das Ziel {name} ist nicht als Testsystem gekennzeichnet",
                f"the destination {name} is not marked as a test system",
            )
    for name in booking.destinations:
        if name in destinations and destinations[name].test:
            yield source.problem(
                (*place, "destinations"),
                f"das Ziel {name} ist ein Testsystem und nimmt keine echten Nachrichten",
                f"the destination {name} is a test system and takes no productive messages",
            )


def _booked_twice(tenant: TenantFile, source: Source) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, booking in enumerate(tenant.bookings):
        if booking.service in seen:
            yield source.problem(
                ("bookings", index, "service"),
                f"die Leistung {booking.service} ist doppelt gebucht",
                f"the service {booking.service} is booked twice",
            )
        seen.add(booking.service)
