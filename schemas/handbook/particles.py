"""Particles: what may stand directly in a type, flat and in order, with how often and beside which alternatives."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from xmlschema.validators import (
    XsdAnyAttribute,
    XsdAnyElement,
    XsdAttribute,
    XsdComplexType,
    XsdElement,
    XsdGroup,
    XsdType,
)

MOST_SUBSTITUTES = 60
MOST_ALTERNATIVES = 20
"""Of a choice, that are named with each of them."""
_DEEPEST = 50

Component = XsdElement | XsdAnyElement | XsdAttribute | XsdAnyAttribute


@dataclass(frozen=True, slots=True)
class Particle:
    """An element, attribute or wildcard in the content of a type."""

    component: Component
    least: int
    most: int | None
    one_of: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Local name, with `@` before that of an attribute; `*` and `@*` for wildcards."""
        match self.component:
            case XsdAnyElement():
                return "*"
            case XsdAnyAttribute():
                return "@*"
            case XsdAttribute() as attribute:
                return f"@{attribute.local_name}"
            case element:
                return str(element.local_name)


def particles_of(declared: XsdType) -> Iterator[Particle]:
    """The attributes of a type, then its elements."""
    if isinstance(declared, XsdComplexType):
        yield from _attributes(declared)
        if isinstance(declared.content, XsdGroup):
            yield from _elements(declared.content, declared.content.min_occurs, declared.content.max_occurs)


def is_code(declared: XsdType) -> bool:
    """Whether a type is a code in the manner of XÖV: a child `code`, the list named in attributes."""
    if not isinstance(declared, XsdComplexType) or "listURI" not in declared.attributes:
        return False
    return any(each.name == "code" for each in particles_of(declared))


def _attributes(declared: XsdComplexType) -> Iterator[Particle]:
    for attribute in declared.attributes.values():
        if attribute.use != "prohibited":
            yield Particle(attribute, int(attribute.use == "required"), 1)


def _elements(
    group: XsdGroup, least: int, most: int | None, one_of: tuple[str, ...] = (), depth: int = 0
) -> Iterator[Particle]:
    parts = [part for part in group if part.max_occurs != 0]
    if group.model == "choice" and len(parts) > 1:
        one_of = _first(_heading(part) for part in parts)
        least = 0
    for part in parts if depth < _DEEPEST else ():
        part_least = least * part.min_occurs
        part_most = None if most is None or part.max_occurs is None else most * part.max_occurs
        if isinstance(part, XsdGroup):
            yield from _elements(part, part_least, part_most, one_of, depth + 1)
        elif isinstance(part, XsdElement):
            yield from _with_substitutes(part, part_least, part_most, one_of)
        else:
            yield Particle(part, part_least, part_most, one_of)


def _with_substitutes(
    element: XsdElement, least: int, most: int | None, one_of: tuple[str, ...]
) -> Iterator[Particle]:
    """An element, and those that may stand in its place."""
    substitutes = sorted(
        dict.fromkeys((element.ref or element).iter_substitutes()), key=lambda each: each.name or ""
    )[:MOST_SUBSTITUTES]
    if not substitutes:
        yield Particle(element, least, most, one_of)
        return
    present = substitutes if element.abstract else [element, *substitutes]
    alone = len(present) == 1 and not one_of
    names = _first((*one_of, *(str(each.local_name) for each in present)))
    for each in present:
        yield Particle(each, least if alone else 0, most, () if alone else names)


def _first(names: Iterable[str]) -> tuple[str, ...]:
    different = tuple(dict.fromkeys(names))
    return different if len(different) <= MOST_ALTERNATIVES else (*different[:MOST_ALTERNATIVES], "…")


def _heading(part: object) -> str:
    """What a branch of a choice is called: by its first element, with dots where more follow."""
    if isinstance(part, XsdGroup):
        inside = [each for each in part if each.max_occurs != 0]
        if not inside:
            return "∅"
        first = _heading(inside[0])
        return first if len(inside) == 1 or first.endswith("…") else f"{first} …"
    return "*" if isinstance(part, XsdAnyElement) else str(getattr(part, "local_name", "") or "*")
