"""Answers: how a system that speaks HTTP answers an arrival, truthfully or as a fault rule wants it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Protocol

from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.sandbox.breaks import Broken, Cut
from gateway.sandbox.desk import Desk
from gateway.sandbox.faults import Fault, FaultRule, When
from gateway.sandbox.journal import Arrival, Entry, Result


class Voice(Protocol):
    """How one system puts its answers into the words of its protocol."""

    def accepted(self, entry: Entry) -> Response: ...

    def refused(self, entry: Entry) -> Response:
        """Refused for good, with a code of the system's own."""
        ...

    def failed(self) -> Response:
        """An internal error, HTTP 500."""
        ...

    def unavailable(self, retry_after: str) -> Response:
        """Not now, HTTP 503 with Retry-After as it is given."""
        ...

    def error_in_success(self) -> Response:
        """An error under HTTP 200."""
        ...

    def without_receipt(self) -> Response:
        """A success in the right form that lacks the system's reference."""
        ...


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and what was written down about the arrival."""

    response: Response
    entry: Entry | None = None
    """None where a rule struck before anything was written down."""
    rule: FaultRule | None = None


async def answer(desk: Desk, arrival: Arrival, voice: Voice, finding: str | None = None) -> Answered:
    """File an arrival and answer it, or misbehave where a rule strikes.

    Args:
        desk: Where it is filed.
        arrival: What came.
        voice: The system's words.
        finding: Why the system's own check refuses it, if it does.
    """
    rule = desk.faults.pick(arrival)
    if rule and rule.when is When.BEFORE and (fault := await _misbehave(desk, rule, voice, None)):
        return Answered(fault)
    entry = await desk.file(arrival, rule, finding)
    truth = voice.refused(entry) if entry.result is Result.REFUSED else voice.accepted(entry)
    if rule is None:
        return Answered(truth, entry)
    fault = None if rule.when is When.BEFORE else await _misbehave(desk, rule, voice, truth)
    return Answered(fault or _distorted(rule, truth), entry, rule)


async def _misbehave(desk: Desk, rule: FaultRule, voice: Voice, truth: Response | None) -> Response | None:
    """The answer that the rule wants instead of the true one, if it wants another. It begins with the true
    one where the fault shows in the middle of it.
    """
    if rule.when is When.DURING and truth and rule.fault in BREAKS:
        return Broken(truth, desk, rule)
    if rule.fault in {Fault.DELAY, Fault.STALL}:
        await desk.pause(rule.duration)
    instead = INSTEAD.get(rule.fault)
    return instead(voice, rule) if instead else None


BREAKS = frozenset({Fault.CUT, Fault.STALL, Fault.DELAY})
"""Faults that can show in the middle of an answer."""

INSTEAD: Mapping[Fault, Callable[[Voice, FaultRule], Response]] = {
    Fault.CUT: lambda _, __: Cut(),
    Fault.STALL: lambda _, __: Cut(),
    Fault.HTML: lambda _, rule: HTMLResponse(PROXY_PAGE, rule.http_status),
    Fault.STATUS: lambda _, rule: Response(status_code=rule.http_status),
    Fault.REDIRECT: lambda _, rule: RedirectResponse("/sandbox/elsewhere", rule.http_status),
    Fault.ERROR_500: lambda voice, _: voice.failed(),
    Fault.UNAVAILABLE_503: lambda voice, rule: voice.unavailable(_retry_after(rule)),
    Fault.ERROR_IN_200: lambda voice, _: voice.error_in_success(),
    Fault.NO_RECEIPT: lambda voice, _: voice.without_receipt(),
}
"""What is answered instead of the truth; with any other fault the true answer leaves, if only in another dress."""


def _distorted(rule: FaultRule, truth: Response) -> Response:
    """The true answer, unless the rule wants it in another dress."""
    if rule.fault is Fault.WRONG_TYPE:
        truth.headers["Content-Type"] = "application/octet-stream"
    if rule.fault is Fault.TOO_LARGE:
        headers = {name: value for name, value in truth.headers.items() if name != "content-length"}
        return Response(bytes(truth.body) + b" " * rule.size, truth.status_code, headers)
    return truth


def _retry_after(rule: FaultRule) -> str:
    """Seconds or a date (RFC 9110, section 10.2.3)."""
    if rule.retry_after == "seconds":
        return str(round(rule.duration))
    return format_datetime(datetime.now(UTC) + timedelta(seconds=rule.duration), usegmt=True)


PROXY_PAGE = """<!DOCTYPE html>
<html><head><title>Bad Gateway</title></head>
<body><h1>Bad Gateway</h1><p>The proxy server received an invalid response from an upstream server.</p></body>
</html>
"""
