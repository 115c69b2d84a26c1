"""Copies: entry files that describe the same things, and which of them go together."""

import shlex
from collections.abc import Iterator, Mapping, Sequence

from gateway.core.errors import Problem
from schemas.packages.faults import PackageRefused, fault
from schemas.packages.files import XSD, FileId, SchemaFile
from schemas.packages.links import Links
from schemas.packages.sameness import meaning
from schemas.view import Node

_SPACES = {
    "complexType": "type",
    "simpleType": "type",
    "key": "identity",
    "keyref": "identity",
    "unique": "identity",
}
"""Components whose names must differ from each other though their kinds do."""
_COMPONENTS = tuple(
    f"{XSD}{name}"
    for name in ("element", "attribute", "complexType", "simpleType", "group", "attributeGroup", "notation")
)
_IDENTITIES = tuple(f"{XSD}{name}" for name in ("key", "keyref", "unique"))
MOST_NAMED = 8
"""Files or folders to choose from that one sentence names."""

Key = tuple[str | None, str, str]
"""Namespace, kind and name of a component."""


def without_copies(ends: Sequence[FileId], files: Mapping[FileId, SchemaFile], links: Links) -> list[FileId]:
    """Those of some entry files that are needed for all that they describe together.

    Raises:
        PackageRefused: two files describe the same thing, and can't be used together.
    """
    known: dict[Key, tuple[FileId, Node]] = {}
    chosen: list[FileId] = []
    for end in ends:
        mine = dict(_components(end, files, links))
        twice = [key for key in mine if key in known and known[key][0] != mine[key][0]]
        differing = next((key for key in twice if meaning(known[key][1]) != meaning(mine[key][1])), None)
        if twice and (differing or not set(mine) <= set(known)):
            key = differing or twice[0]
            raise PackageRefused(_contradiction(key[2], known[key][0], mine[key][0], ends))
        if not twice:
            known |= mine
            chosen.append(end)
    return chosen


def _components(
    end: FileId, files: Mapping[FileId, SchemaFile], links: Links
) -> Iterator[tuple[Key, tuple[FileId, Node]]]:
    for id in links.reach([end]):
        file = files[id]
        for node in (*file.root.iterchildren(*_COMPONENTS), *file.root.iter(*_IDENTITIES)):
            kind = str(node.tag)[len(XSD) :]
            name = node.get("name")
            if name and file.namespace:
                yield (file.namespace, _SPACES.get(kind, kind), name), (id, node)


def _contradiction(name: str, one: FileId, other: FileId, ends: Sequence[FileId]) -> Problem:
    folders = list(dict.fromkeys(end.path.parent for end in ends))
    choices = folders if len(folders) > 1 else [end.path for end in ends]
    choice = " / ".join(f"--entry {shlex.quote(str(each))}" for each in choices[:MOST_NAMED])
    return fault(
        str(other),
        f"„{name}“ ist auch in {one} beschrieben; beide Dateien gehen nicht zusammen. "
        f"Wählen Sie aus, womit es beginnt, oder richten Sie es für jede Auswahl einmal ein: {choice}",
        f"{name!r} is described in {one} too; both files don't go together. "
        f"Choose where it begins, or install it once for each choice: {choice}",
    )
