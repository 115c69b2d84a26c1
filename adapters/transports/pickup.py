"""Pickup: a parcel laid out for a system that fetches it by itself and confirms with a receipt."""

import asyncio
from collections.abc import AsyncIterator
from typing import Literal

from adapters.adapter import TransportKind
from adapters.checking import failed, ok, walk
from adapters.dispatch import Dispatch, Part
from adapters.transports.deadline import deadline
from adapters.transports.settings import TransportSettings
from gateway.core.check import Finding, Step, StepName
from gateway.core.delivery import Parcel
from gateway.core.errors import ParcelTooLarge, Unavailable
from gateway.core.outcome import Cause, Failed, Outcome, Pending, Rejected
from gateway.core.ports import Surroundings
from gateway.core.tenants import Destination


class Settings(TransportSettings):
    """What a destination that fetches by itself may say; its name is the name of its pickup."""

    over: Literal["amqp", "http"] | None = None
    """What it fetches over; left out, RabbitMQ where the gateway runs on one, else HTTP. The surroundings see to it."""


class PickupTransport:
    """Lays parcels out for one destination."""

    def __init__(self, _: Settings, destination: Destination, surroundings: Surroundings) -> None:
        self._pickup = surroundings.pickup
        self._destination = destination.name
        self._deadline = deadline(destination)

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Lay a parcel out once.

        Where that can't be confirmed the parcel may be there all the same. Yet the outcome is Failed, not
        Unclear: by the port's promise laying it out again does no harm, for this destination or any other,
        so nobody needs to decide about it.
        """
        try:
            async with asyncio.timeout(self._deadline):
                await self._pickup.offer(self._destination, parcel_of(dispatch))
        except ParcelTooLarge:
            return Rejected(TOO_LARGE)
        except Unavailable as error:
            return Failed(UNAVAILABLE, error.retry_after)
        except TimeoutError:
            return Failed(UNAVAILABLE)
        return Pending()

    def check(self) -> AsyncIterator[Step]:
        """Look whether parcels can be laid out."""
        return walk([(StepName.CALL, self._is_ready)])

    async def _is_ready(self) -> Finding:
        try:
            await self._pickup.ready(self._destination)
        except Unavailable:
            return failed(UNAVAILABLE.code, "Die Abholstelle antwortet nicht.", UNAVAILABLE.detail)
        return ok("Die Abholstelle ist da.", "The pickup is there.")

    async def aclose(self) -> None:
        """Nothing is held open here: the pickup belongs to the surroundings."""


def parcel_of(dispatch: Dispatch) -> Parcel:
    """What is laid out: the content, and what is known about the message beside it."""
    message, paper = dispatch.message, dispatch.paper()
    return Parcel(
        delivery=dispatch.delivery,
        message=message.id,
        tenant=message.tenant,
        service=message.kind.service,
        root=message.kind.root,
        content_type=paper.media_type,
        body=paper.content,
        test=message.kopf.test,
        order_key=dispatch.message.order_key,
    )


TOO_LARGE = Cause(
    "parcel-too-large", "The message is larger than the place from which the system fetches takes."
)
UNAVAILABLE = Cause("pickup-unavailable", "The place from which the system fetches did not answer.")


def _needs(_: Settings) -> frozenset[Part]:
    return frozenset()


TRANSPORT = TransportKind(Settings, _needs, PickupTransport)
