"""Access: whether a caller of a stand-in shows the credentials that the system wants."""

import base64
import binascii
import hmac

from starlette.requests import Request

from gateway.sandbox.settings import SandboxSettings


def has_basic(request: Request, settings: SandboxSettings) -> bool:
    """Whether the request carries the user and password of the systems (HTTP Basic, RFC 7617)."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        shown = base64.b64decode(credentials, validate=True)
    except binascii.Error:
        return False
    return hmac.compare_digest(shown, f"{settings.user}:{settings.password.get_secret_value()}".encode())


def has_bearer(request: Request, settings: SandboxSettings) -> bool:
    """Whether the request carries the systems' token (RFC 6750)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    expected = settings.token.get_secret_value().encode()
    return scheme.lower() == "bearer" and hmac.compare_digest(token.encode(), expected)
