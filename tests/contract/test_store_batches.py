"""Contract of the store, batches: each delivery is in one batch, once, and batches have no gaps."""

import asyncio
from datetime import datetime, timedelta

import pytest

from gateway.core.acts import CloseBatch, Replay
from gateway.core.batch import Batch, BatchItem, BatchState
from gateway.core.errors import NotFound
from gateway.core.message import DeliveryId
from gateway.core.ports import Store
from gateway.core.status import DeliveryState
from gateway.core.word import SpecialistStatus, Word
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
    assert await store.advance_batch(batch, BatchState.WRITTEN, NOON, NOON)
    for state in BatchState:
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
