"""Exercises: the calls of the store that every message, every page and every look of a timer makes."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

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
PAGE = 20
"""Rows of a page of what there is little of."""
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
    store, filled = visit.store, visit.filled

    def message() -> Awaitable[object]:
        number = visit.any()
        return store.message(filled.message(number), filled.portal(number))

    middle = filled.page(filled.size // 2 + visit.any(100))
    small = filled.page(visit.any_of("klein", filled.size // 2))
    await visit.read("message", message, AT_ONCE)
    await visit.read("messages", partial(store.messages, None))
    await visit.read("messages, deep", partial(store.messages, None, after=middle))
    since = filled.since(filled.size - 500)
    await visit.read("messages, since", partial(store.messages, None, since=since))
    await visit.read("messages of a portal", partial(store.messages, "portal-1"))
    await visit.read("messages of a portal, deep", partial(store.messages, "portal-1", after=middle))
    await visit.read("messages of a small portal, deep", partial(store.messages, "klein", after=small))
    for state in MessageState:
        for whose, portal in (("", None), (" of a portal", "portal-1")):
            page = partial(store.messages, portal, state=state, limit=PAGE)
            await visit.read(f"messages{whose}, {state}", page)
            await visit.read(f"messages{whose}, {state}, deep", partial(page, after=middle))
    failed = filled.size - filled.recent // 2
    after = f"{filled.received(failed) + 90_000}-{filled.delivery(failed)}"
    await visit.read("failed", partial(store.failed, limit=PAGE))
    await visit.read("failed, deep", partial(store.failed, after=after, limit=PAGE))
    await visit.read("failed of a destination", partial(store.failed, destination="d7", limit=PAGE))


async def counting(visit: Visit) -> None:
    """What timers look at: metrics, lookout, reaper, doctor."""
    store, now = visit.store, visit.now
    await visit.read("depths", partial(store.depths, now))
    await visit.read("destinations", partial(store.destinations, NAMES, now))
    await visit.read("incidents", store.incidents)
    await visit.read("incidents, open", partial(store.incidents, open_only=True))
    await visit.read("overdue", partial(store.overdue, now, 100))
    await visit.read("diagnosis", partial(store.diagnosis, now), 1)
    await visit.read("held_back", partial(store.held_back, "d7", visit.filled.since(1), now))
    await visit.read("holder", partial(store.holder, "unknown", "0" * 64))


async def collecting(visit: Visit) -> None:
    """A delivery goes into a batch."""
    store, watch = visit.store, visit.watch
    (ticket,) = await visit.under_way(visit.submission(COLLECTING))
    with watch("collect_item"):
        await store.collect_item(BatchItem(ticket.delivery, b"line", {}), "csv", visit.now)
    await visit.settle(ticket, DeliveryState.PENDING)
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
        assert await store.advance_batch(batch, BatchState.PREPARED, visit.now, visit.now)
    with watch("finish_batch"):
        assert await store.finish_batch(batch, visit.now, None)
    await visit.read("batches", store.batches)
    await visit.read("batch_members", partial(store.batch_members, COLLECTING, 1))
    await visit.read("delivery_at", partial(store.delivery_at, COLLECTING, 1, 1))


HOT: tuple[Exercise, ...] = (passing_through, ending_otherwise, looking, counting, collecting)
"""What is measured."""
