"""REST: what the stand-ins that speak JSON have in common, from the facts they read to the answers they give."""

from collections.abc import Mapping

import orjson
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import Response

from gateway.sandbox.journal import Entry, Result


class Kopf(BaseModel):
    """The facts of a message's head by which a system files it, where the JSON names them."""

    nachrichten_uuid: str | None = Field(None, alias="nachrichtenUUID")
    nachrichtentyp: str | None = None


def read_kopf(content: bytes) -> Kopf | None:
    """The facts in a JSON object; None where it is none."""
    try:
        return Kopf.model_validate_json(content)
    except ValidationError:
        return None


def json_response(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON."""
    return Response(
        orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS), status, headers, "application/json"
    )


class JsonVoice:
    """The answers of a system that speaks REST with JSON. Nothing of a request is ever repeated in them."""

    def __init__(self, reference: str) -> None:
        self._reference = reference
        """Name of the field with the system's own reference."""

    def accepted(self, entry: Entry) -> Response:
        """201 with the reference; a repetition gets the first answer, and a header that says so."""
        headers = {"Idempotency-Replayed": "true"} if entry.result is Result.REPEATED else None
        return json_response({self._reference: entry.reference}, 201, headers)

    def refused(self) -> Response:
        return self._error(422, "abgelehnt")

    def failed(self) -> Response:
        return self._error(500, "interner-fehler")

    def unavailable(self, retry_after: int) -> Response:
        return self._error(503, "nicht-bereit", {"Retry-After": str(retry_after)})

    def unauthorised(self, challenge: str) -> Response:
        """401: the credentials are missing or wrong."""
        return self._error(401, "nicht-angemeldet", {"WWW-Authenticate": challenge})

    def malformed(self) -> Response:
        """400: the request is not what the service takes."""
        return self._error(400, "anfrage-fehlerhaft")

    def _error(self, status: int, code: str, headers: Mapping[str, str] | None = None) -> Response:
        return json_response({"code": code}, status, headers)
