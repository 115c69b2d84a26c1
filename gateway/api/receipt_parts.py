"""Receipt parts: a receipt as a form of several parts, its documents as files beside the JSON (RFC 7578)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from gateway.api.problem import ApiCode, ApiProblem
from gateway.core.refusal import Finding

FORM = "multipart/form-data"
RECEIPT, REPLY = "receipt", "reply"
"""Names of the parts: the fields of the receipt as JSON, and each of the documents."""
MOST_PARTS = 16
"""More than a receipt may have documents: how many that are says the form of the receipt itself."""


def form_content(model: str) -> dict[str, Any]:
    """How the form is described in the OpenAPI document, for a receipt of this model."""
    described = {
        "type": "object",
        "required": [RECEIPT],
        "additionalProperties": False,
        "properties": {
            RECEIPT: {
                "allOf": [
                    {"$ref": f"#/components/schemas/{model}"},
                    {"properties": {"replies": {"maxItems": 0}}},
                ]
            },
            REPLY: {
                "type": "array",
                "maxItems": 8,
                "items": {"type": "string", "format": "binary", "minLength": 1},
                "description": "Documents for the portal, each with its media type and the name of its file.",
            },
        },
    }
    encoding = {RECEIPT: {"contentType": "application/json"}}
    return {"requestBody": {"content": {FORM: {"schema": described, "encoding": encoding}}}}


def receipt_in(content_type: str, body: bytes) -> object:
    """The receipt that a form holds, as its JSON would say it, with the documents among its `replies` as bytes.

    Raises:
        ApiProblem: it is no such form.
        ValueError: its JSON can't be read.
    """
    parts = _parts(content_type, body)
    receipts = [part for part in parts if part.name == RECEIPT]
    if len(receipts) != 1 or any(part.name not in {RECEIPT, REPLY} for part in parts):
        raise _no_form("form-parts")
    said = json.loads(receipts[0].content)
    if not isinstance(said, dict):
        return said
    if said.get("replies", []) != []:
        raise _no_form("form-replies")
    return {**said, "replies": [part.reply() for part in parts if part.name == REPLY]}


@dataclass(slots=True)
class _Part:
    headers: dict[bytes, bytes] = field(default_factory=dict)
    data: BytesIO = field(default_factory=BytesIO)

    @property
    def content(self) -> bytes:
        return self.data.getvalue()

    @property
    def disposition(self) -> Mapping[bytes, bytes]:
        return parse_options_header(self.headers.get(b"content-disposition"))[1]

    @property
    def name(self) -> str:
        return self.disposition.get(b"name", b"").decode("latin-1")

    def reply(self) -> dict[str, object]:
        """As it would stand in JSON: what is wrong with it the form of the receipt says."""
        media_type = self.headers.get(b"content-type", b"application/octet-stream").decode("latin-1")
        reply: dict[str, object] = {
            "mediaType": media_type.partition(";")[0].strip().lower(),
            "content": self.content,
        }
        if name := self.disposition.get(b"filename"):
            # What is not UTF-8 is refused with the other names that can't be shown.
            reply["name"] = name.decode("utf-8", "surrogateescape")
        return reply


def _parts(content_type: str, body: bytes) -> list[_Part]:
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise _no_form("form-boundary")
    reader = _Reader()
    parser = MultipartParser(boundary, reader.callbacks())  # type: ignore[arg-type]  # a TypedDict of the same
    try:
        parser.write(body)
    except FormParserError:
        # Its text may quote the body.
        raise _no_form("form-parts") from None
    if not reader.ended:
        raise _no_form("form-incomplete")
    return reader.parts


class _Reader:
    """Takes in what the parser finds. It never gives a part's bytes twice."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.ended = False
        self._name = b""
        self._value = b""

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_part_data": lambda data, start, end: self.parts[-1].data.write(memoryview(data)[start:end]),
            "on_header_field": self._field,
            "on_header_value": self._more,
            "on_header_end": self._header,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.parts) == MOST_PARTS:
            raise _no_form("form-parts")
        self.parts.append(_Part())

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _more(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header(self) -> None:
        self.parts[-1].headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _end(self) -> None:
        self.ended = True


def _no_form(rule: str) -> ApiProblem:
    finding = Finding(
        "body",
        rule,
        "Erwartet wird ein Formular mit dem Teil receipt (JSON, ohne replies) und höchstens acht Teilen reply (Dateien).",
        "A form is expected with the part receipt (JSON, without replies) and at most eight parts reply (files).",
        expected=f"{RECEIPT} | {REPLY}",
    )
    return ApiProblem(ApiCode.INVALID_REQUEST, findings=(finding,))
