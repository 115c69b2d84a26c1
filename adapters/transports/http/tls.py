"""TLS: what connections to a system are secured with, and why one did not come about."""

import ssl
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from adapters.transports.settings import ConfigFile, TransportSettings
from gateway.core.outcome import Cause, Failed


class TlsSettings(TransportSettings):
    """Whom to trust, and how to show who we are."""

    ca_file: ConfigFile | None = Field(
        None, description="Certificates (PEM) to trust instead of the system's."
    )
    client_certificate: ConfigFile | None = Field(
        None, description="Our own certificate (PEM), followed by those between it and its root."
    )
    client_key: ConfigFile | None = Field(
        None, description="Its private key (PEM), where it does not stand in the same file."
    )
    client_key_password: SecretStr | None = Field(None, description="Password of the private key.")

    @model_validator(mode="after")
    def _can_be_loaded(self) -> Self:
        if self.client_certificate is None and (self.client_key or self.client_key_password):
            raise ValueError("client_key and client_key_password need a client_certificate")
        if self.ca_file is None and self.client_certificate is None:
            # Nothing to hold against each other: who only checks the settings needs no certificates.
            return self
        try:
            context_of(self)
        except ssl.SSLError as error:
            raise ValueError(
                "ca_file, client_certificate, client_key and its password do not go together "
                f"({error.reason or 'password'})"
            ) from None
        return self


def context_of(settings: TlsSettings) -> ssl.SSLContext:
    """TLS 1.2 or newer, the other side's certificate always checked.

    Raises:
        ssl.SSLError: a file holds something else, the key is of another certificate, the password is wrong.
    """
    if settings.ca_file is None and settings.client_certificate is None:
        return _usual()
    context = _secure(settings.ca_file)
    if settings.client_certificate is not None:
        password = settings.client_key_password
        # Without a password, OpenSSL would ask for it at the terminal.
        context.load_cert_chain(
            settings.client_certificate,
            settings.client_key,
            lambda: password.get_secret_value() if password else "",
        )
    return context


@cache
def _usual() -> ssl.SSLContext:
    """One for all systems that need nothing special: to read whom the machine trusts takes some hundredths of a second."""
    return _secure(None)


def _secure(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


EXPIRED = Cause("tls-expired", "The system's certificate has expired, or is not yet valid.")
UNTRUSTED = Cause("tls-untrusted", "The system's certificate was issued by nobody whom we trust.")
WRONG_HOST = Cause("tls-wrong-host", "The system's certificate is that of another host.")
CLIENT_REFUSED = Cause("tls-client-refused", "The system wants a client certificate, or another one.")
HANDSHAKE = Cause("tls-handshake", "TLS was not agreed on: version, cipher, or no TLS over there at all.")

VERIFICATION: Mapping[int, Cause] = {
    9: EXPIRED,  # not yet valid
    10: EXPIRED,
    13: EXPIRED,  # "not before" unreadable
    14: EXPIRED,  # "not after" unreadable
    62: WRONG_HOST,
    63: WRONG_HOST,  # by e-mail address
    64: WRONG_HOST,  # by IP address
}
"""OpenSSL's results of verification (x509_vfy.h) by their number; any other is UNTRUSTED."""

ALERTS: Mapping[str, Cause] = {
    "ACCESS_DENIED": CLIENT_REFUSED,
    "BAD_CERTIFICATE": CLIENT_REFUSED,
    "CERTIFICATE_EXPIRED": CLIENT_REFUSED,
    "CERTIFICATE_REQUIRED": CLIENT_REFUSED,
    "CERTIFICATE_REVOKED": CLIENT_REFUSED,
    "CERTIFICATE_UNKNOWN": CLIENT_REFUSED,
    "NO_CERTIFICATE": CLIENT_REFUSED,
    "UNKNOWN_CA": CLIENT_REFUSED,
    "UNSUPPORTED_CERTIFICATE": CLIENT_REFUSED,
}
"""Alerts of the other side (RFC 8446, section 6.2) that speak of our certificate; any other is HANDSHAKE."""


def refusal(error: BaseException) -> Failed | None:
    """Why TLS was not agreed on, where that is what an error of connecting is about: then nothing was sent."""
    for each in _chain(error):
        match each:
            case ssl.SSLCertVerificationError():
                return Failed(VERIFICATION.get(each.verify_code, UNTRUSTED))
            case ssl.SSLError():
                return Failed(ALERTS.get(_alert(each), HANDSHAKE))
    return None


def late_refusal(error: BaseException) -> Failed | None:
    """The same for an error of a connection that seemed to stand. Under TLS 1.3 we hear what becomes of our own
    certificate only after we have spoken, yet a server that does not like it never looks at what was said.
    """
    found = next((each for each in _chain(error) if isinstance(each, ssl.SSLError)), None)
    cause = ALERTS.get(_alert(found)) if found else None
    return Failed(cause) if cause else None


def _alert(error: ssl.SSLError) -> str:
    """`TLSV13_ALERT_CERTIFICATE_REQUIRED` without what stands in front."""
    return (getattr(error, "reason", None) or "").partition("_ALERT_")[2]


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
