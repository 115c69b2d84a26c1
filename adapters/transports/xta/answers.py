"""XTA, the service's part: reads its SOAP 1.2 envelopes; one table says what its faults mean."""

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from lxml import etree

from adapters.transports.http.outcomes import Answer, Trouble
from adapters.transports.http.related import INCLUDE, RELATED, unpacked
from adapters.transports.xta.words import META, SOAP, WSA, XTA, Element
from gateway.core.outcome import Cause, Failed, Rejected, Unclear

SPOKEN = frozenset({"application/soap+xml", RELATED})
"""Media types in which a service speaks: plain, and as MTOM."""

ALREADY_USED, NOT_BOOKED, UNKNOWN_ID = "9024", "9013", "9070"

FAULTS: Mapping[str, tuple[type[Failed] | type[Unclear] | type[Rejected], str]] = {
    "9000": (Unclear, "An error without a number of its own."),
    # PermissionDenied: our account or our certificate, which can be mended.
    "9010": (Failed, "Our login or certificate has expired."),
    "9011": (Failed, "Our account is locked."),
    "9012": (Failed, "We have no account there."),
    NOT_BOOKED: (Failed, "The service is not booked for our account (Dienst ist nicht gebucht)."),
    "9014": (Failed, "Our certificate does not belong to the author's Kennung."),
    # ParameterIsNotValid
    "9020": (Rejected, "Parameters are missing."),
    "9021": (Rejected, "An address is no valid URI."),
    "9022": (Rejected, "Parameters do not fit together."),
    "9023": (Rejected, "The message is larger than the service takes."),
    ALREADY_USED: (Unclear, "The message id was used before."),
    # XTAWSTechnicalProblem: nobody says that nothing was done.
    "9030": (Unclear, "The service had an error of its own."),
    "9031": (Unclear, "The service could not use its directory."),
    "9032": (Unclear, "The service had an error while it delivered."),
    # MessageSchemaViolation, MessageVirusDetection
    "9050": (Rejected, "The message does not follow its schema, the service says."),
    "9051": (Rejected, "The message has a wrong encoding, the service says."),
    "9052": (Rejected, "The message violates the service profile."),
    "9060": (Rejected, "The service found harmful code in the message."),
    # InvalidMessageID
    UNKNOWN_ID: (Failed, "The service does not know the message id."),
    # SyncAsync: the wrong kind of call, until somebody changes the destination.
    "9080": (Rejected, "The service is offered asynchronously only."),
    "9081": (Rejected, "The service is offered synchronously only."),
    # CancelDenied: we never cancel.
    "9100": (Unclear, "It is too late to cancel."),
    "9101": (Unclear, "The order can't be cancelled."),
}
"""Every number of the code list `urn:de:xta:webservice:codeliste:fehlernummer` 1.0."""

SOAP_CODES: Mapping[str, tuple[type[Failed] | type[Unclear] | type[Rejected], str]] = {
    "VersionMismatch": (Failed, "The service expects another version of SOAP."),
    "MustUnderstand": (Failed, "The service did not understand a header."),
    "DataEncodingUnknown": (Failed, "The service does not read our encoding."),
    "Sender": (Rejected, "The service refused the request as wrongly formed."),
    "Receiver": (Unclear, "The service had an error while it worked on the request."),
}
"""Fault codes of SOAP 1.2, section 5.4.6, for a fault without a number."""

UNREADABLE = Unclear(Cause("xta-unreadable", "The answer is not what the standard describes."))


class Light(IntEnum):
    """Status of a TransportReport (Ampelstatus), by the maximum principle."""

    OPEN = 0
    GREEN = 1
    YELLOW = 2
    RED = 3


@dataclass(frozen=True, slots=True)
class Said:
    """An envelope that is no fault."""

    header: Element | None
    body: Element
    parts: Mapping[str, bytes]
    """Content that travelled beside the envelope (MTOM), by its Content-ID."""

    def one(self, name: str) -> Element | None:
        """The element of this name (`{namespace}local`) that the body consists of."""
        return self.body[0] if len(self.body) == 1 and self.body[0].tag == name else None

    def binary(self, element: Element) -> bytes | None:
        """What an element of base64 holds, inside or beside the envelope; None where it is neither."""
        include = element.find(INCLUDE)
        if include is not None:
            return self.parts.get(str(include.get("href", "")).removeprefix("cid:"))
        try:
            return b64decode("".join((element.text or "").split()), validate=True)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class SoapFault:
    """A fault, and what it means for a message that is being sent."""

    number: str | None
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Report:
    """What the service says of one message."""

    light: Light
    message_id: str
    process: str | None
    """Our own name for the process, as the order named it."""
    at: datetime | None
    fetched: bool
    """The reader has taken it out of its mailbox."""
    code: str | None
    """Of the first error."""


def read(answer: Answer) -> Said | SoapFault | None:
    """Open an envelope; None where it is none."""
    content, parts = unpacked(answer)
    if content is None:
        return None
    try:
        root = etree.fromstring(content, _parser())
    except (etree.XMLSyntaxError, ValueError):
        return None
    body = root.find(f"{{{SOAP}}}Body")
    doctype = root.getroottree().docinfo.doctype  # type: ignore[union-attr]  # the stubs lack it
    if root.tag != f"{{{SOAP}}}Envelope" or doctype or body is None:
        return None
    fault = body.find(f"{{{SOAP}}}Fault")
    if fault is not None:
        return _fault(fault)
    return Said(root.find(f"{{{SOAP}}}Header"), body, parts)


def message_id_of(said: Said) -> str | None:
    """The id that `createMessageId` gave, where it can be one: an absolute URI."""
    element = said.one(f"{{{WSA}}}MessageID")
    text = ((element.text if element is not None else "") or "").strip()
    return text if is_message_id(text) else None


def is_message_id(text: str | None) -> bool:
    """Whether a name can be a message id: an absolute URI, in printable ASCII."""
    return text is not None and len(text) <= _LONGEST and _URI.fullmatch(text) is not None


def report_of(said: Said) -> Report | None:
    """Read a TransportReport; None where the body is none."""
    element = said.one(f"{{{XTA}}}TransportReport")
    if element is None:
        return None
    light = text_of(element, f"{{{XTA}}}MessageStatus/{{{XTA}}}Status")
    identification = f"{{{META}}}MessageMetaData/{{{META}}}MsgIdentification"
    message_id = text_of(element, f"{identification}/{{{WSA}}}MessageID")
    reader = f"{{{META}}}MessageMetaData/{{{META}}}Destinations/{{{META}}}Reader/{{{META}}}Identifier"
    # A report without an order says nothing: an id may be known before anything was sent under it.
    if (
        message_id is None
        or text_of(element, reader) is None
        or light not in {str(each.value) for each in Light}
    ):
        return None
    attributes = f"{{{META}}}MessageMetaData/{{{META}}}DeliveryAttributes"
    moments = [text_of(element, f"{attributes}/{{{META}}}{name}") for name in ("Reception", "InitialFetch")]
    return Report(
        Light(int(light)),
        message_id,
        text_of(element, f"{identification}/{{{META}}}ProcessRef/{{{META}}}Requester"),
        moment_of(next((each for each in moments if each), None) or text_of(element, f"{{{XTA}}}ReportTime")),
        any(moments),
        text_of(element, f"{{{XTA}}}MessageStatus/{{{XTA}}}ErrorList/{{{XTA}}}Error/{{{XTA}}}Code/code"),
    )


def _fault(fault: Element) -> SoapFault:
    numbers = [
        (each.text or "").strip()
        for each in fault.iterfind(f"{{{SOAP}}}Detail/*/{{*}}errorCode/code")
        if (each.text or "").strip() in FAULTS
    ]
    if numbers:
        kind, detail = FAULTS[numbers[0]]
        return SoapFault(numbers[0], kind(Cause(f"xta-{numbers[0]}", detail)))
    value = text_of(fault, f"{{{SOAP}}}Code/{{{SOAP}}}Value") or ""
    name = value.rpartition(":")[2]
    kind, detail = SOAP_CODES.get(name, (Unclear, "The service answered with a fault of its own."))
    suffix = re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower() if name in SOAP_CODES else "other"
    return SoapFault(None, kind(Cause(f"xta-fault:{suffix}", detail)))


def _parser() -> etree.XMLParser:
    # One for each answer: a parser belongs to the thread that made it.
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )


def text_of(element: Element, path: str) -> str | None:
    """The text at a path, without blanks around it; None where there is none."""
    found = element.findtext(path)
    return found.strip() or None if found else None


def moment_of(text: str | None) -> datetime | None:
    """A moment with its zone; None for anything else."""
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


_LONGEST = 200
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+", re.ASCII)
