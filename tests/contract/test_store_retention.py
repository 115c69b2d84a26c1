"""Contract of the store, retention: contents go when their time has come, once, and their history stays."""

import asyncio
from datetime import timedelta
from hashlib import sha256

import pytest

from gateway.core.batch import BatchItem
from gateway.core.errors import NotFound
from gateway.core.message import DeliveryId, MessageId
from gateway.core.ports import Store
from gateway.core.retention import FOR_EVER, Removed, Retention
from gateway.core.status import DeliveryState
from gateway.core.word import CheckedReply, Reply, SpecialistStatus, Word
from gateway.store import SqlStore
from tests.builders import NOON
from tests.contract.store_steps import EINWOHNER, an_end, claimed, ended

DAY = timedelta(days=1)
REPLIES = Retention(fetched_replies=7 * DAY, unfetched_replies=30 * DAY)
BATCHES = Retention(written_batches=7 * DAY)


async def answered(store: Store, *contents: bytes) -> MessageId:
    """A message whose system has sent these replies."""
    ticket = await ended(store, DeliveryState.PENDING)
    replies = [CheckedReply(Reply("text/plain", each), sha256(each).hexdigest()) for each in contents]
    await store.confirm(Word(ticket.delivery, SpecialistStatus.CLOSED), EINWOHNER, NOON, replies=replies)
    [message] = (await store.messages(None)).items
    return message.id


async def test_a_reply_goes_so_long_after_it_was_fetched_and_its_history_stays(store: Store) -> None:
    message = await answered(store, b"fetched", b"not fetched")
    await store.fetch_reply(message, 1, "landesportal", NOON + DAY)

    assert await store.remove(REPLIES, NOON + 8 * DAY - timedelta(seconds=1), 10) == Removed(0, 0)
    assert await store.remove(REPLIES, NOON + 8 * DAY, 10) == Removed(1, 0)

    with pytest.raises(NotFound):
        await store.fetch_reply(message, 1, "landesportal", NOON + 8 * DAY)
    assert (await store.fetch_reply(message, 2, "landesportal", NOON + 8 * DAY))[1].content == b"not fetched"
    first, second = await store.replies(message, "landesportal")
    assert (first.kept, first.size, first.fetched_at, second.kept) == (False, 7, NOON + DAY, True)
    told = [each for each in (await store.message(message)).timeline if each.action == "reply-removed"]
    assert [(each.code, each.detail) for each in told] == [("fetched", "1")]


async def test_what_nobody_fetches_goes_later(store: Store) -> None:
    message = await answered(store, b"not fetched")

    assert await store.remove(REPLIES, NOON + 29 * DAY, 10) == Removed(0, 0)
    assert await store.remove(REPLIES, NOON + 30 * DAY, 10) == Removed(1, 0)

    assert [each.kept for each in await store.replies(message, "landesportal")] == [False]
    assert "reply-removed" in [each.action for each in (await store.message(message)).timeline]


async def test_without_a_word_about_it_everything_stays(store: Store) -> None:
    await answered(store, b"reply")
    await written(store)

    assert await store.remove(FOR_EVER, NOON + 9999 * DAY, 10) == Removed(0, 0)


async def test_the_same_reply_again_brings_back_nothing(store: Store) -> None:
    message = await answered(store, b"reply")
    await store.remove(REPLIES, NOON + 30 * DAY, 10)

    [delivery] = (await store.message(message)).deliveries
    again = CheckedReply(Reply("text/plain", b"reply"), sha256(b"reply").hexdigest())
    word = Word(delivery.id, SpecialistStatus.CLOSED)
    await store.confirm(word, EINWOHNER, NOON + 31 * DAY, replies=[again])

    assert [each.kept for each in await store.replies(message, "landesportal")] == [False]


async def test_a_step_has_a_limit_and_processes_do_not_take_from_each_other(
    stores: tuple[SqlStore, SqlStore],
) -> None:
    message = await answered(stores[0], *(f"{number}".encode() for number in range(6)))
    now = NOON + 30 * DAY

    removed = await asyncio.gather(*(store.remove(REPLIES, now, 2) for store in stores))
    rest = await stores[0].remove(REPLIES, now, 100)

    assert all(each.replies <= 2 for each in removed)
    assert sum(each.replies for each in removed) + rest.replies == 6
    told = [each.action for each in (await stores[0].message(message)).timeline]
    assert told.count("reply-removed") == 6


async def written(store: Store) -> DeliveryId:
    """A delivery in a batch that is written and to be confirmed."""
    ticket = await claimed(store)
    await store.collect_item(BatchItem(ticket.delivery, b"line"), "l1", NOON)
    assert await store.settle(an_end(ticket, DeliveryState.PENDING))
    assert await store.close_batch(("einwohner", 1), [ticket.delivery], ("b1", b"file"), NOON)
    batch = await store.take_batch(["einwohner"], NOON, DAY)
    assert batch
    assert await store.finish_batch(batch, NOON, NOON + 99 * DAY)
    return ticket.delivery


async def test_a_written_file_stays_until_every_item_is_settled(store: Store) -> None:
    delivery = await written(store)

    assert await store.remove(BATCHES, NOON + 8 * DAY, 10) == Removed(0, 0)
    await store.confirm(Word(delivery, SpecialistStatus.RECEIVED), EINWOHNER, NOON)
    assert await store.remove(BATCHES, NOON + 6 * DAY, 10) == Removed(0, 0)
    assert await store.remove(BATCHES, NOON + 7 * DAY, 10) == Removed(0, 1)
    assert await store.remove(BATCHES, NOON + 8 * DAY, 10) == Removed(0, 0)

    assert [(each.number, each.name) for each in await store.batches("einwohner")] == [(1, "b1")]


async def test_a_file_that_is_not_written_stays(store: Store) -> None:
    ticket = await claimed(store)
    await store.collect_item(BatchItem(ticket.delivery, b"line"), "l1", NOON)
    assert await store.close_batch(("einwohner", 1), [ticket.delivery], ("b1", b"file"), NOON)

    assert await store.remove(BATCHES, NOON + 99 * DAY, 10) == Removed(0, 0)

    batch = await store.take_batch(["einwohner"], NOON + 99 * DAY, DAY)
    assert batch
    assert batch.content == b"file"
