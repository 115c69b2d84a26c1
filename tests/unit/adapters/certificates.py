"""Certificates: a small authority of our own, and servers that show what it has issued."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Issued:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path


@dataclass
class Authority:
    """Issues certificates into a folder."""

    folder: Path
    name: str = "Test-CA"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.subject = _name(self.name)
        self.certificate = self._signed(self.subject, self.key, days=1, ca=True)
        self.file = self.folder / "ca.pem"
        self.file.write_bytes(self.certificate.public_bytes(Encoding.PEM))

    def issue(
        self,
        name: str,
        *,
        host: str = "127.0.0.1",
        days: int = 1,
        password: bytes | None = None,
        key: Key | None = None,
    ) -> Issued:
        """`days` below 0 makes a certificate that has expired."""
        own = key or ec.generate_private_key(ec.SECP256R1())
        signed = self._signed(_name(name), own, days=days, host=host)
        issued = Issued(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        issued.certificate.write_bytes(signed.public_bytes(Encoding.PEM))
        protection = BestAvailableEncryption(password) if password else NoEncryption()
        issued.key.write_bytes(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection))
        return issued

    def _signed(
        self, subject: x509.Name, key: Key, *, days: int, host: str = "", ca: bool = False
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=10))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
        )
        if ca:
            usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
            builder = builder.add_extension(usage, critical=True)
        if host:
            builder = builder.add_extension(x509.SubjectAlternativeName([_san(host)]), critical=False)
        return builder.sign(self.key, SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _san(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def server_context(issued: Issued, *, clients: Path | None = None) -> ssl.SSLContext:
    """`clients`: the authority whose certificates clients have to show."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.certificate, issued.key)
    if clients:
        context.load_verify_locations(clients)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@contextmanager
def refusing(context: ssl.SSLContext) -> Iterator[str]:
    """A server whose handshake fails, and which waits with hanging up until its alert has been read."""
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_refuse, args=(listener, context), daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        listener.close()
        thread.join(30)


def _refuse(listener: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = listener.accept()
    wrapped = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
    try:
        wrapped.do_handshake()
    except ssl.SSLError:
        plain = socket.socket(fileno=wrapped.detach())
        plain.settimeout(30)
        plain.shutdown(socket.SHUT_WR)
        while plain.recv(4096):
            pass
        plain.close()
    else:
        wrapped.close()
