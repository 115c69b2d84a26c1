"""Contract of the store, order: the messages of one case come one after the other, and nobody else waits."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core.acts import Dismiss, Replay
from gateway.core.delivery import Submission, Ticket
from gateway.core.message import DeliveryId, MessageId
from gateway.core.ports import Store
from gateway.core.status import LETS_GO, DeliveryState
from gateway.core.views import DeliveryView
from gateway.core.word import SpecialistStatus, Word
from gateway.store import SqlStore
from tests.builders import NOON, a_message
from tests.contract.store_steps import BROKEN, EINWOHNER, LEASE, SECOND, an_end, claim, taken

HOLDS = (DeliveryState.UNCLEAR, DeliveryState.PARKED, DeliveryState.REJECTED)


async def submitted(
    store: Store, *, case: str | None = "a", tenant: str = "zossen", to: tuple[str, ...] = ("einwohner",)
) -> MessageId:
    message = replace(a_message(tenant=tenant), order_key=case)
    return (await store.accept(Submission(message, to, ordered=frozenset({"einwohner"})))).id


async def delivery(store: Store, message: MessageId) -> DeliveryView:
    return (await store.message(message)).deliveries[0]


async def flowing(store: Store) -> set[DeliveryId]:
    return {ticket.delivery for ticket in await taken(store)}


async def end(store: Store, ticket: Ticket, state: DeliveryState) -> None:
    assert await claim(store, ticket)
    assert await store.settle(an_end(ticket, state, cause=BROKEN, due_at=NOON + LEASE))


async def test_a_later_message_of_a_case_waits_for_the_earlier_one_and_nothing_else_does(
    store: Store,
) -> None:
    first = await delivery(store, await submitted(store))
    second = await delivery(store, await submitted(store))
    others = [
        await delivery(store, await submitted(store, case="b")),
        await delivery(store, await submitted(store, case=None)),
        await delivery(store, await submitted(store, tenant="panketal")),
        await delivery(store, await submitted(store, to=("gewerbe",))),
    ]

    assert await flowing(store) == {first.id, *(each.id for each in others)}
    assert (second.waits_for, second.due_at, second.state) == (first.id, None, DeliveryState.QUEUED)
    assert {each.waits_for for each in (first, *others)} == {None}


async def test_a_case_comes_in_the_order_of_acceptance(store: Store) -> None:
    sent = [(await delivery(store, await submitted(store))).id for _ in range(4)]
    came = []
    for _ in sent:
        [ticket] = await taken(store)
        await end(store, ticket, DeliveryState.DELIVERED)
        came.append(ticket.delivery)

    assert came == sent


async def test_one_batch_keeps_the_order_too(store: Store) -> None:
    await asyncio.gather(*(submitted(store) for _ in range(6)))
    page = await store.messages(None)
    parts = {part.id: part for view in page.items for part in view.deliveries}

    chain = [next(part.id for part in parts.values() if part.waits_for is None)]
    while follower := [part.id for part in parts.values() if part.waits_for == chain[-1]]:
        chain += follower

    assert sorted(chain) == sorted(parts)


@pytest.mark.parametrize("state", sorted(LETS_GO - {DeliveryState.WITHDRAWN, DeliveryState.DISMISSED}))
async def test_an_end_lets_the_next_one_go(store: Store, state: DeliveryState) -> None:
    await submitted(store)
    second = await delivery(store, await submitted(store))
    [ticket] = await taken(store)

    await end(store, ticket, state)

    assert await flowing(store) == {second.id}
    assert (await delivery(store, second.message)).waits_for is None


async def test_waiting_for_an_earlier_one_makes_no_delivery_older(store: Store) -> None:
    await submitted(store)
    await submitted(store)
    [ticket] = await taken(store)
    assert await claim(store, ticket)
    later = NOON + timedelta(days=9)
    assert await store.settle(an_end(ticket, DeliveryState.DELIVERED, at=later))

    [second] = await taken(store, now=later)
    held = await claim(store, second, now=later)

    assert held is not None
    assert held.since == later


@pytest.mark.parametrize("state", [*HOLDS, DeliveryState.QUEUED, DeliveryState.PENDING])
async def test_what_is_not_decided_holds_the_case_back(store: Store, state: DeliveryState) -> None:
    await submitted(store)
    await submitted(store)
    [ticket] = await taken(store)

    await end(store, ticket, state)

    assert await flowing(store) == set()


@pytest.mark.parametrize("state", HOLDS)
async def test_a_person_lets_the_next_one_go(store: Store, state: DeliveryState) -> None:
    await submitted(store)
    second = await delivery(store, await submitted(store))
    [ticket] = await taken(store)
    await end(store, ticket, state)

    await store.perform(Dismiss(ticket.delivery, "operator:anna", "no"), NOON)

    assert await flowing(store) == {second.id}


async def test_a_replayed_one_keeps_its_place(store: Store) -> None:
    await submitted(store)
    second = await delivery(store, await submitted(store))
    [ticket] = await taken(store)
    await end(store, ticket, DeliveryState.PARKED)

    await store.perform(Replay(ticket.delivery, "operator:anna", "mended"), NOON)
    [again] = await taken(store)
    assert again.delivery == ticket.delivery
    await end(store, again, DeliveryState.DELIVERED)

    assert await flowing(store) == {second.id}


async def test_a_receipt_lets_the_next_one_go(store: Store) -> None:
    await submitted(store)
    second = await delivery(store, await submitted(store))
    [ticket] = await taken(store)
    await end(store, ticket, DeliveryState.PENDING)

    await store.confirm(Word(ticket.delivery, SpecialistStatus.RECEIVED), EINWOHNER, NOON)

    assert await flowing(store) == {second.id}


async def test_who_is_withdrawn_in_the_middle_lets_nobody_overtake(store: Store) -> None:
    first, second, third = [await delivery(store, await submitted(store)) for _ in range(3)]

    await store.withdraw(second.message, "landesportal", NOON)

    assert (await delivery(store, third.message)).waits_for == first.id
    assert await flowing(store) == {first.id}


async def test_a_whole_case_withdrawn_leaves_nothing_to_wait_for(store: Store) -> None:
    for _ in range(3):
        await store.withdraw(await submitted(store), "landesportal", NOON)

    assert (await delivery(store, await submitted(store))).waits_for is None


async def test_one_that_was_refused_while_it_waited_stays_behind_when_it_is_replayed(store: Store) -> None:
    first = await delivery(store, await submitted(store))
    second = await delivery(store, await submitted(store))
    await store.confirm(Word(second.id, SpecialistStatus.REFUSED, cause=BROKEN), EINWOHNER, NOON)

    await store.perform(Replay(second.id, "operator:anna", "again"), NOON)

    assert await flowing(store) == {first.id}
    [ticket] = [Ticket(first.id, 1, "einwohner")]
    await end(store, ticket, DeliveryState.DELIVERED)
    assert await flowing(store) == {second.id}


async def test_joining_and_leaving_at_the_same_moment_loses_nobody(stores: tuple[SqlStore, SqlStore]) -> None:
    """However the two meet, whoever joins either waits for one that is still there, or for nobody."""
    await submitted(stores[0])
    came = 0
    for number in range(15):
        [ticket] = await taken(stores[0])
        assert await claim(stores[0], ticket)
        ending = stores[0].settle(an_end(ticket, DeliveryState.DELIVERED))
        await asyncio.gather(ending, submitted(stores[1 - number % 2]), submitted(stores[1]))
        came += 1

    while tickets := await taken(stores[0], now=NOON + SECOND):
        [ticket] = tickets
        await end(stores[0], ticket, DeliveryState.DELIVERED)
        came += 1

    assert came == 31
