"""WS-Security: whether an envelope shows who sends it, by a UsernameToken or by a signature (WSS 1.1.1)."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from binascii import Error
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from gateway.core.document import Element
from gateway.sandbox.certificates import Certificates
from gateway.sandbox.settings import SandboxSettings

FRESH = timedelta(minutes=5)
"""An older token is not taken."""


class Demand(StrEnum):
    """What an address demands, as the last part of its path."""

    NOTHING = ""
    USERNAME_TOKEN = "username-token"  # noqa: S105  # the name of a kind of token
    X509 = "x509"
    """A signature of the body with the key of `client.pem`."""


def is_met(demand: Demand, envelope: Element, content: bytes, settings: SandboxSettings) -> bool:
    """Whether an envelope shows what its address demands. `content` are its bytes as they came."""
    match demand:
        case Demand.NOTHING:
            return True
        case Demand.USERNAME_TOKEN:
            token = envelope.one("Header/Security/UsernameToken")
            return token is not None and _is_right(token, settings)
        case Demand.X509:
            return _is_current(envelope) and _is_signed(content, settings)


def _is_right(token: Element, settings: SandboxSettings) -> bool:
    """User, and password as text or as digest (UsernameToken Profile 1.1.1, section 3.1)."""
    password = token.one("Password")
    if token.text("Username") != settings.user or password is None:
        return False
    expected = settings.password.get_secret_value()
    shown = password.text() or ""
    if not (password.attribute("Type") or "").endswith("#PasswordDigest"):
        return hmac.compare_digest(shown.encode(), expected.encode())
    created = token.text("Created") or ""
    try:
        nonce = b64decode(token.text("Nonce") or "", validate=True)
        age = abs(datetime.now(UTC) - datetime.fromisoformat(created))
    except (Error, ValueError, TypeError):
        return False
    digest = hashlib.sha1(nonce + created.encode() + expected.encode(), usedforsecurity=False).digest()
    return age < FRESH and hmac.compare_digest(shown.encode(), b64encode(digest))


def _is_current(envelope: Element) -> bool:
    """Where there is a time by which an envelope must have arrived, it is not over."""
    expires = envelope.text("Header/Security/Timestamp/Expires")
    try:
        return expires is None or datetime.now(UTC) < datetime.fromisoformat(expires)
    except (ValueError, TypeError):
        return False


def _is_signed(content: bytes, settings: SandboxSettings) -> bool:
    """Whether the body is signed with the key that belongs to the sandbox's own client certificate."""
    # Only who signs needs what verifies.
    from signxml.exceptions import SignXMLException  # noqa: PLC0415
    from signxml.verifier import SignatureConfiguration, XMLVerifier  # noqa: PLC0415

    certificate = Certificates(settings.certificates).client()[0]
    configuration = SignatureConfiguration(location=".//", expect_references=True)
    try:
        results = XMLVerifier().verify(
            content, x509_cert=certificate.read_text(), expect_config=configuration, id_attribute="Id"
        )
    except (SignXMLException, OSError, ValueError):
        return False
    signed = [each.signed_xml for each in (results if isinstance(results, list) else [results])]
    return any(each is not None and str(each.tag).endswith("}Body") for each in signed)
