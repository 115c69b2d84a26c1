"""Effort: how much of a document xmlschema looks at, and what may not be believed when that is not all."""

import re
from collections.abc import Iterator, Sequence, Sized
from copy import deepcopy
from typing import cast

import xmlschema
from lxml import etree
from xmlschema import XMLSchemaStopValidation, XMLSchemaValidationError
from xmlschema.validators import XMLSchemaChildrenValidationError, XsdElement, XsdSimpleType

from schemas.opinion import MOST_FINDINGS
from schemas.view import Node

LONG_LIST = 2_000
"""Children of one element. xmlschema's work on a wrong list grows with the square of its length, so that of
a longer one only the first `KEPT` are looked at."""
KEPT = 200
LONG_TEXT = 200_000
"""Characters of one text or attribute. To match a pattern against a text takes some 180 bytes of memory for each
of them, so that of a longer one only the start is looked at, and what is said about it is not believed."""
_XSD = "http://www.w3.org/2001/XMLSchema"

is_long = etree.XPath(
    f"boolean(descendant-or-self::*[count(*) > {LONG_LIST} or @*[string-length() > {LONG_TEXT}]]"
    f" | descendant::text()[string-length() > {LONG_TEXT}])"
)
_with_long_texts = etree.XPath(
    f"descendant-or-self::*[text()[string-length() > {LONG_TEXT}] or @*[string-length() > {LONG_TEXT}]]"
)


def shortened(root: Node) -> tuple[Node, frozenset[Node], frozenset[Node]]:
    """A copy in which long lists and long texts end early, the elements whose lists those are, and those whose
    texts.
    """
    copied = deepcopy(root)
    cut = frozenset(node for node in copied.iter() if len(node) > LONG_LIST)
    for node in cut:
        del node[KEPT:]
    shorn = frozenset(cast("list[Node]", _with_long_texts(copied)))
    for node in shorn:
        node.text = (node.text or "")[:LONG_TEXT]
        for child in node:
            child.tail = (child.tail or "")[:LONG_TEXT]
        for name, value in node.attrib.items():
            node.set(name, value[:LONG_TEXT])
    return copied, cut, shorn


def caused_by_cutting(error: XMLSchemaValidationError, cut: frozenset[Node]) -> bool:
    """Whether an error may only be there because lists end early: something is missing, or a reference
    leads to what was cut off.
    """
    if not cut:
        return False
    match error, error.validator:
        case XMLSchemaChildrenValidationError(index=index), _:
            return cast("Node", error.elem) in cut and index >= KEPT
        case _, xmlschema.XMLSchemaBase():
            return True
        case _, XsdElement() as declaration:
            return bool(declaration.identities)
        case _:
            return False


def of_the_whole(error: XMLSchemaValidationError) -> bool:
    """Whether an error is about references, which are judged at the end of a document alone."""
    return isinstance(error.validator, xmlschema.XMLSchemaBase)


class Budget:
    """Stops xmlschema before a hostile document makes it work for minutes, and remembers on the way where
    references to an ID are: xmlschema itself does not tell.
    """

    def __init__(self, nodes: int) -> None:
        self._left = nodes
        self.exceeded = False
        self._references: dict[str, list[tuple[Node, str | None]]] = {}
        self._referring: dict[int, tuple[tuple[str, ...], bool]] = {}
        """By declaration: its attributes that refer to an ID, and whether its content does."""

    def dangling(self, error: XMLSchemaValidationError) -> Sequence[tuple[Node, str | None]]:
        """Each place, an element or an attribute of it, from which an ID is referred to that is nowhere, where an
        error is about that.
        """
        match = _NOT_FOUND.match(error.reason or "") if of_the_whole(error) else None
        return self._references.get(match[2], [])[: MOST_FINDINGS + 1] if match else []

    def spend(self, element: Sized, declaration: object) -> bool:
        """Take what an element costs, before it is looked at.

        Raises:
            XMLSchemaStopValidation: nothing is left.
        """
        if isinstance(declaration, XsdElement):
            self._remember(cast("Node", element), declaration)
        # Unknown children are never announced: they are paid for by their parent.
        self._left -= 1 + len(element) + len(cast("Node", element).attrib)
        if self._left < 0:
            self.exceeded = True
            raise XMLSchemaStopValidation
        return False

    def _remember(self, node: Node, declaration: XsdElement) -> None:
        known = self._referring.get(id(declaration))
        if known is None:
            declared = declaration.type
            attributes = getattr(declared, "attributes", None) or {}
            names = tuple(
                name
                for name, each in attributes.items()
                if name and _is_reference(getattr(each, "type", None))
            )
            content = declared if declared.is_simple() else getattr(declared, "content", None)
            known = self._referring[id(declaration)] = names, _is_reference(content)
        names, in_content = known
        for name in names:
            for identifier in (node.get(name) or "").split():
                self._references.setdefault(identifier, []).append((node, name))
        if in_content:
            for identifier in (node.text or "").split():
                self._references.setdefault(identifier, []).append((node, None))


_NOT_FOUND = re.compile(r"IDREF (['\"])(.*)\1 not found", re.DOTALL)
"""The identifier stands nowhere else in the error. It never leaves this module."""


def _is_reference(declared: object) -> bool:
    """Whether a simple type is IDREF, or a list of them."""
    return isinstance(declared, XsdSimpleType) and any(
        base.name in {f"{{{_XSD}}}IDREF", f"{{{_XSD}}}IDREFS"} for base in _bases(declared)
    )


def _bases(declared: XsdSimpleType) -> Iterator[XsdSimpleType]:
    current: object = declared
    while isinstance(current, XsdSimpleType):
        yield current
        current = current.base_type or getattr(current, "item_type", None)
