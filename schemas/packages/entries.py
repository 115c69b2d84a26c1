"""Entries: which files of a package are its ends, which messages it has, what it is called."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from schemas.bundle import family
from schemas.packages.faults import PackageRefused, fault
from schemas.packages.files import XSD, FileId, SchemaFile
from schemas.packages.links import Links, heads
from schemas.view import Node

NUMBERED = re.compile(r"\.\d{4,8}\Z")
"""Messages of XÖV standards end in their number."""
LONGEST_TITLE = 90
"""What is longer describes a message and does not name it."""


@dataclass(frozen=True, slots=True)
class Root:
    """A global element that is a message."""

    namespace: str
    name: str
    title: str | None
    """What the schema itself calls it, in German."""


@dataclass(frozen=True, slots=True)
class Entries:
    """Where a package begins."""

    namespace: str
    """That of most messages."""
    files: tuple[FileId, ...]
    roots: tuple[Root, ...]


def find_entries(files: Mapping[FileId, SchemaFile], links: Links, wanted: Sequence[str]) -> Entries:
    """The files to begin with (`wanted`, or those that no other links to) and the messages in them.

    Raises:
        PackageRefused: there are none, or several versions of one standard.
    """
    own = [id for id in files if id.source == 0]
    if not own:
        raise PackageRefused(fault("*.xsd", "Das Paket enthält keine Schemata", "there are no schemas in it"))
    ends = _chosen(own, wanted) if wanted else heads(own, links)
    referenced = {reference for file in files.values() for reference in file.references()}
    by_end = {
        end: list(_roots([files[id] for id in links.reach([end], imports=False)], namespace))
        for end in ends
        if (namespace := files[end].namespace)
    }
    numbered = any(NUMBERED.search(name) for found in by_end.values() for name, _ in found)
    messages: dict[FileId, dict[str, Node]] = {}
    for end, found in by_end.items():
        kept = {
            name: node
            for name, node in found
            if (NUMBERED.search(name) if numbered else _stands_alone(node, name, files[end], referenced))
        }
        if kept:
            messages[end] = kept
    if not messages:
        raise PackageRefused(
            fault("*.xsd", "Kein Schema beschreibt eine Nachricht", "no schema has a message")
        )
    return _entries(files, messages)


def _chosen(own: Sequence[FileId], wanted: Sequence[str]) -> list[FileId]:
    chosen = []
    for name in wanted:
        parts = PurePosixPath(name).parts
        fitting = [id for id in own if id.path.parts[-len(parts) :] == parts]
        if len(fitting) != 1:
            raise PackageRefused(
                fault(name, "Genau eine Datei muss so heißen", f"{len(fitting)} files have this name")
            )
        chosen += fitting
    return chosen


def _roots(files: Sequence[SchemaFile], namespace: str) -> Iterator[tuple[str, Node]]:
    for file in files:
        if file.namespace in {namespace, None}:
            for node in file.elements():
                yield str(node.get("name")), node


def _stands_alone(node: Node, name: str, file: SchemaFile, referenced: set[str]) -> bool:
    """Whether an element is no mere part of others."""
    return f"{{{file.namespace}}}{name}" not in referenced and node.get("substitutionGroup") is None


def _entries(files: Mapping[FileId, SchemaFile], messages: Mapping[FileId, dict[str, Node]]) -> Entries:
    counts: dict[str, int] = {}
    for end, found in messages.items():
        space = files[end].namespace
        assert space is not None
        counts[space] = counts.get(space, 0) + len(found)
    families: dict[str, str] = {}
    for space in counts:
        other = families.setdefault(family(space), space)
        if other != space:
            raise PackageRefused(
                fault(
                    "*.xsd",
                    f"Das Paket enthält mehrere Versionen: {other}, {space}. Wählen Sie mit --entry eine aus",
                    f"the package has several versions: {other}, {space}. Choose one with --entry",
                )
            )
    roots = {
        (str(files[end].namespace), name): Root(str(files[end].namespace), name, _title(node))
        for end, found in messages.items()
        for name, node in found.items()
    }
    main = max(counts, key=lambda space: (counts[space], space))
    ordered = sorted(roots.values(), key=lambda root: (root.namespace != main, root.namespace, root.name))
    return Entries(main, tuple(messages), tuple(ordered))


def _title(node: Node) -> str | None:
    for path in (f"{XSD}annotation/{XSD}appinfo/title", f"{XSD}annotation/{XSD}documentation"):
        text = " ".join((node.findtext(path) or "").split())
        if text:
            sentence = re.split(r"(?<=[.!?])\s", text)[0].rstrip(".")
            return sentence if len(sentence) <= LONGEST_TITLE else None
    return None
