"""REST: a case posted under an idempotency key, as JSON, as a document or as both; the answer owes a receipt."""

from collections.abc import Mapping
from typing import Literal, assert_never

import orjson
from pydantic import Field

from adapters.adapter import TransportKind
from adapters.dispatch import Dispatch, Paper, Part
from adapters.transports.http import Body, HttpTransport
from adapters.transports.http_outcomes import NO_RECEIPT, Answer
from adapters.transports.http_settings import HttpSettings
from adapters.transports.reference import reference_of
from gateway.core.outcome import Delivered, Outcome, Pending
from gateway.core.ports import Surroundings
from gateway.core.tenants import Destination


class Settings(HttpSettings):
    """Settings of a destination behind REST."""

    body: Literal["json", "document", "form"] = Field(
        "json",
        description="What is posted: the fields as JSON, the document, or a form of both.",
    )
    receipt: str = Field("id", description="Field of the JSON answer that holds the system's own reference.")


class RestTransport:
    """Posts to one resource, and takes nothing for a success that does not carry the receipt."""

    def __init__(self, settings: Settings, destination: Destination, surroundings: Surroundings) -> None:
        self._http = HttpTransport(settings, destination, surroundings.clock)
        self._settings = settings

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Post once."""
        body, content_type = self._body(dispatch)
        headers = {"Idempotency-Key": dispatch.delivery, "Accept": "application/json", **content_type}
        return self._read(await self._http.post(headers, **body))

    def _body(self, dispatch: Dispatch) -> tuple[Body, Mapping[str, str]]:
        match self._settings.body:
            case "json":
                return {"content": orjson.dumps(dispatch.fields)}, {"Content-Type": "application/json"}
            case "document":
                paper = dispatch.paper()
                return {"content": paper.content}, {"Content-Type": paper.media_type}
            case "form":
                # The boundary is httpx's, and so is the header that names it.
                return {"files": _form(dispatch, dispatch.paper())}, {}
            case _:
                assert_never(self._settings.body)

    def _read(self, answer: Answer | Outcome) -> Outcome:
        if not isinstance(answer, Answer):
            return answer
        trouble = self._http.judge(answer, _JSON_TYPES)
        if trouble is not None:
            return trouble
        reference = self._reference(answer)
        if reference is None:
            return NO_RECEIPT
        # 202 (RFC 9110, 15.3.3): taken in, not yet worked on. The system's receipt follows.
        return Pending(reference) if answer.status == 202 else Delivered(reference)

    def _reference(self, answer: Answer) -> str | None:
        try:
            content = orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            return None
        return reference_of(content.get(self._settings.receipt)) if isinstance(content, dict) else None

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()


_JSON_TYPES = frozenset({"application/json", "application/problem+json"})


def _form(dispatch: Dispatch, paper: Paper) -> list[tuple[str, tuple[str | None, bytes, str]]]:
    """Two parts of a multipart/form-data body (RFC 7578): the fields, and the document that they describe."""
    filename = f"{dispatch.delivery}.{paper.suffix}"
    return [
        ("metadaten", (None, orjson.dumps(dispatch.fields), "application/json")),
        ("dokument", (filename, paper.content, paper.media_type)),
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


TRANSPORT = TransportKind(Settings, _needs, RestTransport)
