"""HTTP for REST and SOAP: one POST, within its time and size limits, ends as an answer to read or as an outcome."""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Self, TypedDict, Unpack

import httpx
from pydantic import AnyHttpUrl, Field, SecretStr, field_validator, model_validator

from adapters.transports.deadline import deadline
from adapters.transports.settings import ConfigFile, Seconds, TransportSettings
from gateway.core.outcome import Cause, Failed, Rejected, Unclear
from gateway.core.ports import Clock
from gateway.core.tenants import Destination

Trouble = Failed | Unclear | Rejected
"""Every outcome that means: not delivered, as far as we know."""


class HttpSettings(TransportSettings):
    """What every destination behind HTTP has in common."""

    url: AnyHttpUrl = Field(description="Where messages are posted to, without user and password.")
    username: str | None = Field(None, description="User for HTTP Basic, together with `password`.")
    password: SecretStr | None = Field(None, description="Password for HTTP Basic.")
    token: SecretStr | None = Field(None, description="Bearer token, instead of user and password.")
    ca_file: ConfigFile | None = Field(
        None, description="Certificates (PEM) to trust instead of the system's."
    )
    connect_timeout: Seconds = Field(5, description="Seconds to connect.")
    read_timeout: Seconds = Field(30, description="Seconds between two bytes of the answer.")
    total_timeout: Seconds = Field(
        60, description="Seconds for an attempt, at most 8/10 of `attempt_seconds`."
    )
    reuse_connections: bool = Field(
        False,
        description="Keep connections for the next messages. Only for systems that never answer twice: "
        "the second answer would be taken for that to the next message.",
    )
    max_answer_bytes: int = Field(1024 * 1024, gt=0, description="A longer answer is not read.")

    @field_validator("url")
    @classmethod
    def _no_login_in_url(cls, url: AnyHttpUrl) -> AnyHttpUrl:
        if url.username or url.password:
            raise ValueError("user and password have settings of their own: a URL appears in logs")
        return url

    @field_validator("token")
    @classmethod
    def _fits_a_header(cls, token: SecretStr | None) -> SecretStr | None:
        value = token.get_secret_value() if token else ""
        if not (value.isascii() and (value.isprintable() and " " not in value)):
            raise ValueError("a token consists of printable ASCII characters without blanks")
        return token

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together")
        if self.username is not None and self.token is not None:
            raise ValueError("either username and password, or a token")
        return self


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, read completely. Whether it says yes is for REST or SOAP to find out."""

    status: int
    media_type: str
    headers: Mapping[str, str]
    content: bytes


class Body(TypedDict, total=False):
    """What is posted, as httpx names it."""

    content: bytes
    files: list[tuple[str, tuple[str | None, bytes, str]]]


class HttpTransport:
    """One pool of connections to one destination. Follows no redirect, keeps no cookie and reads no proxy from
    the environment: all that is the work of httpx's client, which is left out, and with it a third of the time
    that a call takes.
    """

    def __init__(self, settings: HttpSettings, destination: Destination, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._deadline = min(settings.total_timeout, deadline(destination))
        self._url = httpx.URL(str(settings.url))
        self._headers = {"User-Agent": "amtsbote", "Accept-Encoding": "identity", **_authorization(settings)}
        timeout = httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout)
        self._extensions = {"timeout": timeout.as_dict()}
        self._pool = httpx.AsyncHTTPTransport(
            verify=ssl.create_default_context(cafile=settings.ca_file),
            limits=httpx.Limits(
                max_connections=destination.concurrency,
                max_keepalive_connections=None if settings.reuse_connections else 0,
                # Shorter than any usual server's: a connection closed under a POST leaves it unclear.
                keepalive_expiry=2,
            ),
            trust_env=False,
        )

    async def post(self, headers: Mapping[str, str], **body: Unpack[Body]) -> Answer | Trouble:
        """Post once; whatever goes wrong on the way is an outcome."""
        request = httpx.Request(
            "POST", self._url, headers={**self._headers, **headers}, extensions=self._extensions, **body
        )
        try:
            async with asyncio.timeout(self._deadline):
                response = await self._pool.handle_async_request(request)
                try:
                    return await self._read(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            return Unclear(Cause("total-timeout", "The system did not finish its answer in time."))
        except tuple(ERRORS) as error:
            return trouble_of(error)

    async def _read(self, response: httpx.Response) -> Answer | Trouble:
        content = bytearray()
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > self._settings.max_answer_bytes:
                return Unclear(Cause("answer-too-large", "The system's answer is longer than allowed."))
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Answer(response.status_code, media_type, response.headers, bytes(content))

    def judge(self, answer: Answer, spoken: frozenset[str]) -> Trouble | None:
        """What an answer's status and media type mean, before anybody reads its content.

        Args:
            answer: What came back.
            spoken: Media types in which the system itself speaks. Another one comes from a proxy or an
                error page in front of it, so it can neither take nor refuse a message.

        Returns:
            None where the content decides: a 2xx in one of these media types.
        """
        foreign = bool(answer.content) and answer.media_type not in spoken
        if 200 <= answer.status < 300:
            if not answer.content:
                return NO_RECEIPT
            if foreign or answer.headers.get("Content-Encoding", "identity") != "identity":
                return Unclear(Cause("wrong-content-type", "The answer is not in the system's own format."))
            return None
        cause = Cause(f"http-{answer.status}", f"The system answered with HTTP {answer.status}.")
        kind = STATUSES.get(answer.status) or STATUS_CLASSES.get(answer.status // 100, Unclear)
        if kind is Failed or (kind is Rejected and foreign):
            return Failed(cause, self._retry_after(answer.headers.get("Retry-After")))
        return kind(cause)

    def _retry_after(self, value: str | None) -> timedelta | None:
        """Read `Retry-After` (RFC 9110, 10.2.3): seconds, or an HTTP date."""
        if value is None:
            return None
        value = value.strip()
        if value.isascii() and value.isdigit():
            return min(timedelta(seconds=int(value[:9])), _LONGEST_WAIT)
        try:
            wait = parsedate_to_datetime(value) - self._clock.now()
        except (ValueError, TypeError):  # not a date; a date without zone
            return None
        return max(timedelta(0), min(wait, _LONGEST_WAIT))

    async def aclose(self) -> None:
        """Close all connections. Again does nothing."""
        await self._pool.aclose()


def trouble_of(error: Exception) -> Trouble:
    """Translate an error of httpx by the table."""
    kind, code, detail = next(ERRORS[type_] for type_ in type(error).__mro__ if type_ in ERRORS)
    return kind(Cause(code, detail))


_LONGEST_WAIT = timedelta(days=1)
"""A longer wish is cut: a typing error in one header must not park a delivery."""

NO_RECEIPT = Unclear(Cause("no-receipt", "The system answered without the receipt that it owes."))

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
}
"""Every error of httpx: whether bytes may have arrived, a stable code, a sentence."""


def _authorization(settings: HttpSettings) -> dict[str, str]:
    if settings.token is not None:
        return {"Authorization": f"Bearer {settings.token.get_secret_value()}"}
    if settings.username is None or settings.password is None:
        return {}
    login = f"{settings.username}:{settings.password.get_secret_value()}".encode()
    return {"Authorization": f"Basic {b64encode(login).decode()}"}
