"""Watch: measures every request, notes every problem, and turns what nobody expected into an incident."""

import time
import traceback
from uuid import uuid4

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import clear_contextvars

from gateway.api.answers import problem_answer
from gateway.api.problem import ApiCode, ApiProblem
from gateway.telemetry.metrics import Metrics

ROUTE = "amtsbote.route"
"""Key of the scope under which a bare ASGI route leaves its path."""

log = structlog.get_logger(__name__)


class Watch:
    """Around all routes. An unexpected exception ends here: its text may hold values of a message, so only
    its class and the places it passed are logged, and the client learns nothing but the incident's number.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and watch how it ends."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # A request that waited behind another one on its connection starts in the context of that one.
        clear_contextvars()
        started_at = time.perf_counter()
        status = "none"

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - this is the place where everything unexpected ends
            response = _incident(error, Request(scope), self._metrics)
            if status != "none":
                raise AnswerBrokenOff from None
            await response(scope, receive, watched)
        finally:
            route = scope.get(ROUTE) or getattr(scope.get("route"), "path", "unknown")
            elapsed = time.perf_counter() - started_at
            self._metrics.request_seconds.labels(scope["method"], route, status).observe(elapsed)


class AnswerBrokenOff(Exception):
    """The answer had begun when something failed: the server closes the connection. Already logged."""


def note_problem(problem: ApiProblem, metrics: Metrics) -> str:
    """Count and log a problem; returns its `instance`, a number by which the log line is found again."""
    instance = f"urn:uuid:{uuid4()}"
    metrics.refused.labels(problem.code).inc()
    reasons = [refusal.code for refusal in problem.refusals]
    log.info(
        "request_refused",
        code=str(problem.code),
        status=problem.status_code,
        reasons=reasons,
        instance=instance,
    )
    return instance


def problem_response(request: Request, problem: ApiProblem, metrics: Metrics) -> Response:
    """The answer to a request that ended with a problem."""
    return _response(request, problem, note_problem(problem, metrics))


def _incident(error: Exception, request: Request, metrics: Metrics) -> Response:
    problem = ApiProblem(ApiCode.INTERNAL_ERROR)
    instance = f"urn:uuid:{uuid4()}"
    metrics.refused.labels(problem.code).inc()
    frames = [
        f"{each.filename}:{each.lineno} {each.name}" for each in traceback.extract_tb(error.__traceback__)
    ]
    log.error("incident", instance=instance, error=type(error).__qualname__, frames=frames[-12:])
    return _response(request, problem, instance)


def _response(request: Request, problem: ApiProblem, instance: str) -> Response:
    accept, language = request.headers.get("accept"), request.headers.get("accept-language")
    headers, content = problem_answer(problem, instance, accept, language)
    response = Response(content, problem.status_code)
    response.raw_headers = headers
    return response
