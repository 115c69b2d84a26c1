"""Check: what one file alone can't tell. Bookings against services and destinations, AGS against tenants."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from gateway.config.model import BookingSettings, DestinationSettings, Settings, TenantFile
from gateway.config.places import line_of
from gateway.core.errors import Problem


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was read, for pointing into it."""

    name: str
    text: str

    def problem(self, path: Sequence[str | int], de: str, en: str) -> Problem:
        """A problem at the line where `path` stands."""
        return Problem(self.name, line_of(self.text, path), de, en)


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """The files of a configuration, each valid by itself, held against each other."""

    main: Settings
    main_source: Source
    tenants: Mapping[str, TenantFile]
    sources: Mapping[str, Source]
    """Each tenant's file by the tenant's key."""
    services: frozenset[str]
    adapters: Mapping[str, type[BaseModel]]

    def problems(self) -> list[Problem]:
        """Every contradiction between the files, and every setting that an adapter would not take."""
        destinations = dict(self.main.destinations)
        problems = list(_adapter_settings(self.main.destinations, self.main_source, self.adapters))
        ags_of: dict[str, str] = {}
        leitweg_ids: dict[str, str] = {}
        for key, tenant in self.tenants.items():
            source = self.sources[key]
            problems += _adapter_settings(tenant.destinations, source, self.adapters)
            problems += _names_twice(destinations, tenant, source)
            problems += _ags_twice(ags_of, key, tenant, source)
            problems += _leitweg_id_twice(leitweg_ids, key, tenant, source)
            destinations |= tenant.destinations
        for key, tenant in self.tenants.items():
            for index, booking in enumerate(tenant.bookings):
                place = ("bookings", index)
                problems += _booking(booking, place, self.sources[key], self.services, destinations)
            problems += _booked_twice(tenant, self.sources[key])
        return problems


def _adapter_settings(
    destinations: Mapping[str, DestinationSettings], source: Source, adapters: Mapping[str, type[BaseModel]]
) -> Iterator[Problem]:
    for name, destination in destinations.items():
        try:
            adapters[destination.adapter].model_validate(destination.settings)
        except ValidationError as error:
            for fault in error.errors(include_input=False, include_url=False):
                loc = ("destinations", name, "settings", *fault["loc"])
                where = ".".join(str(part) for part in loc)
                yield source.problem(
                    loc,
                    f"{where}: passt nicht zum Adapter {destination.adapter} ({fault['msg']})",
                    f"{where}: not a setting of the adapter {destination.adapter}: {fault['msg']}",
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
        elif destinations[name].adapter.replace("_", "-") != booking.service.partition("/")[0]:
            yield source.problem(
                (*place, "destinations"),
                f"das Ziel {name} gehört zum Bereich {destinations[name].adapter}",
                f"the destination {name} belongs to the area {destinations[name].adapter}",
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
