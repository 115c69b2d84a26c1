"""Finance: a REST service that takes a case as JSON."""

import hashlib

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.access import has_basic, has_bearer
from gateway.sandbox.answers import answer
from gateway.sandbox.desk import Desk
from gateway.sandbox.journal import Arrival
from gateway.sandbox.rest import JsonVoice, read_kopf
from gateway.sandbox.settings import SandboxSettings, System

VOICE = JsonVoice("kassenzeichen")


def routes(desk: Desk, settings: SandboxSettings) -> list[Route]:
    """`POST /finance/v1/vorgaenge`: JSON, HTTP Basic or bearer token, `Idempotency-Key` with the
    delivery's id; 201 with the Kassenzeichen.
    """

    async def take_vorgang(request: Request) -> Response:
        if not (has_basic(request, settings) or has_bearer(request, settings)):
            return VOICE.unauthorised("Basic, Bearer")
        arrival = _read(request, await request.body())
        if arrival is None:
            return VOICE.malformed()
        return await answer(desk, arrival, VOICE)

    return [Route("/finance/v1/vorgaenge", take_vorgang, methods=["POST"])]


def _read(request: Request, body: bytes) -> Arrival | None:
    """The arrival, or None where the request is not what the service takes."""
    delivery = request.headers.get("idempotency-key")
    if not delivery or not request.headers.get("content-type", "").startswith("application/json"):
        return None
    kopf = read_kopf(body)
    if kopf is None:
        return None
    return Arrival(
        System.FINANCE,
        delivery,
        hashlib.sha256(body).hexdigest(),
        message=kopf.nachrichten_uuid,
        kind=kopf.nachrichtentyp,
    )
