"""Signed: whether an answer is signed by the system that it is said to come from (WS-Security 1.1.1, X.509)."""

from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from lxml import etree
from zeep.ns import DS, WSSE, WSU

from adapters.transports.soap.service import UNREADABLE
from gateway.core.outcome import Cause, Unclear

SKEW = timedelta(minutes=5)
"""By which the clocks of two hosts may differ."""


class Verifier:
    """Holds answers to the certificates of one system: the present one, and where it changes the next one, too."""

    def __init__(self, file: Path) -> None:
        """Raises:
        ValueError: the file holds no certificate.
        """
        self.certificates = certificates_of(file)

    def doubt(self, content: bytes, now: datetime) -> Unclear | None:
        """What speaks against an answer; None where its body was signed by the system, as it is read here."""
        try:
            envelope = etree.fromstring(content, _parser())
        except (etree.XMLSyntaxError, ValueError):
            return UNREADABLE
        if envelope.getroottree().docinfo.internalDTD is not None:
            return UNREADABLE
        soap = etree.QName(envelope).namespace
        security = envelope.find(f"{{{soap}}}Header/{{{WSSE}}}Security")
        body = envelope.find(f"{{{soap}}}Body")
        if security is None or security.find(f"{{{DS}}}Signature") is None or body is None:
            return NOT_SIGNED
        signed = next(filter(None, (_signed(envelope, soap, each) for each in self.certificates)), set())
        stamps = security.findall(f"{{{WSU}}}Timestamp")
        good = all(_stands_for(each, signed, envelope) for each in (body, *stamps))
        return None if good and not any(_is_over(each, now) for each in stamps) else WRONGLY_SIGNED


def certificates_of(file: Path) -> list[x509.Certificate]:
    """The certificates in a PEM file.

    Raises:
        ValueError: it holds none.
    """
    return x509.load_pem_x509_certificates(file.read_bytes())


NOT_SIGNED = Unclear(Cause("answer-not-signed", "The answer is not signed, and may come from anybody."))
WRONGLY_SIGNED = Unclear(
    Cause("answer-wrongly-signed", "The signature of the answer is not that of the system, or out of time.")
)


def _signed(envelope: etree._Element, soap: str | None, certificate: x509.Certificate) -> set[str] | None:
    """Ids of what the signature in the header stands for; None where it is not this one's."""
    # Only services that sign need what verifies.
    from signxml.exceptions import SignXMLException  # noqa: PLC0415
    from signxml.verifier import SignatureConfiguration, XMLVerifier  # noqa: PLC0415

    place = f"./{{{soap}}}Header/{{{WSSE}}}Security/"
    expected = SignatureConfiguration(location=place, expect_references=True)
    try:
        XMLVerifier().verify(envelope, x509_cert=certificate, expect_config=expected, id_attribute="Id")
    except (SignXMLException, etree.LxmlError, ValueError, TypeError, AttributeError):
        # Of foreign input it raises its own errors and bare ones alike.
        return None
    references = envelope.iterfind(f"{place}{{{DS}}}Signature/{{{DS}}}SignedInfo/{{{DS}}}Reference")
    return {(each.get("URI") or "").removeprefix("#") for each in references}


def _stands_for(element: etree._Element, signed: set[str], envelope: etree._Element) -> bool:
    """Whether it is this very element that was signed, and no other under the same id (signature wrapping)."""
    id_ = element.get(f"{{{WSU}}}Id") or element.get("Id")
    if not id_ or id_ not in signed:
        return False
    bearers = [
        each
        for each in envelope.iter("*")
        if any(etree.QName(name).localname in _IDS and value == id_ for name, value in each.attrib.items())
    ]
    return bearers == [element]


def _is_over(timestamp: etree._Element, now: datetime) -> bool:
    try:
        ends = datetime.fromisoformat((timestamp.findtext(f"{{{WSU}}}Expires") or "").strip())
        return now > ends + SKEW
    except (ValueError, TypeError):  # none, or without a zone
        return timestamp.find(f"{{{WSU}}}Expires") is not None


_IDS = {"Id", "ID", "id"}


def _parser() -> etree.XMLParser:
    # One for each answer: a parser belongs to the thread that made it.
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
