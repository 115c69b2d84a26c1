"""The application: routes, the translation of errors, and the documentation put together."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from itertools import chain

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.api import (
    health_routes,
    portal_routes,
    reply_routes,
    schema_routes,
    system_routes,
    validate_route,
)
from gateway.api.access import Desk, desk_of
from gateway.api.documentation import INTRODUCTION, VERSION, complete
from gateway.api.problem import ApiCode, ApiProblem, problem_of
from gateway.api.services import Limits, Services
from gateway.api.submit import SUBMIT_PATH, SubmitMessage
from gateway.api.throttle import Room, TokenBuckets
from gateway.api.watch import Watch, problem_response
from gateway.core.errors import AmtsboteError, NotFound, NotReplayable, Refused, Unavailable
from gateway.core.refusal import Finding


def create_app(services: Services, limits: Limits) -> FastAPI:
    """Build the HTTP API. It opens nothing and starts nothing."""
    portal = (portal_routes.router, reply_routes.router, validate_route.router)
    system = (system_routes.receipts, system_routes.router)
    app = _create(services, limits, *portal, schema_routes.router, *system, health_routes.router)
    submit = SubmitMessage(app.state.desk)
    services.metrics.submissions_in_progress.set_function(app.state.desk.slots.taken)
    services.metrics.upload_bytes.set_function(app.state.desk.uploads.taken)
    app.router.routes.insert(0, Route(SUBMIT_PATH, submit, methods=["POST"]))
    app.submit = Watch(submit, services.metrics)
    app.openapi = partial(complete, app, limits)  # type: ignore[method-assign]
    return app


def create_health_app(services: Services, limits: Limits) -> FastAPI:
    """Build what a process without the API shows: whether it is well, and its metrics."""
    return _create(services, limits, health_routes.router)


def _create(services: Services, limits: Limits, *routers: APIRouter) -> "_Application":
    app = _Application(
        title="Amtsbote",
        version=VERSION,
        description=INTRODUCTION,
        # Their pages load scripts from a content delivery network.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    readers = replace(limits, requests_per_second=limits.pages_per_second, burst=limits.pages_at_once)
    app.state.desk = Desk(
        services,
        limits,
        TokenBuckets(limits),
        Room(limits.submissions),
        Room(limits.upload_bytes),
        TokenBuckets(readers),
        asyncio.Semaphore(limits.waiting),
    )
    app.state.routers = routers
    for router in routers:
        app.include_router(router)
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
    app.add_middleware(Watch, metrics=services.metrics)
    return app


class _Application(FastAPI):
    """FastAPI, with a direct way to the hot route: FastAPI's own layers cost more than the route itself."""

    submit: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if (
            self.submit is not None
            and scope["type"] == "http"
            and scope["path"] == SUBMIT_PATH
            and scope["method"] == "POST"
        ):
            await self.submit(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


async def _api_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiProblem)
    return problem_response(request, error, desk_of(request).services.metrics)


async def _core_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AmtsboteError)
    return await _api_problem(request, problem_of(error))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = error.errors()
    if any(fault["loc"][0] == "path" for fault in faults):
        # An id that can't be one names nothing.
        return await _api_problem(request, ApiProblem(ApiCode.NOT_FOUND))
    findings = tuple(_finding(fault, _parameters(request)) for fault in faults)
    return await _api_problem(request, ApiProblem(ApiCode.INVALID_REQUEST, findings=findings))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    match error.status_code:
        case 404:
            problem = ApiProblem(ApiCode.NOT_FOUND)
        case 405:
            problem = ApiProblem(ApiCode.METHOD_NOT_ALLOWED, headers={"Allow": _allowed(request)})
        case _:
            problem = ApiProblem(ApiCode.INVALID_REQUEST)
    return await _api_problem(request, problem)


Handler = Callable[[Request, Exception], Awaitable[Response]]

_HANDLERS: dict[type[Exception], Handler] = {
    ApiProblem: _api_problem,
    HTTPException: _http_error,
    RequestValidationError: _invalid,
    Refused: _core_error,
    Unavailable: _core_error,
    NotFound: _core_error,
    NotReplayable: _core_error,
}
"""What is not here is unexpected, and an incident."""


def _allowed(request: Request) -> str:
    """Every method of the address: two routes may share it, and each knows only its own."""
    # What FastAPI keeps of an included router does not tell its methods.
    included = [route for router in request.app.state.routers for route in router.routes]
    methods: set[str] = set()
    for route in (*request.app.router.routes, *included):
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    return ", ".join(sorted(methods))


def _parameters(request: Request) -> str:
    """The names that the address knows after its question mark."""
    route = request.scope.get("route")
    given = route.dependant.query_params if isinstance(route, APIRoute) else []
    models = (each.field_info.annotation for each in given)
    names = (
        list(each.model_fields) if isinstance(each, type) and issubclass(each, BaseModel) else []
        for each in models
    )
    return " | ".join(chain.from_iterable(names))


def _finding(fault: dict[str, object], parameters: str) -> Finding:
    location = fault["loc"]
    assert isinstance(location, tuple)
    rule = str(fault["type"])
    # The name of a superfluous field is the client's own text.
    known = location[:-1] if rule == "extra_forbidden" else location
    if rule == "extra_forbidden" and location[0] == "query":
        de, en = "Einen solchen Parameter gibt es hier nicht.", "There is no such parameter here."
        return Finding("query", rule, de, en, expected=parameters)
    context = fault.get("ctx")
    expected = context if isinstance(context, dict) and "error" not in context else {}
    own = context.get("error") if isinstance(context, dict) and rule == "value_error" else None
    return Finding(
        path=".".join(str(step) for step in known),
        rule=rule,
        de="Diese Angabe fehlt, ist überzählig oder hat nicht die beschriebene Form.",
        en="This is missing, superfluous or not of the form described.",
        # What our own checks raise says what they expect; what others say may quote the value.
        expected=str(own) if own else ", ".join(f"{name}: {value}" for name, value in expected.items()),
    )
