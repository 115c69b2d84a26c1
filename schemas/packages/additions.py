"""Additions: code lists are laid beside the bundles and taken away again, for all bundles at once."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import mkdtemp
from typing import assert_never
from zipfile import is_zipfile

from gateway.core.errors import ConfigurationInvalid
from schemas.genericode import (
    LARGEST_LIST,
    CodeList,
    ListFault,
    file_name,
    is_genericode,
    read_genericode,
    refuse_unnamed,
)
from schemas.library import SchemaLibrary
from schemas.lists import FOLDER, InstalledList, Lists
from schemas.packages.child import Report, Stage, be_child, run_child
from schemas.packages.faults import PackageRefused, fault, printable
from schemas.packages.install import sync
from schemas.packages.source import read_source

READ_SECONDS = 60
"""Of processor time. A hundred lists take a second or two."""


class Fate(StrEnum):
    """What becomes of a list that is brought."""

    ADDED = "added"
    REPLACED = "replaced"
    PRESENT = "present"
    """It was there already, with the same codes."""
    DIFFERS = "differs"
    """It is there with other codes, and stays as it is."""
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Addition:
    """One file that was brought, and what became of it."""

    name: str
    """Its path in the folder or zip."""
    fate: Fate
    list: CodeList | None = None
    de: str = ""
    en: str = ""


def add_lists(
    path: Path, into: Path, beside: Sequence[Path] = (), *, replace: bool = False
) -> list[Addition]:
    """Lay the code lists of a file, folder or zip beside the bundles in `into`; `beside` are the other folders of
    bundles in use. With `replace` a list that is there with other codes gives way.

    They are read in a process of their own with limits of time and memory. Where a bundle could not be used with
    them, nothing is changed.

    Raises:
        PackageRefused: there is no code list in it, or it is no sound folder or zip.
        ConfigurationInvalid: a bundle can't be used with what was brought.
    """
    target = into / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    # The dot keeps it from being read.
    staging = Path(mkdtemp(prefix=".add-", dir=target))
    try:
        (staging / "lists").mkdir()
        order = {"path": str(path.resolve()), "into": str(staging / "lists")}
        report = run_child("additions", order, staging)
        installed = Lists.load([into]).installed
        additions = list(_judged(report, staging / "lists", installed, replace=replace))
        _place(additions, staging, target, installed)
        try:
            SchemaLibrary.load([*beside, into])
        except ConfigurationInvalid:
            _take_back(additions, staging, target, installed)
            raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return additions


def remove_list(installed: InstalledList) -> None:
    """Take a list away, at once for everybody who looks."""
    installed.path.unlink()
    sync(installed.path.parent)


def _judged(
    report: Report, folder: Path, installed: dict[tuple[str, str], InstalledList], *, replace: bool
) -> Iterator[Addition]:
    read = Lists()
    for name, file in report["lists"]:
        found = read.read(folder / file)
        there = installed.get((found.uri, found.version))
        if there is None:
            fate = Fate.ADDED
        elif there.list.codes == found.codes:
            fate = Fate.PRESENT
        else:
            fate = Fate.REPLACED if replace else Fate.DIFFERS
        yield Addition(name, fate, found)
    for name, de, en in report["left_out"]:
        yield Addition(name, Fate.UNUSABLE, None, de, en)


def _place(
    additions: Sequence[Addition],
    staging: Path,
    target: Path,
    installed: dict[tuple[str, str], InstalledList],
) -> None:
    (staging / "before").mkdir()
    for found, old in _moving(additions, installed):
        new = staging / "lists" / file_name(found.uri, found.version)
        sync(new)
        if old is not None:
            shutil.copy2(old, staging / "before" / old.name)
        # Whoever looks meanwhile sees the one or the other.
        new.rename(target / new.name)
        if old is not None and old.name != new.name:
            old.unlink()
    sync(target)


def _take_back(
    additions: Sequence[Addition],
    staging: Path,
    target: Path,
    installed: dict[tuple[str, str], InstalledList],
) -> None:
    for found, old in _moving(additions, installed):
        name = file_name(found.uri, found.version)
        if old is not None:
            (staging / "before" / old.name).rename(old)
        if old is None or old.name != name:
            (target / name).unlink()
    sync(target)


def _moving(
    additions: Sequence[Addition], installed: dict[tuple[str, str], InstalledList]
) -> Iterator[tuple[CodeList, Path | None]]:
    """The lists that come, each with the file that gives way."""
    for each in additions:
        match each.fate:
            case Fate.ADDED | Fate.REPLACED:
                assert each.list is not None
                there = installed.get((each.list.uri, each.list.version))
                yield each.list, None if there is None else there.path
            case Fate.PRESENT | Fate.DIFFERS | Fate.UNUSABLE:
                continue
            case _:
                assert_never(each.fate)


# --- in the child ----------------------------------------------------------------------------------------


def main() -> None:
    """The child's part, see `schemas.packages.child`."""
    be_child(lambda order, stage: gather(Path(order["path"]), Path(order["into"]), stage))


def gather(path: Path, into: Path, stage: Stage) -> Report:
    """Copy every usable list to a folder under its own name, and tell which these are.

    Raises:
        PackageRefused: there is no code list in it.
    """
    stage("lists", READ_SECONDS)
    lists: dict[str, tuple[str, frozenset[str]]] = {}
    left_out = []
    for name, content in _contents(path):
        try:
            found = _usable(content)
            file = file_name(found.uri, found.version)
            if file in lists:
                _agree(lists[file][1], found.codes)
        except ListFault as unusable:
            left_out.append([printable(name), unusable.de, unusable.en])
            continue
        (into / file).write_bytes(content)
        lists[file] = printable(name), found.codes
    if not lists and not left_out:
        raise PackageRefused(
            fault(
                path.name,
                "Darin ist keine Codeliste (genericode)",
                "there is no code list in it (genericode)",
            )
        )
    return {"lists": [[name, file] for file, (name, _) in lists.items()], "left_out": left_out}


def _usable(content: bytes) -> CodeList:
    found = read_genericode(content)
    refuse_unnamed(found)
    if not found.codes:
        raise ListFault("Die Codeliste hat keine Codes", "the code list has no codes")
    return found


def _agree(one: frozenset[str], other: frozenset[str]) -> None:
    if one != other:
        raise ListFault(
            "Dieselbe Fassung ist noch einmal da, mit anderen Codes", "it is there twice, with other codes"
        )


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_file():
        with path.open("rb") as stream:
            content = stream.read(LARGEST_LIST + 1)
        if is_genericode(content):
            yield path.name, content
        if not is_zipfile(path):
            return
    for name, content in read_source(path).lists.items():
        yield str(name), content
