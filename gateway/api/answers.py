"""Answers: receipts and problems as the bytes and headers that leave the gateway."""

from datetime import UTC, datetime

import orjson

from gateway.api.markup import to_xml
from gateway.api.negotiation import language_of, wants_xml
from gateway.api.problem import ApiProblem
from gateway.api.problem_texts import explanation
from gateway.core.delivery import Receipt
from gateway.core.refusal import Finding, Refusal, RefusalCode
from gateway.reports.fields import Value, finding_fields, reason_fields
from gateway.reports.imprint import Imprint
from gateway.texts import Language

RECEIPT_NAMESPACE = "urn:amtsbote:receipt:1.0"
PROBLEM_NAMESPACE = "urn:ietf:rfc:7807"
"""As RFC 9457, appendix B, keeps it."""

Headers = list[tuple[bytes, bytes]]

_IMPRINT = Imprint()
"""For problems that are not about a message."""


def moment(at: datetime) -> str:
    """A moment in UTC with milliseconds, e.g. `2026-05-01T08:00:00.000Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def receipt_answer(
    receipt: Receipt, accept: str | None, accept_language: str | None
) -> tuple[Headers, bytes]:
    """Headers and body of a 202. A repeated submission gets the same bytes; only a header says so."""
    language = language_of(accept_language)
    location = f"/v1/messages/{receipt.id}"
    fields: dict[str, Value] = {
        "id": receipt.id,
        "nachrichtenUUID": receipt.nachrichten_uuid,
        "kind": {
            "standard": receipt.standard,
            "version": receipt.version,
            "root": receipt.root,
            "service": receipt.service,
        },
        "tenant": receipt.tenant,
        "destinations": receipt.destinations,
        "sha256": receipt.sha256,
        "receivedAt": moment(receipt.received_at),
        "status": location,
        "warnings": [_warning(finding, language) for finding in receipt.warnings],
    }
    if wants_xml(accept):
        media_type, body = b"application/xml", to_xml("receipt", RECEIPT_NAMESPACE, fields)
    else:
        media_type, body = b"application/json", orjson.dumps(fields)
    headers = [
        (b"content-type", media_type),
        (b"content-length", b"%d" % len(body)),
        (b"location", location.encode("latin-1")),
        (b"content-language", language.encode("ascii")),
        (b"vary", b"Accept, Accept-Language"),
        (b"cache-control", b"no-store"),
    ]
    if receipt.repeated:
        headers.append((b"idempotent-replay", b"true"))
    return headers, body


def problem_answer(
    problem: ApiProblem,
    instance: str,
    accept: str | None,
    accept_language: str | None,
    imprint: Imprint = _IMPRINT,
) -> tuple[Headers, bytes]:
    """Headers and body of a problem details document (RFC 9457), as JSON or XML, German or English."""
    language = language_of(accept_language)
    fields = problem_fields(problem, instance, language, imprint)
    if wants_xml(accept):
        media_type, body = b"application/problem+xml", to_xml("problem", PROBLEM_NAMESPACE, fields)
    else:
        media_type, body = b"application/problem+json", orjson.dumps(fields)
    headers = [
        (b"content-type", media_type),
        (b"content-length", b"%d" % len(body)),
        (b"content-language", language.encode("ascii")),
        (b"vary", b"Accept, Accept-Language"),
        (b"cache-control", b"no-store"),
    ]
    headers += [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in (problem.headers or {}).items()
    ]
    return headers, body


def xml_answer(body: bytes, problem_headers: Headers) -> Headers:
    """The headers of a problem for a refusal that goes out as an XÖV message, always in German."""
    own = {
        b"content-type": b"application/xml",
        b"content-length": b"%d" % len(body),
        b"content-language": b"de",
    }
    return [(name, own.get(name, value)) for name, value in problem_headers]


def problem_fields(
    problem: ApiProblem, instance: str, language: Language, imprint: Imprint = _IMPRINT
) -> dict[str, Value]:
    """The members of a problem details document."""
    explained = explanation(problem.code)
    reasons = [reason_fields(refusal, imprint, language) for refusal in problem.refusals]
    if reasons:
        leading = next(reason for reason in reasons if reason["code"] == problem.code)
        detail = leading["text"]
    else:
        detail = explained.detail(language, problem.facts)
        findings = [finding_fields(finding, language) for finding in problem.findings]
        reasons = [{"code": problem.code, "text": detail, "facts": dict(problem.facts), "findings": findings}]
    fields: dict[str, Value] = {
        "type": f"urn:amtsbote:problem:{problem.code}",
        "title": explained.title.speak(language),
        "status": problem.status_code,
        "detail": detail,
        "instance": instance,
        "code": problem.code,
        "reasons": reasons,
    }
    more = {"xinneres": _xinneres(problem), "documentation": _documentation(problem, imprint)}
    return fields | {name: value for name, value in more.items() if value is not None}


_WHICH_KIND = {RefusalCode.UNKNOWN_KIND, RefusalCode.AMBIGUOUS_KIND, RefusalCode.VERSION_NOT_SUPPORTED}
"""What is refused because no kind was found: all kinds are listed where the documentation is."""


def _documentation(problem: ApiProblem, imprint: Imprint) -> str | None:
    """Where the kind of the refused message is documented, or all kinds are listed."""
    named = (imprint.of_reason(refusal) for refusal in problem.refusals)
    known = imprint.of_kind(problem.kind) if problem.kind is not None else None
    page = known or next((each for each in named if each is not None), None)
    return page or (imprint.overview if problem.code in _WHICH_KIND else None)


def _warning(finding: Finding, language: Language) -> dict[str, Value]:
    text = finding.en if language is Language.EN else finding.de
    return {"path": finding.path, "rule": finding.rule, "text": text}


def _xinneres(problem: ApiProblem) -> str | None:
    return Refusal(problem.code).xinneres if isinstance(problem.code, RefusalCode) else None
