"""Certificates: a small authority of the sandbox's own, and what it has signed, rightly and wrongly."""

import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
DAY = timedelta(days=1)
LIFE = timedelta(days=365)
RENEW = timedelta(days=7)
"""What is left when everything is made anew."""


class Tls(StrEnum):
    """What a caller meets at one of the addresses with TLS."""

    VALID = "valid"
    EXPIRED = "expired"
    """The certificate has been out of date since yesterday."""
    WRONG_HOST = "wrong-host"
    """The certificate is another host's."""
    SELF_SIGNED = "self-signed"
    """No authority stands behind the certificate."""
    CLIENT = "client-certificate"
    """Valid, and the caller must show a certificate of the sandbox's authority."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Key


class Certificates:
    """The files of a folder: `ca.pem` to trust, `client.pem` and `client.key` to show, `<kind>.pem` and
    `<kind>.key` of each server. They stay the same over a restart, as long as they are good.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def authority(self) -> Path:
        """What a caller has to trust."""
        return self.folder / "ca.pem"

    def prepare(self, host: str) -> None:
        """Make what is missing, or has come near its end.

        Raises:
            OSError: the folder can't be written.
        """
        if not self._are_good(host):
            self.folder.mkdir(parents=True, exist_ok=True)
            for name, signed in _everything(host).items():
                self._keep(name, signed)

    def server(self, kind: Tls) -> tuple[Path, Path]:
        """Certificate and key of the server of this kind."""
        return self.folder / f"{kind}.pem", self.folder / f"{kind}.key"

    def client(self) -> tuple[Path, Path]:
        """Certificate and key that a caller may show, and sign with."""
        return self.folder / "client.pem", self.folder / "client.key"

    def caller(self, *, with_certificate: bool = False) -> ssl.SSLContext:
        """The TLS of a caller that trusts the authority, for tests."""
        context = ssl.create_default_context(cafile=self.authority)
        if with_certificate:
            context.load_cert_chain(*self.client())
        return context

    def _are_good(self, host: str) -> bool:
        try:
            valid = x509.load_pem_x509_certificate(self.server(Tls.VALID)[0].read_bytes())
            names = valid.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (OSError, ValueError, x509.ExtensionNotFound):
            return False
        long_enough = valid.not_valid_after_utc > datetime.now(UTC) + RENEW
        return long_enough and all(name in names for name in _names(host))

    def _keep(self, name: str, signed: Signed) -> None:
        pem = serialization.Encoding.PEM
        (self.folder / f"{name}.pem").write_bytes(signed.certificate.public_bytes(pem))
        key = self.folder / f"{name}.key"
        key.touch(mode=0o600)
        key.write_bytes(
            signed.key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )


def _everything(host: str) -> Mapping[str, Signed]:
    ca = _sign("Amtsbote Sandbox CA", None, ca=True)
    named = _names(host)
    return {
        "ca": ca,
        "client": _sign("Amtsbote Sandbox Client", ca, usage=ExtendedKeyUsageOID.CLIENT_AUTH),
        Tls.VALID: _sign("sandbox", ca, names=named),
        Tls.CLIENT: _sign("sandbox", ca, names=named),
        Tls.EXPIRED: _sign("sandbox", ca, names=named, ends=datetime.now(UTC) - DAY),
        Tls.WRONG_HOST: _sign("other", ca, names=[x509.DNSName("other.invalid")]),
        Tls.SELF_SIGNED: _sign("sandbox", None, names=named),
    }


def _new_key(usage: x509.ObjectIdentifier) -> Key:
    # A caller also signs SOAP with his key, where RSA is what everybody understands; it takes longer to make.
    if usage == ExtendedKeyUsageOID.CLIENT_AUTH:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def _names(host: str) -> list[x509.GeneralName]:
    """How callers on this machine, and those who use the configured address, name the sandbox."""
    names: list[x509.GeneralName] = [
        x509.DNSName("localhost"),
        x509.DNSName("sandbox"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    own: x509.GeneralName
    try:
        own = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        own = x509.DNSName(host)
    return names if own in names else [*names, own]


def _sign(
    name: str,
    authority: Signed | None,
    *,
    names: list[x509.GeneralName] | None = None,
    ends: datetime | None = None,
    ca: bool = False,
    usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
) -> Signed:
    """A certificate with a key of its own; without an authority it signs itself."""
    key = _new_key(usage)
    ends = ends or datetime.now(UTC) + LIFE
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = authority.key if authority else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.certificate.subject if authority else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - LIFE - DAY)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Signed(builder.sign(signer, hashes.SHA256()), key)
