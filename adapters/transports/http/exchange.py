"""HTTP for REST and SOAP: one request, within its time and size limits, ends as an answer to read or as an outcome."""

import asyncio
from collections.abc import Mapping
from typing import Literal, TypedDict, Unpack

import httpx

from adapters.transports.deadline import deadline
from adapters.transports.http.oauth import TokenSource
from adapters.transports.http.outcomes import ERRORS, Answer, Trouble, judge, trouble_of
from adapters.transports.http.settings import HttpSettings, authorization
from adapters.transports.http.single import SingleTransport
from adapters.transports.http.tls import context_of
from gateway.core.outcome import Cause, Failed, Unclear
from gateway.core.ports import Clock
from gateway.core.tenants import Destination
from gateway.core.trace import TRACEPARENT


class Body(TypedDict, total=False):
    """What is sent, as httpx names it."""

    content: bytes
    files: list[tuple[str, tuple[str | None, bytes, str]]]


class HttpTransport:
    """Calls to one destination. Follows no redirect, keeps no cookie and reads no proxy from the environment: all
    that is the work of httpx's client, which is left out.
    """

    def __init__(self, settings: HttpSettings, destination: Destination, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._deadline = min(settings.total_timeout, deadline(destination))
        further = {name: value.get_secret_value() for name, value in settings.headers.items()}
        self._headers = {"User-Agent": "amtsbote", **_IDENTITY, **authorization(settings), **further}
        timeout = httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout)
        self._extensions = {"timeout": timeout.as_dict()}
        self._tokens = TokenSource(settings, self._exchange, clock) if settings.token_url else None
        self._pool = _pool(settings, destination.concurrency)

    async def post(self, headers: Mapping[str, str], **body: Unpack[Body]) -> Answer | Trouble:
        """Post once to the destination's own address; whatever goes wrong on the way is an outcome."""
        return await self.call("POST", str(self._settings.url), headers, **body)

    async def call(
        self,
        method: Literal["GET", "HEAD", "POST", "PUT"],
        url: str,
        headers: Mapping[str, str],
        **body: Unpack[Body],
    ) -> Answer | Trouble:
        """Call once, with whatever login the system wants."""
        end = asyncio.get_running_loop().time() + self._deadline
        token: str | None = None
        if self._tokens is not None:
            try:
                async with asyncio.timeout_at(end):
                    granted = await self._tokens.token()
            except TimeoutError:
                return NO_TOKEN_IN_TIME
            if isinstance(granted, Failed):
                return granted
            token = granted
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        request = httpx.Request(
            method, url, headers={**self._headers, **self._traced(), **bearer, **headers}, **body
        )
        try:
            async with asyncio.timeout_at(end):
                answer = await self._exchange(request)
        except TimeoutError:
            return TOO_SLOW
        if token and self._tokens and isinstance(answer, Answer) and answer.status == 401:
            self._tokens.drop(token)
        return answer

    def _traced(self) -> Mapping[str, str]:
        context = TRACEPARENT.get() if self._settings.trace_header else None
        return {} if context is None else {"traceparent": context}

    async def login(self) -> Failed | None:
        """Why no token is to be had; None where there is one, or none is needed."""
        if self._tokens is None:
            return None
        try:
            async with asyncio.timeout(self._deadline):
                granted = await self._tokens.token()
        except TimeoutError:
            return NO_TOKEN_IN_TIME
        return granted if isinstance(granted, Failed) else None

    async def _exchange(self, request: httpx.Request) -> Answer | Trouble:
        request.extensions = self._extensions
        try:
            response = await self._pool.handle_async_request(request)
            try:
                return await self._read(response)
            finally:
                await response.aclose()
        except tuple(ERRORS) as error:
            return trouble_of(error)

    async def _read(self, response: httpx.Response) -> Answer | Trouble:
        content = bytearray()
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > self._settings.max_answer_bytes:
                return ANSWER_TOO_LARGE
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Answer(response.status_code, media_type, response.headers, bytes(content))

    def judge(self, answer: Answer, spoken: frozenset[str]) -> Trouble | None:
        """What status and media type of an answer mean: see `outcomes.judge`."""
        return judge(answer, spoken, self._clock.now())

    async def aclose(self) -> None:
        """Close all connections. Again does nothing."""
        await self._pool.aclose()


def _pool(settings: HttpSettings, most: int) -> httpx.AsyncBaseTransport:
    context = context_of(settings)
    if not settings.reuse_connections:
        return SingleTransport(context, most)
    # Shorter than any usual server's: a connection closed under a POST leaves it unclear.
    limits = httpx.Limits(max_connections=most, keepalive_expiry=2)
    return httpx.AsyncHTTPTransport(verify=context, limits=limits, trust_env=False)


_IDENTITY = {"Accept-Encoding": "identity"}

TOO_SLOW = Unclear(Cause("total-timeout", "The system did not finish its answer in time."))
NO_TOKEN_IN_TIME = Failed(
    Cause("token-total-timeout", "No token: the token endpoint did not answer in time.")
)
ANSWER_TOO_LARGE = Unclear(Cause("answer-too-large", "The system's answer is longer than allowed."))
