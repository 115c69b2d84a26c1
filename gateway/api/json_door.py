"""The door for JSON bodies, and for forms with documents beside their JSON: type, size and time are checked before anything is read into memory."""

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import Headers

from gateway.api.access import desk_of
from gateway.api.body import read_body
from gateway.api.negotiation import is_form_data, is_utf8_json
from gateway.api.problem import ApiCode, ApiProblem, problem_of, too_large
from gateway.api.receipt_parts import FORM, receipt_in
from gateway.api.services import Limits
from gateway.api.throttle import Upload
from gateway.core.errors import Unavailable


class JsonRoute(APIRoute):
    """A route whose body is small JSON."""

    documents: ClassVar[bool] = False
    """The JSON may carry documents: it is as large as a submission, and takes a place among them once it is here."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own handler, given a request that guards its body."""
        handle = super().get_route_handler()

        async def handle_guarded(request: Request) -> Response:
            guarded = _GuardedRequest(request.scope, request.receive)
            guarded.documents = self.documents
            try:
                return await handle(guarded)
            finally:
                guarded.give_back()

        return handle_guarded


class DocumentsRoute(JsonRoute):
    """A route whose JSON may carry documents, in itself or beside it in a form."""

    documents = True


class _GuardedRequest(Request):
    documents = False
    _place_of: str | None = None
    _upload: Upload | None = None
    _json: object

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            desk = desk_of(self)
            is_form = self.documents and is_form_data(self.headers.get("content-type"))
            limit = self._limit(desk.limits, is_form=is_form)
            # FastAPI reads the body before it asks who is there; strangers are not worth a body.
            try:
                holder = await desk.known(self.headers.get("authorization"))
            except Unavailable as error:
                # FastAPI takes whatever comes out of here for a malformed body, unless it is a problem.
                raise problem_of(error) from error
            if self.headers.get("content-encoding", "identity").strip().lower() != "identity":
                raise ApiProblem(ApiCode.CONTENT_ENCODING_NOT_SUPPORTED)
            if not is_form and not is_utf8_json(self.headers.get("content-type")):
                expected = f"application/json, {FORM}" if self.documents else "application/json"
                raise ApiProblem(ApiCode.UNSUPPORTED_MEDIA_TYPE, facts={"expected": expected})
            if int(self.headers.get("content-length", "0")) > limit:
                raise too_large(limit)
            self._upload = desk.upload(holder.name)
            self._body = await read_body(self._receive, limit, desk.limits, self._upload)
            if self.documents:
                desk.slots.take(holder.name)
                self._place_of = holder.name
            if is_form:
                self._take_form()
        return self._body

    def _limit(self, limits: Limits, *, is_form: bool) -> int:
        if is_form:
            return limits.form_bytes
        return limits.receipt_bytes if self.documents else limits.json_bytes

    def _take_form(self) -> None:
        """Go on as if the JSON alone had come: FastAPI reads nothing else."""
        self._json = receipt_in(self.headers["content-type"], self._body)
        self._body = b"{}"
        own = [(name, value) for name, value in self.scope["headers"] if name != b"content-type"]
        self._headers = Headers(raw=[*own, (b"content-type", b"application/json")])

    def give_back(self) -> None:
        if self._upload is not None:
            self._upload.give_back()
        if self._place_of is not None:
            desk_of(self).slots.give_back(self._place_of)
            self._place_of = None
