"""Receipts: the word of the systems that confirm by themselves, sent until the gateway has taken it."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import httpx
import structlog
from pydantic import SecretStr

from gateway.core.errors import Unavailable
from gateway.sandbox import returns
from gateway.sandbox.faults import Fault, FaultRule
from gateway.sandbox.journal import FILE, NEVER, Entry, Journal, Result
from gateway.sandbox.systems import Way
from queues.pickup import ReceiptSender

log = structlog.get_logger()

SENDERS = 8
"""Receipts on their way at the same time."""
FINAL = frozenset({400, 404, 409, 422})
"""The gateway has understood and will never take this receipt."""
FIRST_WAIT, LONGEST_WAIT = 0.2, 5.0
"""Seconds between two tries while the gateway is away."""

Route = SecretStr | Path | ReceiptSender
"""How receipts of a way travel: over HTTP with this access key, as files in this return folder, or over RabbitMQ."""


class Receipts:
    """Sends what the journal owes. Nothing is lost with a restart: the journal knows what was confirmed."""

    def __init__(self, journal: Journal, gateway: httpx.AsyncClient, routes: Mapping[Way, Route]) -> None:
        self._journal = journal
        self._gateway = gateway
        self._routes = routes
        self._waiting: asyncio.Queue[Entry] = asyncio.Queue()

    async def send(self, entry: Entry, rule: FaultRule | None = None) -> None:
        """Have a receipt sent soon, if the entry's way knows any: or as a rule wants it, never, late or
        twice. What is late when the sandbox ends is sent as soon as it runs again.
        """
        if entry.way not in self._routes:
            return
        match rule.fault if rule else None:
            case Fault.RECEIPT_NEVER:
                await self._journal.confirmed(entry, NEVER)
            case Fault.RECEIPT_LATE if rule:
                asyncio.get_running_loop().call_later(rule.duration, self._waiting.put_nowait, entry)
            case Fault.RECEIPT_TWICE:
                self._waiting.put_nowait(entry)
                self._waiting.put_nowait(entry)
            case _:
                self._waiting.put_nowait(entry)

    async def run(self) -> None:
        """Send until cancelled."""
        for entry in self._journal.owed.values():
            await self.send(entry)
        async with asyncio.TaskGroup() as senders:
            for _ in range(SENDERS):
                senders.create_task(self._send_all())

    async def _send_all(self) -> None:
        while True:
            entry = await self._waiting.get()
            wait = FIRST_WAIT
            while (by := await self._send(entry)) is None:
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
            await self._journal.confirmed(entry, by)

    async def _send(self, entry: Entry) -> str | None:
        """How the receipt has left; None where another try is worth it."""
        assert entry.way is not None
        route = self._routes[entry.way]
        if isinstance(route, SecretStr):
            return await self._post(entry, route)
        if isinstance(route, ReceiptSender):
            return await publish(route, _receipt(entry))
        try:
            await asyncio.to_thread(returns.leave, route, entry)
        except OSError as error:
            log.warning("receipt_not_left", delivery=entry.delivery, error=type(error).__name__)
            return None
        return FILE

    async def _post(self, entry: Entry, key: SecretStr) -> str | None:
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"}
        try:
            response = await self._gateway.post("/v1/receipts", json=_receipt(entry), headers=headers)
        except httpx.HTTPError as error:
            log.info("receipt_not_sent", delivery=entry.delivery, error=type(error).__name__)
            return None
        if response.is_success:
            return str(response.status_code)
        log.warning("receipt_not_taken", delivery=entry.delivery, status=response.status_code)
        return str(response.status_code) if response.status_code in FINAL else None


def _receipt(entry: Entry) -> dict[str, str]:
    if entry.result is Result.REFUSED:
        return {"delivery": entry.delivery, "status": "refused", "reason": entry.reason or ""}
    return {"delivery": entry.delivery, "status": "accepted", "reference": entry.reference or ""}


async def publish(sender: ReceiptSender, receipt: Mapping[str, object]) -> str | None:
    """Publish a receipt; how it has left, None where another try is worth it."""
    try:
        await sender.send(json.dumps(receipt).encode())
    except Unavailable as error:
        log.info("receipt_not_published", delivery=receipt["delivery"], error=type(error).__name__)
        return None
    return AMQP


AMQP = "amqp"
"""How a receipt left that RabbitMQ has confirmed."""
