"""Child: work on what strangers have made is done in a process of its own, which may be killed at any moment."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gateway.core.errors import ConfigurationInvalid, Problem
from schemas.packages.faults import PackageIncomplete, PackageRefused, fault

MEMORY = 1_500_000_000
"""Bytes of address space."""
WALL_SECONDS = 300
"""The limits of processor time end a child long before, unless it waits."""
_ROOT = Path(__file__).parents[2]
_CHILD = "import sys; sys.path.insert(0, sys.argv[1]); from schemas.packages.{module} import main; main()"

Report = dict[str, Any]
"""What crosses the pipe."""


def run_child(module: str, order: Mapping[str, object], folder: Path) -> Report:
    """Have `main` of a module of this package carry an order out in a process of its own, which works in `folder`.

    Raises:
        PackageRefused: naming every fault found, or what took more time or memory than is allowed.
    """
    command = [sys.executable, "-I", "-c", _CHILD.format(module=module), str(_ROOT)]
    with (folder / "output").open("w+", encoding="utf-8") as output:
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter and module
                command,
                input=json.dumps(order),
                stdout=output,
                stderr=subprocess.DEVNULL,
                text=True,
                timeout=WALL_SECONDS,
                check=False,
                cwd=folder,
            )
        except subprocess.TimeoutExpired:
            raise _exhausted(None) from None
        output.seek(0)
        lines = [json.loads(line) for line in output]
    last = lines[-1] if lines else {}
    match last:
        case {"done": dict() as report}:
            return report
        case {"problems": list() as problems, "incomplete": incomplete}:
            refusal = PackageIncomplete if incomplete else PackageRefused
            raise refusal(*(Problem(**problem) for problem in problems))
        case {"exhausted": True} | {"stage": _}:
            stages = [line["stage"] for line in lines if "stage" in line]
            raise _exhausted(stages[-1] if stages else None)
        case _:
            raise RuntimeError(f"the process that installs ended with {done.returncode}")


def be_child(work: Callable[[Report], Report]) -> None:
    """Read an order from standard input, carry it out, and report on standard output."""
    order = json.loads(sys.stdin.read())
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Only for this process: one that tries rules for it reserves more than it uses, and has limits of its own.
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    try:
        report: Report = {"done": work(order)}
    except ConfigurationInvalid as error:
        problems = [asdict(problem) for problem in error.problems]
        report = {"problems": problems, "incomplete": isinstance(error, PackageIncomplete)}
    except MemoryError:
        report = {"exhausted": True}
    print(json.dumps(report))  # noqa: T201 - the pipe to the parent


def stage(name: str, seconds: int) -> None:
    """Tell the parent what begins, and give it so much processor time."""
    print(json.dumps({"stage": name}), flush=True)  # noqa: T201 - the pipe to the parent
    used = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 1 + seconds, resource.RLIM_INFINITY))


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
