"""HTTP for REST and SOAP: one POST, within its time and size limits, ends as an answer to read or as an outcome."""

import asyncio
import io
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Annotated, Self

import aiohttp
from aiohttp.client_exceptions import UnixClientConnectorError
from annotated_types import Gt
from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from yarl import URL

from adapters.transports.connections import SilentConnections
from adapters.transports.deadline import deadline
from gateway.core.outcome import Cause, Failed, Rejected, Unclear
from gateway.core.ports import Clock
from gateway.core.tenants import Destination

Seconds = Annotated[float, Gt(0)]

Trouble = Failed | Unclear | Rejected
"""Every outcome that means: not delivered, as far as we know."""


class HttpSettings(BaseModel):
    """What every destination behind HTTP has in common."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: AnyHttpUrl = Field(description="Where messages are posted to, without user and password.")
    username: str | None = Field(None, description="User for HTTP Basic, together with `password`.")
    password: SecretStr | None = Field(None, description="Password for HTTP Basic.")
    token: SecretStr | None = Field(None, description="Bearer token, instead of user and password.")
    ca_file: Path | None = Field(None, description="Certificates (PEM) to trust instead of the system's.")
    connect_timeout: Seconds = Field(5, description="Seconds to connect.")
    read_timeout: Seconds = Field(30, description="Seconds between two bytes of the answer.")
    total_timeout: Seconds = Field(60, description="Seconds for an attempt, at most 8/10 of the lease.")
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


class HttpTransport:
    """One pool of connections to one destination. Follows no redirect, keeps no cookie and reads no proxy from
    the environment.
    """

    def __init__(self, settings: HttpSettings, destination: Destination, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._concurrency = destination.concurrency
        self._deadline = min(settings.total_timeout, deadline(destination))
        self._tls = ssl.create_default_context(cafile=settings.ca_file)
        self._url = URL(str(settings.url), encoded=True)
        self._session: aiohttp.ClientSession | None = None

    async def post(
        self, body: bytes | aiohttp.MultipartWriter, headers: Mapping[str, str]
    ) -> Answer | Trouble:
        """Post once; whatever goes wrong on the way is an outcome."""
        # aiohttp sends bytes in one piece, which a large body should not be.
        data = io.BytesIO(body) if isinstance(body, bytes) and len(body) > _ONE_PIECE else body
        try:
            async with (
                asyncio.timeout(self._deadline),
                self._opened().post(self._url, data=data, headers=headers, allow_redirects=False) as response,
            ):
                return await self._read(response)
        except tuple(ERRORS) as error:
            return trouble_of(error)
        except TimeoutError:
            return Unclear(Cause("total-timeout", "The system did not finish its answer in time."))

    async def _read(self, response: aiohttp.ClientResponse) -> Answer | Trouble:
        content = bytearray()
        async for chunk in response.content.iter_any():
            content += chunk
            if len(content) > self._settings.max_answer_bytes:
                response.close()
                return Unclear(Cause("answer-too-large", "The system's answer is longer than allowed."))
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Answer(response.status, media_type, response.headers, bytes(content))

    def _opened(self) -> aiohttp.ClientSession:
        """The session, made in the event loop that uses it."""
        if self._session is None:
            settings = self._settings
            self._session = aiohttp.ClientSession(
                connector=SilentConnections(
                    ssl=self._tls,
                    limit=self._concurrency,
                    # Shorter than any usual server's: a connection closed under a POST leaves it unclear.
                    keepalive_timeout=2,
                ),
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=settings.connect_timeout, sock_read=settings.read_timeout
                ),
                headers={"User-Agent": "amtsbote", "Accept-Encoding": "identity", **_authorization(settings)},
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session

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
        if self._session is not None:
            await self._session.close()


def trouble_of(error: Exception) -> Trouble:
    """Translate an error of aiohttp by the table."""
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

_CONNECT_ERROR = (Failed, "connect-error", "No connection to the system: refused, unknown, or TLS.")
_BAD_URL = (Failed, "bad-url", "The destination's address can't be used.")
_LOST = (Unclear, "connection-lost", "The connection broke off before the answer was complete.")
_READ_TIMEOUT = (Unclear, "read-timeout", "The system did not answer in time.")
_NOT_HTTP = (Unclear, "http-protocol", "The answer broke the rules of HTTP.")
_REDIRECTS = (Unclear, "redirects", "The system sent us elsewhere.")

ERRORS: Mapping[type[Exception], tuple[type[Failed] | type[Unclear], str, str]] = {
    # raised before a byte of the request was sent
    aiohttp.ConnectionTimeoutError: (
        Failed,
        "connect-timeout",
        "The system did not accept a connection in time.",
    ),
    aiohttp.ClientConnectorError: _CONNECT_ERROR,
    aiohttp.ClientConnectorDNSError: _CONNECT_ERROR,
    aiohttp.ClientSSLError: _CONNECT_ERROR,
    aiohttp.ClientConnectorSSLError: _CONNECT_ERROR,
    aiohttp.ClientConnectorCertificateError: _CONNECT_ERROR,
    UnixClientConnectorError: _CONNECT_ERROR,
    aiohttp.ServerFingerprintMismatch: _CONNECT_ERROR,
    aiohttp.ClientProxyConnectionError: (Failed, "proxy-error", "The proxy did not connect to the system."),
    aiohttp.InvalidURL: _BAD_URL,
    aiohttp.InvalidUrlClientError: _BAD_URL,
    aiohttp.NonHttpUrlClientError: _BAD_URL,
    # raised when bytes may have arrived
    aiohttp.SocketTimeoutError: _READ_TIMEOUT,
    aiohttp.ServerTimeoutError: _READ_TIMEOUT,
    aiohttp.ServerDisconnectedError: _LOST,
    aiohttp.ServerConnectionError: _LOST,
    aiohttp.ClientConnectionResetError: _LOST,
    aiohttp.ClientOSError: _LOST,
    aiohttp.ClientConnectionError: _LOST,
    aiohttp.ClientPayloadError: _LOST,
    aiohttp.UploadAbortedError: _LOST,
    aiohttp.ContentTypeError: _NOT_HTTP,
    aiohttp.WSServerHandshakeError: _NOT_HTTP,
    aiohttp.ClientHttpProxyError: _NOT_HTTP,
    aiohttp.ClientResponseError: _NOT_HTTP,
    aiohttp.TooManyRedirects: _REDIRECTS,
    aiohttp.RedirectClientError: _REDIRECTS,
    aiohttp.InvalidUrlRedirectClientError: _REDIRECTS,
    aiohttp.NonHttpUrlRedirectClientError: _REDIRECTS,
    aiohttp.ClientError: (Unclear, "transport-error", "Something went wrong on the way."),
}
"""Every error of aiohttp: whether bytes may have arrived, a stable code, a sentence."""

_ONE_PIECE = 1024 * 1024
"""Bytes."""


def _authorization(settings: HttpSettings) -> dict[str, str]:
    if settings.token is not None:
        return {"Authorization": f"Bearer {settings.token.get_secret_value()}"}
    if settings.username is None or settings.password is None:
        return {}
    login = f"{settings.username}:{settings.password.get_secret_value()}".encode()
    return {"Authorization": f"Basic {b64encode(login).decode()}"}
