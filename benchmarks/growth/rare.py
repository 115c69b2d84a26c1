"""Rare: the calls that outages, cases and people make now and then. Their plans are kept, their time is not measured."""

from dataclasses import replace
from datetime import timedelta

from uuid_utils import uuid4

from benchmarks.growth.exercises import AT_ONCE, Exercise
from benchmarks.growth.filled import COLLECTING
from benchmarks.growth.visit import BROKEN, LEASE, REPUBLISH, Visit, all_at_once
from gateway.core.acts import AddKey, CloseBatch, Pause, Resume, RevokeKey
from gateway.core.batch import BatchItem
from gateway.core.breaker import BreakerPolicy
from gateway.core.delivery import Submission
from gateway.core.outcome import Cause
from gateway.core.rate import Rate
from gateway.core.retention import Retention
from gateway.core.status import DeliveryState
from gateway.core.tenants import Portal


async def broker_away(visit: Visit) -> None:
    """Tickets are given back and published again."""
    store, watch = visit.store, visit.watch
    await all_at_once(store.accept, [visit.submission() for _ in range(3)])
    tickets = await store.take_due(visit.now, 3, REPUBLISH, {"d7": Rate(10, 10)})
    with watch("give_back"):
        await store.give_back(tickets, visit.now)
    with watch("republish_all"):
        await store.republish_all(visit.now)
    with watch("hasten"):
        await store.hasten(visit.now, visit.now + REPUBLISH)
    tickets = await store.take_due(visit.now, 1000, REPUBLISH)
    await all_at_once(visit.claim, tickets)
    await all_at_once(visit.settle, tickets)


async def cases(visit: Visit) -> None:
    """Messages of one case wait for each other."""
    store, watch = visit.store, visit.watch

    def of_case() -> Submission:
        submission = visit.submission("ordered", ordered=frozenset({"ordered"}))
        return replace(submission, message=replace(submission.message, tenant="t1", order_key="fall-1"))

    with watch("accept, ordered", 2):
        await all_at_once(store.accept, [of_case(), of_case()])
    for _ in range(2):
        (ticket,) = await store.take_due(visit.now, AT_ONCE, REPUBLISH)
        await visit.claim(ticket)
        with watch("settle, ordered"):
            await visit.settle(ticket)


async def outage(visit: Visit) -> None:
    """A breaker opens, a probe succeeds; a person pauses and resumes; a receipt does not come."""
    store, watch = visit.store, visit.watch
    destination = str(uuid4())
    await all_at_once(
        store.accept, [visit.submission(destination) for _ in range(BreakerPolicy().failures + 2)]
    )
    ill, *rest = await store.take_due(visit.now, AT_ONCE, REPUBLISH)
    for ticket in (ill, *rest[: BreakerPolicy().failures - 1]):
        await visit.claim(ticket)
        with watch("settle, failed"):
            await visit.settle(ticket, DeliveryState.PARKED, BROKEN)
    with watch("claim, withheld"):
        assert await store.claim(rest[-1], "worker-1", visit.now, LEASE) is None
    late = visit.now + timedelta(minutes=1)
    with watch("take_due, probe"):
        (probe,) = await store.take_due(late, AT_ONCE, REPUBLISH)
    await visit.claim(probe)
    with watch("settle, works again"):
        await visit.settle(probe)
    with watch("perform, pause"):
        await store.perform(Pause(destination, visit.now + LEASE, "moving", "operator:anna"), visit.now)
    (waiting,) = [each for each in rest if each != probe][-1:]
    with watch("claim, paused"):
        assert await store.claim(waiting, "worker-1", visit.now, LEASE) is None
    with watch("perform, resume"):
        await store.perform(Resume(destination, "operator:anna"), visit.now)
    (ticket,) = await store.take_due(visit.now, AT_ONCE, REPUBLISH)
    await visit.claim(ticket)
    with watch("settle, not confirmed"):
        await visit.settle(ticket, DeliveryState.UNCLEAR, Cause("not-confirmed"))


async def small_acts(visit: Visit) -> None:
    """Keys, turns, references, and a batch that a person wants now."""
    store, watch = visit.store, visit.watch
    (ticket,) = await visit.under_way(visit.submission(COLLECTING))
    name = str(uuid4())
    with watch("keep_reference"):
        await store.keep_reference(ticket.delivery, name)
    with watch("reference"):
        assert await store.reference(ticket.delivery) == name
    await store.collect_item(BatchItem(ticket.delivery, b"line", {}), "csv", visit.now)
    with watch("perform, close batch"):
        await store.perform(CloseBatch(COLLECTING, "today", "operator:anna"), visit.now)
    await visit.settle(ticket)
    with watch("delivery_named"):
        assert await store.delivery_named(name) == ticket.delivery
    with watch("settle, again"):
        await visit.settle_late(ticket)
    with watch("take_turn"):
        await store.take_turn("collecting", "worker-1", visit.now, LEASE)
    with watch("perform, keys", 2):
        await store.perform(AddKey(name, "0" * 64, Portal("p", ("*",)), "operator:anna"), visit.now)
        await store.perform(RevokeKey(name, "operator:anna"), visit.now)
    with watch("keys"):
        await store.keys()


async def batch_to_confirm(visit: Visit) -> None:
    """A system confirms what it has got in a batch."""
    store, watch = visit.store, visit.watch
    destination = str(uuid4())
    (ticket,) = await visit.under_way(visit.submission(destination))
    await store.collect_item(BatchItem(ticket.delivery, b"line", {}), "csv", visit.now)
    await visit.settle(ticket, DeliveryState.PENDING)
    assert await store.close_batch((destination, 1), [ticket.delivery], ("batch.csv", b"file"), visit.now)
    batch = await store.take_batch([destination], visit.now, LEASE)
    assert batch is not None
    with watch("finish_batch, to confirm"):
        assert await store.finish_batch(batch, visit.now, visit.now + LEASE)


async def contents_removed(visit: Visit) -> None:
    """What is no longer kept is looked for."""
    year = timedelta(days=365)
    with visit.watch("remove"):
        await visit.store.remove(Retention(year, year, year), visit.now, 10)


RARE: tuple[Exercise, ...] = (broker_away, cases, outage, small_acts, batch_to_confirm, contents_removed)
