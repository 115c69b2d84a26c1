"""XTA, our part: what is said to an XTA 2.1.1 service, as SOAP 1.2 envelopes with WS-Addressing."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from lxml import etree
from lxml.builder import ElementMaker

SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://www.w3.org/2005/08/addressing"
XTA = "http://xoev.de/transport/xta/211"
META = "http://www.osci.eu/ws/2014/10/transport"
OSCI = "http://www.osci.eu/ws/2008/05/transport"

Element = etree._Element  # noqa: SLF001  # the class has no public name

_PREFIXES = {"s": SOAP, "wsa": WSA, "xta": XTA, "meta": META, "osci": OSCI}
_s, _wsa, _xta, _meta, _osci = (  # makers of elements, by their namespace
    ElementMaker(namespace=each, nsmap=_PREFIXES) for each in (SOAP, WSA, XTA, META, OSCI)
)
_xop = ElementMaker(
    namespace="http://www.w3.org/2004/08/xop/include",
    nsmap={"xop": "http://www.w3.org/2004/08/xop/include"},
)
_plain = ElementMaker()

_SOAP_TYPE = "application/soap+xml"
_ENVELOPE, _CONTENT = "envelope@amtsbote", "content@amtsbote"

_MANAGEMENT = "http://www.xta.de/XTA/"
_MSGBOX = "http://www.osci.eu/ws/2008/05/transport/urn/messageTypes/"


@dataclass(frozen=True, slots=True)
class Request:
    """A call of one operation, ready to be sent."""

    action: str
    content: bytes
    boundary: str | None = None
    """Of the MIME parts, where it is sent as MTOM."""

    @property
    def content_type(self) -> str:
        """What the HTTP header says (RFC 3902; for MTOM, W3C MTOM section 3.2 and XOP section 4.1)."""
        if self.boundary is None:
            return f'{_SOAP_TYPE}; charset=utf-8; action="{self.action}"'
        return (
            f'multipart/related; boundary="{self.boundary}"; type="application/xop+xml"; '
            f'start="<{_ENVELOPE}>"; start-info="{_SOAP_TYPE}"; action="{self.action}"'
        )


@dataclass(frozen=True, slots=True)
class Code:
    """A value of a code list, with what the standard demands about the list."""

    code: str
    list_uri: str
    list_version: str


@dataclass(frozen=True, slots=True)
class Party:
    """Author or reader: a Kennung, and how it is to be read."""

    kennung: str
    type: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One message for the transport: its metadata (OSCI MessageMetaData 2.02) and its content."""

    message_id: str
    """As `createMessageId` gave it."""
    author: Party
    reader: Party
    service: str
    """URI of the service at the reader, as the DVDV has it."""
    scenario: Code | str
    """Business scenario, by a code or in a word."""
    message_type: Code
    payload_schema: str
    process: str
    """Our own name for the process, which an answer may quote."""
    subject: str
    content: bytes
    media_type: str
    filename: str
    origin: datetime | None = None
    """When the content was produced."""
    quality: str | None = None
    """Service profile."""
    test: bool = False


def create_message_id(url: str, author: Party) -> Request:
    """`createMessageId`: an id for one message to come."""
    return _request(url, f"{_MANAGEMENT}CreateMessageID", _author(author))


def check_account(url: str, author: Party) -> Request:
    """`checkAccountActive`: changes nothing, and answers only whether we may speak at all."""
    return _request(url, f"{_MANAGEMENT}CheckAccountActive", _author(author))


def get_transport_report(url: str, author: Party, message_id: str) -> Request:
    """`getTransportReport`: what became of a message."""
    return _request(url, f"{_MANAGEMENT}GetTransportReport", _author(author), _wsa.MessageID(message_id))


def send_message(url: str, letter: Letter, *, mtom: bool = False) -> Request:
    """`sendMessage`: the message itself, in base64 or, with MTOM, as bytes beside the envelope."""
    content = _xop.Include(href=f"cid:{_CONTENT}") if mtom else b64encode(letter.content).decode()
    message = _xta.Message(
        content,
        contentType=letter.media_type,
        encoding="UTF-8",
        filename=letter.filename,
        size=str(len(letter.content)),
    )
    body = _xta.GenericContentContainer(_xta.ContentContainer(message))
    request = _request(url, f"{_MANAGEMENT}SendMessage", metadata(letter), body)
    return _as_mtom(request, letter.content) if mtom else request


def _as_mtom(request: Request, content: bytes) -> Request:
    """Two MIME parts: the envelope, and the bytes that it refers to."""
    boundary = f"amtsbote-{uuid4().hex}"
    body = b""
    for content_type, id_, part in (
        (f'application/xop+xml; charset=UTF-8; type="{_SOAP_TYPE}"', _ENVELOPE, request.content),
        ("application/octet-stream", _CONTENT, content),
    ):
        head = (
            f"--{boundary}\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: binary\r\n"
            f"Content-ID: <{id_}>\r\n\r\n"
        )
        body += head.encode() + part + b"\r\n"
    return Request(request.action, body + f"--{boundary}--\r\n".encode(), boundary)


def get_status_list(url: str, author: Party, at_most: int) -> Request:
    """`getStatusList`: the metadata of what lies in the mailbox."""
    wish = _osci.MsgBoxStatusListRequest(maxListItems=str(at_most), ListForm="MessageMetaData")
    return _request(url, f"{_MSGBOX}MsgBoxStatusListRequest", _author(author), wish)


def get_message(url: str, author: Party, message_id: str) -> Request:
    """`getMessage`: one message out of the mailbox. It stays there until `close`."""
    wish = _osci.MsgBoxFetchRequest(_osci.MsgSelector(_wsa.MessageID(message_id)), MsgPart="Envelope")
    return _request(url, f"{_MSGBOX}MsgBoxFetchRequest", _author(author), wish)


def close(url: str, author: Party, request_id: str, message_id: str) -> Request:
    """`close`: what was fetched is safe here."""
    wish = _osci.MsgBoxCloseRequest(_osci.LastMsgReceived(message_id), MsgBoxRequestID=request_id)
    return _request(url, f"{_MSGBOX}MsgBoxCloseRequest", _author(author), wish)


def metadata(letter: Letter) -> Element:
    """The order for the transport, in the sequence of the schema."""
    attributes = _meta.DeliveryAttributes()
    if letter.origin is not None:
        attributes.append(_meta.Origin(letter.origin.isoformat()))
    if letter.quality is not None:
        attributes.append(_meta.ServiceQuality(letter.quality))
    scenario = (
        _meta.Undefined(letter.scenario)
        if isinstance(letter.scenario, str)
        else _code(_meta.Defined, letter.scenario)
    )
    order: Element = _meta.MessageMetaData(
        attributes,
        _meta.Originators(_author(letter.author)),
        _meta.Destinations(_meta.Reader(_identifier(letter.reader))),
        _meta.MsgIdentification(
            _wsa.MessageID(letter.message_id), _meta.ProcessRef(_meta.Requester(letter.process))
        ),
        _meta.Qualifier(
            _meta.Subject(letter.subject),
            _meta.Service(letter.service),
            _meta.BusinessScenario(scenario),
            _code(_meta.MessageType, letter.message_type, payloadSchema=letter.payload_schema),
        ),
        _meta.MsgSize(str(len(letter.content))),
        TestMsg="true" if letter.test else "false",
    )
    return order


def _request(url: str, action: str, header: Element, *body: Element) -> Request:
    envelope = _s.Envelope(
        _s.Header(
            _wsa.To(url),
            _wsa.Action(action),
            _wsa.MessageID(uuid4().urn),
            _wsa.ReplyTo(_wsa.Address(f"{WSA}/anonymous")),
            header,
        ),
        _s.Body(*body),
    )
    return Request(action, etree.tostring(envelope, encoding="UTF-8", xml_declaration=True))


def _author(author: Party) -> Element:
    element: Element = _meta.Author(_identifier(author))
    return element


def _identifier(party: Party) -> Element:
    element: Element = _meta.Identifier(party.kennung, type=party.type)
    return element


def _code(make: Callable[..., Element], code: Code, **more: str) -> Element:
    # The elements of an XÖV code stand in no namespace.
    value = _plain.code(code.code)
    return make(value, listURI=code.list_uri, listVersionID=code.list_version, **more)
