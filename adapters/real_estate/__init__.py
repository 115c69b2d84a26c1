"""Real estate: lays messages out for a land management system (Liegenschaftsverfahren) that fetches them itself."""

from pydantic import BaseModel, ConfigDict, Field

from adapters.mapping import NO_MAPPING
from adapters.real_estate.mapping import PayloadForm, parcel
from adapters.transports.pickup import PickupTransport
from gateway.core.outcome import Outcome
from gateway.core.ports import Adapter, Consignment, Surroundings
from gateway.core.tenants import Destination


class Settings(BaseModel):
    """Settings of a real estate destination; its name is the name of its pickup."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    payload: PayloadForm = Field("json", description="What is laid out: the case as JSON, or the message.")


def build(destination: Destination, surroundings: Surroundings) -> Adapter:
    """Make the adapter of one destination."""
    settings = Settings.model_validate(destination.settings)
    return RealEstateAdapter(PickupTransport(surroundings.pickup, destination), settings.payload)


class RealEstateAdapter:
    """Lays out; the system's receipt says later whether it has taken or refused."""

    def __init__(self, pickup: PickupTransport, payload: PayloadForm) -> None:
        self._pickup = pickup
        self._payload = payload

    async def deliver(self, consignment: Consignment) -> Outcome:
        laid_out = parcel(consignment, self._payload)
        return NO_MAPPING if laid_out is None else await self._pickup.offer(laid_out)

    async def aclose(self) -> None:
        await self._pickup.aclose()
