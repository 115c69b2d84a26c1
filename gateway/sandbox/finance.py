"""Finance: a REST service that takes a case as JSON: at once (v1), or later and behind OAuth2 (v2)."""

import hashlib
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.access import has_basic, has_bearer
from gateway.sandbox.answers import answer
from gateway.sandbox.checks import is_iban, is_served, values_of
from gateway.sandbox.desk import Desk
from gateway.sandbox.journal import Arrival, Tally
from gateway.sandbox.oauth import Tokens
from gateway.sandbox.rest import JsonVoice, Kopf, LaterVoice, read_kopf
from gateway.sandbox.settings import SandboxSettings
from gateway.sandbox.systems import System, Way

NOW_PATH, LATER_PATH = "/finance/v1/vorgaenge", "/finance/v2/vorgaenge"
NOW = JsonVoice("kassenzeichen")
LATER = LaterVoice("kassenzeichen", LATER_PATH)


def routes(desk: Desk, settings: SandboxSettings, tokens: Tokens) -> list[Route]:
    """`POST .../vorgaenge`: JSON, `Idempotency-Key` with the delivery's id. v1 takes HTTP Basic or a fixed
    token and answers 201 with the Kassenzeichen; v2 takes a token of OAuth2 and answers 202. Both tell at
    `GET .../vorgaenge/{delivery}` how far a case is: 404 means that it is surely not there.
    """

    async def take(request: Request) -> Response:
        later = request.url.path == LATER_PATH
        if (refused := _admit(request, later=later)) is not None:
            return refused
        body = await request.body()
        kopf = _read(request, body)
        if kopf is None:
            return NOW.malformed()
        voice = LATER if later else NOW
        arrival = _arrival(request, kopf, body)
        return (await answer(desk, arrival, voice, check(kopf, settings))).response

    async def tell(request: Request) -> Response:
        later = request.url.path.startswith(LATER_PATH)
        if (refused := _admit(request, later=later)) is not None:
            return refused
        tally = desk.journal.tallies[System.FINANCE].get(request.path_params["delivery"])
        if tally is None:
            return NOW.unknown()
        return _standing(tally, timedelta(seconds=settings.processing_seconds if later else 0))

    def _admit(request: Request, *, later: bool) -> Response | None:
        if later:
            return None if tokens.admit(request) else NOW.unauthorised('Bearer error="invalid_token"')
        good = has_basic(request, settings) or has_bearer(request, settings)
        return None if good else NOW.unauthorised("Basic, Bearer")

    return [
        route
        for path in (NOW_PATH, LATER_PATH)
        for route in (
            Route(path, take, methods=["POST"]),
            Route(path + "/{delivery}", tell, methods=["GET"]),
        )
    ]


def check(kopf: Kopf, settings: SandboxSettings) -> str | None:
    """Why a case is refused, as a code; None where it is taken."""
    if not is_served(kopf.ags, settings.gemeinden):
        return "mandant-unbekannt"
    if not all(is_iban(str(iban)) for iban in values_of(kopf.daten, "iban")):
        return "iban-ungueltig"
    if any(isinstance(betrag, int) and betrag <= 0 for betrag in values_of(kopf.daten, "betrag")):
        return "betrag-ungueltig"
    return None


def _standing(tally: Tally, processing: timedelta) -> Response:
    """How far a case is: it is worked on for a while after it was taken in."""
    if datetime.now(UTC) < datetime.fromisoformat(tally.first) + processing:
        return NOW.standing("in-bearbeitung", None)
    if tally.effects:
        return NOW.standing("erledigt", tally.reference)
    return NOW.standing("abgelehnt", None, tally.reason)


def _read(request: Request, body: bytes) -> Kopf | None:
    """The facts, or None where the request is not what the service takes."""
    is_json = request.headers.get("content-type", "").startswith("application/json")
    return read_kopf(body) if is_json and request.headers.get("idempotency-key") else None


def _arrival(request: Request, kopf: Kopf, body: bytes) -> Arrival:
    return Arrival(
        System.FINANCE,
        Way.REST,
        request.headers["idempotency-key"],
        hashlib.sha256(body).hexdigest(),
        message=kopf.nachrichten_uuid,
        kind=kopf.nachrichtentyp,
    )
