"""Store: whether it answers, what waits in it, and who works on it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from gateway.core.breaker import BreakerState
from gateway.core.incident import Incident, Trouble
from gateway.core.status import NEEDS_A_PERSON, DeliveryState
from gateway.core.views import DeliveryView, Depth, DestinationView, Diagnosis
from gateway.doctor.symptom import Area, Gravity, Symptom

CLOCK_OFF = timedelta(seconds=5)
LONG = timedelta(hours=4)
MB = 1_000_000
LARGE_JOURNAL = 256 * MB


def clock(found: Diagnosis, now: datetime) -> Iterator[Symptom]:
    """How far the database's clock is from ours: leases and due times go by them."""
    off = found.clock - now
    if abs(off) > CLOCK_OFF:
        seconds = f"{off.total_seconds():+.0f}"
        yield Symptom(Area.STORE, "clock-off", Gravity.LOOK, {"seconds": seconds})


def journal(size: int) -> Iterator[Symptom]:
    """SQLite's journal: it grows while somebody reads for long, or nothing checkpoints."""
    if size > LARGE_JOURNAL:
        yield Symptom(Area.STORE, "journal-large", Gravity.LOOK, {"megabytes": str(size // MB)})


def work(found: Diagnosis, stands: Sequence[DestinationView], rated: frozenset[str]) -> Iterator[Symptom]:
    """Whether relay and workers do their part. Destinations that are held back for a reason do not count, nor those
    with a rate (`rated`).
    """
    held = rated | {
        each.name
        for each in stands
        if each.breaker is not BreakerState.CLOSED or each.paused_until is not None
    }
    for each in found.unpublished:
        if each.destination not in held:
            facts = {"destination": each.destination, "number": str(each.number)}
            yield Symptom(Area.WORK, "relay-silent", Gravity.BROKEN, facts, each.since)
    if found.expired:
        yield Symptom(Area.WORK, "leases-expired", Gravity.BROKEN, {"number": str(found.expired)})
    for worker in found.workers[:20]:
        yield Symptom(Area.WORK, "worker-seen", facts={"worker": worker.name}, since=worker.at)


def destinations(
    depths: Sequence[Depth],
    stands: Sequence[DestinationView],
    failed: Sequence[DeliveryView],
    delivered: Mapping[str, datetime],
    now: datetime,
) -> Iterator[Symptom]:
    """Where each destination stands, those in trouble with what to do; `failed` are deliveries that need a person."""
    for stand in stands:
        own = {each.state: each for each in depths if each.destination == stand.name}
        troubles = [*_shut(stand), *_waiting(stand, own, now), *_for_a_person(stand.name, own, failed)]
        yield from troubles
        if not troubles:
            facts = {"destination": stand.name, "number": str(stand.waiting)}
            yield Symptom(Area.DESTINATIONS, "destination-fine", facts=facts, since=delivered.get(stand.name))


def leftovers(incidents: Iterable[Incident]) -> Iterator[Symptom]:
    """What lies in our mailboxes that nobody can use."""
    for each in incidents:
        if each.trouble is Trouble.LEFTOVERS:
            facts = {"destination": each.destination, "number": str(each.affected), "code": each.code}
            yield Symptom(Area.DESTINATIONS, "answers-left", Gravity.LOOK, facts, each.opened_at)


def _shut(stand: DestinationView) -> Iterator[Symptom]:
    facts = {"destination": stand.name, "number": str(stand.waiting)}
    if stand.breaker is not BreakerState.CLOSED:
        facts |= {"code": stand.code or "-"}
        yield Symptom(Area.DESTINATIONS, "destination-away", Gravity.LOOK, facts, stand.opened_at)
    if stand.paused_until is not None:
        facts |= {"until": f"{stand.paused_until:%Y-%m-%d %H:%MZ}", "by": stand.paused_by or "-"}
        yield Symptom(Area.DESTINATIONS, "destination-paused", Gravity.LOOK, facts)


def _waiting(stand: DestinationView, own: Mapping[DeliveryState, Depth], now: datetime) -> Iterator[Symptom]:
    queued = own.get(DeliveryState.QUEUED)
    shut = stand.breaker is not BreakerState.CLOSED or stand.paused_until is not None
    if queued is not None and now - queued.oldest > LONG and not shut:
        facts = {"destination": stand.name, "number": str(queued.number)}
        yield Symptom(Area.DESTINATIONS, "oldest-waits", Gravity.LOOK, facts, queued.oldest)


def _for_a_person(
    name: str, own: Mapping[DeliveryState, Depth], failed: Sequence[DeliveryView]
) -> Iterator[Symptom]:
    for state in sorted(NEEDS_A_PERSON & own.keys()):
        codes = {
            each.code for each in failed if (each.destination, each.state) == (name, state) and each.code
        }
        facts = {
            "destination": name,
            "number": str(own[state].number),
            "codes": ", ".join(sorted(codes)[:5]) or "-",
        }
        yield Symptom(Area.DESTINATIONS, f"waits-{state}", Gravity.LOOK, facts, own[state].oldest)
