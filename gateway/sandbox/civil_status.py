"""Civil status: a REST service that takes a document as an attachment of a multipart form."""

import hashlib

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.access import has_basic
from gateway.sandbox.answers import answer
from gateway.sandbox.desk import Desk
from gateway.sandbox.journal import Arrival
from gateway.sandbox.rest import JsonVoice, read_kopf
from gateway.sandbox.settings import SandboxSettings, System

VOICE = JsonVoice("aktenzeichen")


def routes(desk: Desk, settings: SandboxSettings) -> list[Route]:
    """`POST /civil-status/v1/antraege`: part `metadaten` (JSON) and part `dokument` (XML), HTTP Basic,
    `Idempotency-Key` with the delivery's id; 201 with the Aktenzeichen.
    """

    async def take_antrag(request: Request) -> Response:
        if not has_basic(request, settings):
            return VOICE.unauthorised("Basic")
        arrival = await _read(request)
        if arrival is None:
            return VOICE.malformed()
        return await answer(desk, arrival, VOICE)

    return [Route("/civil-status/v1/antraege", take_antrag, methods=["POST"])]


async def _read(request: Request) -> Arrival | None:
    """The arrival, or None where the request is not what the service takes."""
    delivery = request.headers.get("idempotency-key")
    if not delivery or not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return None
    async with request.form(max_part_size=MAX_PART) as form:
        dokument = await _part(form.get("dokument"))
        metadaten = await _part(form.get("metadaten"))
    if not dokument or metadaten is None:
        return None
    kopf = read_kopf(metadaten)
    if kopf is None:
        return None
    return Arrival(
        System.CIVIL_STATUS,
        delivery,
        hashlib.sha256(dokument).hexdigest(),
        message=kopf.nachrichten_uuid,
        kind=kopf.nachrichtentyp,
    )


MAX_PART = 48 * 1024 * 1024
"""Bytes; somewhat more than the 40 MB that the public sector's transports carry."""


async def _part(part: UploadFile | str | None) -> bytes | None:
    """Content of a part, sent with a file name or without."""
    match part:
        case UploadFile():
            return await part.read()
        case str():
            return part.encode()
        case None:
            return None
