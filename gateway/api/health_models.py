"""Health models: the JSON by which monitoring sees a process."""

from typing import Literal

from pydantic import (
    Field,
)

from gateway.api.wire import Answer, Moment
from gateway.core.check import StepName, StepResult


class HealthCheck(Answer):
    """One readiness check."""

    name: str
    ok: bool
    reason: str | None = Field(description="Short code where it is not ok.", examples=["store-unavailable"])


class DestinationHealth(Answer):
    """What was found last at a destination. It never makes the gateway unready."""

    name: str
    result: StepResult
    step: StepName | None = Field(description="The first step that is not ok.")
    code: str | None = Field(description="Short code where it is not ok.", examples=["tls-expired"])
    checked_at: Moment


class Health(Answer):
    """Whether the gateway is alive, or ready for work."""

    status: Literal["ok", "failing"]
    checks: list[HealthCheck]


class Readiness(Health):
    """Whether the gateway is ready for work, and what is known about its destinations."""

    destinations: list[DestinationHealth] = Field(
        description="For information: the latest checks, in processes that deliver."
    )
