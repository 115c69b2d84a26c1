"""SOAP 1.1: zeep writes the envelope and reads the answer by the WSDL, HTTP carries them in between.

zeep's own transports are not used: the synchronous one follows redirects and logs bodies, the asynchronous one
overwrites headers, and neither looks at the media type before it parses.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import zeep
from lxml import etree
from zeep.exceptions import ExternalReferenceForbidden, Fault, UnexpectedElementError
from zeep.wsdl.utils import etree_to_string

from adapters.transports.http import NO_RECEIPT, Answer, HttpSettings, HttpTransport, Trouble
from gateway.core.outcome import Cause, Failed, Outcome, Rejected, Unclear
from gateway.core.ports import Clock
from gateway.core.tenants import Destination


class Dialect(Protocol):
    """What the answers of one service mean."""

    def receipt(self, reply: Any) -> Outcome | None:  # noqa: ANN401  # zeep makes its types from the WSDL
        """The outcome that a reply stands for; None where it is no receipt."""
        ...

    def fault(self, name: str, fields: Mapping[str, str]) -> Trouble | None:
        """The outcome of a fault that the service declares, by the local name of its detail element and
        the texts in it; None where it is none of the declared ones.
        """
        ...


class SoapTransport:
    """Calls the operations of one service. WSDL and schemas come from the WSDL's own folder only."""

    def __init__(
        self, settings: HttpSettings, destination: Destination, clock: Clock, *, wsdl: Path, dialect: Dialect
    ) -> None:
        self._http = HttpTransport(settings, destination, clock)
        self._dialect = dialect
        self._client = zeep.Client(
            str(wsdl),
            transport=_OneFolder(wsdl.parent),
            plugins=[_ExpectedElement()],
            settings=zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True),
        )

    async def call(self, operation: str, payload: Mapping[str, object]) -> Outcome:
        """Call an operation once."""
        try:
            envelope = self._client.create_message(self._client.service, operation, **payload)
        except (zeep.exceptions.Error, ValueError):
            return Rejected(
                Cause("not-mappable", "The message lacks something that the system's WSDL demands.")
            )
        binding = self._client.service._binding  # noqa: SLF001  # zeep has no public way to it
        headers = {
            "Content-Type": "text/xml; charset=utf-8",
            "Accept": "text/xml",
            "SOAPAction": f'"{binding.get(operation).soapaction}"',
        }
        answer = await self._http.post(headers=headers, content=etree_to_string(envelope))
        return self._read(operation, answer) if isinstance(answer, Answer) else answer

    def _read(self, operation: str, answer: Answer) -> Outcome:
        # A fault travels under status 500 (SOAP 1.1, section 6.2): there the envelope knows more.
        is_fault = answer.status == 500 and answer.content and answer.media_type in _XML
        trouble = None if is_fault else self._http.judge(answer, _XML)
        if trouble is not None:
            return trouble
        binding = self._client.service._binding  # noqa: SLF001
        try:
            reply = binding.process_reply(self._client, binding.get(operation), _Reply(answer))
        except Fault as fault:
            return self._fault(fault)
        except Exception:  # noqa: BLE001  # on foreign input zeep raises its own errors and bare ones alike
            return UNREADABLE
        return self._dialect.receipt(reply) or NO_RECEIPT

    def _fault(self, fault: Fault) -> Outcome:
        for entry in fault.detail if isinstance(fault.detail, etree._Element) else ():  # noqa: SLF001
            fields = {_local_name(child): (child.text or "").strip() for child in entry}
            declared = self._dialect.fault(_local_name(entry), fields)
            if declared is not None:
                return declared
        # "Client.Authentication": what follows the dot is the system's own and may be anything.
        code = str(fault.code or "").rpartition(":")[2].partition(".")[0]
        kind, name, detail = FAULT_CODES.get(code, _UNKNOWN_FAULT)
        return kind(Cause(f"soap-fault:{name}", detail))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()


_XML = frozenset({"text/xml", "application/xml"})

UNREADABLE = Unclear(Cause("soap-unreadable", "The answer is not an envelope that the WSDL describes."))

FAULT_CODES: Mapping[str, tuple[type[Failed] | type[Unclear] | type[Rejected], str, str]] = {
    "Client": (Rejected, "client", "The system refused the request as wrongly formed."),
    "Server": (Unclear, "server", "The system had an error while it worked on the request."),
    "VersionMismatch": (Failed, "version-mismatch", "The system expects another version of SOAP."),
    "MustUnderstand": (Failed, "must-understand", "The system did not understand a header."),
}
"""Fault codes of SOAP 1.1, section 4.4.1; no other text of a fault is looked at."""

_UNKNOWN_FAULT = (Unclear, "other", "The system answered with a fault of its own.")


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
        if names not in ([operation.output.body.qname], [_FAULT]):
            raise UnexpectedElementError
        return envelope, http_headers


_FAULT = "{http://schemas.xmlsoap.org/soap/envelope/}Fault"


class _Reply:
    """An answer in the shape that zeep reads. The media type is judged already, and MTOM is not spoken."""

    encoding = "utf-8"

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.content = answer.content
        self.headers = {"Content-Type": "text/xml"}


def _local_name(element: Any) -> str:  # noqa: ANN401  # lxml has no complete types
    return str(etree.QName(element).localname)
