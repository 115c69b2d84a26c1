"""SOAP: an operation called with the fields of a case; the reply owes a receipt."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Literal, Self, assert_never

from pydantic import Field, JsonValue, model_validator
from zeep.exceptions import Error, Fault
from zeep.wsdl.utils import etree_to_string

from adapters.adapter import Misfit, TransportKind
from adapters.checking import walk
from adapters.dispatch import Dispatch, Outline, Part
from adapters.mapping import Payload
from adapters.transports.asking import AskSettings, answer_of
from adapters.transports.http.check import looks
from adapters.transports.http.exchange import HttpTransport
from adapters.transports.http.outcomes import Answer, Trouble
from adapters.transports.http.related import RELATED, as_one_piece
from adapters.transports.http.settings import HttpSettings
from adapters.transports.reading import XmlReading, steps
from adapters.transports.receipt import ReceiptSettings, receipt_outcome
from adapters.transports.settings import AnswerPath, ConfigFile
from adapters.transports.soap.faults import FaultRule, fault_names, fault_outcome
from adapters.transports.soap.header import facts_of, filled_in, header_misfits
from adapters.transports.soap.service import UNREADABLE, NotWritableError, Service
from adapters.transports.soap.signed import Verifier
from adapters.transports.soap.wsse import Security, WsSecurity, certificate_looks
from gateway.core import word
from gateway.core.check import Step
from gateway.core.outcome import Cause, Failed, Outcome, Rejected, Unclear
from gateway.core.ports import Surroundings
from gateway.core.tenants import Destination
from gateway.core.word import Inquiry, NotThere


class SoapAsk(AskSettings):
    """How a SOAP service is asked what became of a delivery."""

    operation: str = Field(description="Operation of the same port that tells it.")
    parameter: AnswerPath = Field(description="Element of the question that names the case.")
    by: Literal["delivery", "reference"] = Field(
        "delivery", description="Whether our id goes there, or the system's own reference."
    )
    not_there_faults: tuple[str, ...] = Field(
        (), description="Faults that mean: the system has surely never seen the delivery."
    )


class Settings(HttpSettings, ReceiptSettings):
    """Settings of a destination behind SOAP."""

    wsdl: ConfigFile = Field(description="The service's WSDL; what it refers to lies in the same folder.")
    service: str | None = Field(None, description="Name of the service, where the WSDL has several.")
    port: str | None = Field(None, description="Name of its port; it decides about SOAP 1.1 or 1.2.")
    operation: str | None = Field(None, description="Operation to call, whatever the adapter says.")
    receipt: AnswerPath = Field(description="Element of the reply that holds the system's own reference.")
    header: Mapping[str, JsonValue] | None = Field(
        None,
        description="Elements of the SOAP header that the WSDL names, with their fields; `$delivery`, `$uuid`, "
        "`$ags`, `$tenant` and `$test` stand for what is known of the message.",
    )
    faults: Mapping[str, FaultRule] = Field({}, description="Declared faults, by the name of their element.")
    security: WsSecurity | None = Field(None, description="What the header of WS-Security says.")
    ask: SoapAsk | None = Field(None, description="How the system is asked what became of a delivery.")

    @model_validator(mode="after")
    def _is_described(self) -> Self:
        try:
            service = service_of(self)
        except (Error, ValueError, OSError) as error:
            raise ValueError(f"wsdl, service and port do not go together ({error})") from None
        for operation in (self.operation, self.ask.operation if self.ask else None):
            if operation is not None and not service.knows(operation):
                raise ValueError(f"the WSDL has no operation {operation} at this port")
        return self


def service_of(settings: Settings) -> Service:
    """The service that settings describe."""
    return Service(settings.wsdl, settings.service, settings.port, str(settings.url))


class SoapTransport:
    """Calls the operations of one service."""

    def __init__(self, settings: Settings, destination: Destination, surroundings: Surroundings) -> None:
        self._http = HttpTransport(settings, destination, surroundings.clock)
        self._settings = settings
        self._service = service_of(settings)
        security = settings.security
        self._security = Security(security) if security and security.says_something else None
        self._verifier = (
            Verifier(security.verify_certificate) if security and security.verify_certificate else None
        )
        self._clock = surroundings.clock

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Call the operation once."""
        operation, fields = self._settings.operation or dispatch.operation, dispatch.fields
        if operation is None or fields is None:
            return NOT_MAPPABLE
        said = await self._call(operation, fields, facts_of(dispatch))
        match said:
            case Fault():
                return fault_outcome(said, self._settings.faults)
            case XmlReading():
                return receipt_outcome(said, self._settings)
            case Failed() | Unclear() | Rejected():
                return said
            case _:
                assert_never(said)

    async def _call(
        self, operation: str, fields: Payload, facts: Mapping[str, str]
    ) -> XmlReading | Fault | Trouble:
        header = filled_in(self._settings.header or {}, facts)
        assert isinstance(header, dict)
        try:
            envelope, headers = self._service.write(operation, fields, header)
        except NotWritableError:
            return NOT_MAPPABLE
        if self._security is not None:
            self._security.apply(envelope, self._clock.now())
        answer = await self._http.post(headers, content=etree_to_string(envelope))
        return self._read(operation, answer) if isinstance(answer, Answer) else answer

    def _read(self, operation: str, answer: Answer) -> XmlReading | Fault | Trouble:
        if answer.media_type == RELATED:
            whole = as_one_piece(answer, SOAP_TYPE if self._service.is_soap_12 else XML_TYPE)
            if whole is None:
                return MTOM_UNREADABLE
            answer = whole
        spoken = self._service.media_types
        # A fault travels under status 500 (SOAP 1.1, section 6.2; SOAP 1.2 part 2, section 7.5.2.2), in 1.2
        # that of a sender under 400: there the envelope knows more.
        faulty = {500, 400} if self._service.is_soap_12 else {500}
        may_be_fault = answer.status in faulty and answer.content and answer.media_type in spoken
        trouble = None if may_be_fault else self._http.judge(answer, spoken)
        if trouble is not None:
            return trouble
        doubt = self._verifier.doubt(answer.content, self._clock.now()) if self._verifier else None
        return doubt or self._service.read(operation, answer) or UNREADABLE

    def check(self) -> AsyncIterator[Step]:
        """Look at the way there, at the login, and whether somebody answers."""
        security = self._settings.security
        further = certificate_looks(security) if security else []
        return walk(looks(self._settings, self._http, further=further))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()


class AskableSoapTransport(SoapTransport):
    """One whose service tells what became of a delivery."""

    async def ask(self, inquiry: Inquiry) -> word.Answer:
        """Ask once. Whatever goes wrong on the way says nothing about the delivery."""
        ask = self._settings.ask
        assert ask is not None
        case = inquiry.delivery if ask.by == "delivery" else inquiry.reference
        if case is None:
            return None
        fields: Payload | str = case
        for step in reversed(steps(ask.parameter)):
            fields = {step: fields}
        assert isinstance(fields, dict)
        said = await self._call(ask.operation, fields, facts_of(inquiry))
        if isinstance(said, Fault):
            return NotThere() if fault_names(said) & set(ask.not_there_faults) else None
        return answer_of(said, ask, inquiry) if isinstance(said, XmlReading) else None


NOT_MAPPABLE = Rejected(Cause("not-mappable", "The message does not fit what the system's WSDL demands."))


MTOM_UNREADABLE = Unclear(
    Cause("mtom-unreadable", "The answer has several parts (MTOM), and no envelope that holds together.")
)
SOAP_TYPE, XML_TYPE = "application/soap+xml", "text/xml"


def _needs(settings: Settings) -> frozenset[Part]:
    return frozenset({Part.FIELDS}) if settings.operation else frozenset({Part.FIELDS, Part.OPERATION})


def _open(settings: Settings, destination: Destination, surroundings: Surroundings) -> SoapTransport:
    kind = AskableSoapTransport if settings.ask else SoapTransport
    return kind(settings, destination, surroundings)


def _misfits(settings: Settings, outline: Outline) -> Iterator[Misfit]:
    """Whether the operation is there, and its fields are those that the WSDL knows and demands."""
    service = service_of(settings)
    operation = settings.operation or outline.operation
    if operation is None:
        return
    if not service.knows(operation):
        yield Misfit(
            (*outline.place, "operation"),
            f"die WSDL kennt an diesem Port keine Operation {operation}",
            f"the WSDL has no operation {operation} at this port",
        )
        return
    yield from header_misfits(settings.header, service, operation, outline)
    for target in service.unknown(operation, outline.targets):
        yield Misfit(
            outline.targets[target],
            f"{operation} kennt kein Feld {target}",
            f"{operation} knows no field {target}",
        )
    for target in service.lacking(operation, outline.targets):
        yield Misfit(
            outline.place,
            f"{operation} verlangt das Feld {target}",
            f"{operation} demands the field {target}",
        )


TRANSPORT = TransportKind(Settings, _needs, _open, _misfits)
