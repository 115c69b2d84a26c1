"""A tiny XTA 2.1.1 service with a memory: ids, orders, reports; each request is held against the official schemas."""

import os
from base64 import b64decode, b64encode
from copy import deepcopy
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from functools import cache
from pathlib import Path

from lxml import etree

import adapters
from tests.unit.adapters.wire import Request, Wire, http

ROOT = Path(adapters.__file__).parents[1]
REFERENCE = Path(os.environ.get("AMTSBOTE_REFERENCE") or ROOT.parent / "shared" / "reference") / "xta-2.1.1"

SOAP = "http://www.w3.org/2003/05/soap-envelope"
META = "{http://www.osci.eu/ws/2014/10/transport}"
WSA = "{http://www.w3.org/2005/08/addressing}"
OSCI = "http://www.osci.eu/ws/2008/05/transport"
XTA = "{http://xoev.de/transport/xta/211}"

_IMPORTS = {
    SOAP: ".xsd",
    META.strip("{}"): "OSCI_MessageMetaData_V2.02.xsd",
    "http://www.osci.eu/ws/2008/05/transport": "OSCI2_02.xsd",
    WSA.strip("{}"): "ws-addr.xsd",
}


@cache
def official_schema() -> etree.XMLSchema:
    """All official schemas as one, so that what a wildcard lets through is looked at too."""
    imports = "".join(
        f'<xs:import namespace="{name}" schemaLocation="{(REFERENCE / file).as_uri()}"/>'
        for name, file in _IMPORTS.items()
    )
    includes = "".join(
        f'<xs:include schemaLocation="{(REFERENCE / file).as_uri()}"/>'
        for file in ("XTA-Webservice-Globale-Elemente.xsd", "XTA-Webservice-Exceptions.xsd")
    )
    whole = (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified" '
        f'targetNamespace="{XTA.strip("{}")}">{includes}{imports}</xs:schema>'
    )
    return etree.XMLSchema(etree.fromstring(whole))


def check(content: bytes) -> etree._Element:
    """The envelope, which follows the official schemas where they are at hand."""
    root = etree.fromstring(content)
    if REFERENCE.exists():
        official_schema().assertValid(root)
    return root


def unpacked(request: Request) -> bytes:
    """The envelope with all that it refers to inside of it, read as any MIME reader does."""
    media = request.headers["content-type"]
    if not media.startswith("multipart/related"):
        return request.body
    mail = message_from_bytes(f"Content-Type: {media}\r\n\r\n".encode() + request.body, policy=HTTP)
    parts = {str(part["Content-ID"]).strip("<>"): part.get_payload(decode=True) for part in mail.iter_parts()}
    assert mail.get_param("type") == "application/xop+xml"
    envelope = parts[str(mail.get_param("start")).strip("<>")]
    assert isinstance(envelope, bytes)
    root = etree.fromstring(envelope)
    for include in list(root.iter("{http://www.w3.org/2004/08/xop/include}Include")):
        content, holder = parts[include.get("href", "").removeprefix("cid:")], include.getparent()
        assert isinstance(content, bytes)
        assert holder is not None
        holder.remove(include)
        holder.text = b64encode(content).decode()
    return etree.tostring(root)


@dataclass
class XtaService(Wire):
    """`instead` holds answers that are given in place of its own, by operation; None cuts the connection."""

    ids: int = 0
    orders: dict[str, etree._Element] = field(default_factory=dict)
    """The metadata of each order, by its message id."""
    contents: dict[str, bytes] = field(default_factory=dict)
    status: int = 1
    error_code: str = "T-17"
    fetched: bool = False
    instead: dict[str, list[bytes | None]] = field(default_factory=dict)
    after: dict[str, list[bytes | None]] = field(default_factory=dict)
    """As `instead`, but the work is done before."""
    calls: list[str] = field(default_factory=list)
    letters: dict[str, tuple[str, str]] = field(default_factory=dict)
    """What lies in our mailbox: metadata and content of each message, as XML, by its id."""

    def answer(self, request: Request) -> bytes | None:
        root = check(unpacked(request))
        action = (root.findtext(f".//{WSA}Action") or "").rpartition("/")[2]
        assert f'action="{root.findtext(f".//{WSA}Action")}"' in request.headers["content-type"]
        self.calls.append(action)
        if self.instead.get(action):
            return self.instead[action].pop(0)
        answer = getattr(self, f"_{action}")(root)
        check(answer.partition(b"\r\n\r\n")[2])
        if self.after.get(action):
            return self.after[action].pop(0)
        return bytes(answer)

    def _CreateMessageID(self, _: etree._Element) -> bytes:  # noqa: N802
        self.ids += 1
        return said(f'<MessageID xmlns="{WSA[1:-1]}">urn:de:xta:messageid:test:{self.ids}</MessageID>')

    def _CheckAccountActive(self, _: etree._Element) -> bytes:  # noqa: N802
        return said("")

    def _SendMessage(self, root: etree._Element) -> bytes:  # noqa: N802
        order = root.find(f".//{META}MessageMetaData")
        assert order is not None
        id_ = order.findtext(f"{META}MsgIdentification/{WSA}MessageID") or ""
        if id_ in self.orders:
            return fault("ParameterIsNotValidException", "9024")
        self.orders[id_] = deepcopy(order)
        message = root.find(f".//{XTA}Message")
        assert message is not None
        self.contents[id_] = b64decode(message.text or "")
        return said("")

    def _GetTransportReport(self, root: etree._Element) -> bytes:  # noqa: N802
        id_ = root.findtext(f"{{{SOAP}}}Body/{WSA}MessageID") or ""
        if id_ not in self.orders:
            return fault("InvalidMessageIDException", "9070")
        order = deepcopy(self.orders[id_])
        if self.fetched:
            stamp = etree.SubElement(order[0], f"{META}InitialFetch")
            stamp.text = "2026-06-01T14:00:00Z"
        errors = (
            "<x:ErrorList><x:Error><x:Timestamp>2026-06-01T13:00:00Z</x:Timestamp>"
            f'<x:Code listURI="urn:test" listVersionID="1"><code>{self.error_code}</code></x:Code>'
            "<x:Reason>Frau Geheim</x:Reason></x:Error></x:ErrorList>"
            if self.status == 3
            else ""
        )
        return said(
            f'<x:TransportReport xmlns:x="{XTA[1:-1]}">{etree.tostring(order).decode()}'
            "<x:ReportTime>2026-06-01T13:00:00Z</x:ReportTime><x:XTAServerIdentity>test</x:XTAServerIdentity>"
            f"<x:MessageStatus><x:Status>{self.status}</x:Status>{errors}</x:MessageStatus></x:TransportReport>"
        )

    def _MsgBoxStatusListRequest(self, root: etree._Element) -> bytes:  # noqa: N802
        wish = root.find(f".//{{{OSCI}}}MsgBoxStatusListRequest")
        assert wish is not None
        at_most = int(wish.get("maxListItems", ""))
        listed = "".join([metadata for metadata, _ in self.letters.values()][:at_most])
        return said(f'<o:MsgStatusList xmlns:o="{OSCI}">{listed}</o:MsgStatusList>')

    def _MsgBoxFetchRequest(self, root: etree._Element) -> bytes:  # noqa: N802
        id_ = root.findtext(f"{{{SOAP}}}Body//{WSA}MessageID") or ""
        if id_ not in self.letters:
            return fault("InvalidMessageIDException", "9070")
        head = (
            f'<o:MsgBoxResponse xmlns:o="{OSCI}" MsgBoxRequestID="urn:fetch:{id_}">'
            "<o:ItemsPending>0</o:ItemsPending></o:MsgBoxResponse>"
        )
        return said(self.letters[id_][1], head)

    def _MsgBoxCloseRequest(self, root: etree._Element) -> bytes:  # noqa: N802
        wish = root.find(f"{{{SOAP}}}Body")
        assert wish is not None
        id_ = wish.findtext(f".//{{{OSCI}}}LastMsgReceived") or ""
        assert wish[0].get("MsgBoxRequestID") == f"urn:fetch:{id_}"
        del self.letters[id_]
        return said("")

    def send(
        self, number: int, delivery: str | None, *attachments: str, test: str = "false", answers: str = ""
    ) -> str:
        """Put a message into our mailbox, as a register office does; its id. It names the delivery as the process,
        or the ids of messages that it answers, with blanks between them.
        """
        id_ = f"urn:de:xta:messageid:reply:{number}"
        party = "<m:Identifier type='xoev'>psw:01003110</m:Identifier>"
        replied = "".join(f"<m:In-Reply-To>{each}</m:In-Reply-To>" for each in answers.split())
        process = (
            f"<m:ProcessRef><m:Requester>{delivery}</m:Requester><m:Responder>SB-{number}</m:Responder></m:ProcessRef>"
            if delivery
            else ""
        )
        metadata = (
            f'<m:MessageMetaData xmlns:m="{META[1:-1]}" TestMsg="{test}"><m:DeliveryAttributes>'
            f"<m:Origin>2026-06-0{number}T13:00:00Z</m:Origin></m:DeliveryAttributes>"
            f"<m:Originators><m:Author>{party}</m:Author></m:Originators>"
            f"<m:Destinations><m:Reader>{party}</m:Reader></m:Destinations>"
            f'<m:MsgIdentification><a:MessageID xmlns:a="{WSA[1:-1]}">{id_}</a:MessageID>{replied}{process}'
            "</m:MsgIdentification><m:Qualifier><m:Service>urn:dienst</m:Service><m:BusinessScenario>"
            "<m:Undefined>x</m:Undefined></m:BusinessScenario><m:MessageType listURI='urn:l' "
            f"listVersionID='1' payloadSchema='urn:s'><code>050{number}</code></m:MessageType></m:Qualifier>"
            "</m:MessageMetaData>"
        )
        parts = "".join(
            f'<x:{"Attachment" if place else "Message"} contentType="application/xml; charset=utf-8" '
            f'filename="../bescheid-{place}.xml">{b64encode(each.encode()).decode()}'
            f"</x:{'Attachment' if place else 'Message'}>"
            for place, each in enumerate(attachments or ("<bescheid/>",))
        )
        container = (
            f'<x:GenericContentContainer xmlns:x="{XTA[1:-1]}"><x:ContentContainer>{parts}'
            "</x:ContentContainer></x:GenericContentContainer>"
        )
        self.letters[id_] = metadata, container
        return id_


def said(body: str, head: str = "") -> bytes:
    header = f"<s:Header>{head}</s:Header>" if head else ""
    return http(200, f'<s:Envelope xmlns:s="{SOAP}">{header}<s:Body>{body}</s:Body></s:Envelope>', MEDIA)


def fault(name: str, number: str) -> bytes:
    detail = (
        f'<s:Detail><x:{name} xmlns:x="{XTA[1:-1]}"><x:errorCode><code>{number}</code>'
        f"<name>Frau Geheim</name></x:errorCode></x:{name}></s:Detail>"
    )
    return http(500, soap_fault("Receiver", detail), MEDIA)


def soap_fault(code: str, detail: str = "") -> str:
    return (
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault><s:Code><s:Value>s:{code}</s:Value></s:Code>'
        f'<s:Reason><s:Text xml:lang="de">Frau Geheim</s:Text></s:Reason>{detail}</s:Fault></s:Body></s:Envelope>'
    )


MEDIA = "application/soap+xml; charset=utf-8"
