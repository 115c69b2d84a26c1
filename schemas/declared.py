"""Declared: what the schema files of a bundle declare that rules and code lists refer to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.door import Limits, read
from schemas.view import Node

_XSD = "{http://www.w3.org/2001/XMLSchema}"
_LIMITS = Limits(max_bytes=20_000_000, max_depth=200)


@dataclass(frozen=True, slots=True)
class Declared:
    """What is found in schema files, wherever it stands."""

    elements: frozenset[str]
    """Local names of all elements."""
    code_lists: frozenset[tuple[str, str | None]]
    """The lists that are fixed, or given by default, for codes; with the version where that is given too."""
    enumerated: frozenset[str]
    """Those of them whose codes the schema itself enumerates."""


def declared_in(schema_files: Iterable[Path]) -> Declared:
    """Look through schema files that can be read."""
    elements: set[str] = set()
    lists: set[tuple[str, str | None]] = set()
    bases: set[tuple[str, str]] = set()
    choices = {_INLINE}
    for path in schema_files:
        root = read(path.read_bytes(), _LIMITS)
        elements.update(str(each.get("name")) for each in root.iter(f"{_XSD}element") if each.get("name"))
        for attribute in root.iter(f"{_XSD}attribute"):
            if uri := _given(attribute, "listURI"):
                lists.add((uri, _version_beside(attribute)))
                bases.update((uri, name) for name in _code_types(attribute))
        for choice in root.iter(f"{_XSD}enumeration"):
            choices.update(each.get("name") or _INLINE for each in choice.iterancestors(f"{_XSD}simpleType"))
    enumerated = frozenset(uri for uri, name in bases if name in choices)
    return Declared(frozenset(elements), frozenset(lists), enumerated)


_INLINE = "#"
"""Stands for a type without a name that is a choice."""


def _code_types(attribute: Node) -> Iterator[str]:
    """Local names of the simple types of the codes beside which an attribute stands."""
    declared = next(attribute.iterancestors(f"{_XSD}complexType"), None)
    if declared is None:
        return
    for element in declared.iter(f"{_XSD}element"):
        if element.get("name") == "code":
            inside = element.find(f"{_XSD}simpleType//{_XSD}enumeration")
            yield (element.get("type") or "").rpartition(":")[2] if inside is None else _INLINE
    for simple in declared.iter(f"{_XSD}simpleContent"):
        for derived in simple.iterchildren(f"{_XSD}extension", f"{_XSD}restriction"):
            inside = derived.find(f"{_XSD}enumeration")
            yield (derived.get("base") or "").rpartition(":")[2] if inside is None else _INLINE


def _version_beside(attribute: Node) -> str | None:
    parent = attribute.getparent()
    beside = () if parent is None else parent.iterchildren(f"{_XSD}attribute")
    return next((version for each in beside if (version := _given(each, "listVersionID"))), None)


def _given(attribute: Node, name: str) -> str | None:
    """What a schema fixes for an attribute of this name, or gives it by default."""
    if (attribute.get("name") or (attribute.get("ref") or "").rpartition(":")[2]) != name:
        return None
    return (attribute.get("fixed") or attribute.get("default") or "").strip() or None
