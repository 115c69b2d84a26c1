"""Pickup: a parcel laid out for a system that fetches it by itself and confirms with a receipt."""

import asyncio

from adapters.transports.deadline import deadline
from gateway.core.delivery import Parcel
from gateway.core.errors import ParcelTooLarge, Unavailable
from gateway.core.outcome import Cause, Failed, Outcome, Pending, Rejected
from gateway.core.ports import Pickup
from gateway.core.tenants import Destination


class PickupTransport:
    """Lays parcels out for one destination."""

    def __init__(self, pickup: Pickup, destination: Destination) -> None:
        self._pickup = pickup
        self._destination = destination.name
        self._deadline = deadline(destination)

    async def offer(self, parcel: Parcel) -> Outcome:
        """Lay a parcel out once.

        Where that can't be confirmed the parcel may be there all the same. Yet the outcome is Failed, not
        Unclear: by the port's promise laying it out again does no harm, for this destination or any other,
        so nobody needs to decide about it.
        """
        try:
            async with asyncio.timeout(self._deadline):
                await self._pickup.offer(self._destination, parcel)
        except ParcelTooLarge:
            return Rejected(TOO_LARGE)
        except Unavailable as error:
            return Failed(UNAVAILABLE, error.retry_after)
        except TimeoutError:
            return Failed(UNAVAILABLE)
        return Pending()

    async def aclose(self) -> None:
        """Nothing is held open here: the pickup belongs to the surroundings."""


TOO_LARGE = Cause(
    "parcel-too-large", "The message is larger than the place from which the system fetches takes."
)
UNAVAILABLE = Cause("pickup-unavailable", "The place from which the system fetches did not answer.")
