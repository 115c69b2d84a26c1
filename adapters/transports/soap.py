"""SOAP 1.1: zeep writes the envelope and reads the answer by the WSDL, HTTP carries them in between.

zeep's own transports are not used: the synchronous one follows redirects and logs bodies, the asynchronous one
overwrites headers, and neither looks at the media type before it parses.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import zeep
from lxml import etree
from pydantic import Field
from zeep.exceptions import ExternalReferenceForbidden, Fault, UnexpectedElementError
from zeep.wsdl.utils import etree_to_string

from adapters.adapter import TransportKind
from adapters.dispatch import Dispatch, Part
from adapters.transports.http import HttpTransport
from adapters.transports.http_outcomes import NO_RECEIPT, Answer
from adapters.transports.http_settings import HttpSettings
from adapters.transports.reference import reference_of
from adapters.transports.settings import ConfigFile, TransportSettings
from gateway.core.outcome import Cause, Delivered, Failed, Outcome, Pending, Rejected, Unclear
from gateway.core.ports import Surroundings
from gateway.core.tenants import Destination


class FaultRule(TransportSettings):
    """What a fault means that the service declares, by the name of its detail element."""

    outcome: Literal["failed", "unclear", "rejected"]
    """Certainly not delivered and worth another try; unknown; or refused for good."""
    code: str | None = None
    """The child of the detail element that holds the system's own code."""


class Settings(HttpSettings):
    """Settings of a destination behind SOAP."""

    wsdl: ConfigFile = Field(description="The service's WSDL; what it refers to lies in the same folder.")
    receipt: str = Field(description="Element of the reply that holds the system's own reference.")
    status: str | None = Field(None, description="Element of the reply that says how far the system is.")
    delivered: tuple[str, ...] = Field((), description="Values of `status` that mean: taken.")
    pending: tuple[str, ...] = Field((), description="Values of `status` that mean: a receipt follows.")
    faults: Mapping[str, FaultRule] = Field({}, description="Declared faults, by the name of their element.")


class SoapTransport:
    """Calls the operations of one service. WSDL and schemas come from the WSDL's own folder only."""

    def __init__(self, settings: Settings, destination: Destination, surroundings: Surroundings) -> None:
        self._http = HttpTransport(settings, destination, surroundings.clock)
        self._settings = settings
        self._client = zeep.Client(
            str(settings.wsdl),
            transport=_OneFolder(settings.wsdl.parent),
            plugins=[_ExpectedElement()],
            settings=zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True),
        )

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Call the operation once."""
        operation, fields = dispatch.operation, dispatch.fields
        if operation is None or fields is None:
            return NOT_MAPPABLE
        try:
            envelope = self._client.create_message(self._client.service, operation, **fields)
        except (zeep.exceptions.Error, ValueError):
            return NOT_MAPPABLE
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
        return self._receipt(reply) or NO_RECEIPT

    def _receipt(self, reply: object) -> Outcome | None:
        """What a reply stands for; None where it is no receipt."""
        reference = reference_of(getattr(reply, self._settings.receipt, None))
        if reference is None:
            return None
        if self._settings.status is None:
            return Delivered(reference)
        status = getattr(reply, self._settings.status, None)
        if status in self._settings.delivered:
            return Delivered(reference)
        return Pending(reference) if status in self._settings.pending else None

    def _fault(self, fault: Fault) -> Outcome:
        for entry in fault.detail if isinstance(fault.detail, etree._Element) else ():  # noqa: SLF001
            rule = self._settings.faults.get(_local_name(entry))
            if rule is not None:
                return _declared(rule, entry)
        # "Client.Authentication": what follows the dot is the system's own and may be anything.
        code = str(fault.code or "").rpartition(":")[2].partition(".")[0]
        kind, name, detail = FAULT_CODES.get(code, _UNKNOWN_FAULT)
        return kind(Cause(f"soap-fault:{name}", detail))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()


def _declared(rule: FaultRule, entry: Any) -> Outcome:  # noqa: ANN401  # lxml has no complete types
    name = _CAPITAL.sub("-", _local_name(entry)).lower()
    said = "".join(
        (child.text or "").strip() for child in entry if rule.code and _local_name(child) == rule.code
    )
    # Only what looks like a code is repeated: anything else might be a value.
    suffix = f":{said}" if _FEHLERCODE.fullmatch(said) else ""
    kind, detail = _DECLARED[rule.outcome]
    return kind(Cause(f"soap-fault:{name}{suffix}", detail))


_DECLARED: Mapping[str, tuple[type[Failed] | type[Unclear] | type[Rejected], str]] = {
    "failed": (Failed, "The system says that it is not ready."),
    "unclear": (Unclear, "The system does not say what became of the message."),
    "rejected": (Rejected, "The system refused the message for a reason of its own code list."),
}
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_FEHLERCODE = re.compile(r"[A-Z]{1,3}[0-9]{1,4}")

NOT_MAPPABLE = Rejected(Cause("not-mappable", "The message lacks something that the system's WSDL demands."))

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


def _needs(_: Settings) -> frozenset[Part]:
    return frozenset({Part.FIELDS, Part.OPERATION})


TRANSPORT = TransportKind(Settings, _needs, SoapTransport)
