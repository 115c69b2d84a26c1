"""Control: the sandbox's own routes, for people and tests: what was received, and which faults are at work."""

from dataclasses import asdict, fields

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway.sandbox.board import ActiveFault, FaultBoard
from gateway.sandbox.desk import Desk
from gateway.sandbox.faults import FaultRule
from gateway.sandbox.journal import Counts
from gateway.sandbox.rest import json_response
from gateway.sandbox.systems import System


def routes(desk: Desk) -> list[Route]:
    """Routes below `/sandbox`, and `/health/live`."""

    async def received(request: Request) -> Response:
        wanted = request.query_params.get("system")
        if wanted is not None and wanted not in set(System):
            return json_response({"code": "unknown-system"}, 422)
        delivery = request.query_params.get("delivery")
        systems = [System(wanted)] if wanted else list(System)
        return json_response({system: _deliveries(desk, system, delivery) for system in systems})

    async def summary(_: Request) -> Response:
        return json_response(summarise(desk))

    async def forget(_: Request) -> Response:
        desk.journal.clear()
        return Response(status_code=204)

    async def live(_: Request) -> Response:
        return PlainTextResponse("ok")

    return [
        Route("/health/live", live),
        Route("/sandbox/received", received, methods=["GET"]),
        Route("/sandbox/received", forget, methods=["DELETE"]),
        Route("/sandbox/summary", summary, methods=["GET"]),
        *_fault_routes(desk.faults),
    ]


def _fault_routes(board: FaultBoard) -> list[Route]:
    async def faults(_: Request) -> Response:
        return json_response({"faults": [_shown(active) for active in board]})

    async def add_fault(request: Request) -> Response:
        try:
            rule = FaultRule.model_validate_json(await request.body())
        except ValidationError as error:
            findings = [{"field": list(each["loc"]), "text": each["msg"]} for each in error.errors()]
            return json_response({"code": "not-a-fault", "errors": findings}, 422)
        return json_response(_shown(board.add(rule)), 201)

    async def remove_fault(request: Request) -> Response:
        found = board.remove(request.path_params["id"])
        return Response(status_code=204 if found else 404)

    async def clear_faults(_: Request) -> Response:
        board.clear()
        return Response(status_code=204)

    return [
        Route("/sandbox/faults", faults, methods=["GET"]),
        Route("/sandbox/faults", add_fault, methods=["POST"]),
        Route("/sandbox/faults", clear_faults, methods=["DELETE"]),
        Route("/sandbox/faults/{id:int}", remove_fault, methods=["DELETE"]),
    ]


def summarise(desk: Desk) -> dict[str, object]:
    """Counts per system and in total, and how many receipts the gateway has not taken yet."""
    systems = {system: desk.journal.counts(system) for system in System}
    total = Counts(
        **{f.name: sum(getattr(each, f.name) for each in systems.values()) for f in fields(Counts)}
    )
    return {
        "systems": {system: asdict(counts) for system, counts in systems.items()},
        "total": asdict(total),
        "receipts_owed": len(desk.journal.owed),
        "notices_owed": len(desk.journal.promised),
    }


def _deliveries(desk: Desk, system: System, delivery: str | None) -> list[dict[str, object]]:
    return [
        {"delivery": id, **asdict(tally), "doubled": tally.doubled}
        for id, tally in desk.journal.tallies[system].items()
        if delivery in {None, id}
    ]


def _shown(active: ActiveFault) -> dict[str, object]:
    return {
        "id": active.id,
        **active.rule.model_dump(mode="json"),
        "seconds": active.rule.duration,
        "seen": active.seen,
        "hits": active.hits,
    }
