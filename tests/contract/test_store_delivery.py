"""Contract of the store, delivery: one holder at a time, and every end written once."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core.delivery import Ticket
from gateway.core.errors import ForbiddenTransition, NotFound
from gateway.core.message import DeliveryId, MessageId
from gateway.core.ports import Store
from gateway.core.status import DeliveryState, MessageState
from gateway.core.tenants import SpecialistSystem
from gateway.core.views import DeliveryView
from gateway.core.word import SpecialistStatus, Word
from gateway.store import SqlStore
from gateway.store.engine.large import LARGE
from tests.builders import NOON, a_kopf, a_message, a_ticket
from tests.contract.store_steps import (
    BROKEN,
    EINWOHNER,
    LEASE,
    SECOND,
    a_submission,
    an_end,
    claim,
    claimed,
    ended,
    ready,
    taken,
)

DELIVERED, REJECTED = DeliveryState.DELIVERED, DeliveryState.REJECTED
RECEIVED, CLOSED, REFUSED = SpecialistStatus.RECEIVED, SpecialistStatus.CLOSED, SpecialistStatus.REFUSED


async def delivery(store: Store, ticket: Ticket) -> DeliveryView:
    page = await store.messages(None)
    return next(part for view in page.items for part in view.deliveries if part.id == ticket.delivery)


async def actions(store: Store, ticket: Ticket) -> list[str]:
    view = await store.message((await delivery(store, ticket)).message)
    return [event.action for event in view.timeline]


async def test_a_claim_hands_the_message_over_as_it_was_accepted(store: Store) -> None:
    message = a_message(content="<m>Chóśebuz ẞ</m>".encode(), kopf=a_kopf(test=True))
    await store.accept(a_submission(message))
    [ticket] = await taken(store)

    held = await claim(store, ticket)

    assert held is not None
    assert (held.ticket, held.message, held.since) == (ticket, message, NOON)


@pytest.mark.parametrize("size", [LARGE - 1, LARGE, LARGE + 1, 3 * LARGE + 7])
async def test_long_content_comes_back_byte_for_byte_whatever_comes_with_it(store: Store, size: int) -> None:
    pattern = bytes(range(256)) * (size // 256 + 1)
    contents = {pattern[:size], b"<m/>", pattern[1 : size + 1]}
    messages = [a_message(content=each) for each in contents]
    await asyncio.gather(*(store.accept(a_submission(each)) for each in messages))

    held = [await claim(store, ticket) for ticket in await taken(store)]

    assert {each.message.content for each in held if each is not None} == contents


async def test_only_one_of_many_workers_gets_a_delivery(stores: tuple[SqlStore, SqlStore]) -> None:
    ticket = await ready(stores[0])

    claims = await asyncio.gather(
        *(stores[number % 2].claim(ticket, f"worker-{number}", NOON, LEASE) for number in range(16))
    )

    assert sum(each is not None for each in claims) == 1


@pytest.mark.parametrize("stale", [0, 2])
async def test_a_ticket_of_another_attempt_claims_nothing(store: Store, stale: int) -> None:
    ticket = await ready(store)

    assert await claim(store, Ticket(ticket.delivery, stale, ticket.destination)) is None


async def test_an_unknown_delivery_can_be_neither_claimed_nor_settled(store: Store) -> None:
    assert await claim(store, a_ticket()) is None
    assert not await store.settle(an_end(a_ticket(), DELIVERED))


async def test_an_end_is_written_with_its_reason(store: Store) -> None:
    ticket = await ended(store, DeliveryState.PARKED)

    view = await delivery(store, ticket)

    assert (view.state, view.code, view.detail) == (DeliveryState.PARKED, BROKEN.code, BROKEN.detail)
    assert await actions(store, ticket) == ["received", "claimed", "parked"]


async def test_another_attempt_has_the_next_number(store: Store) -> None:
    ticket = await claimed(store)

    assert await store.settle(an_end(ticket, DeliveryState.QUEUED, outcome="failed", due_at=NOON))

    [second] = await taken(store)
    assert second.attempt == 2
    assert await claim(store, ticket) is None
    assert await claim(store, second) is not None


async def test_of_two_different_ends_of_an_attempt_only_one_counts(stores: tuple[SqlStore, SqlStore]) -> None:
    ticket = await claimed(stores[0])
    ends = [
        an_end(ticket, DELIVERED),
        an_end(ticket, DeliveryState.UNCLEAR),
        an_end(ticket, DeliveryState.QUEUED, outcome="failed"),
    ]

    counted = await asyncio.gather(*(stores[number % 2].settle(each) for number, each in enumerate(ends)))

    assert sum(counted) == 1
    late = [action for action in await actions(stores[0], ticket) if action.startswith("late-")]
    assert sorted(late) == sorted(
        f"late-{each.outcome}" for each, held in zip(ends, counted, strict=True) if not held
    )


async def test_the_very_same_end_again_is_true_again_and_written_once(store: Store) -> None:
    ticket = await claimed(store)
    end = an_end(ticket, DELIVERED)

    assert await store.settle(end)
    assert await store.settle(end)

    assert await actions(store, ticket) == ["received", "claimed", "delivered"]


async def test_an_end_that_the_table_forbids_is_a_bug(store: Store) -> None:
    ticket = await claimed(store)

    with pytest.raises(ForbiddenTransition):
        await store.settle(an_end(ticket, DeliveryState.CLAIMED))


async def test_nothing_is_settled_that_was_not_claimed(store: Store) -> None:
    ticket = await ready(store)

    assert not await store.settle(an_end(ticket, DELIVERED))

    assert (await delivery(store, ticket)).state is DeliveryState.QUEUED


async def test_an_expired_lease_is_overdue_and_can_be_taken_back(store: Store) -> None:
    ticket = await claimed(store)
    assert await store.overdue(NOON + LEASE - SECOND, 10) == []

    [late] = await store.overdue(NOON + LEASE, 10)

    assert (late.ticket, late.state, late.claimed_at) == (ticket, DeliveryState.CLAIMED, NOON)
    again = an_end(ticket, DeliveryState.QUEUED, outcome="unclear", at=NOON + LEASE)
    assert await store.settle(again)
    assert await store.overdue(NOON + LEASE, 10) == []
    [second] = await taken(store, now=NOON + LEASE)
    assert second.attempt == 2


async def test_a_renewed_lease_ends_later(store: Store) -> None:
    ticket = await claimed(store)

    assert await store.renew(ticket, NOON + LEASE - SECOND, LEASE)

    assert await store.overdue(NOON + 2 * LEASE - 2 * SECOND, 10) == []
    assert [each.ticket for each in await store.overdue(NOON + 2 * LEASE - SECOND, 10)] == [ticket]


async def test_only_the_attempt_under_way_is_renewed(store: Store) -> None:
    ticket = await claimed(store)
    other = Ticket(ticket.delivery, 2, ticket.destination)
    assert not await store.renew(other, NOON, LEASE)
    await store.settle(an_end(ticket, DeliveryState.QUEUED, outcome="unclear", at=NOON + LEASE))

    assert not await store.renew(ticket, NOON + LEASE, LEASE)
    [again] = await taken(store, now=NOON + LEASE)
    assert not await store.renew(again, NOON + LEASE, LEASE)
    assert await claim(store, again, now=NOON + LEASE) is not None


async def test_the_reaper_takes_nothing_that_was_renewed_after_it_looked(store: Store) -> None:
    ticket = await claimed(store)
    [late] = await store.overdue(NOON + LEASE, 10)
    await store.renew(ticket, NOON + LEASE, LEASE)
    end = an_end(late.ticket, DeliveryState.QUEUED, outcome="unclear", at=NOON + LEASE)

    assert not await store.settle(replace(end, reaped=True))

    assert await actions(store, ticket) == ["received", "claimed"]
    assert await store.settle(an_end(ticket, DELIVERED, at=NOON + LEASE))


async def test_a_worker_that_lost_its_lease_changes_nothing(store: Store) -> None:
    ticket = await claimed(store)
    await store.settle(an_end(ticket, DeliveryState.QUEUED, outcome="unclear", at=NOON + LEASE))

    held = await store.settle(an_end(ticket, DELIVERED, at=NOON + LEASE + SECOND))

    assert not held
    assert (await delivery(store, ticket)).state is DeliveryState.QUEUED
    assert (await actions(store, ticket))[-1] == "late-delivered"


async def test_a_missing_receipt_is_overdue_and_ends_unclear(store: Store) -> None:
    ticket = await claimed(store)
    until = NOON + timedelta(days=3)
    await store.settle(an_end(ticket, DeliveryState.PENDING, due_at=until))
    assert await store.overdue(until - SECOND, 10) == []

    [late] = await store.overdue(until, 10)

    assert (late.ticket, late.state) == (ticket, DeliveryState.PENDING)
    assert await store.settle(an_end(ticket, DeliveryState.UNCLEAR, at=until))
    assert (await delivery(store, ticket)).state is DeliveryState.UNCLEAR


async def test_what_became_pending_meanwhile_is_not_taken_back(store: Store) -> None:
    ticket = await claimed(store)
    await store.settle(an_end(ticket, DeliveryState.PENDING, due_at=NOON + timedelta(days=3)))

    held = await store.settle(an_end(ticket, DeliveryState.UNCLEAR, at=NOON + LEASE))

    assert not held
    assert (await delivery(store, ticket)).state is DeliveryState.PENDING


async def test_a_receipt_ends_what_is_pending(store: Store) -> None:
    ticket = await ended(store, DeliveryState.PENDING)

    view = await store.confirm(Word(ticket.delivery, RECEIVED, "AZ-1"), EINWOHNER, NOON)

    assert (view.state, view.reference) == (DELIVERED, "AZ-1")
    assert (await store.message(view.message)).state is MessageState.DELIVERED


async def test_a_receipt_may_overtake_the_worker(store: Store) -> None:
    ticket = await claimed(store)

    view = await store.confirm(Word(ticket.delivery, RECEIVED), EINWOHNER, NOON)
    held = await store.settle(an_end(ticket, DeliveryState.PENDING, due_at=NOON + LEASE))

    assert view.state is DELIVERED
    assert not held
    assert await actions(store, ticket) == ["received", "claimed", "confirmed", "late-pending"]
    assert await store.overdue(NOON + timedelta(days=9), 10) == []


async def test_a_receipt_may_come_before_the_claim(store: Store) -> None:
    ticket = await ready(store)

    await store.confirm(Word(ticket.delivery, REFUSED, cause=BROKEN), EINWOHNER, NOON)

    assert await claim(store, ticket) is None
    [failed] = (await store.failed()).items
    assert (failed.id, failed.state, failed.code) == (ticket.delivery, REJECTED, BROKEN.code)


async def test_the_same_word_again_changes_nothing(store: Store) -> None:
    ticket = await ended(store, DeliveryState.PENDING)
    word = Word(ticket.delivery, RECEIVED, "AZ-1")
    first = await store.confirm(word, EINWOHNER, NOON)

    again = await store.confirm(word, EINWOHNER, NOON + SECOND)

    assert again == first
    assert (await actions(store, ticket)).count("confirmed") == 1


async def test_the_same_word_many_times_at_once_is_written_once(stores: tuple[SqlStore, SqlStore]) -> None:
    ticket = await ended(stores[0], DeliveryState.PENDING)
    word = Word(ticket.delivery, RECEIVED)

    views = await asyncio.gather(*(stores[number % 2].confirm(word, EINWOHNER, NOON) for number in range(12)))

    assert {view.state for view in views} == {DELIVERED}
    assert (await actions(stores[0], ticket)).count("confirmed") == 1


async def test_a_contradicting_word_after_the_end_is_refused(store: Store) -> None:
    ticket = await ended(store, DELIVERED)
    await store.confirm(Word(ticket.delivery, CLOSED), EINWOHNER, NOON)

    with pytest.raises(ForbiddenTransition):
        await store.confirm(Word(ticket.delivery, REFUSED), EINWOHNER, NOON)

    assert (await delivery(store, ticket)).state is DELIVERED


async def test_a_system_speaks_only_for_its_own_destinations(store: Store) -> None:
    ticket = await ready(store)
    word = Word(ticket.delivery, RECEIVED)

    with pytest.raises(NotFound):
        await store.confirm(word, SpecialistSystem("other", ("gewerbe",)), NOON)
    with pytest.raises(NotFound):
        await store.confirm(Word(DeliveryId(a_ticket().delivery), RECEIVED), EINWOHNER, NOON)


async def test_a_message_of_another_portal_is_not_found(store: Store) -> None:
    receipt = await store.accept(a_submission(a_message(portal="a")))

    with pytest.raises(NotFound):
        await store.message(receipt.id, portal="b")
    with pytest.raises(NotFound):
        await store.message(MessageId(a_message().id))
