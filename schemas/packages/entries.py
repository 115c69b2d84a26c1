"""Entries: with which files a package begins, and which messages they have."""

import posixpath
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from gateway.core.errors import Problem
from schemas.bundle import family
from schemas.packages.copies import without_copies
from schemas.packages.faults import PackageRefused, fault
from schemas.packages.files import FileId, SchemaFile
from schemas.packages.links import Links, heads
from schemas.packages.roots import Root, find_roots

MOST_NAMED = 12
"""Files that one sentence names."""


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
        PackageRefused: there are none, or several versions of one standard, or files that contradict
            each other.
    """
    own = [id for id in files if id.source == 0]
    if not own:
        raise PackageRefused(
            fault(
                "*.xsd",
                "Das Paket enthält keine Schemata (Dateien, die auf .xsd enden)",
                "there are no schemas in it (files that end in .xsd)",
            )
        )
    ends = links.distinct(_chosen(own, links, wanted) if wanted else heads(own, links))
    messages = find_roots(ends, files, links)
    if not messages:
        raise PackageRefused(_no_message([files[id] for id in ends]))
    _refuse_versions(files, messages)
    kept = without_copies(list(messages), files, links)
    return _entries({end: messages[end] for end in kept})


def _chosen(own: Sequence[FileId], links: Links, wanted: Sequence[str]) -> list[FileId]:
    """The files that are named, and of each folder that is named those that no other in it links to."""
    chosen: dict[FileId, None] = {}
    for name in wanted:
        path = PurePosixPath(name)
        fitting = [id for id in own if id.path.parts[-len(path.parts) :] == path.parts]
        inside = [id for id in own if id.path.is_relative_to(path)]
        if len(fitting) != 1 and not inside:
            raise PackageRefused(_unclear(name, fitting, own))
        chosen |= dict.fromkeys(fitting if len(fitting) == 1 else heads(inside, links))
    return list(chosen)


def _unclear(name: str, fitting: Sequence[FileId], own: Sequence[FileId]) -> Problem:
    shown = ", ".join(str(id) for id in (fitting or own)[:MOST_NAMED])
    if fitting:
        return fault(
            name,
            f"Mehrere Dateien heißen so; nennen Sie eine mit ihrem Ordner: {shown}",
            f"several files have this name; give one with its folder: {shown}",
        )
    return fault(
        name,
        f"Im Paket gibt es keine solche Schemadatei. Es gibt: {shown}",
        f"the package has no such schema file. There are: {shown}",
    )


def _no_message(ends: Sequence[SchemaFile]) -> Problem:
    bare = next((file for file in ends if file.namespace is None and any(file.elements())), None)
    if bare is not None:
        return fault(
            str(bare.id),
            "Das Schema hat keinen Namensraum (targetNamespace); seine Nachrichten wären keinem Standard zuzuordnen",
            "the schema has no targetNamespace; nobody could tell which standard its messages are of",
        )
    return fault(
        "*.xsd",
        "Kein Schema beschreibt eine Nachricht. Ist es ein Baustein anderer Pakete, geben Sie es bei diesen mit --with an",
        "no schema has a message. If it is a module of other packages, name it with --with for these",
    )


def _refuse_versions(files: Mapping[FileId, SchemaFile], messages: Mapping[FileId, list[Root]]) -> None:
    """Several versions of a standard become a bundle each."""
    families: dict[str, dict[str, list[FileId]]] = {}
    for end in messages:
        space = str(files[end].namespace)
        families.setdefault(family(space), {}).setdefault(space, []).append(end)
    for found in families.values():
        if len(found) > 1:
            shown = "; ".join(_choice(ends, messages) for ends in found.values())
            raise PackageRefused(
                fault(
                    "*.xsd",
                    f"Das Paket enthält mehrere Versionen. Richten Sie jede für sich ein: {shown}",
                    f"the package has several versions. Install each on its own: {shown}",
                )
            )


def _choice(ends: Sequence[FileId], messages: Mapping[FileId, list[Root]]) -> str:
    """What to write to begin with these files alone: their folder, where no others are in it."""
    folder = PurePosixPath(posixpath.commonpath([end.path.parent for end in ends]))
    alone = all(end in ends for end in messages if end.path.is_relative_to(folder))
    names = [folder] if alone and len(ends) > 1 else [end.path for end in ends]
    return " ".join(f"--entry {shlex.quote(str(name))}" for name in names[:MOST_NAMED])


def _entries(messages: Mapping[FileId, list[Root]]) -> Entries:
    roots = {(root.namespace, root.name): root for found in messages.values() for root in found}
    spaces = [space for space, _ in roots]
    main = max(spaces, key=lambda space: (spaces.count(space), space))
    ordered = sorted(roots.values(), key=lambda root: (root.namespace != main, root.namespace, root.name))
    return Entries(main, tuple(messages), tuple(ordered))
