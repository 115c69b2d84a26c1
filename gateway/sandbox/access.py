"""Access: whether a caller of a stand-in shows the credentials that the system wants."""

import base64
import binascii
import hmac

from starlette.requests import Request

from gateway.sandbox.settings import SandboxSettings


def has_basic(request: Request, settings: SandboxSettings) -> bool:
    """Whether the request carries the user and password of the systems (HTTP Basic, RFC 7617)."""
    shown = basic_of(request)
    expected = f"{settings.user}:{settings.password.get_secret_value()}"
    return shown is not None and hmac.compare_digest(":".join(shown).encode(), expected.encode())


def has_bearer(request: Request, settings: SandboxSettings) -> bool:
    """Whether the request carries the systems' token (RFC 6750)."""
    expected = settings.token.get_secret_value().encode()
    return hmac.compare_digest((bearer_of(request) or "").encode(), expected)


def basic_of(request: Request) -> tuple[str, str] | None:
    """User and password that a request shows, if any."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password


def bearer_of(request: Request) -> str | None:
    """The token that a request shows, if any."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else None
