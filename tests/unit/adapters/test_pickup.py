import asyncio
from dataclasses import replace
from datetime import timedelta

from adapters.transports.pickup import PickupTransport, Settings, parcel_of
from gateway.core.delivery import Parcel
from gateway.core.errors import BrokerUnavailable, ParcelTooLarge, StoreUnavailable
from gateway.core.outcome import Failed, Pending, Rejected
from gateway.core.ports import Pickup
from gateway.core.tenants import Destination
from tests.unit.adapters.builders import Shelf, a_destination, a_dispatch, surroundings


def a_pickup(shelf: Pickup, destination: Destination | None = None) -> PickupTransport:
    around = replace(surroundings(), pickup=shelf)
    return PickupTransport(Settings(), destination or a_destination("real_estate"), around)


async def test_what_is_laid_out_waits_for_its_receipt() -> None:
    shelf = Shelf()
    assert await a_pickup(shelf).send(a_dispatch()) == Pending()
    assert shelf.offers == [("real_estate-system", parcel_of(a_dispatch()))]


async def test_what_can_not_be_confirmed_is_laid_out_again() -> None:
    for error in (BrokerUnavailable(), StoreUnavailable()):
        outcome = await a_pickup(Shelf(error=error)).send(a_dispatch())
        assert isinstance(outcome, Failed)
        assert outcome.cause.code == "pickup-unavailable"
        assert outcome.retry_after == error.retry_after


async def test_a_parcel_that_is_never_taken_is_not_tried_again() -> None:
    outcome = await a_pickup(Shelf(error=ParcelTooLarge())).send(a_dispatch())
    assert isinstance(outcome, Rejected)
    assert outcome.cause.code == "parcel-too-large"


async def test_a_pickup_that_never_answers_ends_with_the_attempt() -> None:
    class Silent:
        async def ready(self, destination: str) -> None: ...

        async def offer(self, destination: str, parcel: Parcel) -> None:
            await asyncio.Event().wait()

    destination = replace(a_destination(), attempt_within=timedelta(milliseconds=50))
    assert isinstance(await a_pickup(Silent(), destination).send(a_dispatch()), Failed)
