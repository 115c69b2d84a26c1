"""Contract of the store, batches: each delivery is in one batch, once, and batches have no gaps."""

import asyncio
from datetime import datetime, timedelta

import pytest

from gateway.core.acts import CloseBatch, Replay
from gateway.core.batch import Batch, BatchItem, BatchState
from gateway.core.delivery import Ticket
from gateway.core.errors import NotFound
from gateway.core.incident import Trouble
from gateway.core.message import DeliveryId
from gateway.core.ports import Store
from gateway.core.status import DeliveryState
from gateway.core.word import SpecialistStatus, Word, refusal_cause
from gateway.store import SqlStore
from tests.builders import NOON
from tests.contract.store_steps import BROKEN, EINWOHNER, an_end, claimed, ready

KASSE = "einwohner"
MINUTE = timedelta(minutes=1)
LINE = "10Chóśebuz\r\n".encode()


def an_item(delivery: DeliveryId, line: bytes = LINE) -> BatchItem:
    return BatchItem(delivery, line, {"betrag": "1.50"})


async def collected(store: Store, *, now: datetime = NOON, layout: str = "l1") -> DeliveryId:
    ticket = await ready(store)
    await store.collect_item(an_item(ticket.delivery), layout, now)
    return ticket.delivery


async def closed(store: Store, number: int = 1, *, now: datetime = NOON) -> list[DeliveryId]:
    items = await store.collected_items(KASSE, "l1", 100)
    members = [item.delivery for item in items]
    assert await store.close_batch((KASSE, number), members, (f"b{number}", b"file"), now)
    return members


async def take(store: Store, *, now: datetime = NOON) -> Batch | None:
    return await store.take_batch([KASSE], now, MINUTE)


async def test_what_is_collected_waits_in_the_order_of_its_coming(store: Store) -> None:
    later = await collected(store, now=NOON + MINUTE)
    earlier = await collected(store)
    (collection,) = await store.collections(KASSE)
    assert (collection.items, collection.oldest, collection.number) == (2, NOON, 1)
    assert collection.ordered_at is None
    assert await store.collected_items(KASSE, "l1", 100) == [an_item(earlier), an_item(later)]
    assert [item.delivery for item in await store.collected_items(KASSE, "l1", 1)] == [earlier]
    assert await store.collections("andere") == []


async def test_the_same_delivery_is_collected_once(store: Store) -> None:
    delivery = await collected(store)
    await store.collect_item(an_item(delivery, b"other"), "l1", NOON + MINUTE)
    assert await store.collected_items(KASSE, "l1", 100) == [an_item(delivery)]
    await closed(store)
    await store.collect_item(an_item(delivery), "l1", NOON + MINUTE)
    assert await store.collections(KASSE) == []


async def test_what_a_person_replays_goes_into_a_later_batch(store: Store) -> None:
    ticket = await claimed(store)
    await store.collect_item(an_item(ticket.delivery), "l1", NOON)
    await closed(store)
    assert await store.settle(an_end(ticket, DeliveryState.REJECTED, cause=BROKEN))
    await store.perform(Replay(ticket.delivery, "person:erika", "neu"), NOON + MINUTE)
    for _ in range(2):
        await store.collect_item(an_item(ticket.delivery), "l1", NOON + MINUTE)
    assert await closed(store, 2) == [ticket.delivery]


async def test_what_the_system_has_ended_meanwhile_stays_away(store: Store) -> None:
    before, after = await collected(store), (await ready(store)).delivery
    for delivery in (before, after):
        await store.confirm(Word(delivery, SpecialistStatus.RECEIVED), EINWOHNER, NOON)
    await store.collect_item(an_item(after), "l1", NOON)
    assert await store.collections(KASSE) == []
    assert await store.collected_items(KASSE, "l1", 100) == []


async def test_lines_of_different_layouts_are_kept_apart(store: Store) -> None:
    await collected(store)
    await collected(store, layout="l2", now=NOON + MINUTE)
    assert [(each.layout, each.items) for each in await store.collections(KASSE)] == [("l1", 1), ("l2", 1)]


async def test_a_closed_batch_is_fixed_and_the_next_has_the_next_number(store: Store) -> None:
    first = [await collected(store), await collected(store)]
    assert await closed(store) == first
    await collected(store)
    assert [each.number for each in await store.collections(KASSE)] == [2]
    assert [member.delivery for member in await store.batch_members(KASSE, 1)] == first
    assert [await store.delivery_at(KASSE, 1, line) for line in (1, 2, 3)] == [*first, None]


async def test_a_number_is_given_once_and_none_is_left_out(store: Store) -> None:
    delivery = await collected(store)
    for number in (0, 2):
        assert not await store.close_batch((KASSE, number), [delivery], ("b", b""), NOON)
    await closed(store)
    await collected(store)
    assert not await store.close_batch((KASSE, 1), [delivery], ("b", b""), NOON)


async def test_a_member_of_another_batch_closes_nothing(store: Store) -> None:
    (member,) = await closed_with_one(store)
    other = await collected(store)
    assert not await store.close_batch((KASSE, 2), [other, member], ("b", b""), NOON)
    assert [each.number for each in await store.collections(KASSE)] == [2]
    assert await closed(store, 2) == [other]


async def closed_with_one(store: Store) -> list[DeliveryId]:
    await collected(store)
    return await closed(store)


async def test_two_processes_close_the_same_once(stores: tuple[SqlStore, SqlStore]) -> None:
    delivery = await collected(stores[0])
    closing = [store.close_batch((KASSE, 1), [delivery], ("b1", b"file"), NOON) for store in stores]
    assert sorted(await asyncio.gather(*closing)) == [False, True]
    assert [member.delivery for member in await stores[0].batch_members(KASSE, 1)] == [delivery]


async def test_a_batch_is_taken_by_one_and_again_when_its_lease_has_run_out(
    stores: tuple[SqlStore, SqlStore],
) -> None:
    await closed_with_one(stores[0])
    both = await asyncio.gather(*(take(store) for store in stores))
    (batch,) = (each for each in both if each)
    assert batch == Batch(KASSE, 1, BatchState.CLOSED, "b1", b"file")
    assert await take(stores[1], now=NOON + MINUTE) == batch


async def test_a_batch_advances_and_never_goes_back(store: Store) -> None:
    await closed_with_one(store)
    batch = await take(store)
    assert batch
    assert await store.advance_batch(batch, BatchState.PREPARED, NOON, NOON)
    assert not await store.advance_batch(batch, BatchState.CLOSED, NOON, NOON)
    assert await store.finish_batch(batch, NOON, NOON + MINUTE)
    assert not await store.finish_batch(batch, NOON, NOON + MINUTE)
    for state in (BatchState.CLOSED, BatchState.PREPARED):
        assert not await store.advance_batch(batch, state, NOON, NOON)
    assert await take(store, now=NOON + 5 * MINUTE) is None
    (view,) = await store.batches(KASSE)
    assert (view.state, view.written_at, view.items, view.name) == (BatchState.WRITTEN, NOON, 1, "b1")


async def test_what_could_not_be_written_is_tried_again_when_it_is_due(store: Store) -> None:
    await closed_with_one(store)
    batch = await take(store)
    assert batch
    await store.advance_batch(batch, BatchState.CLOSED, NOON, NOON + 2 * MINUTE, "disk-full")
    assert [view.code for view in await store.batches()] == ["disk-full"]
    assert await take(store, now=NOON + MINUTE) is None
    assert await take(store, now=NOON + 2 * MINUTE) == batch


async def pending(store: Store) -> Ticket:
    """A delivery that was collected, and is to be confirmed once its batch is written."""
    ticket = await claimed(store)
    await store.collect_item(an_item(ticket.delivery), "l1", NOON)
    assert await store.settle(an_end(ticket, DeliveryState.PENDING, outcome="pending"))
    return ticket


async def written(store: Store, *, confirm_by: datetime | None, number: int = 1) -> None:
    await closed(store, number)
    batch = await take(store)
    assert batch
    assert await store.finish_batch(batch, NOON, confirm_by)


async def test_the_time_to_confirm_begins_when_the_batch_is_written(store: Store) -> None:
    ticket = await pending(store)
    year = timedelta(days=365)
    assert await store.overdue(NOON + year, 10) == []

    await written(store, confirm_by=NOON + MINUTE)

    assert await store.overdue(NOON, 10) == []
    assert [each.ticket.delivery for each in await store.overdue(NOON + MINUTE, 10)] == [ticket.delivery]


async def test_it_begins_too_where_the_batch_was_written_before_its_item_was_settled(store: Store) -> None:
    ticket = await claimed(store)
    await store.collect_item(an_item(ticket.delivery), "l1", NOON)
    await written(store, confirm_by=NOON + MINUTE)

    assert await store.settle(an_end(ticket, DeliveryState.PENDING, outcome="pending"))

    assert [each.ticket.delivery for each in await store.overdue(NOON + MINUTE, 10)] == [ticket.delivery]


async def test_where_nobody_confirms_what_is_written_is_delivered(store: Store) -> None:
    ticket = await pending(store)
    assert (await state_of(store, ticket))[0] is DeliveryState.PENDING

    await written(store, confirm_by=None)

    assert await state_of(store, ticket) == (DeliveryState.DELIVERED, "delivered")
    assert await store.overdue(NOON + timedelta(days=365), 10) == []


async def test_a_worker_that_comes_late_finds_it_delivered(store: Store) -> None:
    ticket = await claimed(store)
    await store.collect_item(an_item(ticket.delivery), "l1", NOON)
    await written(store, confirm_by=None)

    assert not await store.settle(an_end(ticket, DeliveryState.PENDING, outcome="pending"))

    assert (await state_of(store, ticket))[0] is DeliveryState.DELIVERED


async def test_what_has_ended_otherwise_stays_as_it_is_when_its_batch_is_written(store: Store) -> None:
    ticket = await pending(store)
    await closed(store)
    refusal = Word(ticket.delivery, SpecialistStatus.REFUSED, cause=refusal_cause("S1"))
    await store.confirm(refusal, EINWOHNER, NOON)
    batch = await take(store)
    assert batch

    await store.finish_batch(batch, NOON, None)

    assert (await state_of(store, ticket))[0] is DeliveryState.REJECTED


async def test_what_was_replayed_meanwhile_waits_for_its_own_batch(store: Store) -> None:
    ticket = await pending(store)
    await closed(store)
    refusal = Word(ticket.delivery, SpecialistStatus.REFUSED, cause=refusal_cause("S1"))
    await store.confirm(refusal, EINWOHNER, NOON)
    await store.perform(Replay(ticket.delivery, "person:erika", "neu"), NOON + MINUTE)
    batch = await take(store)
    assert batch

    await store.finish_batch(batch, NOON + MINUTE, None)

    assert (await state_of(store, ticket))[0] is DeliveryState.QUEUED


async def test_a_batch_that_can_not_be_written_is_an_incident_until_it_is(store: Store) -> None:
    await closed_with_one(store)
    batch = await take(store)
    assert batch
    for _ in range(2):
        await store.advance_batch(batch, BatchState.CLOSED, NOON, NOON, "disk-full")
    [incident] = await store.incidents(open_only=True)
    assert (incident.destination, incident.trouble, incident.code) == (
        KASSE,
        Trouble.NOT_WRITTEN,
        "disk-full",
    )

    await store.finish_batch(batch, NOON + MINUTE, None)

    [incident] = await store.incidents()
    assert (incident.closed_at, incident.affected) == (NOON + MINUTE, 1)


async def state_of(store: Store, ticket: Ticket) -> tuple[DeliveryState, str]:
    """The state of a delivery, and what the timeline tells last."""
    [found] = (await store.messages(None)).items
    message = await store.message(found.id)
    [delivery] = message.deliveries
    assert delivery.id == ticket.delivery
    return delivery.state, message.timeline[-1].action


async def test_an_earlier_batch_is_written_before_a_later_one(store: Store) -> None:
    await closed_with_one(store)
    await collected(store)
    await closed(store, 2)
    first = await take(store)
    assert first
    assert first.number == 1
    await store.advance_batch(first, BatchState.CLOSED, NOON, NOON + 9 * MINUTE, "disk-full")
    assert await take(store, now=NOON + MINUTE) is None


async def test_a_person_has_a_batch_closed_and_that_is_written_down(store: Store) -> None:
    with pytest.raises(NotFound):
        await store.perform(CloseBatch(KASSE, "Quartalsende", "person:erika"), NOON)
    await collected(store)
    view = await store.perform(CloseBatch(KASSE, "Quartalsende", "person:erika"), NOON + MINUTE)
    assert view in await store.batches()
    assert [each.ordered_at for each in await store.collections(KASSE)] == [NOON + MINUTE]


async def test_people_see_what_collects_and_what_became_of_its_members(store: Store) -> None:
    ticket = await claimed(store)
    await store.collect_item(an_item(ticket.delivery), "l1", NOON)
    (view,) = await store.batches()
    assert (view.number, view.state, view.items, view.since) == (1, None, 1, NOON)
    await closed(store)
    await store.settle(an_end(ticket, DeliveryState.PENDING, due_at=NOON + MINUTE))
    await store.confirm(Word(ticket.delivery, SpecialistStatus.REFUSED, cause=BROKEN), EINWOHNER, NOON)
    (member,) = await store.batch_members(KASSE, 1)
    assert (member.line, member.state, member.code) == (1, "rejected", BROKEN.code)
    with pytest.raises(NotFound):
        await store.batch_members(KASSE, 2)
