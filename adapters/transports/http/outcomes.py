"""Outcomes of HTTP: what every error, status and media type says about a delivery, before anybody reads the content."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from adapters.transports.http import tls
from gateway.core.outcome import Cause, Failed, Rejected, Unclear

Trouble = Failed | Unclear | Rejected
"""Every outcome that means: not delivered, as far as we know."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, read completely. Whether it says yes is for REST or SOAP to find out."""

    status: int
    media_type: str
    headers: Mapping[str, str]
    content: bytes


def judge(answer: Answer, spoken: frozenset[str], now: datetime) -> Trouble | None:
    """What an answer's status and media type mean, before anybody reads its content.

    Args:
        answer: What came back.
        spoken: Media types in which the system itself speaks. Another one comes from a proxy or an
            error page in front of it, so it can neither take nor refuse a message.
        now: What a `Retry-After` that is a date is counted from.

    Returns:
        None where the content decides: a 2xx in one of these media types.
    """
    foreign = bool(answer.content) and answer.media_type not in spoken
    if 200 <= answer.status < 300:
        if not answer.content:
            return NO_RECEIPT
        return WRONG_CONTENT_TYPE if foreign or is_encoded(answer) else None
    cause = Cause(f"http-{answer.status}", f"The system answered with HTTP {answer.status}.")
    kind = STATUSES.get(answer.status) or STATUS_CLASSES.get(answer.status // 100, Unclear)
    if kind is Failed or (kind is Rejected and foreign):
        return Failed(cause, retry_after(answer.headers.get("Retry-After"), now))
    return kind(cause)


def is_encoded(answer: Answer) -> bool:
    """Whether the content is compressed, though nobody asked for that."""
    return answer.headers.get("Content-Encoding", "identity") != "identity"


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Read `Retry-After` (RFC 9110, 10.2.3): seconds, or an HTTP date."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), _LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(value) - now
    except (ValueError, TypeError):  # not a date; a date without zone
        return None
    return max(timedelta(0), min(wait, _LONGEST_WAIT))


def trouble_of(error: Exception) -> Trouble:
    """Translate an error of httpx by the table; where TLS was not agreed on, by that one's reasons."""
    refused = tls.refusal(error) if isinstance(error, httpx.ConnectError) else tls.late_refusal(error)
    if refused is not None:
        return refused
    kind, code, detail = next(ERRORS[type_] for type_ in type(error).__mro__ if type_ in ERRORS)
    return kind(Cause(code, detail))


_LONGEST_WAIT = timedelta(days=1)
"""A longer wish is cut: a typing error in one header must not park a delivery."""

NO_RECEIPT = Unclear(Cause("no-receipt", "The system answered without the receipt that it owes."))
WRONG_CONTENT_TYPE = Unclear(Cause("wrong-content-type", "The answer is not in the system's own format."))

STATUSES: Mapping[int, type[Failed] | type[Unclear] | type[Rejected]] = {
    303: Unclear,  # "see the result there": it may have been done
    401: Failed,  # our login: configuration, can be mended
    403: Failed,
    404: Failed,  # our address: a message is not refused by a system that was not reached
    405: Failed,
    407: Failed,
    408: Failed,  # the request was not read completely
    409: Unclear,  # often: the same delivery is being worked on right now
    421: Failed,
    425: Failed,
    426: Failed,
    429: Failed,
    501: Failed,
    503: Failed,
    505: Failed,
    507: Failed,
    511: Failed,
}
"""Statuses that mean something else than their class."""

STATUS_CLASSES: Mapping[int, type[Failed] | type[Unclear] | type[Rejected]] = {
    3: Failed,  # a moved address: configuration; nothing was done, nothing is followed
    4: Rejected,
    5: Unclear,  # the bytes arrived, and nobody says that nothing was done with them
}

_LOST = "The connection broke off before the answer was complete."

ERRORS: Mapping[type[Exception], tuple[type[Failed] | type[Unclear], str, str]] = {
    httpx.ConnectTimeout: (Failed, "connect-timeout", "The system did not accept a connection in time."),
    httpx.ConnectError: (Failed, "connect-error", "No connection to the system: refused, unknown, or TLS."),
    httpx.PoolTimeout: (Failed, "pool-timeout", "All connections to the system were busy."),
    httpx.ProxyError: (Failed, "proxy-error", "The proxy did not connect to the system."),
    httpx.UnsupportedProtocol: (Failed, "bad-url", "The destination's address can't be used."),
    httpx.InvalidURL: (Failed, "bad-url", "The destination's address can't be used."),
    httpx.ReadTimeout: (Unclear, "read-timeout", "The system did not answer in time."),
    httpx.WriteTimeout: (Unclear, "write-timeout", "The system did not take the request in time."),
    httpx.TimeoutException: (Unclear, "timeout", "The system did not answer in time."),
    httpx.ReadError: (Unclear, "connection-lost", _LOST),
    httpx.WriteError: (Unclear, "connection-lost", _LOST),
    httpx.CloseError: (Unclear, "connection-lost", _LOST),
    httpx.NetworkError: (Unclear, "connection-lost", _LOST),
    httpx.RemoteProtocolError: (Unclear, "connection-lost", _LOST),
    httpx.LocalProtocolError: (Unclear, "http-protocol", "Request and HTTP did not fit together."),
    httpx.ProtocolError: (Unclear, "http-protocol", "Request or answer broke the rules of HTTP."),
    httpx.DecodingError: (Unclear, "answer-unreadable", "The answer can't be decoded."),
    httpx.TooManyRedirects: (Unclear, "redirects", "The system sent us in circles."),
    httpx.TransportError: (Unclear, "transport-error", "Something went wrong on the way."),
    httpx.RequestError: (Unclear, "transport-error", "Something went wrong on the way."),
    httpx.HTTPStatusError: (Unclear, "http-status", "The system answered with an error."),
    httpx.HTTPError: (Unclear, "transport-error", "Something went wrong on the way."),
    # httpx leaves an error of TLS as it is where it comes up while reading or writing.
    ssl.SSLError: (Unclear, "connection-lost", _LOST),
}
"""Every error of httpx: whether bytes may have arrived, a stable code, a sentence."""
