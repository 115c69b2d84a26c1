"""A worker's process for one ticket: says `speaks` when its adapter is called, and lets it end when told so."""

import asyncio
import os
import sys
from datetime import timedelta

from gateway.clock import SystemClock
from gateway.core.delivery import Ticket
from gateway.core.message import DeliveryId
from gateway.core.outcome import Delivered, Outcome
from gateway.core.ports import Consignment
from gateway.core.tenants import Destination
from gateway.delivery.deliverer import Deliverer
from gateway.store import SqlStore
from tests.integration.delivery_parts import AnySchemas, words_of

LEASE = timedelta(seconds=15)
DESTINATION = Destination("einwohner", "registration", idempotent=True, lease=LEASE)


class Slow:
    async def deliver(self, consignment: Consignment) -> Outcome:
        os.write(1, b"speaks\n")
        await asyncio.to_thread(sys.stdin.readline)
        return Delivered("frozen")

    async def aclose(self) -> None: ...


async def main(url: str, delivery: str) -> None:
    async with await SqlStore.open(url) as store:
        adapters = {DESTINATION.name: Slow()}
        deliverer = Deliverer(
            store,
            AnySchemas(),
            adapters,
            {DESTINATION.name: DESTINATION},
            SystemClock(),
            words_of(store, SystemClock()),
            name="frozen",
            draw=lambda: 0.5,
        )
        await deliverer.deliver(Ticket(DeliveryId(delivery), 1, DESTINATION.name))
        os.write(1, b"ended\n")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
