"""The view of an element that everybody behind the door reads: paths of local names, in any namespace."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import cast

from lxml import etree

Node = etree._Element  # noqa: SLF001 - lxml has no public name for the type of its elements


class XmlElement:
    """Implements `gateway.core.document.Element` over a tree that passed the door."""

    __slots__ = ("_node",)

    def __init__(self, node: Node) -> None:
        self._node = node

    def __repr__(self) -> str:
        return f"<XmlElement {self.name}>"

    @property
    def name(self) -> str:
        return local_name(self._node)

    def text(self, path: str = ".") -> str | None:
        node = _first(self._node, _steps(path))
        return None if node is None else text_of(node)

    def one(self, path: str) -> "XmlElement | None":
        node = _first(self._node, _steps(path))
        return None if node is None else XmlElement(node)

    def all(self, path: str) -> "Sequence[XmlElement]":
        return [XmlElement(node) for node in _found(self._node, _steps(path))]

    def attribute(self, name: str) -> str | None:
        found = self._node.get(name)
        if found is not None or not self._node.attrib:
            return None if found is None else str(found)
        for qualified, value in self._node.attrib.items():
            if str(qualified).rpartition("}")[2] == name:
                return str(value)
        return None


def local_name(node: Node) -> str:
    """The name of an element without its namespace."""
    return str(node.tag).rpartition("}")[2]


def line_of(node: Node) -> int | None:
    """The line of the document on which an element begins."""
    return cast("int | None", node.sourceline)


def text_of(node: Node) -> str | None:
    """The element's own text without that of its children; None where it is blank."""
    text = node.text or ""
    if len(node):
        text += "".join(child.tail or "" for child in node)
    return text.strip() or None


_STEP = re.compile(r"[^\W\d][\w.\-·]*\Z")


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[str, ...]:
    """Check a path and turn its names into filters of lxml.

    Raises:
        ValueError: it is not a path of local names.
    """
    if path == ".":
        return ()
    steps = path.split("/")
    for step in steps:
        if not _STEP.match(step):
            raise ValueError(f"{path!r} is not a path of local names")
    return tuple(f"{{*}}{step}" for step in steps)


def _first(node: Node, steps: tuple[str, ...]) -> Node | None:
    if len(steps) == 1:
        # Nearly every path is a single name, and an adapter reads a hundred of them.
        return next(node.iterchildren(steps[0]), None)
    return next(iter(_found(node, steps)), None)


def _found(node: Node, steps: tuple[str, ...]) -> list[Node]:
    found = [node]
    for step in steps:
        found = [child for parent in found for child in parent.iterchildren(step)]
    return found
