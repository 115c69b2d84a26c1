"""Paths: where in a document a finding is, as an XPath with positions."""

from schemas.view import Node, local_name

LONGEST_NAME = 80
"""A name is as long as its sender likes; nobody needs more of it to find the place."""
LONGEST_PATH = 2_000


class Paths:
    """Writes paths of one document. The position of an element among its namesakes is counted once per
    parent, so that many findings below one long list stay cheap.
    """

    def __init__(self) -> None:
        self._positions: dict[Node, dict[Node, int]] = {}
        self._nodes: dict[str, Node] = {}

    def of(self, node: Node, attribute: str | None = None) -> str:
        """XPath from the root: prefixes as in the document, `[n]` where there are namesakes."""
        steps = [] if attribute is None else [f"@{shorten(attribute.rpartition('}')[2])}"]
        current: Node | None = node
        while current is not None:
            steps.append(self._step(current))
            current = current.getparent()
        path = "/" + "/".join(reversed(steps))
        self._nodes.setdefault(path, node)
        return path

    def order(self, path: str) -> tuple[int, ...]:
        """Sorts paths that were written here as their elements follow each other in the document."""
        positions = []
        node: Node | None = self._nodes[path]
        while node is not None and (parent := node.getparent()) is not None:
            positions.append(parent.index(node))
            node = parent
        return tuple(reversed(positions))

    def _step(self, node: Node) -> str:
        name = shorten(local_name(node))
        if node.prefix:
            name = f"{shorten(node.prefix)}:{name}"
        parent = node.getparent()
        if parent is None:
            return name
        if parent not in self._positions:
            self._positions[parent] = _count(parent)
        position = self._positions[parent].get(node, 0)
        return f"{name}[{position}]" if position else name


def shorten(name: str, longest: int = LONGEST_NAME) -> str:
    """A name that fits on a line."""
    return name if len(name) <= longest else name[: longest - 1] + "…"


def _count(parent: Node) -> dict[Node, int]:
    by_tag: dict[object, list[Node]] = {}
    for child in parent:
        by_tag.setdefault(child.tag, []).append(child)
    return {
        child: number
        for namesakes in by_tag.values()
        if len(namesakes) > 1
        for number, child in enumerate(namesakes, start=1)
    }
