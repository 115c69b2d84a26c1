"""Access: who is asking, whether the route is for them, and whether they ask too often."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from structlog.contextvars import bind_contextvars

from gateway.api.negotiation import language_of
from gateway.api.problem import ApiCode, ApiProblem, unauthenticated
from gateway.api.services import Limits, Services
from gateway.api.throttle import Room, TokenBuckets, Upload
from gateway.core.tenants import Portal, SpecialistSystem
from gateway.texts import Language


@dataclass(frozen=True, slots=True)
class Desk:
    """What all routes of one application share."""

    services: Services
    limits: Limits
    buckets: TokenBuckets
    slots: Room
    """Places for submissions that are checked and kept."""
    uploads: Room
    """Bytes of bodies that are on their way."""
    readers: TokenBuckets
    """Of who reads the documentation, without a key."""
    waiting: asyncio.Semaphore
    """Places for systems that wait for parcels."""

    async def portal(self, authorization: str | None) -> Portal:
        """The portal that asks.

        Raises:
            ApiProblem: no good key, the key of a specialist system, or too many requests.
            StoreUnavailable: nobody can tell now.
        """
        holder = await self._holder(authorization)
        if not isinstance(holder, Portal):
            raise ApiProblem(ApiCode.WRONG_KIND_OF_KEY)
        return holder

    async def system(self, authorization: str | None) -> SpecialistSystem:
        """The specialist system that asks; raises as `portal` does."""
        holder = await self._holder(authorization)
        if not isinstance(holder, SpecialistSystem):
            raise ApiProblem(ApiCode.WRONG_KIND_OF_KEY)
        return holder

    async def known(self, authorization: str | None) -> Portal | SpecialistSystem:
        """Whoever asks, as long as there is a good key; raises as `portal` does."""
        holder = await self.services.authenticator.authenticate(authorization)
        if holder is None:
            raise unauthenticated()
        return holder

    def upload(self, holder: str) -> Upload:
        """Room for a body of a holder, as much as it comes to need."""
        return Upload(self.uploads, holder)

    async def _holder(self, authorization: str | None) -> Portal | SpecialistSystem:
        holder = await self.known(authorization)
        name = f"{'portal' if isinstance(holder, Portal) else 'system'}:{holder.name}"
        # Each request has a task of its own, and with it a context of its own.
        bind_contextvars(client=name)
        self.buckets.take(name)
        return holder


def desk_of(request: Request) -> Desk:
    """The desk of the application that got the request."""
    desk = request.app.state.desk
    assert isinstance(desk, Desk)
    return desk


async def _portal(request: Request) -> Portal:
    return await desk_of(request).portal(request.headers.get("authorization"))


async def _system(request: Request) -> SpecialistSystem:
    return await desk_of(request).system(request.headers.get("authorization"))


def _language(request: Request) -> Language:
    return language_of(request.headers.get("accept-language"))


AtDesk = Annotated[Desk, Depends(desk_of)]
AskingPortal = Annotated[Portal, Depends(_portal)]
AskingSystem = Annotated[SpecialistSystem, Depends(_system)]
Spoken = Annotated[Language, Depends(_language)]
