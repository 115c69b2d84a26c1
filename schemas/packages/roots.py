"""Roots: which global elements of a package are messages, and what they are called."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.packages.files import XSD, FileId, SchemaFile
from schemas.packages.links import Links
from schemas.view import Node

NUMBERED = re.compile(r"\.\d{4,8}\Z")
"""Messages of XÖV standards end in their number."""
LONGEST_TITLE = 90
"""What is longer describes a message and does not name it."""
_COLLECTS = re.compile(r"(?i)(member|members|featurecollectiontype)\Z")
"""How the document element of GML names what it holds, or what it is built on."""


@dataclass(frozen=True, slots=True)
class Root:
    """A global element that is a message."""

    namespace: str
    name: str
    title: str | None
    """What the schema itself calls it, in German."""


@dataclass(frozen=True, slots=True)
class _Element:
    namespace: str
    name: str
    node: Node
    files: Sequence[SchemaFile]
    """Those among which its type is."""

    def root(self) -> Root:
        return Root(self.namespace, self.name, _title(self.node))


def find_roots(
    ends: Sequence[FileId], files: Mapping[FileId, SchemaFile], links: Links
) -> dict[FileId, list[Root]]:
    """The messages by the entry file that has them. Numbered elements, where there are any; else those that
    are no part of others; else those that stand for an element of another namespace, as all of GML do;
    else all.
    """
    found = {end: list(_elements(end, files, links)) for end in ends}
    references = {each for file in files.values() for each in file.references()}
    ways: tuple[Callable[[_Element], bool], ...] = (
        lambda each: NUMBERED.search(each.name) is not None,
        lambda each: _stands_alone(each, references),
        lambda each: _head_namespace(each.node) not in {None, each.namespace},
        lambda _: True,
    )
    for way in ways:
        kept = {end: [each.root() for each in elements if way(each)] for end, elements in found.items()}
        if any(kept.values()):
            return {end: roots for end, roots in kept.items() if roots}
    return {}


def _elements(end: FileId, files: Mapping[FileId, SchemaFile], links: Links) -> Iterator[_Element]:
    namespace = files[end].namespace
    if namespace:
        reached = [files[id] for id in links.reach([end], imports=False)]
        for file in reached:
            for node in file.elements():
                yield _Element(namespace, str(node.get("name")), node, reached)


def _stands_alone(element: _Element, references: set[str]) -> bool:
    """Whether an element is no mere part of others, and no feature among features either."""
    if f"{{{element.namespace}}}{element.name}" in references:
        return False
    head = _head_namespace(element.node)
    return head is None or (head != element.namespace and _is_collection(element))


def _head_namespace(node: Node) -> str | None:
    """The namespace of the element that this one may replace."""
    head = node.get("substitutionGroup")
    return None if head is None else node.nsmap.get(head.rpartition(":")[0] or None, "")


def _is_collection(element: _Element) -> bool:
    """Whether its type holds members."""
    wanted = (element.node.get("type") or "").rpartition(":")[2]
    types = [
        kind
        for file in element.files
        for kind in file.root.iterchildren(f"{XSD}complexType")
        if wanted and kind.get("name") == wanted
    ]
    return any(
        _COLLECTS.search(node.get(key) or "")
        for kind in types or [element.node]
        for node in kind.iter(f"{XSD}element", f"{XSD}extension")
        for key in ("name", "ref", "base")
    )


def _title(node: Node) -> str | None:
    for path in (f"{XSD}annotation/{XSD}appinfo/title", f"{XSD}annotation/{XSD}documentation"):
        text = " ".join((node.findtext(path) or "").split())
        if text:
            sentence = re.split(r"(?<=[.!?])\s", text)[0].rstrip(".")
            return sentence if len(sentence) <= LONGEST_TITLE else None
    return None
