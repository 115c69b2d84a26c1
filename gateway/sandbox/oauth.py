"""OAuth2: access tokens for clients (RFC 6749, section 4.4), which expire and can be revoked (RFC 7009)."""

import hmac
import secrets
import time
from urllib.parse import unquote_plus

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.sandbox.access import basic_of, bearer_of
from gateway.sandbox.rest import json_response
from gateway.sandbox.settings import SandboxSettings


class Tokens:
    """The tokens that are good. They live in memory: a restart revokes them all, as a real one may."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._settings = settings
        self._expiry: dict[str, float] = {}

    def issue(self) -> str:
        """A token that is good for the time that is set."""
        token = secrets.token_urlsafe(24)
        now = time.monotonic()
        self._expiry = {known: end for known, end in self._expiry.items() if end > now}
        self._expiry[token] = now + self._settings.token_seconds
        return token

    def revoke(self, token: str | None = None) -> None:
        """End one token, or all of them. Whether there is such a one is not told (RFC 7009, section 2.2)."""
        if token is None:
            self._expiry.clear()
        else:
            self._expiry.pop(token, None)

    def admit(self, request: Request) -> bool:
        """Whether a request shows a token that is good."""
        return self._expiry.get(bearer_of(request) or "", 0) > time.monotonic()


def routes(tokens: Tokens, settings: SandboxSettings) -> list[Route]:
    """`POST /oauth2/token` and `POST /oauth2/revoke` for clients, `DELETE /sandbox/tokens` for tests."""

    async def issue(request: Request) -> Response:
        async with request.form() as form:
            if not _is_client(request, form, settings):
                return _error(401, "invalid_client", {"WWW-Authenticate": "Basic"})
            if form.get("grant_type") != "client_credentials":
                return _error(400, "unsupported_grant_type")
        content = {
            "access_token": tokens.issue(),
            "token_type": "Bearer",
            "expires_in": round(settings.token_seconds),
        }
        return json_response(content, 200, {"Cache-Control": "no-store"})

    async def revoke(request: Request) -> Response:
        async with request.form() as form:
            if not _is_client(request, form, settings):
                return _error(401, "invalid_client", {"WWW-Authenticate": "Basic"})
            tokens.revoke(str(form.get("token", "")))
        return Response()

    async def revoke_all(_: Request) -> Response:
        tokens.revoke()
        return Response(status_code=204)

    return [
        Route("/oauth2/token", issue, methods=["POST"]),
        Route("/oauth2/revoke", revoke, methods=["POST"]),
        Route("/sandbox/tokens", revoke_all, methods=["DELETE"]),
    ]


def _is_client(request: Request, form: FormData, settings: SandboxSettings) -> bool:
    """Whether a client shows its secret, in the header or in the form (RFC 6749, section 2.3.1)."""
    login = basic_of(request)
    if login is None:
        shown = str(form.get("client_id", "")), str(form.get("client_secret", ""))
    else:
        shown = unquote_plus(login[0]), unquote_plus(login[1])
    right = settings.client_id, settings.client_secret.get_secret_value()
    return hmac.compare_digest("\0".join(shown).encode(), "\0".join(right).encode())


def _error(status: int, code: str, headers: dict[str, str] | None = None) -> Response:
    """An error as RFC 6749, section 5.2, writes it."""
    return json_response({"error": code}, status, headers)
