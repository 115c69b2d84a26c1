"""Contract of the store, withdrawal: a portal takes a message back from whoever has not got it."""

import asyncio

import pytest

from gateway.core.delivery import Receipt, Ticket
from gateway.core.errors import NotFound
from gateway.core.ports import Store
from gateway.core.status import DeliveryState, MessageState
from gateway.core.views import MessageView
from gateway.store import SqlStore
from tests.builders import NOON
from tests.contract.store_steps import LEASE, SECOND, accepted, an_end, claim, ended, taken

PORTAL = "landesportal"
WITHDRAWN = DeliveryState.WITHDRAWN


async def withdrawn(store: Store, receipt: Receipt) -> dict[str, DeliveryState]:
    view = await store.withdraw(receipt.id, PORTAL, NOON + SECOND)
    return {each.destination: each.state for each in view.deliveries}


async def message_of(store: Store, ticket: Ticket) -> MessageView:
    page = await store.messages(None)
    return next(view for view in page.items if view.deliveries[0].id == ticket.delivery)


async def test_what_nobody_has_is_withdrawn_and_never_sent(store: Store) -> None:
    receipt = await accepted(store, to=("einwohner", "statistik"))
    tickets = await taken(store)

    assert await withdrawn(store, receipt) == {"einwohner": WITHDRAWN, "statistik": WITHDRAWN}

    assert [await claim(store, ticket) for ticket in tickets] == [None, None]
    view = await store.message(receipt.id)
    assert view.state is MessageState.UNDELIVERED
    assert [(event.action, event.actor) for event in view.timeline[-2:]] == [
        ("withdrawn", "portal:landesportal")
    ] * 2


async def test_where_it_is_too_late_the_delivery_goes_on(store: Store) -> None:
    receipt = await accepted(store, to=("einwohner", "statistik"))
    [first, _] = await taken(store)
    await claim(store, first)

    states = await withdrawn(store, receipt)

    assert states[first.destination] is DeliveryState.CLAIMED
    assert sorted(states.values()) == [DeliveryState.CLAIMED, WITHDRAWN]
    assert await store.settle(an_end(first, DeliveryState.DELIVERED))


async def test_a_withdrawal_again_changes_nothing(store: Store) -> None:
    receipt = await accepted(store)

    first = await store.withdraw(receipt.id, PORTAL, NOON)
    again = await store.withdraw(receipt.id, PORTAL, NOON + SECOND)

    assert again == first


@pytest.mark.parametrize("state", [DeliveryState.PARKED, DeliveryState.REJECTED, DeliveryState.EXPIRED])
async def test_what_failed_for_certain_is_withdrawn(store: Store, state: DeliveryState) -> None:
    ticket = await ended(store, state)
    view = await message_of(store, ticket)

    assert (await store.withdraw(view.id, PORTAL, NOON)).deliveries[0].state is WITHDRAWN
    assert (await store.failed()).items == ()


@pytest.mark.parametrize("state", [DeliveryState.UNCLEAR, DeliveryState.PENDING, DeliveryState.DELIVERED])
async def test_what_a_system_has_or_may_have_is_not(store: Store, state: DeliveryState) -> None:
    view = await message_of(store, await ended(store, state))

    assert (await store.withdraw(view.id, PORTAL, NOON)).deliveries[0].state is state


async def test_what_an_earlier_attempt_may_have_brought_is_not(store: Store) -> None:
    receipt = await accepted(store)
    [ticket] = await taken(store)
    await claim(store, ticket)
    await store.settle(an_end(ticket, DeliveryState.QUEUED, outcome="unclear", due_at=NOON))

    assert await withdrawn(store, receipt) == {"einwohner": DeliveryState.QUEUED}


async def test_a_message_of_another_portal_is_not_found(store: Store) -> None:
    receipt = await accepted(store)

    with pytest.raises(NotFound):
        await store.withdraw(receipt.id, "other", NOON)

    assert (await store.message(receipt.id)).deliveries[0].state is DeliveryState.QUEUED


async def test_a_claim_and_a_withdrawal_at_the_same_moment_never_both_succeed(
    stores: tuple[SqlStore, SqlStore],
) -> None:
    receipts = [await accepted(stores[0]) for _ in range(20)]
    tickets = {ticket.delivery: ticket for ticket in await taken(stores[0])}

    async def race(number: int, receipt: Receipt) -> tuple[bool, bool]:
        delivery = (await stores[0].message(receipt.id)).deliveries[0].id
        claiming = stores[number % 2].claim(tickets[delivery], "worker", NOON, LEASE)
        claim, view = await asyncio.gather(
            claiming, stores[1 - number % 2].withdraw(receipt.id, PORTAL, NOON)
        )
        return claim is not None, view.deliveries[0].state is WITHDRAWN

    outcomes = await asyncio.gather(*(race(number, receipt) for number, receipt in enumerate(receipts)))

    assert all(claimed != back for claimed, back in outcomes)
