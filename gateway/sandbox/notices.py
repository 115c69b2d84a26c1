"""Notices: documents that the systems send back some time after they have taken a case, until the gateway has them."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol

import httpx
import structlog
from pydantic import SecretStr

from gateway.sandbox.journal import Entry, Journal
from gateway.sandbox.notice import MEDIA_TYPE, Notice, notice_for
from gateway.sandbox.receipts import FINAL, publish
from gateway.sandbox.settings import SandboxSettings
from gateway.sandbox.systems import System, Way
from queues.pickup import ReceiptSender, sending_receipts

log = structlog.get_logger()

Case = tuple[System, Way]

AT_ONCE = 8
"""Notices on their way at the same time."""
LOOK, WAIT = 0.1, 2.0
"""Seconds between two looks, and after one at which the gateway took nothing."""
AS_FORM = frozenset({System.FINANCE, System.CIVIL_STATUS})
"""Systems that send documents as files of a form; the others send them within the JSON."""


class Sender(Protocol):
    """How the notices of some systems travel."""

    async def send(self, entry: Entry, notice: Notice) -> str | None:
        """How it has left; None where another try is worth it."""
        ...


def systems_with_keys(settings: SandboxSettings) -> Mapping[Case, SecretStr]:
    """The access key at the gateway for every way on which a notice follows over HTTP."""
    keys = {
        (System.REGISTRATION, Way.SOAP): settings.registration_key,
        (System.CIVIL_STATUS, Way.REST): settings.civil_status_key,
        (System.FINANCE, Way.REST): settings.finance_key,
        (System.REAL_ESTATE, Way.PICKUP): settings.real_estate_key,
    }
    return {case: key for case, key in keys.items() if key is not None and settings.gateway_url is not None}


class Notices:
    """Sends what the journal says is owed, when its time has come."""

    def __init__(self, journal: Journal, senders: Mapping[Case, Sender], delay: timedelta) -> None:
        self._journal = journal
        self._senders = senders
        self._delay = delay

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            now = datetime.now(UTC)
            due = [
                entry
                for entry in self._journal.promised.values()
                if datetime.fromisoformat(entry.time) + self._delay <= now
            ][:AT_ONCE]
            sent = await asyncio.gather(*map(self._send, due))
            await asyncio.sleep(LOOK if all(sent) else WAIT)

    async def _send(self, entry: Entry) -> bool:
        assert entry.way is not None
        by = await self._senders[entry.system, entry.way].send(entry, notice_for(entry))
        if by is None:
            return False
        await self._journal.noticed(entry, by)
        return True


class OverHttp:
    """Through the gateway's API, with the access key of one system."""

    def __init__(self, gateway: httpx.AsyncClient, key: SecretStr) -> None:
        self._gateway = gateway
        self._headers = {"Authorization": f"Bearer {key.get_secret_value()}"}

    async def send(self, entry: Entry, notice: Notice) -> str | None:
        """Post the receipt with its document."""
        try:
            if entry.system in AS_FORM:
                receipt = json.dumps(closed(entry)).encode()
                files = {
                    "receipt": ("", receipt, "application/json"),
                    "reply": (notice.name, notice.content, MEDIA_TYPE),
                }
                response = await self._gateway.post("/v1/receipts", files=files, headers=self._headers)
            else:
                whole = closed(entry, notice)
                response = await self._gateway.post("/v1/receipts", json=whole, headers=self._headers)
        except httpx.HTTPError as error:
            log.info("notice_not_sent", delivery=entry.delivery, error=type(error).__name__)
            return None
        if not response.is_success:
            log.warning("notice_not_taken", delivery=entry.delivery, status=response.status_code)
        done = response.is_success or response.status_code in FINAL
        return str(response.status_code) if done else None


class OverAmqp:
    """Through RabbitMQ, to the exchange for receipts."""

    def __init__(self, sender: ReceiptSender) -> None:
        self._sender = sender

    async def send(self, entry: Entry, notice: Notice) -> str | None:
        """Publish the receipt with its document."""
        return await publish(self._sender, closed(entry, notice))


def closed(entry: Entry, notice: Notice | None = None) -> dict[str, object]:
    """What a system says when it is done, with the document in it where it does not lie beside it."""
    said: dict[str, object] = {
        "delivery": entry.delivery,
        "status": "closed",
        "reference": entry.reference or "",
    }
    if notice is not None:
        content = b64encode(notice.content).decode()
        said["replies"] = [{"mediaType": MEDIA_TYPE, "name": notice.name, "content": content}]
    return said


@asynccontextmanager
async def receipt_sender(settings: SandboxSettings) -> AsyncIterator[ReceiptSender | None]:
    """The way over RabbitMQ, for a real estate system without an access key."""
    if settings.amqp_url is None or settings.real_estate_key is not None:
        yield None
        return
    async with sending_receipts(settings.amqp_url.get_secret_value()) as sender:
        yield sender
