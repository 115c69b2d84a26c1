"""Civil status: a REST service that takes a document as an attachment of a multipart form."""

import hashlib

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.core.errors import Refused
from gateway.sandbox.access import has_basic
from gateway.sandbox.answers import answer
from gateway.sandbox.checks import is_served
from gateway.sandbox.desk import Desk
from gateway.sandbox.journal import Arrival
from gateway.sandbox.rest import JsonVoice, Kopf, read_kopf
from gateway.sandbox.settings import SandboxSettings
from gateway.sandbox.systems import System, Way
from schemas.door import parse

VOICE = JsonVoice("aktenzeichen")
PATH = "/civil-status/v1/antraege"


def routes(desk: Desk, settings: SandboxSettings) -> list[Route]:
    """`POST /civil-status/v1/antraege`: part `metadaten` (JSON) and part `dokument` (XML), HTTP Basic,
    `Idempotency-Key` with the delivery's id; 201 with the Aktenzeichen. `GET .../{delivery}` says whether
    there is such a case.
    """

    async def take_antrag(request: Request) -> Response:
        if not has_basic(request, settings):
            return VOICE.unauthorised("Basic")
        antrag = await _read(request)
        if antrag is None:
            return VOICE.malformed()
        kopf, dokument = antrag
        arrival = _arrival(request, kopf, dokument)
        return (await answer(desk, arrival, VOICE, check(kopf, dokument, settings))).response

    async def tell(request: Request) -> Response:
        if not has_basic(request, settings):
            return VOICE.unauthorised("Basic")
        tally = desk.journal.tallies[System.CIVIL_STATUS].get(request.path_params["delivery"])
        if tally is None:
            return VOICE.unknown()
        status = "angenommen" if tally.effects else "abgelehnt"
        return VOICE.standing(status, tally.reference, tally.reason)

    return [
        Route(PATH, take_antrag, methods=["POST"]),
        Route(PATH + "/{delivery}", tell, methods=["GET"]),
    ]


def check(kopf: Kopf, dokument: bytes, settings: SandboxSettings) -> str | None:
    """Why a document is refused, as a code; None where it is taken."""
    if not is_served(kopf.ags, settings.gemeinden):
        return "standesamt-unbekannt"
    if kopf.sha256 not in {None, hashlib.sha256(dokument).hexdigest()}:
        return "pruefsumme-falsch"
    try:
        parse(dokument)
    except Refused:
        return "dokument-unlesbar"
    return None


async def _read(request: Request) -> tuple[Kopf, bytes] | None:
    """Facts and document, or None where the request is not what the service takes."""
    is_form = request.headers.get("content-type", "").startswith("multipart/form-data")
    if not is_form or not request.headers.get("idempotency-key"):
        return None
    async with request.form(max_part_size=MAX_PART) as form:
        dokument = await _part(form.get("dokument"))
        metadaten = await _part(form.get("metadaten"))
    kopf = read_kopf(metadaten) if metadaten is not None else None
    return (kopf, dokument) if kopf and dokument else None


def _arrival(request: Request, kopf: Kopf, dokument: bytes) -> Arrival:
    return Arrival(
        System.CIVIL_STATUS,
        Way.REST,
        request.headers["idempotency-key"],
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
