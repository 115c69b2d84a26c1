"""WS-Security, held against what a receiver computes for itself."""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree
from pydantic import ValidationError
from signxml.exceptions import InvalidDigest, InvalidSignature
from signxml.verifier import SignatureConfiguration, XMLVerifier
from zeep.ns import DS, WSSE, WSU

from adapters.transports.soap.wsse import Security, WsSecurity
from tests.unit.adapters.builders import NOW
from tests.unit.adapters.certificates import Authority, Issued, Key

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ENVELOPE = f'<s:Envelope xmlns:s="{SOAP}"><s:Body><a xmlns="urn:a">Chóśebuz</a></s:Body></s:Envelope>'


def secured(**settings: object) -> etree._Element:
    envelope = etree.fromstring(ENVELOPE)
    Security(WsSecurity.model_validate(settings)).apply(envelope, NOW)
    # As it is on the wire.
    return etree.fromstring(etree.tostring(envelope))


KEYS: list[Callable[[], Key]] = [
    lambda: rsa.generate_private_key(65537, 2048),
    lambda: ec.generate_private_key(ec.SECP256R1()),
]


@pytest.fixture(params=KEYS, ids=["rsa", "ec"])
def ours(request: pytest.FixtureRequest, tmp_path: Path) -> Issued:
    return Authority(tmp_path).issue("amtsbote", key=request.param(), password=b"geheim")


def verify(envelope: etree._Element, certificate: Path) -> list[str]:
    """Names of the elements that the signature stands for."""
    config = SignatureConfiguration(location=".//", expect_references=True)
    results = XMLVerifier().verify(
        envelope, x509_cert=certificate.read_text(), expect_config=config, id_attribute="Id"
    )
    elements = [each.signed_xml for each in (results if isinstance(results, list) else [results])]
    return [etree.QName(each).localname for each in elements if each is not None]


def test_body_timestamp_and_user_are_signed(ours: Issued) -> None:
    envelope = secured(
        username="amtsbote",
        password="pw",
        certificate=ours.certificate,
        key=ours.key,
        key_password="geheim",
    )
    assert sorted(verify(envelope, ours.certificate)) == ["Body", "Timestamp", "UsernameToken"]


def test_the_signature_holds_for_who_computes_it_without_the_library_that_made_it(ours: Issued) -> None:
    envelope = secured(certificate=ours.certificate, key=ours.key, key_password="geheim")
    for reference in envelope.iter(f"{{{DS}}}Reference"):
        (signed,) = [
            each for each in envelope.iter() if each.get(f"{{{WSU}}}Id") == (reference.get("URI") or "")[1:]
        ]
        digest = hashlib.sha256(etree.tostring(signed, method="c14n", exclusive=True, with_comments=False))
        assert reference.findtext(f"{{{DS}}}DigestValue") == b64encode(digest.digest()).decode()
    signed_info = envelope.find(f".//{{{DS}}}SignedInfo")
    assert signed_info is not None
    content = etree.tostring(signed_info, method="c14n", exclusive=True, with_comments=False)
    signature = b64decode(envelope.findtext(f".//{{{DS}}}SignatureValue") or "")
    key = x509.load_pem_x509_certificate(ours.certificate.read_bytes()).public_key()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, content, PKCS1v15(), SHA256())
    else:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        # XML Signature writes both numbers one after the other (section 6.4.3), not as ASN.1.
        r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        key.verify(encode_dss_signature(r, s), content, ec.ECDSA(SHA256()))


@pytest.mark.parametrize("name", ["{urn:a}a", f"{{{WSU}}}Expires"])
def test_whoever_changes_what_is_signed_is_found_out(ours: Issued, name: str) -> None:
    envelope = secured(certificate=ours.certificate, key=ours.key, key_password="geheim")
    changed = envelope.find(f".//{name}")
    assert changed is not None
    changed.text = "2099-01-01T00:00:00Z"
    with pytest.raises((InvalidDigest, InvalidSignature)):
        verify(envelope, ours.certificate)


def test_the_signature_points_at_the_certificate_in_the_header(ours: Issued) -> None:
    envelope = secured(certificate=ours.certificate, key=ours.key, key_password="geheim")
    reference = envelope.find(f".//{{{DS}}}KeyInfo/{{{WSSE}}}SecurityTokenReference/{{{WSSE}}}Reference")
    token = envelope.find(f".//{{{WSSE}}}BinarySecurityToken")
    assert reference is not None
    assert token is not None
    assert reference.get("URI") == f"#{token.get(f'{{{WSU}}}Id')}"
    shown = x509.load_der_x509_certificate(b64decode(token.text or ""))
    assert shown == x509.load_pem_x509_certificate(ours.certificate.read_bytes())


def test_a_digest_holds_nonce_time_and_password() -> None:
    envelope = secured(username="amtsbote", password="gehëim", digest=True)
    token = envelope.find(f".//{{{WSSE}}}UsernameToken")
    assert token is not None
    password, nonce = (token.findtext(f"{{{WSSE}}}{name}") or "" for name in ("Password", "Nonce"))
    created = token.findtext(f"{{{WSU}}}Created") or ""
    assert created == "2026-06-01T12:00:00Z"
    computed = hashlib.sha1(b64decode(nonce) + created.encode() + "gehëim".encode()).digest()
    assert password == b64encode(computed).decode()
    assert "gehëim" not in etree.tostring(envelope, encoding="unicode")


def test_no_two_envelopes_have_the_same_nonce() -> None:
    nonces = {
        secured(username="a", password="b", digest=True).findtext(f".//{{{WSSE}}}Nonce") for _ in range(3)
    }
    assert len(nonces) == 3


def test_keys_that_do_not_fit_are_refused_with_the_settings(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    ours, other = authority.issue("amtsbote", password=b"geheim"), authority.issue("other")
    for settings in (
        {"certificate": ours.certificate},
        {"certificate": ours.certificate, "key": ours.key},
        {"certificate": ours.certificate, "key": ours.key, "key_password": "falsch"},
        {"certificate": ours.certificate, "key": other.key},
        {"certificate": ours.key, "key": ours.key, "key_password": "geheim"},
    ):
        with pytest.raises(ValidationError, match="do not go together"):
            WsSecurity.model_validate(settings)
