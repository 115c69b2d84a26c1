"""Problems: every way in which a request can fail, each with its HTTP status, by RFC 9457."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from math import ceil
from types import MappingProxyType

from starlette.exceptions import HTTPException

from gateway.core import errors
from gateway.core.message import MessageKind
from gateway.core.refusal import Finding, Refusal, RefusalCode


class ApiCode(StrEnum):
    """Failures of a request beside the refusals of a submission. Stable: clients program against them."""

    INVALID_REQUEST = "invalid-request"
    IDEMPOTENCY_KEY_INVALID = "idempotency-key-invalid"
    UNAUTHENTICATED = "unauthenticated"
    WRONG_KIND_OF_KEY = "wrong-kind-of-key"
    NOT_FOUND = "not-found"
    SCHEMA_NOT_FOUND = "schema-not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    REQUEST_TIMEOUT = "request-timeout"
    CONTRADICTION = "contradiction"
    TOO_MANY_REPLIES = "too-many-replies"
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type"
    CONTENT_ENCODING_NOT_SUPPORTED = "content-encoding-not-supported"
    TOO_MANY_REQUESTS = "too-many-requests"
    INTERNAL_ERROR = "internal-error"
    OVERLOADED = "overloaded"
    UNAVAILABLE = "unavailable"
    STORE_UNAVAILABLE = "store-unavailable"
    BROKER_UNAVAILABLE = "broker-unavailable"


ProblemCode = RefusalCode | ApiCode

STATUS: Mapping[ProblemCode, int] = MappingProxyType(
    {
        RefusalCode.NOT_WELL_FORMED: 400,
        RefusalCode.NOT_UTF8: 400,
        RefusalCode.DOCTYPE_FORBIDDEN: 400,
        RefusalCode.TOO_DEEP: 400,
        RefusalCode.TOO_LARGE: 413,
        RefusalCode.UNKNOWN_KIND: 422,
        RefusalCode.AMBIGUOUS_KIND: 422,
        RefusalCode.VERSION_NOT_SUPPORTED: 422,
        RefusalCode.VERSION_NOT_TAKEN: 422,
        RefusalCode.SCHEMA_INVALID: 422,
        RefusalCode.CODE_LIST_UNKNOWN: 422,
        RefusalCode.CODE_UNKNOWN: 422,
        RefusalCode.RULE_BROKEN: 422,
        RefusalCode.HEADER_INCOMPLETE: 422,
        RefusalCode.UNKNOWN_RECIPIENT: 422,
        RefusalCode.SENDER_NOT_ENTITLED: 403,
        RefusalCode.NOT_BOOKED: 403,
        RefusalCode.TEST_NOT_POSSIBLE: 422,
        RefusalCode.ALREADY_USED: 409,
        ApiCode.INVALID_REQUEST: 400,
        ApiCode.IDEMPOTENCY_KEY_INVALID: 400,
        ApiCode.UNAUTHENTICATED: 401,
        ApiCode.WRONG_KIND_OF_KEY: 403,
        ApiCode.NOT_FOUND: 404,
        ApiCode.SCHEMA_NOT_FOUND: 404,
        ApiCode.METHOD_NOT_ALLOWED: 405,
        ApiCode.REQUEST_TIMEOUT: 408,
        ApiCode.CONTRADICTION: 409,
        ApiCode.TOO_MANY_REPLIES: 409,
        ApiCode.UNSUPPORTED_MEDIA_TYPE: 415,
        ApiCode.CONTENT_ENCODING_NOT_SUPPORTED: 415,
        ApiCode.TOO_MANY_REQUESTS: 429,
        ApiCode.INTERNAL_ERROR: 500,
        ApiCode.OVERLOADED: 503,
        ApiCode.UNAVAILABLE: 503,
        ApiCode.STORE_UNAVAILABLE: 503,
        ApiCode.BROKER_UNAVAILABLE: 503,
    }
)

PRECEDENCE = (413, 400, 403, 409, 422)
"""Which status speaks for several reasons: first what kept the message from being read, then what no
correction of the message would help, then what a correction helps."""

ERROR_CODES: Mapping[type[errors.AmtsboteError], ApiCode] = MappingProxyType(
    {
        errors.Refused: ApiCode.INVALID_REQUEST,
        errors.Unavailable: ApiCode.UNAVAILABLE,
        errors.StoreUnavailable: ApiCode.STORE_UNAVAILABLE,
        errors.BrokerUnavailable: ApiCode.BROKER_UNAVAILABLE,
        errors.ConfigurationInvalid: ApiCode.INTERNAL_ERROR,
        errors.NotFound: ApiCode.NOT_FOUND,
        errors.TooManyReplies: ApiCode.TOO_MANY_REPLIES,
        errors.NotReplayable: ApiCode.CONTRADICTION,
        errors.ForbiddenTransition: ApiCode.INTERNAL_ERROR,
        errors.ParcelTooLarge: ApiCode.INTERNAL_ERROR,
    }
)
"""Every error of the core's tree. `Refused` goes by its own reasons; internal errors are incidents."""


class ApiProblem(HTTPException):
    """A request ends here. Of one code, or of the refusals of a submission."""

    def __init__(
        self,
        code: ProblemCode,
        *,
        facts: Mapping[str, str] | None = None,
        refusals: tuple[Refusal, ...] = (),
        findings: tuple[Finding, ...] = (),
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
        kind: MessageKind | None = None,
    ) -> None:
        """`kind`: of the message that is refused, where it was recognised. `retry_after` in seconds; it is rounded up, and never 0."""
        all_headers = dict(headers or {})
        if retry_after is not None:
            all_headers["Retry-After"] = str(max(1, ceil(retry_after)))
        super().__init__(STATUS[code], detail=code, headers=all_headers)
        self.code = code
        self.facts = facts or {}
        self.refusals = refusals
        self.findings = findings
        self.kind = kind


def refused(refusals: Iterable[Refusal], kind: MessageKind | None = None) -> ApiProblem:
    """The problem that speaks for all reasons of a refusal; the others stand in its list."""
    all_reasons = tuple(refusals)
    leading = min(all_reasons, key=lambda reason: PRECEDENCE.index(STATUS[reason.code]))
    return ApiProblem(leading.code, facts=leading.facts, refusals=all_reasons, kind=kind)


def problem_of(error: errors.AmtsboteError) -> ApiProblem:
    """Translate an error of the core."""
    if isinstance(error, errors.Refused):
        return refused(error.refusals, error.document.kind if error.document is not None else None)
    code = next(ERROR_CODES[kind] for kind in type(error).__mro__ if kind in ERROR_CODES)
    if isinstance(error, errors.Unavailable):
        return ApiProblem(code, retry_after=_seconds(error.retry_after))
    return ApiProblem(code)


def unauthenticated() -> ApiProblem:
    """Nobody knows who is asking (RFC 9110, section 15.5.2)."""
    return ApiProblem(ApiCode.UNAUTHENTICATED, headers={"WWW-Authenticate": 'Bearer realm="amtsbote"'})


def too_large(limit_bytes: int) -> ApiProblem:
    """A body is larger than its route takes."""
    limit = f"{limit_bytes // 1_000_000} MB" if limit_bytes >= 1_000_000 else f"{limit_bytes / 1000:g} kB"
    refusal = Refusal(RefusalCode.TOO_LARGE, {"limit": limit})
    return ApiProblem(RefusalCode.TOO_LARGE, facts=refusal.facts, refusals=(refusal,))


def _seconds(duration: timedelta) -> float:
    return duration.total_seconds()
