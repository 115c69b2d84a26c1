"""Sameness: which files and components of a package say the same, however they are written."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from schemas.packages.files import XSD, FileId, SchemaFile
from schemas.view import Node

_NAMES = frozenset({"type", "base", "ref", "refer", "itemType", "memberTypes", "substitutionGroup"})
"""Attributes of a schema that hold names with prefixes."""


def meaning(node: Node) -> object:
    """All of a schema, or of a part of it, that counts: no annotations, prefixes or locations."""
    attributes = sorted(
        (key, tuple(_resolved(each, node) for each in value.split()) if key in _NAMES else value)
        for key, value in ((str(key), str(value)) for key, value in node.attrib.items())
        if key != "schemaLocation"
    )
    children = [meaning(child) for child in node.iterchildren("*") if child.tag != f"{XSD}annotation"]
    return str(node.tag), attributes, children


def copies(files: Mapping[FileId, SchemaFile]) -> dict[FileId, object]:
    """What each file says by itself: equal for files of one name and namespace that say the same."""
    groups: dict[object, list[FileId]] = defaultdict(list)
    for id, file in files.items():
        groups[id.path.name.casefold(), file.namespace].append(id)
    said: dict[FileId, object] = {}
    for key, ids in groups.items():
        for id in ids:
            said[id] = key if len(ids) == 1 else (key, repr(meaning(files[id].root)))
    return said


def representatives(
    said: Mapping[FileId, object], targets: Callable[[FileId], Iterable[Sequence[FileId]]]
) -> dict[FileId, FileId]:
    """For each file the first that says the same and whose links lead to files that say the same."""
    classes = _numbered(said)
    while True:
        finer = _numbered(
            {
                id: (classes[id], tuple(tuple(classes[each] for each in target) for target in targets(id)))
                for id in classes
            }
        )
        if len(set(finer.values())) == len(set(classes.values())):
            break
        classes = finer
    first: dict[int, FileId] = {}
    return {id: first.setdefault(number, id) for id, number in classes.items()}


def _numbered(said: Mapping[FileId, object]) -> dict[FileId, int]:
    numbers: dict[object, int] = {}
    return {id: numbers.setdefault(each, len(numbers)) for id, each in said.items()}


def _resolved(name: str, node: Node) -> str:
    prefix, _, local = name.rpartition(":")
    return f"{{{node.nsmap.get(prefix or None, '')}}}{local}"
