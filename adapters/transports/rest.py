"""REST: JSON, or JSON with a document beside it, posted under an idempotency key; the answer owes a receipt."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from adapters.transports.http import NO_RECEIPT, Answer, HttpSettings, HttpTransport
from adapters.transports.reference import reference_of
from gateway.core.message import DeliveryId
from gateway.core.outcome import Delivered, Outcome, Pending
from gateway.core.ports import Clock
from gateway.core.tenants import Destination


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart/form-data body (RFC 7578)."""

    name: str
    media_type: str
    content: bytes
    filename: str | None = None


class RestTransport:
    """Posts to one resource, and takes nothing for a success that does not carry the receipt."""

    def __init__(
        self, settings: HttpSettings, destination: Destination, clock: Clock, *, receipt_field: str
    ) -> None:
        """`receipt_field` is the field of the JSON answer that holds the system's own reference."""
        self._http = HttpTransport(settings, destination, clock)
        self._receipt_field = receipt_field

    async def post_json(self, delivery: DeliveryId, payload: Mapping[str, object]) -> Outcome:
        """Post one JSON object."""
        headers = _headers(delivery) | {"Content-Type": "application/json"}
        return self._read(await self._http.post(headers=headers, content=orjson.dumps(payload)))

    async def post_parts(self, delivery: DeliveryId, *parts: Part) -> Outcome:
        """Post several parts as one form."""
        files = [(part.name, (part.filename, part.content, part.media_type)) for part in parts]
        return self._read(await self._http.post(headers=_headers(delivery), files=files))

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
        return reference_of(content.get(self._receipt_field)) if isinstance(content, dict) else None

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()


_JSON_TYPES = frozenset({"application/json", "application/problem+json"})


def _headers(delivery: DeliveryId) -> dict[str, str]:
    return {"Idempotency-Key": delivery, "Accept": "application/json"}
