"""SOAP: envelopes of both versions, as the stand-ins that speak it write them. No text of a request is in them."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from gateway.core.document import Element
from gateway.core.errors import Refused
from schemas.door import parse

WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
FAILED_AUTHENTICATION = "FailedAuthentication"
"""Fault code of WS-Security (SOAP Message Security 1.1.1, section 12): the caller is not who may call."""


@dataclass(frozen=True, slots=True)
class Soap:
    """What the two versions of SOAP do differently."""

    path: str
    """Last part of an address of this version."""
    namespace: str
    wsdl_namespace: str
    """Of the elements that bind a WSDL to this version."""
    media_type: str
    client: str
    """Fault code: the request is wrong."""
    server: str
    """Fault code: the system failed."""
    client_status: int
    """HTTP status of a fault with the code `client`."""

    def is_spoken(self, request: Request) -> bool:
        """Whether a request says that it is written in this version."""
        media_type = request.headers.get("content-type", "").partition(";")[0]
        return media_type.strip().lower() == self.media_type

    def envelope(self, body: str, status: int = 200, head: str = "") -> Response:
        """An envelope around what is said."""
        header = f"<soap:Header>{head}</soap:Header>" if head else ""
        content = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="{self.namespace}">'
            f"{header}<soap:Body>{body}</soap:Body></soap:Envelope>"
        )
        return Response(content, status, media_type=self.media_type)

    def fault(self, code: str, text: str, detail: str = "") -> Response:
        """A fault (SOAP 1.1, section 4.4; SOAP 1.2, section 5.4), under the status of its code."""
        status = self.client_status if code in {self.client, FAILED_AUTHENTICATION} else 500
        by_wsse = code == FAILED_AUTHENTICATION
        if self is SOAP_11:
            detail = f"<detail>{detail}</detail>" if detail else ""
            name = f'<faultcode xmlns:wsse="{WSSE}">wsse:{code}' if by_wsse else f"<faultcode>soap:{code}"
            content = f"{name}</faultcode><faultstring>{text}</faultstring>{detail}"
        else:
            detail = f"<soap:Detail>{detail}</soap:Detail>" if detail else ""
            subcode = f'<soap:Subcode><soap:Value xmlns:wsse="{WSSE}">wsse:{code}</soap:Value></soap:Subcode>'
            content = (
                f"<soap:Code><soap:Value>soap:{self.client if by_wsse else code}</soap:Value>"
                f"{subcode if by_wsse else ''}</soap:Code>"
                f'<soap:Reason><soap:Text xml:lang="de">{text}</soap:Text></soap:Reason>{detail}'
            )
        return self.envelope(f"<soap:Fault>{content}</soap:Fault>", status)


SOAP_11 = Soap(
    "soap",
    "http://schemas.xmlsoap.org/soap/envelope/",
    "http://schemas.xmlsoap.org/wsdl/soap/",
    "text/xml",
    "Client",
    "Server",
    500,
)
SOAP_12 = Soap(
    "soap12",
    "http://www.w3.org/2003/05/soap-envelope",
    "http://schemas.xmlsoap.org/wsdl/soap12/",
    "application/soap+xml",
    "Sender",
    "Receiver",
    400,
)


def read_envelope(content: bytes) -> Element | None:
    """The envelope; None where it is none that may be read."""
    try:
        envelope = parse(content)
    except Refused:
        return None
    return envelope if envelope.name == "Envelope" else None
