import asyncio
from dataclasses import replace
from datetime import timedelta

from adapters.real_estate.mapping import parcel
from adapters.transports.pickup import PickupTransport
from gateway.core.delivery import Parcel
from gateway.core.errors import BrokerUnavailable, ParcelTooLarge, StoreUnavailable
from gateway.core.outcome import Failed, Pending, Rejected
from tests.unit.adapters.builders import Shelf, a_consignment_of, a_destination, samples


def a_parcel() -> Parcel:
    laid_out = parcel(a_consignment_of(samples("real-estate")[0]))
    assert laid_out
    return laid_out


async def test_what_is_laid_out_waits_for_its_receipt() -> None:
    shelf = Shelf()
    assert await PickupTransport(shelf, a_destination("real_estate")).offer(a_parcel()) == Pending()
    assert shelf.offers == [("real_estate-system", a_parcel())]


async def test_what_can_not_be_confirmed_is_laid_out_again() -> None:
    for error in (BrokerUnavailable(), StoreUnavailable()):
        outcome = await PickupTransport(Shelf(error=error), a_destination()).offer(a_parcel())
        assert isinstance(outcome, Failed)
        assert outcome.cause.code == "pickup-unavailable"
        assert outcome.retry_after == error.retry_after


async def test_a_parcel_that_is_never_taken_is_not_tried_again() -> None:
    outcome = await PickupTransport(Shelf(error=ParcelTooLarge()), a_destination()).offer(a_parcel())
    assert isinstance(outcome, Rejected)
    assert outcome.cause.code == "parcel-too-large"


async def test_a_pickup_that_never_answers_ends_with_the_attempt() -> None:
    class Silent:
        async def offer(self, destination: str, parcel: Parcel) -> None:
            await asyncio.Event().wait()

    destination = replace(a_destination(), attempt_within=timedelta(milliseconds=50))
    assert isinstance(await PickupTransport(Silent(), destination).offer(a_parcel()), Failed)
