"""Routing: (kind, recipient, the tenant's bookings, who sends) -> destinations, or every reason why not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.core.message import MessageKind, Nachrichtenkopf
from gateway.core.priority import Priority
from gateway.core.refusal import Refusal, RefusalCode
from gateway.core.tenants import Destination, Directory, Portal, Tenant


@dataclass(frozen=True, slots=True)
class Route:
    """Where a message goes."""

    tenant: Tenant
    destinations: tuple[str, ...]
    priority: Priority = Priority.NORMAL


def route(
    kind: MessageKind, kopf: Nachrichtenkopf, portal: Portal, directory: Directory
) -> Route | tuple[Refusal, ...]:
    """Find the destinations of a message, or all reasons for which it can't be taken.

    A message that carries `test` goes only to test systems; a productive one never does. A message in a version
    that one of its destinations does not take is refused as a whole: that system would never learn of it.
    """
    refusals = []
    if not portal.acts_for(kopf.autor.kennung):
        refusals.append(Refusal(RefusalCode.SENDER_NOT_ENTITLED, {"scope": "autor"}))
    tenant = directory.recipient(kopf.leser)
    if tenant is None:
        return (*refusals, Refusal(RefusalCode.UNKNOWN_RECIPIENT))
    if not portal.may_send(tenant.key, kind.service):
        refusals.append(Refusal(RefusalCode.SENDER_NOT_ENTITLED, {"scope": "service"}))
    booking = tenant.booking_for(kind.service)
    if booking is None:
        facts = {"service": kind.service, "tenant": tenant.name}
        return (*refusals, Refusal(RefusalCode.NOT_BOOKED, facts))
    destinations = booking.test_destinations if kopf.test else booking.destinations
    if kopf.test and not destinations:
        refusals.append(Refusal(RefusalCode.TEST_NOT_POSSIBLE, {"service": kind.service}))
    refusals += _version_not_taken(kind, tenant, [directory.destinations.get(each) for each in destinations])
    if refusals:
        return tuple(refusals)
    return Route(tenant, destinations, booking.priority)


def _version_not_taken(
    kind: MessageKind, tenant: Tenant, destinations: Sequence[Destination | None]
) -> Iterator[Refusal]:
    known = [each for each in destinations if each is not None]
    if all(each.takes(kind) for each in known):
        return
    declared = [set(each.versions[kind.standard]) for each in known if kind.standard in each.versions]
    taken = ", ".join(sorted(set.intersection(*declared)))
    facts = {"standard": kind.standard, "version": kind.version, "tenant": tenant.name}
    yield Refusal(RefusalCode.VERSION_NOT_TAKEN, facts | ({"taken": taken} if taken else {}))
