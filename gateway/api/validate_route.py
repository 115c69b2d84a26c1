"""The route by which portals check messages in their own tests: the answer of a submission, and no submission."""

from typing import Any, assert_never

import orjson
from fastapi import APIRouter, Request, Response

from gateway.api.access import AskingPortal, AtDesk, Desk, Spoken
from gateway.api.body import check_xml_type, read_body
from gateway.api.documentation import PORTAL_KEY, message_content, problems
from gateway.api.negotiation import ReportForm, report_form
from gateway.api.problem import too_large
from gateway.core.tenants import Portal
from gateway.reports.fields import report_fields
from gateway.reports.page import content_security_policy, report_page
from gateway.reports.text import report_text
from gateway.texts import Language

router = APIRouter(tags=["Portals"])

_REPORT_SCHEMA = {"$ref": "#/components/schemas/ValidationReport"}
_OPERATION: dict[str, Any] = {
    **PORTAL_KEY,
    "requestBody": {
        "required": True,
        "description": "A message as for `POST /v1/messages`, or what somebody takes for one.",
        "content": message_content(),
    },
}
_REPORT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The report (Prüfbericht), whatever the verdict.",
        "content": {
            "application/json": {
                "schema": _REPORT_SCHEMA,
                "example": {
                    "valid": True,
                    "accepted": True,
                    "kind": {
                        "standard": "ab-meldewesen",
                        "version": "1.0",
                        "root": "meldewesen.anmeldung.0101",
                        "service": "registration/anmeldung",
                    },
                    "documentation": "/v1/schemas/ab-meldewesen/1.0/meldewesen.anmeldung.0101",
                    "tenant": "zossen",
                    "destinations": ["einwohner"],
                    "reasons": [],
                    "warnings": [],
                },
            },
            "text/plain": {"schema": {"type": "string"}},
            "text/html": {"schema": {"type": "string", "description": "A page without scripts."}},
        },
    }
}


@router.post(
    "/v1/validate",
    summary="Check a message without submitting it (Nachricht prüfen)",
    responses={**_REPORT, **problems(401, 403, 408, 413, 415, 429, 503)},
    openapi_extra=_OPERATION,
    response_class=Response,
)
async def validate_message(
    desk: AtDesk, portal: AskingPortal, language: Spoken, request: Request
) -> Response:
    """Says what `POST /v1/messages` would answer, and accepts nothing: the kind, where the message would
    go, or every reason why not. As JSON, text or HTML by `Accept`. Whether the message had been sent
    before is not asked.
    """
    check_xml_type(request.headers.get("content-type"), request.headers.get("content-encoding"))
    limit = desk.limits.message_bytes
    if int(request.headers.get("content-length", "0")) > limit:
        raise too_large(limit)
    with desk.upload(portal.name) as upload:
        content = await read_body(request.receive, limit, desk.limits, upload)
        desk.slots.take(portal.name)
        try:
            return await _report(desk, content, portal, language, report_form(request.headers.get("accept")))
        finally:
            desk.slots.give_back(portal.name)


async def _report(
    desk: Desk, content: bytes, portal: Portal, language: Language, form: ReportForm
) -> Response:
    intake, imprint = desk.services.intake, desk.services.imprint
    report = await intake.validate(content, portal)
    headers = {"Content-Language": language.value, "Vary": "Accept, Accept-Language"}
    headers |= {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    match form:
        case ReportForm.HTML:
            sketch = await intake.sketch(content, report.findings)
            headers |= {
                "Content-Security-Policy": content_security_policy(),
                "Referrer-Policy": "no-referrer",
            }
            return Response(report_page(report, sketch, imprint, language), 200, headers, "text/html")
        case ReportForm.TEXT:
            return Response(report_text(report, imprint, language), 200, headers, "text/plain")
        case ReportForm.JSON:
            fields = report_fields(report, imprint, language)
            return Response(orjson.dumps(fields), 200, headers, "application/json")
        case _:
            assert_never(form)
