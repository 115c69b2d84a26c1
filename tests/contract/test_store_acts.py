"""Contract of the store, acts and lists: what people do and see."""

import asyncio
from datetime import timedelta

import pytest

from gateway.core.acts import AddKey, Dismiss, Replay, RevokeKey
from gateway.core.errors import ForbiddenTransition, NotFound, NotReplayable
from gateway.core.message import DeliveryId
from gateway.core.ports import Store
from gateway.core.status import DeliveryState, MessageState
from gateway.core.tenants import Portal, SpecialistSystem
from gateway.core.views import DeliveryView
from gateway.store import SqlStore
from tests.builders import NOON, a_message, a_portal, a_ticket
from tests.contract.store_steps import (
    BROKEN,
    EINWOHNER,
    SECOND,
    a_submission,
    accepted,
    an_end,
    claim,
    ended,
    ready,
    taken,
)

LATER = NOON + timedelta(hours=1)


def a_replay(delivery: DeliveryId, *, accept_doubling: bool = False) -> Replay:
    return Replay(delivery, "operator:schulz", "system mended", accept_doubling)


@pytest.mark.parametrize("state", [DeliveryState.PARKED, DeliveryState.REJECTED])
async def test_a_replay_sends_a_delivery_on_its_way_again(store: Store, state: DeliveryState) -> None:
    ticket = await ended(store, state)

    view = await store.perform(a_replay(ticket.delivery), LATER)

    assert isinstance(view, DeliveryView)
    assert (view.state, view.attempt, view.code) == (DeliveryState.QUEUED, 2, None)
    [again] = await taken(store, now=LATER)
    held = await claim(store, again, now=LATER)
    assert held is not None
    assert held.since == LATER
    event = (await store.message(view.message)).timeline[-2]
    assert (event.action, event.actor, event.detail) == ("replayed", "operator:schulz", "system mended")


async def test_what_is_unclear_is_replayed_only_by_who_accepts_a_doubling(store: Store) -> None:
    ticket = await ended(store, DeliveryState.UNCLEAR)

    with pytest.raises(NotReplayable):
        await store.perform(a_replay(ticket.delivery), NOON)
    await store.perform(a_replay(ticket.delivery, accept_doubling=True), NOON)

    assert len(await taken(store)) == 1


@pytest.mark.parametrize("state", [DeliveryState.DELIVERED, DeliveryState.PENDING])
async def test_what_needs_no_person_is_not_replayed(store: Store, state: DeliveryState) -> None:
    ticket = await ended(store, state)

    with pytest.raises(NotReplayable):
        await store.perform(a_replay(ticket.delivery, accept_doubling=True), NOON)


async def test_what_has_expired_is_replayed_only_by_who_accepts_that_it_came_another_way(
    store: Store,
) -> None:
    ticket = await ended(store, DeliveryState.EXPIRED)

    with pytest.raises(NotReplayable):
        await store.perform(a_replay(ticket.delivery), NOON)
    await store.perform(a_replay(ticket.delivery, accept_doubling=True), NOON)

    assert len(await taken(store)) == 1


@pytest.mark.parametrize(
    "state",
    [DeliveryState.PARKED, DeliveryState.REJECTED, DeliveryState.UNCLEAR, DeliveryState.EXPIRED],
)
async def test_a_person_closes_what_failed_and_its_cause_stays(store: Store, state: DeliveryState) -> None:
    ticket = await ended(store, state)

    view = await store.perform(Dismiss(ticket.delivery, "operator:schulz", "corrected"), LATER)

    assert isinstance(view, DeliveryView)
    assert (view.state, view.code) == (DeliveryState.DISMISSED, BROKEN.code)
    assert (await store.failed()).items == ()
    message = await store.message(view.message)
    assert message.state is MessageState.UNDELIVERED
    event = message.timeline[-1]
    assert (event.action, event.actor, event.detail) == ("dismissed", "operator:schulz", "corrected")
    with pytest.raises(NotReplayable):
        await store.perform(a_replay(ticket.delivery, accept_doubling=True), LATER)


@pytest.mark.parametrize("state", [DeliveryState.DELIVERED, DeliveryState.PENDING])
async def test_what_has_not_failed_is_not_closed(store: Store, state: DeliveryState) -> None:
    ticket = await ended(store, state)

    with pytest.raises(ForbiddenTransition):
        await store.perform(Dismiss(ticket.delivery, "operator:schulz", "no"), NOON)


async def test_an_unknown_delivery_is_not_replayed(store: Store) -> None:
    with pytest.raises(NotFound):
        await store.perform(a_replay(a_ticket().delivery), NOON)


async def test_of_two_people_at_once_one_replays(stores: tuple[SqlStore, SqlStore]) -> None:
    ticket = await ended(stores[0], DeliveryState.PARKED)

    results = await asyncio.gather(
        *(store.perform(a_replay(ticket.delivery), NOON) for store in stores), return_exceptions=True
    )

    assert sorted(type(result).__name__ for result in results) == ["DeliveryView", "NotReplayable"]
    assert [ticket.attempt for ticket in await taken(stores[0])] == [2]


@pytest.mark.parametrize("holder", [a_portal(), EINWOHNER])
async def test_a_key_is_known_by_its_secret_until_it_is_revoked(
    store: Store, holder: Portal | SpecialistSystem
) -> None:
    await store.perform(AddKey("abcdefghijkl", "a" * 64, holder, "operator:schulz"), NOON)

    assert await store.holder("abcdefghijkl", "a" * 64) == holder
    assert await store.holder("abcdefghijkl", "b" * 64) is None
    assert await store.holder("unknown", "a" * 64) is None
    await store.perform(RevokeKey("abcdefghijkl", "operator:schulz"), LATER)
    assert await store.holder("abcdefghijkl", "a" * 64) is None
    [view] = await store.keys()
    assert (view.id, view.holder, view.created_at, view.revoked_at) == (
        "abcdefghijkl",
        holder.name,
        NOON,
        LATER,
    )


async def test_revoking_again_keeps_the_first_time(store: Store) -> None:
    await store.perform(AddKey("abcdefghijkl", "a" * 64, EINWOHNER, "operator:schulz"), NOON)
    first = await store.perform(RevokeKey("abcdefghijkl", "operator:schulz"), NOON)

    assert await store.perform(RevokeKey("abcdefghijkl", "operator:schulz"), LATER) == first
    with pytest.raises(NotFound):
        await store.perform(RevokeKey("unknown", "operator:schulz"), NOON)


async def test_messages_come_page_by_page_oldest_first(store: Store) -> None:
    sent = [a_message(received_at=NOON + number // 2 * SECOND) for number in range(7)]
    for message in reversed(sent):
        await store.accept(a_submission(message))

    first = await store.messages(None, limit=3)
    second = await store.messages(None, limit=3, after=first.next)
    third = await store.messages(None, limit=3, after=second.next)

    pages = [view.id for page in (first, second, third) for view in page.items]
    assert pages == [message.id for message in sent]
    assert third.next is None


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (DeliveryState.PARKED, MessageState.NEEDS_ATTENTION),
        (DeliveryState.PENDING, MessageState.IN_DELIVERY),
        (DeliveryState.EXPIRED, MessageState.UNDELIVERED),
        (DeliveryState.DELIVERED, MessageState.DELIVERED),
    ],
)
async def test_messages_of_a_state_come_page_by_page_each_once(
    store: Store, state: DeliveryState, shown: MessageState
) -> None:
    sent = [await accepted(store, to=("einwohner", "gewerbe")) for _ in range(5)]
    for ticket in await taken(store):
        assert await claim(store, ticket)
        assert await store.settle(an_end(ticket, state, cause=BROKEN))

    pages, after = [], None
    for _ in range(3):
        page = await store.messages(None, state=shown, limit=2, after=after)
        pages.append([view.id for view in page.items])
        after = page.next

    ids = sorted(receipt.id for receipt in sent)
    assert pages == [ids[:2], ids[2:4], ids[4:]]
    assert after is None


async def test_one_part_that_needs_a_person_makes_the_message_need_one(store: Store) -> None:
    receipt = await accepted(store, to=("einwohner", "gewerbe"))
    parked, pending = await taken(store)
    for ticket, state in ((parked, DeliveryState.PARKED), (pending, DeliveryState.PENDING)):
        assert await claim(store, ticket)
        assert await store.settle(an_end(ticket, state, cause=BROKEN))

    found = {
        state: [view.id for view in (await store.messages(None, state=state)).items] for state in MessageState
    }

    assert found == {state: [] for state in MessageState} | {MessageState.NEEDS_ATTENTION: [receipt.id]}


async def test_a_full_last_page_has_no_next(store: Store) -> None:
    for _ in range(3):
        await accepted(store)

    assert (await store.messages(None, limit=3)).next is None


async def test_a_page_that_never_was_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        await store.messages(None, after="nonsense")


async def test_messages_are_found_by_portal_time_and_state(store: Store) -> None:
    ticket = await ended(store, DeliveryState.PARKED)
    done = await ended(store, DeliveryState.DELIVERED)
    late = await store.accept(a_submission(a_message(portal="other", received_at=LATER)))

    async def found(portal: str | None = None, **filters: object) -> set[str]:
        page = await store.messages(portal, **filters)  # type: ignore[arg-type]
        return {view.deliveries[0].id for view in page.items}

    late_delivery = (await store.message(late.id)).deliveries[0].id
    assert await found("other") == {late_delivery}
    assert await found(since=LATER) == {late_delivery}
    assert await found(state=MessageState.NEEDS_ATTENTION) == {ticket.delivery}
    assert await found(state=MessageState.DELIVERED) == {done.delivery}
    assert await found(state=MessageState.IN_DELIVERY) == {late_delivery}
    assert await found(state=MessageState.UNDELIVERED) == set()
    expired = await ended(store, DeliveryState.EXPIRED)
    assert await found(state=MessageState.UNDELIVERED) == {expired.delivery}
    assert await found(state=MessageState.DELIVERED) == {done.delivery}
    assert await found(state=MessageState.NEEDS_ATTENTION) == {ticket.delivery}


async def test_the_failed_list_has_what_needs_a_person_page_by_page(store: Store) -> None:
    tickets = [
        await ended(store, state)
        for state in (
            DeliveryState.PARKED,
            DeliveryState.UNCLEAR,
            DeliveryState.REJECTED,
            DeliveryState.EXPIRED,
        )
    ]
    await ended(store, DeliveryState.DELIVERED)
    await ready(store)

    first = await store.failed(limit=2)
    second = await store.failed(limit=2, after=first.next)

    assert {view.id for page in (first, second) for view in page.items} == {
        ticket.delivery for ticket in tickets
    }
    assert second.next is None
    assert (await store.failed(destination="gewerbe")).items == ()
