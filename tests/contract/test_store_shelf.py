"""Contract of the store, shelf: parcels for systems that fetch by themselves."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.core.delivery import Parcel
from gateway.core.errors import NotFound
from gateway.core.message import MessageId
from gateway.core.ports import Store
from gateway.core.word import SpecialistStatus, Word
from gateway.store import SqlStore
from tests.builders import NOON, a_ticket
from tests.contract.store_steps import EINWOHNER, SECOND, claimed, ready

MINUTE = timedelta(minutes=1)


def a_parcel(*, order_key: str | None = None, tenant: str = "zossen") -> Parcel:
    return Parcel(
        delivery=a_ticket().delivery,
        message=MessageId(a_ticket().delivery),
        tenant=tenant,
        service="real-estate/negativzeugnis",
        root="liegenschaften.negativzeugnis.0501",
        content_type="application/xml",
        body="<m>Markojska Góla</m>".encode(),
        test=True,
        order_key=order_key,
    )


async def lease(store: Store, *, now: datetime = NOON, limit: int = 10) -> list[Parcel]:
    return await store.lease("liegenschaften", now, MINUTE, limit)


async def test_a_parcel_is_handed_out_as_it_was_laid_out(store: Store) -> None:
    parcel = a_parcel(order_key="Flur 3")
    await store.offer("liegenschaften", parcel)

    assert await lease(store) == [parcel]


async def test_parcels_come_oldest_first_and_only_of_the_destination(store: Store) -> None:
    parcels = [a_parcel() for _ in range(5)]
    for parcel in reversed(parcels):
        await store.offer("liegenschaften", parcel)
    await store.offer("gewerbe", a_parcel())

    assert await lease(store, limit=3) == parcels[:3]
    assert await lease(store) == parcels[3:]


async def test_a_leased_parcel_comes_again_only_when_its_lease_has_run_out(store: Store) -> None:
    parcel = a_parcel()
    await store.offer("liegenschaften", parcel)
    await lease(store)

    assert await lease(store, now=NOON + MINUTE - SECOND) == []
    assert await lease(store, now=NOON + MINUTE) == [parcel]


async def test_a_lease_can_be_extended_while_it_lasts(store: Store) -> None:
    parcel = a_parcel()
    await store.offer("liegenschaften", parcel)
    await lease(store)

    await store.extend("liegenschaften", parcel.delivery, NOON + SECOND, 2 * MINUTE)

    assert await lease(store, now=NOON + 2 * MINUTE) == []
    with pytest.raises(NotFound):
        await store.extend("liegenschaften", parcel.delivery, NOON + 3 * MINUTE, MINUTE)
    with pytest.raises(NotFound):
        await store.extend("gewerbe", parcel.delivery, NOON + SECOND, MINUTE)


async def test_offering_again_does_no_harm(store: Store) -> None:
    parcel = a_parcel()

    await store.offer("liegenschaften", parcel)
    await store.offer("liegenschaften", parcel)

    assert await lease(store) == [parcel]
    await store.offer("liegenschaften", parcel)
    assert await lease(store) == []


async def test_two_systems_at_once_get_no_parcel_twice(stores: tuple[SqlStore, SqlStore]) -> None:
    for _ in range(20):
        await stores[0].offer("liegenschaften", a_parcel())

    leased = await asyncio.gather(*(lease(stores[number % 2], limit=4) for number in range(10)))

    ids = [parcel.delivery for parcels in leased for parcel in parcels]
    assert len(ids) == len(set(ids))


async def test_a_later_parcel_of_a_case_waits_for_the_earlier_one(store: Store) -> None:
    ticket = await claimed(store)
    first = replace(a_parcel(order_key="case 1"), delivery=ticket.delivery)
    second = a_parcel(order_key="case 1")
    other_case = a_parcel(order_key="case 2")
    other_tenant = a_parcel(order_key="case 1", tenant="panketal")
    for parcel in (first, second, other_case, other_tenant):
        await store.offer("liegenschaften", parcel)

    assert await lease(store) == [first, other_case, other_tenant]
    assert await lease(store) == []
    await store.confirm(Word(ticket.delivery, SpecialistStatus.RECEIVED), EINWOHNER, NOON)
    assert await lease(store) == [second]


async def test_what_is_confirmed_is_not_laid_out_again_by_a_late_worker(store: Store) -> None:
    ticket = await ready(store)
    parcel = replace(a_parcel(), delivery=ticket.delivery)
    await store.confirm(Word(ticket.delivery, SpecialistStatus.RECEIVED), EINWOHNER, NOON)

    await store.offer("liegenschaften", parcel)

    assert await lease(store) == []
