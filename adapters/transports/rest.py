"""REST: a case sent under an idempotency key, as JSON, as a document or as both; the answer owes a receipt."""

from collections.abc import AsyncIterator, Mapping
from typing import Literal, Self, assert_never
from uuid import uuid4

from pydantic import AnyHttpUrl, Field, field_validator, model_validator

from adapters.adapter import TransportKind
from adapters.checking import ok, walk
from adapters.dispatch import Dispatch, Paper, Part, as_json
from adapters.transports.asking import AskSettings, answer_of, filled, places_left
from adapters.transports.http.check import answered, looks
from adapters.transports.http.exchange import Body, HttpTransport
from adapters.transports.http.outcomes import NO_RECEIPT, Answer, Trouble
from adapters.transports.http.settings import HttpSettings
from adapters.transports.reading import Reading, read_json, read_xml
from adapters.transports.receipt import ReceiptSettings, code_in, receipt_outcome
from adapters.transports.reference import reference_of
from adapters.transports.settings import TransportSettings
from gateway.core import word
from gateway.core.check import Finding, Step
from gateway.core.outcome import Cause, Delivered, Outcome, Pending, Rejected
from gateway.core.ports import Surroundings
from gateway.core.tenants import Destination
from gateway.core.word import Inquiry, NotThere, refusal_cause


class RestAsk(AskSettings):
    """How a REST service is asked what became of a delivery."""

    url: AnyHttpUrl = Field(description="Address of the answer, with `{delivery}` or `{reference}` in it.")
    missing_is_not_there: bool = Field(
        False, description="An answer 404 means that the system has surely never seen the delivery."
    )

    @field_validator("url")
    @classmethod
    def _names_the_case(cls, url: AnyHttpUrl) -> AnyHttpUrl:
        case = filled(str(url), delivery="x", reference="x")
        if case is None or case == str(url) or places_left(case):
            raise ValueError("the address needs {delivery} or {reference}, and knows no other")
        return url


class Names(TransportSettings):
    """Names that are a matter of taste."""

    idempotency_header: str = Field(
        "Idempotency-Key", pattern=r"^[A-Za-z0-9-]+$", description="Header with the delivery's id."
    )
    fields_part: str = Field(
        "metadaten", pattern=r"^[\w.-]+$", description="Part of a form with the fields as JSON."
    )
    document_part: str = Field(
        "dokument", pattern=r"^[\w.-]+$", description="Part of a form with the document."
    )


class Settings(HttpSettings, ReceiptSettings, Names):
    """Settings of a destination behind REST."""

    method: Literal["POST", "PUT"] = Field("POST", description="With PUT, `url` has `{delivery}` in it.")
    body: Literal["json", "document", "form"] = Field(
        "json",
        description="What is posted: the fields as JSON, the document, or a form of both.",
    )
    answers: Literal["json", "xml"] = Field("json", description="In which format the system answers.")
    receipt_header: str | None = Field(
        None,
        description="Header with the reference, where the answer holds none; of an address, the last part counts.",
    )
    ask: RestAsk | None = Field(None, description="How the system is asked what became of a delivery.")

    @model_validator(mode="after")
    def _address_fits_method(self) -> Self:
        url = str(self.url)
        one = filled(url, delivery="x") or ""
        if places_left(one):
            raise ValueError("url knows {delivery} alone")
        if self.method == "PUT" and one == url:
            raise ValueError("PUT needs a url with {delivery} in it")
        return self


class RestTransport:
    """Speaks to one service, and takes nothing for a success that does not carry the receipt."""

    def __init__(self, settings: Settings, destination: Destination, surroundings: Surroundings) -> None:
        self._http = HttpTransport(settings, destination, surroundings.clock)
        self._settings = settings
        self._types = _XML_TYPES if settings.answers == "xml" else _JSON_TYPES
        self._read = read_xml if settings.answers == "xml" else read_json
        self._accept = {"Accept": f"application/{settings.answers}"}

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Send once."""
        settings = self._settings
        url = filled(str(settings.url), delivery=dispatch.delivery)
        assert url is not None
        body, content_type = _body(settings, dispatch)
        headers = {settings.idempotency_header: dispatch.delivery, **self._accept, **content_type}
        answer = await self._http.call(settings.method, url, headers, **body)
        return self._outcome(answer) if isinstance(answer, Answer) else answer

    def _outcome(self, answer: Answer) -> Outcome:
        trouble = self._http.judge(answer, self._types)
        named = self._named_by_header(answer)
        # 202 (RFC 9110, 15.3.3): taken in, not yet worked on. The system's receipt follows.
        later = answer.status == 202
        if trouble is NO_RECEIPT and named is not None:
            return Pending(named) if later else Delivered(named)
        if trouble is not None:
            return self._with_reason(trouble, answer)
        reading = self._read(answer.content)
        if reading is None:
            return NO_RECEIPT
        return receipt_outcome(reading, self._settings, later=later, otherwise=named)

    def _named_by_header(self, answer: Answer) -> str | None:
        """The reference in a header; with 202, also in the address at which the result will be found."""
        name = self._settings.receipt_header or ("Location" if answer.status == 202 else None)
        value = answer.headers.get(name, "") if name else ""
        return reference_of(value.partition("?")[0].rstrip("/").rpartition("/")[2])

    def _with_reason(self, trouble: Trouble, answer: Answer) -> Trouble:
        """A refusal by status, with the system's own code for it."""
        reading = self._reading(answer) if isinstance(trouble, Rejected) else None
        code = refusal_cause(code_in(reading, self._settings.code)).code if reading else word.NO_CODE
        if code == word.NO_CODE:
            return trouble
        return Rejected(Cause(f"{trouble.cause.code}:{code}", trouble.cause.detail))

    def _reading(self, answer: Answer) -> Reading | None:
        return self._read(answer.content) if answer.media_type in self._types else None

    def check(self) -> AsyncIterator[Step]:
        """Look at the way there, at the login, and whether somebody answers."""
        return walk(looks(self._settings, self._http, self._head))

    async def _head(self) -> Finding:
        own = str(self._settings.url)
        url = filled(own, delivery=str(uuid4()))
        assert url is not None
        answer = await self._http.call("HEAD", url, self._accept)
        if url != own and isinstance(answer, Answer) and answer.status == 404:
            return ok(
                "Antwortet, und kennt die erfundene Zustellung nicht (HTTP 404).",
                "It answers, and does not know a delivery that we made up (HTTP 404).",
            )
        return answered(answer)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()


class AskableRestTransport(RestTransport):
    """One whose service tells what became of a delivery."""

    async def ask(self, inquiry: Inquiry) -> word.Answer:
        """Ask once. Whatever goes wrong on the way says nothing about the delivery."""
        ask = self._settings.ask
        assert ask is not None
        url = filled(str(ask.url), delivery=inquiry.delivery, reference=inquiry.reference)
        answer = await self._http.call("GET", url, self._accept) if url else None
        if not isinstance(answer, Answer):
            return None
        if answer.status == 404 and ask.missing_is_not_there:
            # A page of a proxy knows nothing about deliveries.
            return NotThere() if answer.media_type in {*self._types, ""} else None
        if answer.status != 200 or self._http.judge(answer, self._types) is not None:
            return None
        reading = self._reading(answer)
        return answer_of(reading, ask, inquiry) if reading else None


_JSON_TYPES = frozenset(
    {
        "application/json",
        "application/problem+json",
        "application/hal+json",
        "application/vnd.api+json",
    }
)
_XML_TYPES = frozenset({"application/xml", "text/xml", "application/problem+xml"})


def _body(settings: Settings, dispatch: Dispatch) -> tuple[Body, Mapping[str, str]]:
    """What is sent, and the header that says in which format."""
    match settings.body:
        case "json":
            return {"content": as_json(dispatch.fields)}, {"Content-Type": "application/json"}
        case "document":
            paper = dispatch.paper()
            return {"content": paper.content}, {"Content-Type": paper.media_type}
        case "form":
            # The boundary is httpx's, and so is the header that names it.
            return {"files": _form(settings, dispatch, dispatch.paper())}, {}
        case _:
            assert_never(settings.body)


def _form(names: Names, dispatch: Dispatch, paper: Paper) -> list[tuple[str, tuple[str | None, bytes, str]]]:
    """Two parts of a multipart/form-data body (RFC 7578): the fields, and the document that they describe."""
    filename = f"{dispatch.delivery}.{paper.suffix}"
    return [
        (names.fields_part, (None, as_json(dispatch.fields), "application/json")),
        (names.document_part, (filename, paper.content, paper.media_type)),
    ]


def _needs(settings: Settings) -> frozenset[Part]:
    match settings.body:
        case "json":
            return frozenset({Part.FIELDS})
        case "document":
            return frozenset({Part.DOCUMENT})
        case "form":
            return frozenset({Part.FIELDS, Part.DOCUMENT})
        case _:
            assert_never(settings.body)


def _open(settings: Settings, destination: Destination, surroundings: Surroundings) -> RestTransport:
    kind = AskableRestTransport if settings.ask else RestTransport
    return kind(settings, destination, surroundings)


TRANSPORT = TransportKind(Settings, _needs, _open)
