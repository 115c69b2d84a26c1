"""Schematron: the rules that a package brings along, put into its bundle and tried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gateway.core.errors import ConfigurationInvalid, Problem
from schemas.packages.faults import printable
from schemas.packages.files import FileId, parse_published, written
from schemas.schematron.files import SCH
from schemas.schematron.model import Place
from schemas.schematron.rulings import Ruling, SchematronEntry, load_schematron
from schemas.schematron.workers import Workers

MOST_TRIED = 50
"""Official packages have one to four schemas, and files that these include."""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A Schematron schema of a package."""

    name: str
    """In the package."""
    file: str
    """In the bundle."""
    fault: Problem | None
    """Why it can't be used."""


def write_rules(
    files: Mapping[PurePosixPath, bytes], names: Mapping[FileId, PurePosixPath], folder: Path
) -> tuple[RuleFile, ...]:
    """Copy the rules by their `names` into a bundle's folder, lying to each other as in the package, and try
    each schema.
    """
    found: list[RuleFile] = []
    for id, name in names.items():
        node = parse_published(id, files[id.path])
        shown = printable(str(id))
        if isinstance(node, Problem):
            found.append(RuleFile(shown, str(name), node))
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(node))
        if node.tag == f"{SCH}schema":
            found.append(RuleFile(shown, str(name), None))
    return _tried(found, folder)


def _tried(found: Sequence[RuleFile], folder: Path) -> tuple[RuleFile, ...]:
    workers = Workers()
    try:
        return tuple(
            each
            if each.fault is not None
            else RuleFile(each.name, each.file, _fault(each, number, folder, workers))
            for number, each in enumerate(found)
        )
    finally:
        workers.close()


def _fault(file: RuleFile, number: int, folder: Path, workers: Workers) -> Problem | None:
    if number >= MOST_TRIED:
        return Problem(
            file.name, None, "Nicht versucht: Das Paket hat zu viele", "not tried: there are too many"
        )
    place = Place(file.name, None)
    try:
        stylesheet = load_schematron(folder, folder, SchematronEntry(file=file.file), place, trusted=False)
        Ruling(stylesheet, workers).warm()
    except ConfigurationInvalid as invalid:
        first = invalid.problems[0]
        return Problem(Path(first.file).name, first.line, first.de, first.en)
    return None
