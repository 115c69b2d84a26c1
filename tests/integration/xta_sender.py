"""A process that makes one attempt over XTA for a delivery of a store, and says how it ended: to be killed in it."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from adapters.transports.xta.settings import Settings
from adapters.transports.xta.transport import XtaTransport
from gateway.core.message import DeliveryId
from gateway.core.tenants import Destination
from gateway.store import SqlStore
from tests.unit.adapters.builders import a_dispatch, surroundings


async def attempt(store_url: str, service_url: str, delivery: str) -> None:
    settings = Settings.model_validate(
        {
            "url": service_url,
            "author": "ags:12052000",
            "service": "urn:dienst",
            "message_types": {"uri": "urn:liste", "version": "1"},
            "payload_schema": "urn:schema",
            "reader": "psw:01003110",
        }
    )
    dispatch = a_dispatch()
    kopf = replace(dispatch.message.kopf, nachrichtentyp="020101")
    dispatch = replace(dispatch, message=replace(dispatch.message, kopf=kopf), delivery=DeliveryId(delivery))
    async with await SqlStore.open(store_url) as store:
        around = replace(surroundings(Path()), references=store)
        transport = XtaTransport(settings, Destination("standesamt", "civil_status"), around)
        print(type(await transport.send(dispatch)).__name__)  # noqa: T201 - what the test reads
        await transport.aclose()


if __name__ == "__main__":
    asyncio.run(attempt(*sys.argv[1:]))
