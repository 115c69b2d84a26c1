"""Exercises: the calls of the store that every message, every page and every look of a timer makes."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from benchmarks.growth.filled import COLLECTING, DESTINATIONS
from benchmarks.growth.visit import LEASE, REPUBLISH, Visit, all_at_once
from gateway.core.acts import Dismiss, Replay
from gateway.core.batch import BatchItem, BatchState
from gateway.core.delivery import Parcel
from gateway.core.status import DeliveryState, MessageState
from gateway.core.tenants import SpecialistSystem
from gateway.core.word import CheckedReply, Reply, SpecialistStatus, Word

AT_ONCE = 64
"""Messages that come, and deliveries that are claimed and settled, at the same time."""
NAMES = tuple(f"d{number}" for number in range(DESTINATIONS))

Exercise = Callable[[Visit], Awaitable[None]]


async def passing_through(visit: Visit) -> None:
    """Messages are accepted, accepted again, taken, claimed, held and settled."""
    store, watch = visit.store, visit.watch
    submissions = [visit.submission() for _ in range(AT_ONCE)]
    with watch("accept", AT_ONCE):
        await all_at_once(store.accept, submissions)
    with watch("accept, repeated", AT_ONCE):
        await all_at_once(store.accept, submissions)
    with watch("take_due, 64"):
        tickets = await store.take_due(visit.now, AT_ONCE, REPUBLISH)
    assert len(tickets) == AT_ONCE
    with watch("claim", AT_ONCE):
        await all_at_once(visit.claim, tickets)
    with watch("renew", AT_ONCE):
        await all_at_once(lambda ticket: store.renew(ticket, visit.now, LEASE), tickets)
    with watch("settle", AT_ONCE):
        await all_at_once(visit.settle, tickets)


async def ending_otherwise(visit: Visit) -> None:
    """A system fetches and answers, a person replays and dismisses, a portal withdraws."""
    store, watch = visit.store, visit.watch
    fetched, replayed, dismissed = await visit.under_way(*(visit.submission() for _ in range(3)))
    message = (await store.message(fetched.message or visit.filled.message(1))).id
    system = SpecialistSystem("fach", ("*", *NAMES))
    parcel = Parcel(fetched.delivery, message, "t1", "registration", "root", "application/xml", b"<m/>")
    with watch("offer"):
        await store.offer(fetched.destination, parcel)
    with watch("lease"):
        assert await store.lease(fetched.destination, visit.now, LEASE, 10)
    with watch("extend"):
        await store.extend(fetched.destination, fetched.delivery, visit.now, LEASE)
    await visit.settle(fetched, DeliveryState.PENDING)
    with watch("take_inquiries"):
        await store.take_inquiries(fetched.destination, visit.now, timedelta(microseconds=1), 10)
    reply = CheckedReply(Reply("application/xml", b"<m/>"), "0" * 64)
    with watch("confirm"):
        word = Word(fetched.delivery, SpecialistStatus.CLOSED, "AZ-1", at=visit.now)
        view = await store.confirm(word, system, visit.now, replies=[reply], asked=True)
    with watch("fetch_reply"):
        await store.fetch_reply(message, 1, view.portal, visit.now)
    await all_at_once(lambda each: visit.settle(each, DeliveryState.PARKED), (replayed, dismissed))
    with watch("perform, replay"):
        again = await store.perform(Replay(replayed.delivery, "operator:anna", "is back"), visit.now)
    with watch("withdraw"):
        await store.withdraw(again.message, again.portal, visit.now)  # type: ignore[union-attr]
    with watch("perform, dismiss"):
        await store.perform(Dismiss(dismissed.delivery, "operator:anna", "by letter"), visit.now)


async def looking(visit: Visit) -> None:
    """Portals and people look at messages, at lists and at what failed."""
    store, watch, filled = visit.store, visit.watch, visit.filled
    sample = [visit.any() for _ in range(AT_ONCE)]
    with watch("message", AT_ONCE):
        for number in sample:
            await store.message(filled.message(number), filled.portal(number))
    middle = filled.page(filled.size // 2 + visit.any(100))
    small = filled.page(visit.any_of("klein"))
    with watch("messages"):
        await store.messages(None)
    with watch("messages, deep"):
        await store.messages(None, after=middle)
    with watch("messages, since"):
        await store.messages(None, since=filled.since(filled.size - 500))
    with watch("messages of a portal"):
        await store.messages("portal-1")
    with watch("messages of a portal, deep"):
        await store.messages("portal-1", after=middle)
    with watch("messages of a small portal, deep"):
        await store.messages("klein", after=small)
    for state in MessageState:
        with watch(f"messages, {state}"):
            await store.messages(None, state=state)
        with watch(f"messages of a portal, {state}"):
            await store.messages("portal-1", state=state)
        with watch(f"messages of a portal, {state}, deep"):
            await store.messages("portal-1", state=state, after=middle)
    failed = filled.size - filled.recent // 2
    after = f"{filled.received(failed) + 90_000}-{filled.delivery(failed)}"
    with watch("failed"):
        await store.failed(limit=20)
    with watch("failed, deep"):
        await store.failed(after=after, limit=20)
    with watch("failed of a destination"):
        await store.failed(destination="d7", limit=20)


async def counting(visit: Visit) -> None:
    """What timers look at: metrics, lookout, reaper, doctor."""
    store, watch = visit.store, visit.watch
    with watch("depths"):
        await store.depths(visit.now)
    with watch("destinations"):
        await store.destinations(NAMES, visit.now)
    with watch("incidents"):
        await store.incidents()
    with watch("incidents, open"):
        await store.incidents(open_only=True)
    with watch("overdue"):
        await store.overdue(visit.now, 100)
    with watch("diagnosis"):
        await store.diagnosis(visit.now)
    with watch("held_back"):
        await store.held_back("d7", visit.filled.since(1), visit.now)
    with watch("holder"):
        await store.holder("unknown", "0" * 64)


async def collecting(visit: Visit) -> None:
    """A delivery goes into a batch."""
    store, watch = visit.store, visit.watch
    (ticket,) = await visit.under_way(visit.submission(COLLECTING))
    with watch("collect_item"):
        await store.collect_item(BatchItem(ticket.delivery, b"line", {}), "csv", visit.now)
    with watch("collections"):
        (collection,) = await store.collections(COLLECTING)
    with watch("collected_items"):
        (item,) = await store.collected_items(COLLECTING, "csv", 100)
    number = collection.number
    with watch("close_batch"):
        assert await store.close_batch(
            (COLLECTING, number), [item.delivery], ("batch.csv", b"file"), visit.now
        )
    with watch("take_batch"):
        batch = await store.take_batch([COLLECTING], visit.now, LEASE)
    assert batch is not None
    with watch("advance_batch"):
        assert await store.advance_batch(batch, BatchState.WRITTEN, visit.now, visit.now)
    with watch("batches"):
        await store.batches()
    with watch("batch_members"):
        await store.batch_members(COLLECTING, 1)
    with watch("delivery_at"):
        assert await store.delivery_at(COLLECTING, 1, 1)
    await visit.settle(ticket)


HOT: tuple[Exercise, ...] = (passing_through, ending_otherwise, looking, counting, collecting)
"""What is measured."""
