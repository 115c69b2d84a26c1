"""Example: the smallest valid sample of a bundle, or a skeleton with placeholders made from the schema."""

from collections.abc import Iterator
from pathlib import Path

from lxml import etree
from xmlschema.validators import XsdAnyElement, XsdComplexType, XsdElement, XsdGroup, XsdType

from gateway.core.errors import Refused
from gateway.core.handbook import Example
from schemas.door import Limits, read
from schemas.handbook import words
from schemas.view import Node

MOST_BYTES = 100_000
MOST_FILES = 500
MOST_ELEMENTS = 400
MOST_REPEATED = 10
DEEPEST = 25
_LIMITS = Limits(max_bytes=MOST_BYTES)
_XSI = "http://www.w3.org/2001/XMLSchema-instance"

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!-- Gerüst, keine Nachricht: was vorgeschrieben ist, mit Platzhaltern in eckigen Klammern.
     Skeleton, no message: what is mandatory, with placeholders in square brackets. -->
"""


def sample_of(folder: Path, tag: str) -> Example | None:
    """The smallest of the valid samples in a bundle's folder whose root element is `{namespace}name`."""
    files = sorted((folder / "samples" / "valid").glob("*.xml"))[:MOST_FILES]
    for path in sorted(files, key=lambda each: (each.stat().st_size, each.name)):
        if path.stat().st_size > MOST_BYTES:
            return None
        try:
            content = path.read_bytes()
            root = read(content, _LIMITS)
        except (OSError, Refused):
            continue
        if root.tag == tag:
            return Example(content.decode(), is_valid=True)
    return None


def skeleton_of(root: XsdElement) -> Example:
    """The mandatory elements and attributes of a kind, with their types in brackets in place of values."""
    node = etree.Element(str(root.name), nsmap=_prefixes(root))
    _Skeleton().fill(node, root, 0)
    etree.indent(node)
    return Example(f"{_HEAD}{etree.tostring(node, encoding='unicode')}\n", is_valid=False)


class _Skeleton:
    def __init__(self) -> None:
        self._left = MOST_ELEMENTS

    def fill(self, node: Node, element: XsdElement, depth: int) -> None:
        """Put into an element what is mandatory in it."""
        declared = self._concrete(node, element.type)
        if isinstance(declared, XsdComplexType):
            for attribute in declared.attributes.values():
                if attribute.use == "required":
                    node.set(str(attribute.name), attribute.fixed or _placeholder(attribute.type))
            if isinstance(declared.content, XsdGroup):
                self._fill_group(node, declared.content, depth)
        if not len(node) and words.text_type(declared) is not None:
            node.text = element.fixed or _placeholder(declared)

    def _fill_group(self, node: Node, group: XsdGroup, depth: int) -> None:
        parts = [part for part in group if part.max_occurs != 0]
        if group.model == "choice" and len(parts) > 1:
            others = [name for part in parts[1:] for name in _names(part)]
            node.append(etree.Comment(f" oder / or: {' | '.join(dict.fromkeys(others))} "))
            # A choice is only made for what is mandatory.
            parts = parts[:1] if group.min_occurs else []
        repeated = (part for part in parts for _ in range(min(part.min_occurs, MOST_REPEATED)))
        for part in repeated:
            match part:
                case XsdGroup():
                    self._fill_group(node, part, depth)
                case XsdElement():
                    self._append(node, part, depth)
                case XsdAnyElement():
                    node.append(etree.Comment(" beliebiges Element / any element "))

    def _append(self, node: Node, element: XsdElement, depth: int) -> None:
        self._left -= 1
        if self._left < 0 or depth > DEEPEST:
            node.append(etree.Comment(f" {element.local_name} … "))
            return
        if (element.ref or element).abstract:
            substitutes = sorted(
                (element.ref or element).iter_substitutes(), key=lambda each: each.name or ""
            )
            if not substitutes:
                return
            element = substitutes[0]
        self.fill(etree.SubElement(node, str(element.name)), element, depth + 1)

    def _concrete(self, node: Node, declared: XsdType) -> XsdType:
        """The type itself, or where it is abstract the first that is derived from it, named by `xsi:type`."""
        if not isinstance(declared, XsdComplexType) or not declared.abstract:
            return declared
        for each in sorted(declared.maps.types.values(), key=lambda each: each.name or ""):
            if isinstance(each, XsdComplexType) and not each.abstract and each.is_derived(declared):
                prefix = next((key for key, uri in node.nsmap.items() if uri == each.target_namespace), None)
                node.set(f"{{{_XSI}}}type", f"{prefix}:{each.local_name}" if prefix else str(each.local_name))
                return each
        return declared


def _placeholder(declared: XsdType) -> str:
    text = words.text_type(declared)
    if text is None:
        return ""
    values, _ = words.values_of(text)
    return values[0].value if values else f"[{words.bases_of(text)[0]}]"


def _prefixes(root: XsdElement) -> dict[str, str]:
    """The prefixes that the schemas themselves use for the namespaces of the message."""
    found: dict[str, str] = {}
    taken: set[str] = {"http://www.w3.org/2001/XMLSchema", "http://www.w3.org/XML/1998/namespace"}
    for prefix, uri in root.schema.namespaces.items():
        if prefix and uri and uri not in taken:
            taken.add(uri)
            found[prefix] = uri
    if root.target_namespace and root.target_namespace not in found.values():
        found["n"] = root.target_namespace
    return found


def _names(part: object) -> Iterator[str]:
    """The first elements of a branch."""
    if isinstance(part, XsdElement):
        yield str(part.local_name)
    elif isinstance(part, XsdGroup):
        for each in part:
            yield from _names(each)
            if part.model != "choice":
                return
