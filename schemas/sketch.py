"""Sketching: a document as lines with shapes in place of its values, and marks where findings are."""

import re
from collections.abc import Iterator, Mapping, Sequence

from gateway.core.refusal import Finding
from gateway.core.report import LineForm, Sketch, SketchLine
from schemas.paths import shorten
from schemas.shape import shape_of
from schemas.view import Node, local_name, text_of

MOST_TAGS = 200_000
"""Of a larger document no sketch is drawn: looking for the places would take seconds."""
WHOLE_UP_TO = 300
"""Elements up to which a document is drawn as a whole; of a larger one what is near the findings."""
NEIGHBOURS = 2
CHILDREN = 6
"""Of a marked element, so that one sees what is there."""
MOST_ATTRIBUTES = 20


def draw(root: Node, findings: Sequence[Finding]) -> Sketch:
    """Draw a document with its findings marked."""
    index = _Index()
    marks: dict[Node, list[int]] = {}
    unplaced = []
    for number, finding in enumerate(findings):
        node = index.find(root, finding.path)
        if node is None:
            unplaced.append(number)
        else:
            marks.setdefault(node, []).append(number)
    visible = None if _at_most(root, WHOLE_UP_TO) else _near(root, marks)
    return Sketch(tuple(_lines(root, 0, marks, visible)), tuple(unplaced))


class _Index:
    """Finds elements by the paths that `Paths` wrote; the children of each parent are looked through once."""

    def __init__(self) -> None:
        self._children: dict[Node, dict[str, list[Node]]] = {}

    def find(self, root: Node, path: str) -> Node | None:
        """The element at a path, or the one whose attribute the path names."""
        first, *steps = [step for step in path.split("/")[1:] if not step.startswith("@")] or [""]
        node: Node | None = root if _STEP.sub("", first) == _name(root) else None
        for step in steps:
            if node is None:
                break
            node = self._child(node, step)
        return node

    def _child(self, parent: Node, step: str) -> Node | None:
        if parent not in self._children:
            by_name: dict[str, list[Node]] = {}
            for child in parent:
                by_name.setdefault(_name(child), []).append(child)
            self._children[parent] = by_name
        position = _STEP.search(step)
        namesakes = self._children[parent].get(_STEP.sub("", step), [])
        number = int(position[1]) if position else 1
        return namesakes[number - 1] if 1 <= number <= len(namesakes) else None


_STEP = re.compile(r"\[([1-9]\d{0,8})\]\Z")


def _name(node: Node) -> str:
    name = shorten(local_name(node))
    return f"{shorten(node.prefix)}:{name}" if node.prefix else name


def _at_most(root: Node, number: int) -> bool:
    return all(count < number for count, _ in enumerate(root.iter()))


def _near(root: Node, marks: Mapping[Node, Sequence[int]]) -> set[Node]:
    """What is drawn of a large document: marked elements, the way to them, and what is beside them."""
    near = {root, *list(root)[:CHILDREN]}
    for node in marks:
        near.update(list(node)[:CHILDREN])
        for preceding in (True, False):
            for count, sibling in enumerate(node.itersiblings(preceding=preceding)):
                if count == NEIGHBOURS:
                    break
                near.add(sibling)
        current: Node | None = node
        while current is not None and current not in near:
            near.add(current)
            current = current.getparent()
        if current is not None:
            near.update(current.iterancestors())
    return near


def _lines(
    node: Node, depth: int, marks: Mapping[Node, Sequence[int]], visible: set[Node] | None
) -> Iterator[SketchLine]:
    name, found = _name(node), tuple(marks.get(node, ()))
    attributes = tuple(
        (shorten(str(key).rpartition("}")[2]), shape_of(str(value)))
        for key, value in list(node.attrib.items())[:MOST_ATTRIBUTES]
    )
    text = shape_of(text_of(node) or "")
    if not len(node):
        yield SketchLine(LineForm.WHOLE, depth, name, attributes, text, found)
        return
    yield SketchLine(LineForm.OPEN, depth, name, attributes, text, found)
    hidden = 0
    for child in node:
        if visible is not None and child not in visible:
            hidden += 1
            continue
        if hidden:
            yield SketchLine(LineForm.GAP, depth + 1, hidden=hidden)
            hidden = 0
        yield from _lines(child, depth + 1, marks, visible)
    if hidden:
        yield SketchLine(LineForm.GAP, depth + 1, hidden=hidden)
    yield SketchLine(LineForm.CLOSE, depth, name)
