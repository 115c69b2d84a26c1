"""Documentation: the OpenAPI document, completed by what FastAPI can't know: problems, keys and the hot route."""

from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from gateway.api.answers import problem_fields
from gateway.api.handbook_fields import handbook_schemas
from gateway.api.models import Receipt
from gateway.api.problem import STATUS, ApiProblem, ProblemCode
from gateway.api.services import Limits
from gateway.core.refusal import Refusal, RefusalCode
from gateway.texts import Language

VERSION = "1.0.0"
"""Of the interface, not of the gateway: see docs/portal-api.md, section Versions."""

INTRODUCTION = """Integration gateway between portals and the specialist systems (Fachverfahren) of municipalities.

A portal posts an XML message and gets a receipt once the message is safe on disk. Every failure is a problem
details document (RFC 9457) with a stable `code`, as JSON or XML by `Accept`, in German or English by
`Accept-Language` (German by default).

*Deutsch:* Portale reichen hier XÖV-Nachrichten ein und verfolgen ihre Zustellung; Fachverfahren holen
Nachrichten ab und quittieren sie."""

PORTAL_KEY: dict[str, Any] = {"security": [{"portalKey": []}]}
SYSTEM_KEY: dict[str, Any] = {"security": [{"systemKey": []}]}

_SECURITY_SCHEMES = {
    "portalKey": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "ab_<id>_<secret>",
        "description": "Access key of a portal (Zugangsschlüssel eines Portals).",
    },
    "systemKey": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "ab_<id>_<secret>",
        "description": "Access key of a specialist system (Zugangsschlüssel eines Fachverfahrens).",
    },
}

_STATUS_TEXTS = {
    400: "The request or its XML can't be read (nicht lesbar).",
    401: "No good access key (nicht angemeldet).",
    403: "Not with this key, or the service is not booked (nicht berechtigt, nicht gebucht).",
    404: "Nothing that this key may see (nicht gefunden).",
    405: "Method not allowed (Methode nicht erlaubt).",
    408: "The body arrived too slowly (Zeit überschritten).",
    409: "Contradicts what is recorded (Widerspruch).",
    413: "Too large (zu groß).",
    415: "Media type not supported (Inhaltstyp nicht unterstützt).",
    422: "The message is refused, with every reason (Nachricht abgelehnt, mit allen Gründen).",
    429: "Too many requests (zu viele Anfragen).",
    503: "Temporarily not available; nothing was accepted (vorübergehend nicht verfügbar).",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documented problem answers of an operation."""
    return {status: _problem_answer(status) for status in statuses}


def complete(app: FastAPI, limits: Limits) -> dict[str, Any]:
    """The whole OpenAPI document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            tags=[
                {"name": "Portals", "description": "Submissions and their status (Portale)."},
                {"name": "Schemas", "description": "What messages consist of (Nachrichtenarten)."},
                {"name": "Specialist systems", "description": "Receipts and pickup (Fachverfahren)."},
                {"name": "Operations", "description": "Health and metrics (Betrieb)."},
            ],
        )
        _drop_foreign_errors(document)
        components = document.setdefault("components", {})
        components.setdefault("schemas", {}).update(_schemas())
        components["securitySchemes"] = _SECURITY_SCHEMES
        document["paths"].setdefault("/v1/messages", {})["post"] = _submit_operation(limits)
        app.openapi_schema = document
    return app.openapi_schema


def _submit_operation(limits: Limits) -> dict[str, Any]:
    return {
        "tags": ["Portals"],
        "operationId": "submit_message",
        "summary": "Submit a message (Nachricht einreichen)",
        "description": "Answers 202 once the message and all its deliveries are safe on disk. The same content "
        "again, by the same portal with the same nachrichtenUUID or Idempotency-Key, gets the same receipt "
        "byte for byte and is delivered once.",
        "security": [{"portalKey": []}],
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "Optional key of the client's own, beside the nachrichtenUUID.",
                "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,128}$"},
            }
        ],
        "requestBody": {
            "required": True,
            "description": f"An XÖV message in UTF-8, uncompressed, at most {limits.message_bytes} bytes.",
            "content": message_content(format="xml-message", maxLength=limits.message_bytes),
        },
        "responses": {
            "202": _accepted(),
            **{
                str(status): _rejection_too(answer)
                for status, answer in problems(400, 403, 409, 413, 422).items()
            },
            **{str(status): answer for status, answer in problems(401, 408, 415, 429, 503).items()},
        },
    }


def message_content(**schema: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON Schema
    """The media types of a message, with an example."""
    example = {"summary": "Anmeldung einer Wohnung", "value": _example_message()}
    message = {"schema": {"type": "string", **schema}, "examples": {"anmeldung": example}}
    return {"application/xml": message, "text/xml": message}


def _example_message() -> str:
    return files("gateway.api").joinpath("example.xml").read_text(encoding="utf-8")


def _accepted() -> dict[str, Any]:
    return {
        "description": "Accepted (angenommen): safe on disk, to be delivered.",
        "links": {
            "status": {"operationId": "show_message", "parameters": {"id": "$response.body#/id"}},
        },
        "headers": {
            "Location": _header("Where the message's status is.", format="uri-reference"),
            "Idempotent-Replay": {
                **_header("`true` where this very submission had been accepted before.", enum=["true"]),
                "required": False,
            },
        },
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}},
            "application/xml": {
                "schema": {"type": "string", "description": "Element receipt in urn:amtsbote:receipt:1.0."}
            },
        },
    }


def _problem_answer(status: int) -> dict[str, Any]:
    codes = [code for code, its_status in STATUS.items() if its_status == status]
    answer: dict[str, Any] = {
        "description": _STATUS_TEXTS[status],
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": _example(codes[0]),
            },
            "application/problem+xml": {
                "schema": {"type": "string", "description": "RFC 9457, appendix B."},
            },
        },
    }
    if status in {429, 503}:
        answer["headers"] = {"Retry-After": _header("Seconds to wait.", pattern="^[1-9][0-9]*$")}
    if status == 401:
        answer["headers"] = {"WWW-Authenticate": _header("How to authenticate.")}
    return answer


def _rejection_too(answer: dict[str, Any]) -> dict[str, Any]:
    """A refusal of a message may also be wanted as an XÖV message."""
    described = "XÖV message rueckweisung.nachricht.0901, urn:amtsbote:schema:rueckweisung:1.0."
    rejection = {"schema": {"type": "string", "description": described}}
    return answer | {"content": answer["content"] | {"application/xml": rejection}}


def _header(description: str, **schema: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON Schema
    return {"description": description, "required": True, "schema": {"type": "string", **schema}}


def _schemas() -> dict[str, Any]:
    text = {"type": "string"}
    finding = {
        "type": "object",
        "description": "One place where a rule is broken (Fundstelle). Never holds the value found there.",
        "required": ["path", "rule", "expected", "text"],
        "properties": {
            "path": {**text, "description": "XPath in the message, or the place in the request."},
            "line": {"type": "integer", "minimum": 1},
            "rule": {**text, "description": "What was broken, stable.", "examples": ["cvc-pattern"]},
            "expected": {**text, "description": "What is allowed there."},
            "found": {
                **text,
                "description": "The shape of what stands there: A and a for letters, 9 for digits, □ for signs "
                "that are neither Latin letters nor ASCII. Empty where nothing does.",
                "examples": ["Aaaa 9999"],
            },
            "text": text,
            "documentation": {**text, "description": "Where this place of the message is documented."},
        },
    }
    reason = {
        "type": "object",
        "description": "One reason (Grund).",
        "required": ["code", "text", "facts", "findings"],
        "properties": {
            "code": {"$ref": "#/components/schemas/ProblemCode"},
            "xinneres": {**text, "description": "Code of urn:de:xinneres:codeliste:fehlercodes, or of XTA."},
            "text": text,
            "facts": {"type": "object", "additionalProperties": text},
            "documentation": {**text, "description": "Where the kind of message is documented."},
            "findings": {"type": "array", "items": {"$ref": "#/components/schemas/Finding"}},
        },
    }
    receipt = Receipt.model_json_schema(ref_template="#/components/schemas/{model}")
    kinds = receipt.pop("$defs", {})
    return {
        "Problem": _problem_schema(),
        "ProblemCode": {"type": "string", "enum": [str(code) for code in STATUS]},
        "Reason": reason,
        "Finding": finding,
        "Receipt": receipt,
        "ValidationReport": _report_schema(),
        **kinds,
        **handbook_schemas(),
    }


def _report_schema() -> dict[str, Any]:
    text = {"type": "string"}
    nothing = {"type": "null"}
    members = {
        "valid": {"type": "boolean", "description": "Whether the message itself is in order."},
        "accepted": {"type": "boolean", "description": "Whether it would be accepted from this key."},
        "kind": {
            "description": "null where it was not recognised.",
            "anyOf": [{"$ref": "#/components/schemas/Kind"}, nothing],
        },
        "documentation": {
            "description": "Where the kind is documented.",
            "anyOf": [text, nothing],
        },
        "tenant": {"description": "Key of the addressed municipality or Amt.", "anyOf": [text, nothing]},
        "destinations": {"type": "array", "items": text, "description": "Where it would go."},
        "reasons": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/Reason"},
            "description": "Why it would not be accepted: the reasons that the problem would name.",
        },
        "warnings": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/Finding"},
            "description": "What is remarkable and never refuses.",
        },
    }
    return {
        "type": "object",
        "description": "What a submission would be answered (Prüfbericht).",
        "required": list(members),
        "properties": members,
    }


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "description": "Problem details (RFC 9457). `reasons` names every reason at once.",
        "required": ["type", "title", "status", "detail", "instance", "code", "reasons"],
        "properties": {
            "type": {**text, "format": "uri"},
            "title": text,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {**text, "description": "What is wrong and what to do."},
            "instance": {**text, "format": "uri", "description": "To be named to the operations staff."},
            "code": {"$ref": "#/components/schemas/ProblemCode"},
            "xinneres": text,
            "documentation": {
                **text,
                "description": "Where the kind of the refused message is documented, or all kinds are listed.",
            },
            "reasons": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Reason"}},
        },
    }


def _example(code: ProblemCode) -> dict[str, Any]:
    refusals = (Refusal(code),) if isinstance(code, RefusalCode) else ()
    instance = "urn:uuid:3f1e0c58-52f5-4c4b-9a43-0d7f5b0a8e11"
    return problem_fields(ApiProblem(code, refusals=refusals), instance, Language.EN)


def _drop_foreign_errors(document: dict[str, Any]) -> None:
    """Take out FastAPI's own validation answer: ours is a problem of status 400."""
    for operations in document["paths"].values():
        for operation in operations.values():
            answer = operation["responses"].get("422", {})
            if "HTTPValidationError" in str(answer):
                del operation["responses"]["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        document.get("components", {}).get("schemas", {}).pop(name, None)
