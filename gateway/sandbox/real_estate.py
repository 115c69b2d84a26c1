"""Real estate: takes parcels by itself, from RabbitMQ or over HTTP, and confirms each with a receipt."""

import asyncio
import base64
import hashlib
from collections.abc import Coroutine, Iterator

import httpx
import orjson
import structlog
from pydantic import BaseModel, SecretStr, ValidationError

from gateway.core.errors import Refused
from gateway.sandbox.checks import is_flurstueck, values_of
from gateway.sandbox.desk import Desk
from gateway.sandbox.faults import When
from gateway.sandbox.journal import Arrival
from gateway.sandbox.receipts import Receipts
from gateway.sandbox.settings import SandboxSettings
from gateway.sandbox.systems import System, Way
from gateway.sandbox.trade import crashes
from queues.pickup import consume_parcels
from schemas.door import parse

log = structlog.get_logger()

PARCELS = 10
"""How many parcels are fetched at a time."""


def consumers(
    desk: Desk, receipts: Receipts, gateway: httpx.AsyncClient, settings: SandboxSettings
) -> Iterator[Coroutine[None, None, None]]:
    """One consumer per destination."""
    key = settings.real_estate_key
    for destination in settings.pickup_destinations:
        if settings.amqp_url is not None:
            yield _consume(settings.amqp_url, destination, desk, receipts)
        elif key is not None:
            counter = Counter(gateway, destination, key, settings)
            yield counter.fetch(desk, receipts)


async def _take(arrival: Arrival, finding: str | None, desk: Desk, receipts: Receipts) -> bool:
    """Take one parcel; False where a rule wanted a crash, so that it comes again."""
    rule = desk.faults.pick(arrival)
    if rule and rule.when is When.BEFORE and await crashes(desk, rule):
        return False
    entry = await desk.file(arrival, rule, finding)
    if rule and rule.when is not When.BEFORE and await crashes(desk, rule):
        return False
    await receipts.send(entry, rule)
    return True


async def _consume(amqp_url: SecretStr, destination: str, desk: Desk, receipts: Receipts) -> None:
    async with consume_parcels(amqp_url.get_secret_value(), destination, prefetch=PARCELS) as parcels:
        async for handed in parcels:
            parcel = handed.parcel
            arrival = _arrival(parcel.delivery, parcel.message, parcel.root, parcel.body)
            # The journal keeps the receipt that is owed: the broker need not wait for the gateway.
            if await _take(arrival, check(parcel.body), desk, receipts):
                await handed.ack()
            else:
                await handed.put_back()


class _Parcel(BaseModel):
    """What the gateway hands out over HTTP, as far as this system reads it."""

    delivery: str
    message: str
    root: str
    body: str


class _Lease(BaseModel):
    parcels: list[_Parcel]


class Counter:
    """The gateway's counter for one destination."""

    def __init__(
        self, gateway: httpx.AsyncClient, destination: str, key: SecretStr, settings: SandboxSettings
    ) -> None:
        self._gateway = gateway
        self._path = f"/v1/pickup/{destination}/lease"
        self._headers = {"Authorization": f"Bearer {key.get_secret_value()}"}
        self._question = {"max": PARCELS, "seconds": settings.pickup_lease}
        self._interval = settings.pickup_interval

    async def fetch(self, desk: Desk, receipts: Receipts) -> None:
        """Fetch until cancelled. What is not confirmed comes again by itself when its lease has run out."""
        while True:
            parcels = await self._lease()
            for parcel in parcels:
                body = base64.b64decode(parcel.body)
                arrival = _arrival(parcel.delivery, parcel.message, parcel.root, body)
                await _take(arrival, check(body), desk, receipts)
            if not parcels:
                await asyncio.sleep(self._interval)

    async def _lease(self) -> list[_Parcel]:
        """Parcels to take now; none also where the gateway is away."""
        try:
            response = await self._gateway.post(self._path, json=self._question, headers=self._headers)
            response.raise_for_status()
            if response.status_code == httpx.codes.NO_CONTENT:
                return []
            return _Lease.model_validate_json(response.content).parcels
        except (httpx.HTTPError, ValidationError) as error:
            status = getattr(getattr(error, "response", None), "status_code", None)
            log.warning("pickup_failed", path=self._path, error=type(error).__name__, status=status)
            return []


def check(body: bytes) -> str | None:
    """Why a parcel is refused, as a code; None where it is taken."""
    if body.lstrip().startswith(b"<"):
        try:
            parse(body)
        except Refused:
            return "inhalt-unlesbar"
        return None
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "inhalt-unlesbar"
    plots = values_of(content, "flurstueckskennzeichen")
    return None if all(is_flurstueck(str(plot)) for plot in plots) else "flurstueck-unbekannt"


def _arrival(delivery: str, message: str, root: str, body: bytes) -> Arrival:
    sha256 = hashlib.sha256(body).hexdigest()
    return Arrival(System.REAL_ESTATE, Way.PICKUP, delivery, sha256, message=message, kind=root)
