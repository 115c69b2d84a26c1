"""Destinations looked at again and again: what is remembered, shown and counted."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway import checks
from gateway.checks import DestinationChecks, check
from gateway.core.check import Checked, Finding, Step, StepName, StepResult
from gateway.core.outcome import Delivered, Outcome
from gateway.core.ports import Consignment
from gateway.telemetry.metrics import Metrics

OK, WARNING, FAILED = StepResult.OK, StepResult.WARNING, StepResult.FAILED


class Clock:
    def now(self) -> datetime:
        return datetime(2026, 6, 1, tzinfo=UTC)


class System:
    """An adapter whose checks go as they are told to; the last one stays."""

    def __init__(
        self, *results: StepResult | Exception, days: float | None = None, hangs: bool = False
    ) -> None:
        self.hangs = hangs
        self.results = list(results)
        self.days = days
        self.looks = 0

    async def deliver(self, _: Consignment) -> Outcome:
        return Delivered()

    async def aclose(self) -> None: ...

    async def check(self) -> AsyncIterator[Step]:
        self.looks += 1
        result = self.results.pop(0) if len(self.results) > 1 else self.results[0]
        if isinstance(result, Exception):
            raise result
        if self.hangs:
            await asyncio.Event().wait()
        yield Step(StepName.CERTIFICATE, Finding(OK, "ok", "ja", "yes", self.days), 0.1)
        yield Step(StepName.CALL, Finding(result, "http-503", "nein", "no"), 0.1)


def watching(system: System, metrics: Metrics | None = None) -> DestinationChecks:
    return DestinationChecks({"kasse": system}, {}, Clock(), metrics or Metrics(), timedelta(minutes=15))


async def look(watched: DestinationChecks) -> Checked:
    return await watched.look("kasse", confirm_after=0)


async def test_one_lost_packet_alarms_nobody() -> None:
    system = System(OK, FAILED, OK)
    watched = watching(system)
    assert [(await look(watched)).result for _ in range(2)] == [OK, OK]
    assert system.looks == 3


async def test_what_fails_twice_is_shown_until_it_works() -> None:
    system = System(OK, FAILED, FAILED, FAILED, OK)
    watched = watching(system)
    assert watched.latest == []
    assert [(await look(watched)).result for _ in range(4)] == [OK, FAILED, FAILED, OK]
    assert system.looks == 5
    assert [each.destination for each in watched.latest] == ["kasse"]


async def test_results_and_days_are_metrics() -> None:
    metrics = Metrics()
    await look(watching(System(WARNING, days=12.5), metrics))
    text = metrics.expose().decode()
    assert 'amtsbote_destination_check{destination="kasse",step="call"} 1.0' in text
    assert 'amtsbote_destination_check{destination="kasse",step="certificate"} 0.0' in text
    assert 'amtsbote_certificate_days{certificate="system",destination="kasse"} 12.5' in text


async def test_a_skipped_step_is_no_metric_any_more() -> None:
    metrics = Metrics()
    system = System(OK, StepResult.SKIPPED)
    watched = watching(system, metrics)
    await look(watched)
    await look(watched)
    assert 'step="call"' not in metrics.expose().decode()


async def test_an_adapter_that_raises_has_failed_and_its_text_is_not_repeated() -> None:
    checked = await check("kasse", System(ValueError("Frau Muster")), frozenset(), Clock())
    assert checked.result is FAILED
    assert "Muster" not in repr(checked)


async def test_an_adapter_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "PATIENCE", 0.01)
    checked = await check("kasse", System(OK, hangs=True), frozenset(), Clock())
    assert checked.steps[-1].finding.code == "timed-out"


async def test_files_with_secrets_are_closed_to_others(tmp_path: Path) -> None:
    file = tmp_path / "kasse-password"
    file.write_text("geheim", encoding="utf-8")
    for mode, code in ((0o600, "ok"), (0o640, "ok"), (0o644, "file-open-to-all")):
        file.chmod(mode)
        checked = await check("kasse", System(OK), frozenset({file}), Clock())
        assert checked.steps[1].finding.code == code
    file.unlink()
    checked = await check("kasse", System(OK), frozenset({file}), Clock())
    assert checked.steps[1].finding.code == "file-missing"
    assert "geheim" not in repr(checked)
