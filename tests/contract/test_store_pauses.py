"""Contract of the store, pauses and rates: what a destination does not get, and what it gets at most."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from gateway.core.acts import Pause, Resume
from gateway.core.breaker import BreakerState
from gateway.core.delivery import Ticket
from gateway.core.ports import Store
from gateway.core.rate import Rate
from gateway.core.status import DeliveryState
from gateway.core.views import DestinationView
from gateway.store import SqlStore
from tests.builders import NOON
from tests.contract.store_steps import REPUBLISH, SECOND, accepted, an_end, claim, claimed, taken

UNTIL = NOON + timedelta(hours=2)
RATES = {"einwohner": Rate(per_second=2, burst=4)}


async def pause(
    store: Store, *, until: datetime = UNTIL, now: datetime = NOON, reason: str = "update"
) -> DestinationView:
    view = await store.perform(Pause("einwohner", until, reason, "operator:anna"), now)
    assert isinstance(view, DestinationView)
    return view


async def resume(store: Store, *, now: datetime = NOON) -> DestinationView:
    view = await store.perform(Resume("einwohner", "operator:anna"), now)
    assert isinstance(view, DestinationView)
    return view


async def rated(store: Store, *, now: datetime = NOON, rates: Mapping[str, Rate] = RATES) -> list[Ticket]:
    return await store.take_due(now, 100, REPUBLISH, rates)


async def test_a_paused_destination_gets_nothing_until_the_end_of_its_pause(store: Store) -> None:
    await accepted(store)
    await pause(store)

    assert await taken(store, now=UNTIL - SECOND) == []
    assert len(await taken(store, now=UNTIL)) == 1


async def test_what_lies_on_the_queue_is_not_begun_either(store: Store) -> None:
    await accepted(store)
    [ticket] = await taken(store)
    await pause(store)

    assert await claim(store, ticket, now=UNTIL - SECOND) is None
    assert await taken(store, now=UNTIL) == [ticket]
    assert await claim(store, ticket, now=UNTIL) is not None


async def test_what_is_under_way_is_finished(store: Store) -> None:
    ticket = await claimed(store)
    await pause(store)

    assert await store.settle(an_end(ticket, DeliveryState.DELIVERED))


async def test_intake_and_other_destinations_go_on(store: Store) -> None:
    await pause(store)
    await accepted(store, to=("einwohner", "gewerbe"))

    assert [ticket.destination for ticket in await taken(store)] == ["gewerbe"]


async def test_resuming_lets_everything_go_at_once(store: Store) -> None:
    await accepted(store)
    assert (await pause(store)).paused_until == UNTIL

    view = await resume(store, now=NOON + SECOND)

    assert view.paused_until is None
    assert len(await taken(store, now=NOON + SECOND)) == 1
    assert await resume(store, now=NOON + SECOND) == view


async def test_a_second_pause_takes_the_place_of_the_first(store: Store) -> None:
    await pause(store)
    later = UNTIL + timedelta(hours=5)

    view = await pause(store, until=later, reason="takes longer", now=NOON + SECOND)

    assert (view.paused_until, view.reason) == (later, "takes longer")
    assert (await resume(store, now=NOON + SECOND)).paused_until is None


async def test_the_time_of_a_pause_makes_no_delivery_older(store: Store) -> None:
    await pause(store)
    week = timedelta(days=7)

    assert await store.held_back("einwohner", NOON - week, NOON + week) == UNTIL - NOON
    await resume(store, now=NOON + timedelta(hours=1))
    assert await store.held_back("einwohner", NOON - week, NOON + week) == timedelta(hours=1)


async def test_where_destinations_stand(store: Store) -> None:
    await accepted(store)
    await accepted(store)
    await pause(store)

    einwohner, gewerbe = await store.destinations(["einwohner", "gewerbe"], NOON)

    assert (einwohner.waiting, einwohner.oldest) == (2, NOON)
    assert (einwohner.paused_by, einwohner.reason) == ("operator:anna", "update")
    assert gewerbe == DestinationView(
        "gewerbe", BreakerState.CLOSED, None, None, None, None, None, None, 0, None
    )


async def test_no_more_is_published_than_the_rate_allows(store: Store) -> None:
    for _ in range(20):
        await accepted(store)
    numbers = []
    for second in range(4):
        tickets = await rated(store, now=NOON + second * SECOND)
        for ticket in tickets:
            assert await claim(store, ticket)
        numbers.append(len(tickets))

    assert numbers == [4, 2, 2, 2]


async def test_no_more_lies_on_the_queue_than_may_go_at_once(store: Store) -> None:
    for _ in range(20):
        await accepted(store)
    first = await rated(store)

    assert len(first) == 4
    assert await rated(store, now=NOON + 60 * SECOND) == []
    assert await claim(store, first[0], now=NOON + 60 * SECOND)
    assert len(await rated(store, now=NOON + 60 * SECOND)) == 1


async def test_a_rate_holds_for_all_relays_together(stores: tuple[SqlStore, SqlStore]) -> None:
    for _ in range(20):
        await accepted(stores[0])

    takes = await asyncio.gather(*(rated(stores[number % 2]) for number in range(8)))

    assert sum(map(len, takes)) == 4


async def test_a_rate_slows_nobody_else(store: Store) -> None:
    for _ in range(9):
        await accepted(store, to=("einwohner", "gewerbe"))

    tickets = await rated(store)

    assert sum(ticket.destination == "gewerbe" for ticket in tickets) == 9
