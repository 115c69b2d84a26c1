"""The page about the sandbox and the sandbox itself are held together."""

from pathlib import Path

import pytest

from gateway.sandbox.faults import Fault
from gateway.sandbox.journal import Result
from gateway.sandbox.settings import SandboxSettings
from gateway.sandbox.systems import System

PAGE = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*SandboxSettings.model_fields, *Fault, *Result])
def test_every_setting_fault_and_result_is_described(name: str) -> None:
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("system", list(System))
def test_every_system_is_described(system: System) -> None:
    assert f"\n| {system} |" in PAGE
