"""Tenants, their bookings, destinations and portals: who is served, with what, by which system."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from gateway.core.breaker import BreakerPolicy
from gateway.core.message import Kommunikationspartner, MessageKind
from gateway.core.priority import Priority
from gateway.core.rate import Rate
from gateway.core.retry import RetryPolicy


@dataclass(frozen=True, slots=True)
class Booking:
    """What a tenant has booked: one service, or a whole area.

    `service` is `area/kind` or just `area`; the more specific booking wins as a whole.
    `destinations` receive productive messages, `test_destinations` those that carry `test`.
    """

    service: str
    destinations: tuple[str, ...]
    test_destinations: tuple[str, ...] = ()
    give_up_after: timedelta | None = None
    """The service's own time to give up, whatever its destinations say; None leaves it to them."""
    priority: Priority = Priority.NORMAL
    """Among the tenant's services to one destination."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """An administrative unit with 1..n municipalities: an Amt has several AGS and none of its own."""

    key: str
    name: str
    ags: tuple[str, ...]
    bookings: tuple[Booking, ...] = ()
    leitweg_ids: tuple[str, ...] = ()
    """Under which it receives invoices (BT-10 of an XRechnung)."""
    deadlines: Mapping[str, int] = field(default_factory=dict)
    """Days of the deadlines that it has set itself, by the name that rules of the schemas give them."""

    def booking_for(self, service: str) -> Booking | None:
        """The booking that covers `service`: the exact one, else the one of its whole area."""
        by_service = {booking.service: booking for booking in self.bookings}
        return by_service.get(service) or by_service.get(service.partition("/")[0])


@dataclass(frozen=True, slots=True)
class Destination:
    """A specialist system that receives messages, as far as the core needs to know it."""

    name: str
    adapter: str
    """What it is told, by its area: registration, civil_status, trade, finance, real_estate."""
    settings: Mapping[str, object] = field(default_factory=dict)
    """The transport's own settings, checked by the transport's model."""
    transport: str | None = None
    """How it is told; None for what is usual in its area."""
    payload: str | None = None
    """In which form it is told; None for what is usual in its area."""
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)
    rate: Rate | None = None
    """How much it gets at most; None: as much as its concurrency allows."""
    idempotent: bool = False
    """The system recognises a repeated delivery by its id: repeating an unclear one does no harm."""
    ordered: bool = False
    """It gets the messages of one case strictly one after the other, in the order of their acceptance."""
    test: bool = False
    """A test system. Only such a one ever receives a message that carries `test`."""
    concurrency: int = 4
    """How many deliveries one worker process holds towards it at the same time."""
    attempt_within: timedelta = timedelta(seconds=120)
    """How long one attempt may take; then it is broken off and counts as unclear."""
    lease: timedelta = timedelta(seconds=30)
    """How long after its latest sign of life a worker may hold a delivery before the reaper takes it back."""
    confirm_within: timedelta = timedelta(days=3)
    """How long a handed-over message may stay unconfirmed before it becomes unclear."""
    rabbitmq_user: str | None = None
    """The system's user at RabbitMQ: it fetches from its queue, and its receipts count as the system's own."""
    ask_every: timedelta = timedelta(minutes=5)
    """How long until a system that can be asked is asked about a delivery, first; then at growing distances."""
    collect_every: timedelta = timedelta(seconds=30)
    """How often it is looked where a system leaves its words."""
    versions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The versions that it takes, by standard; of a standard that is not named, it takes all."""

    def takes(self, kind: MessageKind) -> bool:
        """Whether the system understands the version in which a message is written."""
        return kind.version in self.versions.get(kind.standard, (kind.version,))


@dataclass(frozen=True, slots=True)
class Portal:
    """A sender of messages, as its key identified it. Empty `tenants` or `services` allow none."""

    name: str
    autoren: tuple[str, ...]
    """Kennungen for which it may act as `autor`, e.g. `psw:01003110`; `*` for any."""
    tenants: tuple[str, ...] = ("*",)
    services: tuple[str, ...] = ("*",)
    """Services or whole areas it may send; `*` for any."""

    def acts_for(self, kennung: str) -> bool:
        """Whether the portal may send messages whose author is `kennung`."""
        return "*" in self.autoren or kennung in self.autoren

    def may_send(self, tenant: str, service: str) -> bool:
        """Whether the portal may send this service to this tenant."""
        area = service.partition("/")[0]
        return ("*" in self.tenants or tenant in self.tenants) and bool(
            {"*", area, service} & set(self.services)
        )


@dataclass(frozen=True, slots=True)
class SpecialistSystem:
    """A specialist system that speaks to us by itself, as its key identified it: it fetches messages
    and sends receipts for its destinations, and sees no others.
    """

    name: str
    destinations: tuple[str, ...]


class Directory:
    """All tenants and destinations of a configuration, ready for look-up. Immutable."""

    def __init__(self, tenants: Sequence[Tenant], destinations: Sequence[Destination]) -> None:
        self.tenants: Mapping[str, Tenant] = {tenant.key: tenant for tenant in tenants}
        self.destinations: Mapping[str, Destination] = {each.name: each for each in destinations}
        self._by_ags = {ags: tenant for tenant in tenants for ags in tenant.ags}
        self._by_leitweg_id = {each.upper(): tenant for tenant in tenants for each in tenant.leitweg_ids}

    def retry(self, destination: Destination, tenant: str, service: str) -> RetryPolicy:
        """How deliveries of a tenant's service to a destination are tried again."""
        owner = self.tenants.get(tenant)
        booking = owner.booking_for(service) if owner else None
        if booking is None or booking.give_up_after is None:
            return destination.retry
        return replace(destination.retry, give_up_after=booking.give_up_after)

    def ordered(self, names: Iterable[str]) -> frozenset[str]:
        """Those destinations that want the messages of one case in their order."""
        known = (self.destinations.get(name) for name in names)
        return frozenset(each.name for each in known if each is not None and each.ordered)

    def tenant_of(self, ags: str) -> Tenant | None:
        """The tenant to which the municipality with this AGS (8 digits) belongs."""
        return self._by_ags.get(ags)

    def recipient(self, leser: Kommunikationspartner) -> Tenant | None:
        """The tenant that a message is for: by the AGS in `ags:...` or the Leitweg-ID in `leitweg:...`."""
        match leser.praefix:
            case "ags":
                return self.tenant_of(leser.schluessel)
            case "leitweg":
                return self._by_leitweg_id.get(leser.schluessel.upper())
            case _:
                return None

    def deadlines(self, leser: Kommunikationspartner) -> Mapping[str, int]:
        """The deadlines that the recipient of a message has set itself, in days by their names."""
        tenant = self.recipient(leser)
        return {} if tenant is None else tenant.deadlines
