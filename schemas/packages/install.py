"""Install: a package becomes a bundle in the folder of installed bundles, as a whole or not at all."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

from gateway.core.errors import Problem
from schemas.library import SchemaLibrary
from schemas.packages.build import Order
from schemas.packages.faults import PackageIncomplete, PackageRefused, fault

WALL_SECONDS = 300
"""The limits of processor time end a child long before, unless it waits."""
_ROOT = Path(__file__).parents[2]
_CHILD = "import sys; sys.path.insert(0, sys.argv[1]); from schemas.packages.build import main; main()"


@dataclass(frozen=True, slots=True)
class Installed:
    """What an installation brought."""

    folder: Path
    standard: str
    version: str
    namespace: str
    files: int
    kinds: int
    header: str
    """The layout that was recognised; `none` where none was."""
    without_header: tuple[str, ...]
    """Messages that do not have that header."""


def install(order: Order, into: Path, beside: Sequence[Path] = ()) -> Installed:
    """Turn a package into a bundle below `into`; `beside` are the other folders of bundles in use.

    The work is done in a process of its own with limits of time and memory. The bundle appears under its
    name when it is complete and on disk, and not before.

    Raises:
        PackageRefused: naming every fault found.
    """
    into.mkdir(parents=True, exist_ok=True)
    # Beside the bundles, so that a rename is all that is left to do; the dot keeps it from being read.
    staging = Path(mkdtemp(prefix=".install-", dir=into))
    try:
        report = _run(replace(order, into=str(staging / "bundle")), staging)
        installed = _put_in_place(staging / "bundle", into, beside, report)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return installed


def remove(folder: Path) -> None:
    """Take a bundle away, at once for everybody who looks."""
    grave = Path(mkdtemp(prefix=".remove-", dir=folder.parents[1]))
    folder.rename(grave / "bundle")
    _sync(folder.parent)
    if not any(folder.parent.iterdir()):
        folder.parent.rmdir()
    shutil.rmtree(grave, ignore_errors=True)


def _run(order: Order, staging: Path) -> dict[str, object]:
    """Have the child do it, whatever becomes of it."""
    Path(order.into).mkdir()
    command = [sys.executable, "-I", "-c", _CHILD, str(_ROOT)]
    with (staging / "output").open("w+", encoding="utf-8") as output:
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter and module
                command,
                input=json.dumps(asdict(order)),
                stdout=output,
                stderr=subprocess.DEVNULL,
                text=True,
                timeout=WALL_SECONDS,
                check=False,
                cwd=staging,
            )
        except subprocess.TimeoutExpired:
            raise _exhausted(None) from None
        output.seek(0)
        lines = [json.loads(line) for line in output]
    last = lines[-1] if lines else {}
    match last:
        case {"bundle": dict() as bundle}:
            return bundle
        case {"problems": list() as problems, "incomplete": incomplete}:
            refusal = PackageIncomplete if incomplete else PackageRefused
            raise refusal(*(Problem(**problem) for problem in problems))
        case {"exhausted": True} | {"stage": _}:
            stages = [line["stage"] for line in lines if "stage" in line]
            raise _exhausted(stages[-1] if stages else None)
        case _:
            raise RuntimeError(f"the process that installs ended with {done.returncode}")


_STAGES = {
    "read": ("Das Paket zu lesen", "reading the package"),
    "compile": ("Das Schema zu übersetzen", "compiling the schema"),
    "explain": ("Das Schema mit xmlschema zu übersetzen", "compiling the schema with xmlschema"),
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


def _put_in_place(bundle: Path, into: Path, beside: Sequence[Path], report: dict[str, object]) -> Installed:
    standard, version = str(report["standard"]), str(report["version"])
    place = into / standard / version
    if place.exists():
        raise PackageRefused(
            fault(
                str(place),
                f"{standard} {version} ist schon eingerichtet; entfernen Sie es zuerst",
                f"{standard} {version} is installed already; remove it first",
            )
        )
    _sync_tree(bundle)
    trial = bundle.parent / "trial" / standard / version
    trial.parent.mkdir(parents=True)
    bundle.rename(trial)
    # With the new one beside all others: two must not claim the same message.
    SchemaLibrary.load([*beside, into, bundle.parent / "trial"])
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        trial.rename(place)
    except OSError:
        raise PackageRefused(
            fault(str(place), "Ein anderer richtet es gerade ein", "somebody else installs it just now")
        ) from None
    for folder in (place.parent, into):
        _sync(folder)
    names = report["without_header"]
    assert isinstance(names, list)
    return Installed(
        place,
        standard,
        version,
        str(report["namespace"]),
        int(str(report["files"])),
        int(str(report["kinds"])),
        str(report["header"]),
        tuple(names),
    )


def _sync_tree(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
