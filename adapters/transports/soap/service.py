"""SOAP service: zeep writes envelopes and reads answers by a WSDL, in SOAP 1.1 or 1.2. Nothing is sent here.

zeep's own transports are not used: the synchronous one follows redirects and logs bodies, the asynchronous one
overwrites headers, and neither looks at the media type before it parses.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import zeep
from lxml import etree
from zeep.exceptions import ExternalReferenceForbidden, Fault, UnexpectedElementError
from zeep.wsdl.bindings.soap import Soap12Binding
from zeep.wsdl.messages.soap import RpcMessage

from adapters.mapping import Payload
from adapters.transports.http.outcomes import Answer
from adapters.transports.reading import XmlReading, read_xml
from adapters.transports.soap.shape import lacking, plain, unknown
from gateway.core.outcome import Cause, Unclear

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"


UNREADABLE = Unclear(Cause("soap-unreadable", "The answer is not an envelope that the WSDL describes."))


class NotWritableError(Exception):
    """The WSDL demands something that the fields lack, or does not know one of them."""


class Service:
    """One port of one service. WSDL and schemas come from the WSDL's own folder only."""

    def __init__(self, wsdl: Path, service: str | None, port: str | None, url: str) -> None:
        """Raises:
        zeep.exceptions.Error, ValueError: the WSDL can't be used, or has no such service or port.
        """
        self._client = _client(wsdl, wsdl.stat().st_mtime_ns)
        proxy = self._client.bind(service, port)
        if proxy is None:
            raise ValueError("the WSDL describes no service")
        self._binding = proxy._binding  # noqa: SLF001  # zeep has no public way to it
        self._options = {"address": url}
        self.is_soap_12 = isinstance(self._binding, Soap12Binding)

    @property
    def media_types(self) -> frozenset[str]:
        """In which a service of this version of SOAP speaks."""
        return _TYPES_12 if self.is_soap_12 else _TYPES_11

    def knows(self, operation: str) -> bool:
        """Whether the WSDL describes it."""
        return operation in self._binding._operations  # noqa: SLF001

    def unknown(self, operation: str, targets: Collection[str]) -> Iterator[str]:
        """Those places of fields that the WSDL does not know in a request."""
        return unknown(self._binding.get(operation).input.body, targets)

    def lacking(self, operation: str, targets: Collection[str]) -> Iterator[str]:
        """What the WSDL demands in a request beside these places."""
        return lacking(self._binding.get(operation).input.body, targets)

    def headers(self, operation: str) -> Mapping[str, Any]:
        """The elements that the WSDL has in the header of a request, by their names."""
        return {element.name: element for _, element in self._header_parts(operation)}

    def write(
        self, operation: str, fields: Payload, header: Payload | None = None
    ) -> tuple[etree._Element, Mapping[str, str]]:
        """The envelope, and the headers that go with it over HTTP. Of `header`, elements of the SOAP header by name,
        it has what the operation knows.

        Raises:
            NotWritableError: the fields are not what the WSDL demands.
        """
        said = plain(header or {})
        try:
            known = self._header_parts(operation) if said else []
            parts = {part: said[each.name] for part, each in known if each.name in said}
            envelope, headers = self._binding._create(  # noqa: SLF001
                operation,
                (),
                {**plain(fields), **({"_soapheaders": parts} if parts else {})},
                client=self._client,
                options=self._options,
            )
        except Exception as error:  # zeep raises its own errors, TypeError for unknown names, and bare ones
            raise NotWritableError from error
        if self.is_soap_12:
            return envelope, {"Content-Type": headers["Content-Type"], "Accept": "application/soap+xml"}
        return envelope, {
            "Content-Type": "text/xml; charset=utf-8",
            "Accept": "text/xml",
            "SOAPAction": headers["SOAPAction"],
        }

    def _header_parts(self, operation: str) -> list[tuple[str, Any]]:
        header = self._binding.get(operation).input.header
        return list(header.type.elements) if header is not None else []

    def read(self, operation: str, answer: Answer) -> XmlReading | Fault | None:
        """The element in the body, which the WSDL has been held against; a fault; None where it is neither."""
        try:
            self._binding.process_reply(self._client, self._binding.get(operation), _Reply(answer))
        except Fault as fault:
            return fault
        except Exception:  # noqa: BLE001  # on foreign input zeep raises its own errors and bare ones alike
            return None
        envelope = read_xml(answer.content)
        body = envelope.element("Body") if envelope else None
        return XmlReading(body[0]) if body is not None and len(body) else None


@lru_cache(maxsize=64)
def _client(wsdl: Path, _stamp: int) -> zeep.Client:
    """Loaded once for the check of the configuration and for all who speak to services of this WSDL."""
    return zeep.Client(
        str(wsdl),
        transport=_OneFolder(wsdl.parent),
        plugins=[_ExpectedElement()],
        settings=zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True),
    )


_TYPES_11 = frozenset({"text/xml", "application/xml"})
_TYPES_12 = frozenset({"application/soap+xml", "application/xml", "text/xml"})


class _OneFolder:
    """Loads what a WSDL refers to, from one folder only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def load(self, url: str) -> bytes:
        path = Path(url).resolve()
        if not path.is_relative_to(self._folder):
            raise ExternalReferenceForbidden(url)
        return path.read_bytes()


class _ExpectedElement(zeep.Plugin):
    """Holds an answer to the element that the WSDL names: zeep itself would read any element as if it were it."""

    def ingress(self, envelope: Any, http_headers: Any, operation: Any) -> tuple[Any, Any]:  # noqa: ANN401
        body = envelope.find("{*}Body")
        names = [child.tag for child in body] if body is not None else []
        if names not in ([self._expected(operation)], *_FAULTS):
            raise UnexpectedElementError
        return envelope, http_headers

    def _expected(self, operation: Any) -> etree.QName:  # noqa: ANN401
        named: etree.QName = operation.output.body.qname
        if isinstance(operation.output, RpcMessage):
            # As WS-I Basic Profile 1.1 names it (R2729); zeep takes the name of the message.
            return etree.QName(named.namespace, f"{operation.name}Response")
        return named


_FAULTS = [[f"{{{SOAP_11}}}Fault"], [f"{{{SOAP_12}}}Fault"]]


class _Reply:
    """An answer in the shape that zeep reads. The media type is judged already, and MTOM is not spoken."""

    encoding = "utf-8"

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.content = answer.content
        self.headers = {"Content-Type": "text/xml"}
