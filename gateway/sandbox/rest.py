"""REST: what the stand-ins that speak JSON have in common, from the facts they read to the answers they give."""

from collections.abc import Mapping

import orjson
from pydantic import BaseModel, Field, JsonValue, ValidationError
from starlette.responses import Response

from gateway.sandbox.journal import Entry, Result


class Kopf(BaseModel):
    """The facts of a message's head by which a system files it, where the JSON names them."""

    nachrichten_uuid: str | None = Field(None, alias="nachrichtenUUID")
    nachrichtentyp: str | None = None
    ags: str | None = None
    sha256: str | None = None
    """Of the document beside the facts."""
    daten: JsonValue = None


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
        return json_response({self._reference: entry.reference}, 201, _replayed(entry))

    def refused(self, entry: Entry) -> Response:
        return self._error(422, entry.reason or "")

    def failed(self) -> Response:
        return self._error(500, "interner-fehler")

    def unavailable(self, retry_after: str) -> Response:
        return self._error(503, "nicht-bereit", {"Retry-After": retry_after})

    def error_in_success(self) -> Response:
        return self._error(200, "interner-fehler")

    def without_receipt(self) -> Response:
        return json_response({self._reference: None}, 201)

    def unauthorised(self, challenge: str) -> Response:
        """401: the credentials are missing or wrong."""
        return self._error(401, "nicht-angemeldet", {"WWW-Authenticate": challenge})

    def malformed(self) -> Response:
        """400: the request is not what the service takes."""
        return self._error(400, "anfrage-fehlerhaft")

    def unknown(self) -> Response:
        """404: the system has no case of this delivery."""
        return self._error(404, "vorgang-unbekannt")

    def standing(self, status: str, reference: str | None, reason: str | None = None) -> Response:
        """200: how far a case is."""
        fields = {"status": status, self._reference: reference, "code": reason}
        return json_response({name: value for name, value in fields.items() if value is not None})

    def _error(self, status: int, code: str, headers: Mapping[str, str] | None = None) -> Response:
        return json_response({"code": code}, status, headers)


class LaterVoice(JsonVoice):
    """The answers of a service that only takes in at first (202, RFC 9110, section 15.3.3): whether it
    refuses is said at the resource that `Location` names.
    """

    def __init__(self, reference: str, path: str) -> None:
        super().__init__(reference)
        self._path = path

    def accepted(self, entry: Entry) -> Response:
        headers = {"Location": f"{self._path}/{entry.delivery}"} | (_replayed(entry) or {})
        return json_response(
            {self._reference: f"EIN-{entry.delivery}", "status": "in-bearbeitung"}, 202, headers
        )

    def refused(self, entry: Entry) -> Response:
        return self.accepted(entry)

    def without_receipt(self) -> Response:
        return json_response({"status": "in-bearbeitung"}, 202)


def _replayed(entry: Entry) -> dict[str, str] | None:
    return {"Idempotency-Replayed": "true"} if entry.result is Result.REPEATED else None
