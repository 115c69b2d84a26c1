"""Parcels: what lies ready for a system, at once or as soon as there is something."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from starlette.requests import Request

from gateway.api.access import Desk
from gateway.api.system_models import LeaseWish
from gateway.core.delivery import Parcel

LOOK_EVERY = 0.5
"""Seconds between two looks for a waiting system."""


async def parcels_in_time(
    desk: Desk, request: Request, destination: str, wish: LeaseWish
) -> Sequence[Parcel]:
    """Parcels, as soon as there are any within `wish.wait` seconds. None where the server stops, or so many wait
    already that another one would be too many.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + wish.wait
    parcels = await _leased(desk, destination, wish)
    if parcels or not wish.wait or desk.waiting.locked():
        return parcels
    async with desk.waiting:
        while not parcels and (left := until - loop.time()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(desk.services.stopping.wait(), min(LOOK_EVERY, left))
            if desk.services.stopping.is_set() or await request.is_disconnected():
                # Whatever was handed out now would lie there under a lease that nobody knows of.
                break
            parcels = await _leased(desk, destination, wish)
    return parcels


async def _leased(desk: Desk, destination: str, wish: LeaseWish) -> Sequence[Parcel]:
    services = desk.services
    return await services.shelf.lease(
        destination, services.clock.now(), timedelta(seconds=wish.seconds), wish.max
    )
