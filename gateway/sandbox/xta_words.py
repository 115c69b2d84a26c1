"""XTA words: what the stand-in of an XTA service reads and says, by the names of the standard (XTA 2.1.1)."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4
from xml.sax.saxutils import escape, quoteattr

import orjson
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from gateway.core.document import Element
from gateway.sandbox.journal import Entry, Result
from gateway.sandbox.soap import SOAP_12

XTA = "http://xoev.de/transport/xta/211"
META = "http://www.osci.eu/ws/2014/10/transport"
OSCI = "http://www.osci.eu/ws/2008/05/transport"
WSA = "http://www.w3.org/2005/08/addressing"
PREFIX = "urn:de:xta:messageid:sandbox:"
ERRORS = "urn:de:xta:webservice:codeliste:fehlernummer"
SYSTEM = "amtsbote-sandbox"

NOT_BOOKED = "9013"
"""Dienst ist nicht gebucht."""
TEXTS = {
    "9013": "Dienst ist nicht gebucht",
    "9020": "Parameter fehlen",
    "9024": "MessageID bereits verwendet",
    "9030": "Technischer Fehler",
    "9050": "Nachricht entspricht nicht dem Schema",
    "9070": "MessageID unbekannt",
}


@dataclass(frozen=True, slots=True)
class Order:
    """The metadata of a message, as far as a report repeats them."""

    message_id: str
    author: str
    author_type: str
    reader: str
    reader_type: str
    requester: str | None
    """The sender's own name for the process: the delivery's id, where the gateway is the sender."""
    subject: str | None
    service: str
    scenario: str
    message_type: str
    list_uri: str
    list_version: str
    payload_schema: str
    test: str

    @classmethod
    def read(cls, envelope: Element) -> "Order | None":
        """From the header of SendMessage; None where something mandatory is missing."""
        order = envelope.one("Header/MessageMetaData")
        author = order.one("Originators/Author/Identifier") if order else None
        reader = order.one("Destinations/Reader/Identifier") if order else None
        type_ = order.one("Qualifier/MessageType") if order else None
        if order is None or author is None or reader is None or type_ is None:
            return None
        found = {
            "message_id": order.text("MsgIdentification/MessageID"),
            "author": author.text(),
            "author_type": author.attribute("type"),
            "reader": reader.text(),
            "reader_type": reader.attribute("type"),
            "requester": order.text("MsgIdentification/ProcessRef/Requester"),
            "subject": order.text("Qualifier/Subject"),
            "service": order.text("Qualifier/Service"),
            "scenario": order.text("Qualifier/BusinessScenario/Defined/code")
            or order.text("Qualifier/BusinessScenario/Undefined"),
            "message_type": type_.text("code"),
            "list_uri": type_.attribute("listURI"),
            "list_version": type_.attribute("listVersionID"),
            "payload_schema": type_.attribute("payloadSchema"),
            "test": order.attribute("TestMsg") or "false",
        }
        try:
            made = ORDERS.validate_python(found)
        except ValidationError:
            return None
        return made if made.message_id.startswith(PREFIX) else None

    @classmethod
    def find(cls, folder: Path, message_id: str) -> "Order | None":
        """The order under a message id, if one was kept."""
        return cls.read_file(_file(folder, message_id))

    @classmethod
    def read_file(cls, file: Path) -> "Order | None":
        """The order in a file, if it is one."""
        try:
            return ORDERS.validate_json(file.read_bytes())
        except (OSError, ValueError):
            return None

    def file(self, folder: Path) -> Path:
        """Where it is kept."""
        return _file(folder, self.message_id)

    @property
    def delivery(self) -> str:
        """By what the message is known: the sender's own name for the process, else its id."""
        return self.requester or self.message_id

    def keep(self, folder: Path) -> None:
        """Keep it on disk, so that a restarted service still reports on it.

        Raises:
            OSError: it can't be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        _file(folder, self.message_id).write_bytes(orjson.dumps(asdict(self)))

    @property
    def reader_ags(self) -> str | None:
        """The reader's municipality, where its Kennung names one."""
        prefix, _, ags = self.reader.partition(":")
        return ags if prefix == "ags" else None


ORDERS = TypeAdapter(Order)


def _file(folder: Path, message_id: str) -> Path:
    # Only letters, digits and hyphens: an id can't point out of the folder.
    name = "".join(each for each in message_id.removeprefix(PREFIX) if each.isalnum() or each == "-")
    return folder / f"{name[:64]}.json"


def new_id() -> str:
    """An id that was never given before."""
    return f"{PREFIX}{uuid4()}"


def said(body: str) -> Response:
    """An answer that is no fault."""
    return SOAP_12.envelope(body)


def message_id(id: str) -> str:
    """What createMessageId answers."""
    return f'<MessageID xmlns="{WSA}">{escape(id)}</MessageID>'


def fault(name: str, number: str, status: int = 500) -> Response:
    """A fault of XTA, by the name of its exception and its number."""
    detail = (
        f'<xta:{name} xmlns:xta="{XTA}"><xta:errorCode listURI="{ERRORS}" listVersionID="1.0">'
        f"<code>{number}</code><name>{TEXTS[number]}</name></xta:errorCode></xta:{name}>"
    )
    response = SOAP_12.fault(SOAP_12.server, TEXTS[number], detail)
    response.status_code = status
    return response


def report(order: Order, received: datetime | None) -> str:
    """The TransportReport on an order: status 0 (open) until it was received, then 1 (green)."""
    reception = f"<m:Reception>{received.isoformat()}</m:Reception>" if received else ""
    requester = (
        f"<m:ProcessRef><m:Requester>{escape(order.requester)}</m:Requester></m:ProcessRef>"
        if order.requester
        else ""
    )
    subject = f"<m:Subject>{escape(order.subject)}</m:Subject>" if order.subject else ""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return (
        f'<x:TransportReport xmlns:x="{XTA}" xmlns:m="{META}" xmlns:a="{WSA}">'
        f"<m:MessageMetaData TestMsg={quoteattr(order.test)}>"
        f"<m:DeliveryAttributes>{reception}</m:DeliveryAttributes>"
        f"<m:Originators><m:Author><m:Identifier type={quoteattr(order.author_type)}>{escape(order.author)}"
        "</m:Identifier></m:Author></m:Originators>"
        f"<m:Destinations><m:Reader><m:Identifier type={quoteattr(order.reader_type)}>{escape(order.reader)}"
        "</m:Identifier></m:Reader></m:Destinations>"
        f"<m:MsgIdentification><a:MessageID>{escape(order.message_id)}</a:MessageID>{requester}"
        "</m:MsgIdentification>"
        f"<m:Qualifier>{subject}<m:Service>{escape(order.service)}</m:Service>"
        f"<m:BusinessScenario><m:Undefined>{escape(order.scenario)}</m:Undefined></m:BusinessScenario>"
        f"<m:MessageType listURI={quoteattr(order.list_uri)} listVersionID={quoteattr(order.list_version)} "
        f"payloadSchema={quoteattr(order.payload_schema)}><code>{escape(order.message_type)}</code>"
        "</m:MessageType></m:Qualifier></m:MessageMetaData>"
        f"<x:ReportTime>{now}</x:ReportTime><x:XTAServerIdentity>{SYSTEM}</x:XTAServerIdentity>"
        f"<x:MessageStatus><x:Status>{1 if received else 0}</x:Status></x:MessageStatus></x:TransportReport>"
    )


def letter(order: Order, id_: str, message_type: str, at: datetime) -> str:
    """The metadata of the reply to an order: author and reader change places, and it names what it answers."""
    requester = (
        f"<m:ProcessRef><m:Requester>{escape(order.requester)}</m:Requester></m:ProcessRef>"
        if order.requester
        else ""
    )
    return (
        f"<m:MessageMetaData TestMsg={quoteattr(order.test)}>"
        f"<m:DeliveryAttributes><m:Origin>{at.isoformat()}</m:Origin></m:DeliveryAttributes>"
        f"<m:Originators><m:Author><m:Identifier type={quoteattr(order.reader_type)}>{escape(order.reader)}"
        "</m:Identifier></m:Author></m:Originators>"
        f"<m:Destinations><m:Reader><m:Identifier type={quoteattr(order.author_type)}>{escape(order.author)}"
        "</m:Identifier></m:Reader></m:Destinations>"
        f"<m:MsgIdentification><a:MessageID>{escape(id_)}</a:MessageID>"
        f"<m:In-Reply-To>{escape(order.message_id)}</m:In-Reply-To>{requester}</m:MsgIdentification>"
        f"<m:Qualifier><m:Service>{escape(order.service)}</m:Service>"
        f"<m:BusinessScenario><m:Undefined>{escape(order.scenario)}</m:Undefined></m:BusinessScenario>"
        f"<m:MessageType listURI={quoteattr(order.list_uri)} listVersionID={quoteattr(order.list_version)} "
        f"payloadSchema={quoteattr(order.payload_schema)}><code>{escape(message_type)}</code>"
        "</m:MessageType></m:Qualifier></m:MessageMetaData>"
    )


class XtaVoice:
    """The answers of sendMessage. No text of a message is ever repeated in them."""

    def accepted(self, entry: Entry) -> Response:
        """An empty body; a message that is there already is a fault that says so."""
        if entry.result is Result.REPEATED:
            return fault("ParameterIsNotValidException", "9024")
        return said("")

    def refused(self, entry: Entry) -> Response:
        if entry.reason == NOT_BOOKED:
            return fault("PermissionDeniedException", NOT_BOOKED)
        return fault("MessageSchemaViolationException", "9050")

    def failed(self) -> Response:
        return fault("XTAWSTechnicalProblemException", "9030")

    def unavailable(self, retry_after: str) -> Response:
        response = fault("XTAWSTechnicalProblemException", "9030", 503)
        response.headers["Retry-After"] = retry_after
        return response

    def error_in_success(self) -> Response:
        return fault("XTAWSTechnicalProblemException", "9030", 200)

    def without_receipt(self) -> Response:
        """A success has an empty body: anything in it is not what the standard describes."""
        return said(f'<x:Empfang xmlns:x="{XTA}"/>')
