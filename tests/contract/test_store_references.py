"""Contract of the store, references: a system's own name is kept while the attempt is on its way."""

import asyncio

from gateway.core.acts import Replay
from gateway.core.message import DeliveryId
from gateway.core.ports import Store
from gateway.core.status import DeliveryState
from gateway.store import SqlStore
from tests.builders import NOON
from tests.contract.store_steps import an_end, claimed, ended


async def test_a_name_is_kept_and_stays_with_the_delivery(store: Store) -> None:
    ticket = await claimed(store)
    assert await store.reference(ticket.delivery) is None
    assert await store.keep_reference(ticket.delivery, "urn:a") == "urn:a"
    await store.settle(an_end(ticket, DeliveryState.UNCLEAR))
    assert await store.reference(ticket.delivery) == "urn:a"


async def test_the_first_name_stays_unless_it_is_replaced_on_purpose(store: Store) -> None:
    ticket = await claimed(store)
    await store.keep_reference(ticket.delivery, "urn:a")
    assert await store.keep_reference(ticket.delivery, "urn:b") == "urn:a"
    assert await store.keep_reference(ticket.delivery, "urn:b", instead_of="urn:a") == "urn:b"


async def test_a_delivery_is_found_by_every_name_that_it_ever_had(store: Store) -> None:
    ticket = await claimed(store)
    await store.keep_reference(ticket.delivery, "urn:a")
    await store.keep_reference(ticket.delivery, "urn:never-kept")
    await store.keep_reference(ticket.delivery, "urn:b", instead_of="urn:a")
    await store.settle(an_end(ticket, DeliveryState.UNCLEAR))
    assert await store.delivery_named("urn:a") == await store.delivery_named("urn:b") == ticket.delivery
    assert await store.delivery_named("urn:never-kept") is None


async def test_many_at_once_agree_on_one_name(stores: tuple[SqlStore, SqlStore]) -> None:
    ticket = await claimed(stores[0])
    names = await asyncio.gather(
        *(stores[i % 2].keep_reference(ticket.delivery, f"urn:{i}") for i in range(20))
    )
    assert len(set(names)) == 1


async def test_what_is_not_there_has_no_name(store: Store) -> None:
    assert await store.keep_reference(DeliveryId("none"), "urn:a") is None
    assert await store.reference(DeliveryId("none")) is None


async def test_a_refused_delivery_that_is_sent_again_gets_a_name_of_its_own(store: Store) -> None:
    for state, kept in ((DeliveryState.REJECTED, None), (DeliveryState.UNCLEAR, "urn:a")):
        ticket = await ended(store, state)
        await store.keep_reference(ticket.delivery, "urn:a")
        act = Replay(ticket.delivery, "operator:erika", "again", accept_doubling=True)
        await store.perform(act, NOON)
        assert await store.reference(ticket.delivery) == kept
