"""Checks: looks at destinations, side by side and again and again, and remembers what it found."""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import structlog

from gateway.core.check import Checked, Finding, Step, StepName, StepResult
from gateway.core.ports import Adapter, Checkable, Clock
from gateway.telemetry.metrics import Metrics

log = structlog.get_logger()

PATIENCE = 60.0
"""Seconds for all steps of a destination together."""
FIRST_AFTER = 60.0
"""Seconds after the start: first of all, messages are delivered."""
CONFIRM_AFTER = 30.0
"""Seconds after which a destination that has just failed is looked at again, before anybody is told."""


async def check(name: str, adapter: Adapter, secrets: frozenset[Path], clock: Clock) -> Checked:
    """Look at one destination; never longer than `PATIENCE`. Sends nothing."""
    started = clock.now()
    steps = [_settings(), _secrets(secrets)]
    if not isinstance(adapter, Checkable):
        return Checked(name, started, tuple(steps))
    try:
        async with asyncio.timeout(PATIENCE):
            steps += [step async for step in adapter.check()]
    except TimeoutError:
        steps.append(Step(StepName.CALL, _TOO_SLOW, PATIENCE))
    except Exception as error:  # noqa: BLE001 - the port forbids it, so anything may come
        steps.append(Step(StepName.CALL, _raised(error), 0))
    return Checked(name, started, tuple(steps))


def not_built(name: str, error: Exception, clock: Clock) -> Checked:
    """The check of a destination whose adapter can't be made of its settings."""
    return Checked(name, clock.now(), (Step(StepName.SETTINGS, _raised(error), 0),))


class DestinationChecks:
    """The use case of a worker: every destination looked at in turn, with the latest result at hand.

    Nothing depends on it: a destination that fails its check gets its messages all the same, and the gateway
    stays ready. What counts there is the breaker, which goes by deliveries.
    """

    def __init__(
        self,
        adapters: Mapping[str, Adapter],
        secrets: Mapping[str, frozenset[Path]],
        clock: Clock,
        metrics: Metrics,
        every: timedelta,
    ) -> None:
        """`every` is from one look at a destination to the next; zero for never."""
        self._adapters = adapters
        self._secrets = secrets
        self._clock = clock
        self._metrics = metrics
        self._every = every.total_seconds()
        self._latest: dict[str, Checked] = {}

    @property
    def latest(self) -> Sequence[Checked]:
        """What was found last, by the destinations' names; nothing of those that were not looked at yet."""
        return [self._latest[name] for name in sorted(self._latest)]

    async def run(self) -> None:
        """Look at every destination, each in its own time, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name in self._adapters if self._every else ():
                group.create_task(self._keep_looking(name))
            # Without anything to look at there is no reason to end.
            await asyncio.Event().wait()

    async def look(self, name: str, confirm_after: float = CONFIRM_AFTER) -> Checked:
        """Look at one destination and remember what was found. A failure that is new is looked at twice, so
        that one lost packet alarms nobody.
        """
        before = self._latest.get(name)
        checked = await self._check(name)
        was_failed = before is not None and before.result is StepResult.FAILED
        if checked.result is StepResult.FAILED and not was_failed:
            await asyncio.sleep(confirm_after)
            checked = await self._check(name)
        self._latest[name] = checked
        self._metrics.show_check(checked)
        if before is None or before.result is not checked.result:
            log.info(
                "destination_checked", destination=name, result=checked.result.value, code=_code(checked)
            )
        return checked

    async def _keep_looking(self, name: str) -> None:
        # Spread, so that many processes do not all call at once.
        await asyncio.sleep(FIRST_AFTER * (1 + random.random()))  # noqa: S311 - no secret
        while True:
            await self.look(name)
            await asyncio.sleep(self._every * (0.9 + random.random() / 5))  # noqa: S311

    async def _check(self, name: str) -> Checked:
        return await check(name, self._adapters[name], self._secrets.get(name, frozenset()), self._clock)


def _code(checked: Checked) -> str | None:
    return next((each.finding.code for each in checked.steps if each.finding.result is checked.result), None)


def _settings() -> Step:
    finding = Finding(StepResult.OK, "ok", "Die Einstellungen passen zusammen.", "The settings fit together.")
    return Step(StepName.SETTINGS, finding, 0)


def _secrets(files: frozenset[Path]) -> Step:
    started = time.perf_counter()
    return Step(StepName.SECRETS, _secrecy(sorted(files)), time.perf_counter() - started)


def _secrecy(files: Sequence[Path]) -> Finding:
    if not files:
        return Finding(
            StepResult.SKIPPED, "no-secret-files", "Kein Geheimnis aus einer Datei.", "No secret from a file."
        )
    for file in files:
        try:
            mode = file.stat().st_mode
        except OSError:
            return Finding(
                StepResult.FAILED,
                "file-missing",
                f"{file.name} fehlt oder ist nicht lesbar.",
                f"{file.name} is missing, or can't be read.",
            )
        if mode & 0o006:
            return Finding(
                StepResult.WARNING,
                "file-open-to-all",
                f"{file.name} darf jeder auf diesem Rechner lesen oder schreiben.",
                f"Everybody on this machine may read or write {file.name}.",
            )
    return Finding(StepResult.OK, "ok", f"Dateien: {len(files)}", f"Files: {len(files)}")


_TOO_SLOW = Finding(
    StepResult.FAILED,
    "timed-out",
    f"Nach {PATIENCE:.0f} Sekunden abgebrochen.",
    f"Given up after {PATIENCE:.0f} seconds.",
)


def _raised(error: Exception) -> Finding:
    # The text of a foreign exception may hold addresses or passwords: its class says enough.
    name = type(error).__name__
    return Finding(StepResult.FAILED, "failed", f"Misslungen ({name}).", f"It failed ({name}).")
