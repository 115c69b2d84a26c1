"""WS-Security 1.1.1: who sends an envelope, when, and that nobody changed it. Timestamp, UsernameToken, X.509 signature."""

from base64 import b64encode
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree
from pydantic import Field, SecretStr, model_validator
from zeep.ns import DS, WSSE, WSU
from zeep.wsse.username import UsernameToken
from zeep.wsse.utils import ensure_id, get_security_header

from adapters.checking import Look, validity
from adapters.transports.settings import ConfigFile, Seconds, TransportSettings
from gateway.core.check import Finding, StepName

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class WsSecurity(TransportSettings):
    """What the security header of an envelope says."""

    username: str | None = Field(None, description="User of a UsernameToken, together with `password`.")
    password: SecretStr | None = Field(None, description="Its password.")
    digest: bool = Field(
        False, description="The password goes as a digest with nonce and time, not as a text."
    )
    certificate: ConfigFile | None = Field(
        None, description="Certificate (PEM, X.509) with whose key body, timestamp and user are signed."
    )
    key: ConfigFile | None = Field(
        None, description="Its private key (PEM; RSA or EC), where it does not stand in the same file."
    )
    key_password: SecretStr | None = Field(None, description="Password of the private key.")
    verify_certificate: ConfigFile | None = Field(
        None,
        description="Certificate of the system (PEM, X.509) with whose key it signs its answers; several where it "
        "changes. With it, an answer counts only with such a signature of its body.",
    )
    valid_seconds: Seconds = Field(300, description="How long an envelope may be on its way.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together")
        if self.verify_certificate is not None and not _is_certificate(self.verify_certificate):
            raise ValueError("verify_certificate holds no certificate")
        if not self.says_something and self.verify_certificate is None:
            raise ValueError("a username, a certificate or a verify_certificate is needed")
        if self.certificate is None:
            if self.key or self.key_password:
                raise ValueError("key and key_password need a certificate")
            return self
        try:
            _identity(self)
        except (ValueError, TypeError):
            raise ValueError("certificate, key and key_password do not go together") from None
        return self

    @property
    def says_something(self) -> bool:
        """Whether our own envelopes get a header."""
        return self.username is not None or self.certificate is not None


class Security:
    """Writes the security header of every envelope to one service."""

    def __init__(self, settings: WsSecurity) -> None:
        self._settings = settings
        self._identity = _identity(settings) if settings.certificate else None

    def apply(self, envelope: etree._Element, now: datetime) -> None:
        """Put the header into an envelope, which is complete otherwise. Nothing in it may change afterwards."""
        security = get_security_header(envelope)
        soap = etree.QName(envelope).namespace
        security.set(f"{{{soap}}}mustUnderstand", "1")
        security.append(_timestamp(now, timedelta(seconds=self._settings.valid_seconds)))
        if self._settings.username is not None and self._settings.password is not None:
            UsernameToken(
                self._settings.username,
                self._settings.password.get_secret_value(),
                use_digest=self._settings.digest,
                created=now,
                zulu_timestamp=True,
            ).apply(envelope, {})
        if self._identity is not None:
            _sign(envelope, security, *self._identity)


def certificate_looks(settings: WsSecurity) -> list[tuple[StepName, Look]]:
    """How long the certificates are valid with which we sign, and by which answers are verified."""
    looks: list[tuple[StepName, Look]] = []
    for name, file, what, newest in (
        (StepName.OWN_CERTIFICATE, settings.certificate, "signing-certificate", min),
        # Where there are several, the latest is that to which the system changes.
        (StepName.CERTIFICATE, settings.verify_certificate, "answer-certificate", max),
    ):
        if file is not None:
            looks.append((name, partial(_validity, file, what, newest)))
    return looks


async def _validity(file: Path, what: str, newest: Callable[[Iterable[datetime]], datetime]) -> Finding:
    loaded = x509.load_pem_x509_certificates(file.read_bytes())
    return validity(newest(each.not_valid_after_utc for each in loaded), what)


def _is_certificate(file: Path) -> bool:
    try:
        return bool(x509.load_pem_x509_certificates(file.read_bytes()))
    except (ValueError, OSError):
        return False


def _identity(settings: WsSecurity) -> tuple[x509.Certificate, PrivateKey]:
    """Raises:
    ValueError, TypeError: a file holds something else, the password is wrong, the two are not a pair.
    """
    assert settings.certificate is not None
    content = settings.certificate.read_bytes()
    certificate = x509.load_pem_x509_certificate(content)
    password = settings.key_password.get_secret_value().encode() if settings.key_password else None
    key = load_pem_private_key(settings.key.read_bytes() if settings.key else content, password)
    if not isinstance(key, PrivateKey) or key.public_key() != certificate.public_key():
        raise ValueError("not a pair")
    return certificate, key


def _timestamp(now: datetime, valid: timedelta) -> etree._Element:
    timestamp = etree.Element(f"{{{WSU}}}Timestamp", nsmap={"wsu": WSU})
    for name, moment in (("Created", now), ("Expires", now + valid)):
        element = etree.SubElement(timestamp, f"{{{WSU}}}{name}")
        element.text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return timestamp


def _sign(envelope: Any, security: Any, certificate: x509.Certificate, key: PrivateKey) -> None:  # noqa: ANN401
    # Only services that want a signature load what makes one.
    from signxml.algorithms import (  # noqa: PLC0415
        CanonicalizationMethod,
        SignatureConstructionMethod,
        SignatureMethod,
    )
    from signxml.signer import XMLSigner  # noqa: PLC0415

    signed = [ensure_id(envelope.find("{*}Body")), *(ensure_id(each) for each in security)]
    token = etree.Element(
        f"{{{WSSE}}}BinarySecurityToken", {"EncodingType": _BASE64, "ValueType": _X509}, nsmap={"wsse": WSSE}
    )
    token.text = b64encode(certificate.public_bytes(Encoding.DER)).decode()
    security.insert(0, token)
    is_rsa = isinstance(key, rsa.RSAPrivateKey)
    signer = XMLSigner(
        method=SignatureConstructionMethod.detached,
        signature_algorithm=SignatureMethod.RSA_SHA256 if is_rsa else SignatureMethod.ECDSA_SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    key_info = _key_info(ensure_id(token))
    security.append(signer.sign(envelope, key=key, reference_uri=signed, key_info=key_info))


def _key_info(token: str) -> etree._Element:
    """Points at the certificate in the token (X.509 Token Profile, section 3.2.1)."""
    key_info = etree.Element(f"{{{DS}}}KeyInfo", nsmap={"ds": DS})
    reference = etree.SubElement(key_info, f"{{{WSSE}}}SecurityTokenReference", nsmap={"wsse": WSSE})
    etree.SubElement(reference, f"{{{WSSE}}}Reference", {"URI": f"#{token}", "ValueType": _X509})
    return key_info


_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
_BASE64 = f"{_OASIS}-soap-message-security-1.0#Base64Binary"
_X509 = f"{_OASIS}-x509-token-profile-1.0#X509v3"
