"""Contract of the store, relay: what is due, in which turn, and what comes again."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core.message import DeliveryId
from gateway.core.ports import Store
from gateway.core.priority import Priority
from gateway.core.status import DeliveryState
from gateway.store import SqlStore
from tests.builders import NOON, a_message
from tests.contract.store_steps import (
    REPUBLISH,
    SECOND,
    a_submission,
    accepted,
    an_end,
    claim,
    claimed,
    taken,
)


async def tenants_of(store: Store, deliveries: list[DeliveryId]) -> list[str]:
    page = await store.messages(None, limit=1000)
    owner = {delivery.id: view.tenant for view in page.items for delivery in view.deliveries}
    return [owner[delivery] for delivery in deliveries]


async def test_what_was_accepted_is_due_once(store: Store) -> None:
    receipt = await accepted(store, to=("einwohner", "statistik"))

    first = await taken(store)
    second = await taken(store)

    view = await store.message(receipt.id)
    assert {ticket.delivery for ticket in first} == {delivery.id for delivery in view.deliveries}
    assert {(ticket.destination, ticket.attempt) for ticket in first} == {("einwohner", 1), ("statistik", 1)}
    assert second == []


async def test_two_relays_take_nothing_twice(stores: tuple[SqlStore, SqlStore]) -> None:
    await asyncio.gather(*(accepted(stores[0], tenant=f"t{number % 5}") for number in range(60)))

    taken_by = await asyncio.gather(*(taken(stores[number % 2], limit=7) for number in range(20)))

    tickets = [ticket for tickets in taken_by for ticket in tickets]
    assert len(tickets) == 60
    assert len(set(tickets)) == 60


async def test_a_small_tenant_does_not_wait_for_a_large_one(store: Store) -> None:
    for _ in range(30):
        await accepted(store, tenant="gross")
    for _ in range(3):
        await accepted(store, tenant="klein")

    tickets = await taken(store, limit=6)

    tenants = await tenants_of(store, [ticket.delivery for ticket in tickets])
    assert Counter(tenants) == {"gross": 3, "klein": 3}


async def test_destinations_take_turns(store: Store) -> None:
    for _ in range(20):
        await accepted(store, to=("einwohner",))
    await accepted(store, to=("gewerbe",))
    await accepted(store, to=("statistik",))

    tickets = await taken(store, limit=3)

    assert {ticket.destination for ticket in tickets} == {"einwohner", "gewerbe", "statistik"}


async def test_the_turn_goes_on_where_the_last_one_ended(store: Store) -> None:
    for tenant in "abcdef":
        for _ in range(5):
            await accepted(store, tenant=tenant)

    tickets = [(await taken(store, limit=2)) for _ in range(3)]

    served = await tenants_of(store, [ticket.delivery for pair in tickets for ticket in pair])
    assert sorted(served) == list("abcdef")


async def urgent(store: Store, priority: Priority, number: int, tenant: str = "zossen") -> set[DeliveryId]:
    ids = set()
    for _ in range(number):
        receipt = await store.accept(replace(a_submission(a_message(tenant=tenant)), priority=priority))
        ids.add((await store.message(receipt.id)).deliveries[0].id)
    return ids


async def test_the_urgent_comes_first_and_nobody_starves(store: Store) -> None:
    low = await urgent(store, Priority.LOW, 4)
    normal = await urgent(store, Priority.NORMAL, 8)
    high = await urgent(store, Priority.HIGH, 16)

    # One at a time: the turn outlives the look.
    came = [(await taken(store, limit=1))[0].delivery for _ in range(14)]

    assert [sum(id_ in ids for id_ in came) for ids in (high, normal, low)] == [8, 4, 2]
    assert set(came[:2]) <= high


async def test_where_nothing_urgent_waits_the_others_use_its_turns(store: Store) -> None:
    low = await urgent(store, Priority.LOW, 3)

    assert {ticket.delivery for ticket in await taken(store)} == low


async def test_priority_takes_no_turn_from_another_tenant(store: Store) -> None:
    await urgent(store, Priority.HIGH, 9, tenant="gross")
    low = await urgent(store, Priority.LOW, 3, tenant="klein")

    tickets = await taken(store, limit=6)

    assert sum(ticket.delivery in low for ticket in tickets) == 3


async def test_a_pair_with_much_due_fills_the_whole_limit(store: Store) -> None:
    for _ in range(50):
        await accepted(store, tenant="gross")
    await accepted(store, tenant="klein")

    assert len(await taken(store, limit=45)) == 45


async def test_at_most_a_window_per_destination_is_with_the_broker(store_url: str) -> None:
    async with await SqlStore.open(store_url, window=5) as store:
        for tenant in "ab":
            for _ in range(6):
                await accepted(store, tenant=tenant, to=("einwohner",))
        await accepted(store, to=("statistik",))

        first = await taken(store)
        held_back = await taken(store)
        for ticket in first[:3]:
            await claim(store, ticket)
        after_claims = await taken(store)

    assert Counter(ticket.destination for ticket in first) == {"einwohner": 5, "statistik": 1}
    assert held_back == []
    claimed_of_full = sum(ticket.destination == "einwohner" for ticket in first[:3])
    assert len(after_claims) == claimed_of_full


async def test_a_window_holds_for_several_relays_at_once(
    store_url: str, stores: tuple[SqlStore, SqlStore]
) -> None:
    await asyncio.gather(*(accepted(stores[0]) for _ in range(40)))
    for store in stores:
        store._window = 10

    takes = await asyncio.gather(*(taken(stores[number % 2], limit=4) for number in range(12)))

    assert sum(map(len, takes)) == 10


async def test_what_nobody_claims_is_published_again_at_doubled_distances(store: Store) -> None:
    await accepted(store)
    [first] = await taken(store)

    assert await taken(store, now=NOON + REPUBLISH - SECOND) == []
    assert await taken(store, now=NOON + REPUBLISH) == [first]
    assert await taken(store, now=NOON + 3 * REPUBLISH - SECOND) == []
    assert await taken(store, now=NOON + 3 * REPUBLISH) == [first]


async def test_publishing_again_needs_no_room_in_the_window(store_url: str) -> None:
    async with await SqlStore.open(store_url, window=2) as store:
        for _ in range(5):
            await accepted(store)
        first = await taken(store)

        again = await taken(store, now=NOON + REPUBLISH)

    assert len(first) == 2
    assert set(again) == set(first)


async def test_what_is_claimed_is_not_published_again(store: Store) -> None:
    await claimed(store)

    assert await taken(store, now=NOON + timedelta(days=9)) == []


async def test_what_is_given_back_is_due_at_once_and_starts_its_distances_anew(store: Store) -> None:
    await accepted(store)
    tickets = await taken(store)

    await store.give_back(tickets, NOON)

    assert await taken(store) == tickets
    assert await taken(store, now=NOON + REPUBLISH) == tickets


async def test_a_ticket_given_back_late_does_not_disturb_a_later_attempt(store: Store) -> None:
    ticket = await claimed(store)
    await store.settle(an_end(ticket, DeliveryState.QUEUED, outcome="failed", due_at=NOON))
    [second] = await taken(store)

    await store.give_back([ticket], NOON)

    assert await taken(store) == []
    assert second.attempt == 2


async def test_after_a_lost_broker_everything_unclaimed_comes_again(store: Store) -> None:
    for _ in range(3):
        await accepted(store)
    tickets = await taken(store)
    await claim(store, tickets[0])

    await store.republish_all(NOON)

    assert set(await taken(store)) == set(tickets[1:])


async def test_a_retry_is_due_at_its_time(store: Store) -> None:
    ticket = await claimed(store)
    await store.settle(
        an_end(ticket, DeliveryState.QUEUED, outcome="failed", due_at=NOON + timedelta(seconds=30))
    )

    assert await taken(store, now=NOON + timedelta(seconds=29)) == []
    [again] = await taken(store, now=NOON + timedelta(seconds=30))
    assert (again.delivery, again.attempt) == (ticket.delivery, 2)


async def test_a_first_try_does_not_wait_for_the_hour_of_a_wrong_clock(store: Store) -> None:
    retried = await claimed(store)
    later = NOON + timedelta(hours=3)
    await store.settle(an_end(retried, DeliveryState.QUEUED, outcome="failed", due_at=later))
    await store.accept(a_submission(a_message(received_at=later)))
    assert await taken(store) == []

    assert await store.hasten(NOON, NOON + timedelta(minutes=1)) == 1

    [first] = await taken(store)
    assert (first.delivery == retried.delivery, first.attempt) == (False, 1)
    assert await store.hasten(NOON, NOON + timedelta(minutes=1)) == 0


async def test_what_rests_for_a_moment_is_not_hastened(store: Store) -> None:
    await accepted(store)
    await store.give_back(await taken(store), NOON + timedelta(seconds=5))

    assert await store.hasten(NOON, NOON + timedelta(minutes=1)) == 0
    assert await taken(store) == []


async def test_waiting_ends_when_something_becomes_due(stores: tuple[SqlStore, SqlStore]) -> None:
    await stores[1].wait_due(timedelta(milliseconds=200))
    waiting = asyncio.create_task(stores[1].wait_due(timedelta(seconds=60)))
    await asyncio.sleep(0)

    await accepted(stores[0])

    await asyncio.wait_for(waiting, 20)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)  # an SQLite file has one process
async def test_the_last_act_of_a_process_that_ends_is_heard_elsewhere(store_url: str, store: Store) -> None:
    await store.wait_due(timedelta(milliseconds=200))
    waiting = asyncio.create_task(store.wait_due(timedelta(seconds=60)))
    await asyncio.sleep(0)

    async with await SqlStore.open(store_url) as passing_by:
        await accepted(passing_by)

    await asyncio.wait_for(waiting, 20)


async def test_what_becomes_due_before_the_wait_is_not_missed(store: Store) -> None:
    await accepted(store)

    await asyncio.wait_for(store.wait_due(timedelta(seconds=60)), 20)


async def test_waiting_ends_in_any_case(store: Store) -> None:
    await store.wait_due(timedelta(milliseconds=10))
    await store.wait_due(timedelta(milliseconds=10))
