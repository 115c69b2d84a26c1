"""XTA all the way through a gateway: an answer that is lost, a report that confirms, a reply that comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gateway.core.tenants import Destination
from gateway.testing import House, house, samples_of, serving
from tests.unit.adapters.xta_service import META, XtaService

PATIENCE = 60.0
SEND, REPORT = "SendMessage", "GetTransportReport"

RETRY = """
[destinations.standesamt.retry]
first_seconds = 0.2
"""


@asynccontextmanager
async def an_office(folder: Path) -> AsyncIterator[tuple[XtaService, House, bytes]]:
    sample = samples_of("civil-status", "urkunde-voll")[0].read_bytes()
    async with serving(XtaService()) as service:
        settings: dict[str, Any] = {
            "url": service.url,
            "mailbox_url": service.url,
            "author": "ags:12052000",
            "service": "urn:dienst",
            "message_types": {"uri": "urn:liste", "version": "1"},
        }
        destination = Destination("standesamt", "civil_status", settings, "xta", "original")
        lines = "ask_every_seconds = 1\ncollect_every_seconds = 1\n"
        async with house(folder / "gateway", destination, sample, further=lines + RETRY) as gateway:
            yield service, gateway, sample


async def until(gateway: House, message: str, name: str, value: object) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        while (delivery := await gateway.delivery(message))[name] != value:  # noqa: ASYNC110 - asked over HTTP
            await asyncio.sleep(0.1)
        return delivery


async def test_a_lost_answer_is_cleared_up_and_the_message_is_there_once(tmp_path: Path) -> None:
    async with an_office(tmp_path) as (service, gateway, sample):
        service.after[SEND] = [None]
        message = await gateway.submit(sample)
        delivery = await until(gateway, message, "state", "delivered")
        assert list(service.orders) == [delivery["reference"]]
        assert service.calls.count(SEND) == 1
        assert REPORT in service.calls


async def test_an_open_report_keeps_it_pending_and_a_green_one_delivers_it(tmp_path: Path) -> None:
    async with an_office(tmp_path) as (service, gateway, sample):
        service.status = 0
        message = await gateway.submit(sample)
        await until(gateway, message, "state", "pending")
        service.status = 1
        await until(gateway, message, "state", "delivered")
        assert len(service.orders) == 1


async def test_a_reply_is_fetched_and_closes_the_matter(tmp_path: Path) -> None:
    async with an_office(tmp_path) as (service, gateway, sample):
        message = await gateway.submit(sample)
        await until(gateway, message, "state", "delivered")
        (order,) = service.orders.values()
        service.send(1, order.findtext(f".//{META}Requester") or "")
        delivery = await until(gateway, message, "reference", "SB-1")
        assert delivery["systemStatus"]["status"] == "closed"
        async with asyncio.timeout(PATIENCE):
            while service.letters:  # noqa: ASYNC110 - the service has no event
                await asyncio.sleep(0.1)
