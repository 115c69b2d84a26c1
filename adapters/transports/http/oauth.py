"""OAuth 2.0 client credentials (RFC 6749, section 4.4): a token fetched once and used by many calls."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from pydantic import BaseModel, Field, ValidationError

from adapters.transports.http.outcomes import Answer, Trouble, judge
from adapters.transports.http.settings import HttpSettings, basic
from gateway.core.outcome import Cause, Failed
from gateway.core.ports import Clock

Exchange = Callable[[httpx.Request], Awaitable[Answer | Trouble]]
"""One request over the wire."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, for as long as it is worth using."""

    value: str
    until: datetime


class TokenSource:
    """The token of one destination. It is fetched when it is needed, by one call while the others wait."""

    def __init__(self, settings: HttpSettings, exchange: Exchange, clock: Clock) -> None:
        self._settings = settings
        self._exchange = exchange
        self._clock = clock
        self._token: Token | None = None
        self._fetching = asyncio.Lock()

    async def token(self) -> str | Failed:
        """A token to go with, or why there is none: then nothing has been said to the system itself."""
        async with self._fetching:
            if self._token is None or self._token.until <= self._clock.now():
                fetched = await self._fetch()
                if isinstance(fetched, Failed):
                    return fetched
                self._token = fetched
            return self._token.value

    def drop(self, token: str) -> None:
        """The system does not take this token any more: the next call fetches another."""
        if self._token is not None and self._token.value == token:
            self._token = None

    async def _fetch(self) -> Token | Failed:
        answer = await self._exchange(self._request())
        if not isinstance(answer, Answer):
            return _failed(answer)
        trouble = judge(answer, _JSON, self._clock.now())
        if trouble is not None:
            return _failed(trouble)
        try:
            granted = _Granted.model_validate_json(answer.content)
        except ValidationError:
            return UNREADABLE
        if granted.token_type.lower() != "bearer":
            return UNREADABLE
        lifetime = timedelta(seconds=granted.expires_in)
        return Token(granted.access_token, self._clock.now() + lifetime - min(_EARLY, lifetime / 2))

    def _request(self) -> httpx.Request:
        settings = self._settings
        assert settings.client_id is not None
        assert settings.client_secret is not None
        secret = settings.client_secret.get_secret_value()
        form = {"grant_type": "client_credentials"}
        headers = {"Accept": "application/json"}
        if settings.scope:
            form["scope"] = settings.scope
        if settings.client_login == "header":
            headers["Authorization"] = basic(settings.client_id, secret, quoted=True)
        else:
            form |= {"client_id": settings.client_id, "client_secret": secret}
        return httpx.Request("POST", str(settings.token_url), data=form, headers=headers)


class _Granted(BaseModel):
    """What the token endpoint answers (RFC 6749, section 5.1)."""

    access_token: str = Field(pattern=r"^[!-~]{1,16384}$")
    token_type: str
    expires_in: float = Field(300, gt=0, lt=10**7)


_EARLY = timedelta(seconds=30)
"""Before a token expires another one is fetched: clocks differ, and a call takes its time."""

_JSON = frozenset({"application/json"})

UNREADABLE = Failed(Cause("token-unreadable", "The token endpoint answered without a usable token."))


def _failed(trouble: Trouble) -> Failed:
    """Whatever went wrong at the token endpoint, the message was not sent."""
    retry_after = trouble.retry_after if isinstance(trouble, Failed) else None
    return Failed(Cause(f"token-{trouble.cause.code}", f"No token: {trouble.cause.detail}"), retry_after)
