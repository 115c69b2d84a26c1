"""The hot route: `POST /v1/messages`, bytes in, receipt out, as a bare ASGI application."""

import re
from collections.abc import Mapping

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from gateway.api.access import Desk
from gateway.api.answers import problem_answer, receipt_answer, xml_answer
from gateway.api.body import answer_early, check_xml_type, read_body
from gateway.api.negotiation import wants_rueckweisung
from gateway.api.problem import ApiCode, ApiProblem, problem_of, too_large
from gateway.api.watch import ROUTE, note_problem
from gateway.core.delivery import Receipt
from gateway.core.errors import NotFound, Refused, Unavailable
from gateway.core.tenants import Portal
from gateway.core.trace import traceparent
from gateway.reports.rueckweisung import rueckweisung
from gateway.telemetry import tracing

_VISIBLE_ASCII = re.compile(rb"[\x21-\x7e]{1,128}")

SUBMIT_PATH = "/v1/messages"


class SubmitMessage:
    """Reads, submits, answers. What FastAPI would do around it costs more than all of that."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._metrics = desk.services.metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: 202 with the receipt, or a problem."""
        # FastAPI tells the route only of its own.
        scope[ROUTE] = SUBMIT_PATH
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        body = _Body(receive)
        parent = traceparent(_text(headers.get(b"traceparent")))
        with tracing.request(f"POST {SUBMIT_PATH}", parent):
            await self._answer(headers, body, send)

    async def _answer(self, headers: Mapping[bytes, bytes], body: "_Body", send: Send) -> None:
        try:
            receipt = await self._submit(headers, body)
        except ApiProblem as problem:
            await self._refuse(problem, headers, body, send)
        except _Rejected as rejected:
            await self._refuse(problem_of(rejected.refused), headers, body, send, rejected)
        except (Unavailable, NotFound) as error:
            await self._refuse(problem_of(error), headers, body, send)
        except ClientDisconnect:
            # Nobody is there to be answered, and nothing was accepted.
            self._metrics.refused.labels("client-gone").inc()
        else:
            self._metrics.accepted.labels(receipt.service, str(receipt.repeated).lower()).inc()
            accept, language = _text(headers.get(b"accept")), _text(headers.get(b"accept-language"))
            tracing.tell(
                {
                    "http.response.status_code": 202,
                    "amtsbote.message": receipt.id,
                    "amtsbote.tenant": receipt.tenant,
                    "amtsbote.service": receipt.service,
                }
            )
            answer_headers, content = receipt_answer(receipt, accept, language)
            await send({"type": "http.response.start", "status": 202, "headers": answer_headers})
            await send({"type": "http.response.body", "body": content})

    async def _submit(self, headers: Mapping[bytes, bytes], body: "_Body") -> Receipt:
        desk = self._desk
        portal = await desk.portal(_text(headers.get(b"authorization")))
        check_xml_type(_text(headers.get(b"content-type")), _text(headers.get(b"content-encoding")))
        idempotency_key = _idempotency_key(headers)
        limit = desk.limits.message_bytes
        if int(headers.get(b"content-length", b"0")) > limit:
            raise too_large(limit)
        with desk.upload(portal.name) as upload:
            content = await read_body(body, limit, desk.limits, upload)
            # Only now: a place is not for waiting until a slow sender is done.
            desk.slots.take(portal.name)
            try:
                return await desk.services.intake.submit(content, portal, idempotency_key)
            except Refused as refused:
                raise _Rejected(refused, content, portal) from None
            finally:
                desk.slots.give_back(portal.name)

    async def _refuse(
        self,
        problem: ApiProblem,
        headers: Mapping[bytes, bytes],
        body: "_Body",
        send: Send,
        rejected: "_Rejected | None" = None,
    ) -> None:
        instance = note_problem(problem, self._metrics)
        tracing.tell({"http.response.status_code": problem.status_code}, error=str(problem.code))
        accept, language = _text(headers.get(b"accept")), _text(headers.get(b"accept-language"))
        imprint = self._desk.services.imprint
        answer_headers, content = problem_answer(problem, instance, accept, language, imprint)
        if rejected is not None and wants_rueckweisung(accept):
            written = self._rueckweisung(rejected, instance)
            if written is not None:
                answer_headers, content = xml_answer(written, answer_headers), written
        if body.complete:
            await send(
                {"type": "http.response.start", "status": problem.status_code, "headers": answer_headers}
            )
            await send({"type": "http.response.body", "body": content})
        else:
            await answer_early(problem.status_code, answer_headers, content, body, send)

    def _rueckweisung(self, rejected: "_Rejected", instance: str) -> bytes | None:
        services = self._desk.services
        return rueckweisung(
            rejected.refused,
            rejected.content,
            rejected.portal,
            services.imprint,
            instance=instance,
            at=services.clock.now(),
        )


class _Rejected(Exception):
    """A message that was read and refused: with what a rejection of it needs."""

    def __init__(self, refused: Refused, content: bytes, portal: Portal) -> None:
        super().__init__()
        self.refused = refused
        self.content = content
        self.portal = portal


class _Body:
    """A `receive` that knows whether it was read to its end."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.complete = False

    async def __call__(self) -> Message:
        message = await self._receive()
        self.complete = not message.get("more_body", False)
        return message


def _idempotency_key(headers: Mapping[bytes, bytes]) -> str | None:
    key = headers.get(b"idempotency-key")
    if key is None:
        return None
    if not _VISIBLE_ASCII.fullmatch(key):
        raise ApiProblem(ApiCode.IDEMPOTENCY_KEY_INVALID)
    return key.decode("ascii")


def _text(header: bytes | None) -> str | None:
    return None if header is None else header.decode("latin-1")
