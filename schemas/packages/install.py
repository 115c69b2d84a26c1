"""Install: a package becomes a bundle in the folder of installed bundles, as a whole or not at all."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

from schemas.library import SchemaLibrary
from schemas.packages.child import Report, run_child
from schemas.packages.faults import PackageRefused, fault
from schemas.packages.order import Order


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
    placeholders: tuple[str, ...]
    """Header facts that a person must complete, because nobody knows where they are."""
    without_header: tuple[str, ...]
    """Messages that do not have that header."""
    code_lists: int
    lists_left_out: tuple[tuple[str, str, str], ...]
    """Files that look like code lists and can't be used: name, and why in German and English."""
    rules: int
    """Schematron schemas that are in force."""
    rules_left_out: tuple[tuple[str, str, str], ...]
    """Those that can't be used, in the same form."""


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
        bundle = staging / "bundle"
        bundle.mkdir()
        report = run_child("build", asdict(replace(order, into=str(bundle))), staging)
        installed = _put_in_place(bundle, into, beside, report)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return installed


def remove(folder: Path) -> None:
    """Take a bundle away, at once for everybody who looks."""
    grave = Path(mkdtemp(prefix=".remove-", dir=folder.parents[1]))
    folder.rename(grave / "bundle")
    sync(folder.parent)
    if not any(folder.parent.iterdir()):
        folder.parent.rmdir()
    shutil.rmtree(grave, ignore_errors=True)


def _put_in_place(bundle: Path, into: Path, beside: Sequence[Path], report: Report) -> Installed:
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
    sync_tree(bundle)
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
        sync(folder)
    return Installed(
        place,
        standard,
        version,
        namespace=report["namespace"],
        files=report["files"],
        kinds=report["kinds"],
        header=report["header"],
        placeholders=tuple(report["placeholders"]),
        without_header=tuple(report["without_header"]),
        code_lists=report["code_lists"],
        lists_left_out=tuple((name, de, en) for name, de, en in report["lists_left_out"]),
        rules=report["rules"],
        rules_left_out=tuple((name, de, en) for name, de, en in report["rules_left_out"]),
    )


def sync_tree(folder: Path) -> None:
    """Bring a folder to disk with all that is in it."""
    for path in sorted(folder.rglob("*"), reverse=True):
        sync(path)
    sync(folder)


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
