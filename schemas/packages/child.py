"""Child: work on what strangers have made is done in a process of its own, which may be killed at any moment."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gateway.core.errors import ConfigurationInvalid, Problem
from schemas.children.inside import Desk, allow, limit
from schemas.children.process import Child, ChildEnded
from schemas.packages.faults import PackageIncomplete, PackageRefused, fault

MEMORY = 1_500_000_000
"""Bytes of address space."""
WALL_SECONDS = 300
"""The limits of processor time end a child long before, unless it waits."""

Report = dict[str, Any]
"""What crosses the pipe."""


def run_child(module: str, order: Mapping[str, object], folder: Path) -> Report:
    """Have `main` of a module of this package carry an order out in a process of its own, which works in `folder`.

    Raises:
        PackageRefused: naming every fault found, or what took more time or memory than is allowed.
    """
    until = time.monotonic() + WALL_SECONDS
    stage: str | None = None
    child = Child(f"schemas.packages.{module}", folder=folder)
    try:
        answer = child.ask(json.dumps(order).encode(), seconds=WALL_SECONDS)
        while isinstance(answer, dict) and "stage" in answer:
            stage = answer["stage"]
            answer = child.ask(seconds=until - time.monotonic())
    except ChildEnded as ended:
        if stage is None and not ended.out_of_time:
            raise RuntimeError(f"the process that installs ended with {ended.code}") from None
        raise _exhausted(stage) from None
    finally:
        child.end()
    match answer:
        case {"done": dict() as report}:
            return report
        case {"problems": list() as problems, "incomplete": incomplete}:
            refusal = PackageIncomplete if incomplete else PackageRefused
            raise refusal(*(Problem(**problem) for problem in problems))
        case _:
            raise _exhausted(stage)


Stage = Callable[[str, int], None]
"""Tells the parent what begins, and gives it so many seconds of processor time."""


def be_child(work: Callable[[Report, Stage], Report]) -> None:
    """Take an order, carry it out and report."""
    desk = Desk()
    order = json.loads(desk.next() or b"")
    limit(addresses=MEMORY)

    def stage(name: str, seconds: int) -> None:
        desk.answer({"stage": name})
        allow(seconds)

    try:
        report: Report = {"done": work(order, stage)}
    except ConfigurationInvalid as error:
        problems = [asdict(problem) for problem in error.problems]
        report = {"problems": problems, "incomplete": isinstance(error, PackageIncomplete)}
    except MemoryError:
        report = {"exhausted": True}
    desk.answer(report)


_STAGES = {
    "read": ("Das Paket zu lesen", "reading the package"),
    "compile": ("Das Schema zu übersetzen", "compiling the schema"),
    "explain": ("Das Schema mit xmlschema zu übersetzen", "compiling the schema with xmlschema"),
    "lists": ("Die Codelisten zu lesen", "reading the code lists"),
    "messages": ("Die Nachrichten des Pakets zu lesen", "reading the messages of the package"),
    "rules": ("Die Schematron-Regeln zu übersetzen", "compiling the Schematron rules"),
    "patterns": ("Die Muster des Schemas zu prüfen", "trying the schema's patterns"),
}


def _exhausted(stage: str | None) -> PackageRefused:
    de, en = _STAGES.get(stage or "", ("Das Paket einzurichten", "installing the package"))
    return PackageRefused(
        fault(
            "*.xsd",
            f"{de} braucht mehr Zeit oder Speicher, als erlaubt ist",
            f"{en} takes more time or memory than is allowed",
        )
    )
