"""Routes for operations: is the process alive, is it ready, what does it measure."""

import asyncio
import re

from fastapi import APIRouter, Response

from gateway.api.access import AtDesk
from gateway.api.health_models import DestinationHealth, Health, HealthCheck, Readiness
from gateway.api.services import Check
from gateway.core.check import Checked, StepResult
from gateway.core.errors import AmtsboteError

router = APIRouter(tags=["Operations"])

_CAMEL = re.compile(r"(?<!^)(?=[A-Z])")


@router.get("/health/live", summary="Is the process alive (Lebenszeichen)")
async def live() -> Health:
    """Always 200 while the process answers at all. It asks nobody else."""
    return Health(status="ok", checks=[])


@router.get(
    "/health/ready",
    summary="Is the gateway ready (Betriebsbereitschaft)",
    responses={503: {"model": Readiness, "description": "At least one check fails."}},
)
async def ready(desk: AtDesk, response: Response) -> Readiness:
    """Run every check at once; 503 when one fails. What was found at destinations is for information alone: a
    system that is away must not take the gateway down with it.
    """
    checks = desk.services.checks
    results = await asyncio.gather(
        *(_run(name, check, desk.limits.check_seconds) for name, check in checks.items())
    )
    is_ready = all(result.ok for result in results)
    if not is_ready:
        response.status_code = 503
    return Readiness(
        status="ok" if is_ready else "failing",
        checks=results,
        destinations=[_destination(each) for each in desk.services.destinations()],
    )


@router.get(
    "/metrics",
    summary="Metrics for Prometheus (Messwerte)",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(desk: AtDesk) -> Response:
    """Metrics of this process; a relay's also what waits in the store. No personal data."""
    all_metrics = desk.services.metrics
    if (store := desk.services.checks.get("store")) is not None:
        all_metrics.store_up.set((await _run("store", store, desk.limits.check_seconds)).ok)
    return Response(all_metrics.expose(), media_type="text/plain; version=0.0.4")


def _destination(checked: Checked) -> DestinationHealth:
    bad = {StepResult.WARNING, StepResult.FAILED}
    found = next((step for step in checked.steps if step.finding.result in bad), None)
    return DestinationHealth(
        name=checked.destination,
        result=checked.result,
        step=None if found is None else found.name,
        code=None if found is None else found.finding.code,
        checked_at=checked.at,
    )


async def _run(name: str, check: Check, seconds: float) -> HealthCheck:
    try:
        async with asyncio.timeout(seconds):
            await check()
    except TimeoutError:
        return HealthCheck(name=name, ok=False, reason="timed-out")
    except Exception as error:  # noqa: BLE001 - whatever a check raises is its verdict
        return HealthCheck(name=name, ok=False, reason=_reason(error))
    return HealthCheck(name=name, ok=True, reason=None)


def _reason(error: Exception) -> str:
    # The text of a foreign error may hold addresses or passwords: its class says enough.
    if isinstance(error, AmtsboteError):
        return _CAMEL.sub("-", type(error).__name__).lower()
    return "failed"
