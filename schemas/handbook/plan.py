"""Plan: which sections and rows a handbook has, and which of them a path in a message leads to."""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from xmlschema.validators import XsdComplexType, XsdElement, XsdType

from schemas.handbook.particles import Particle, is_code, particles_of

MOST_UNFOLDED = 1_000
"""Rows up to which every element has a row of its own at its own path. Beyond that, each type is told once."""
DEEPEST = 100
"""Elements within each other; no message may be deeper anyway."""
MOST_ROWS = 5_000
"""Rows of a handbook that tells each type once."""
MOST_VARIANTS = 40
"""Derived types of one abstract type."""


@dataclass(slots=True, eq=False)
class Place:
    """One row in the making."""

    particle: Particle
    anchor: str
    owner: "Inside"
    depth: int
    inside: "Inside | None" = None
    """What stands in it."""
    variants: "tuple[Inside, ...]" = ()
    """What stands in it instead where `xsi:type` names a derived type."""

    @property
    def declared(self) -> XsdType | None:
        """Type of the element."""
        component = self.particle.component
        return component.type if isinstance(component, XsdElement) else None


@dataclass(slots=True, eq=False)
class Inside:
    """What stands in one element, or in every element of one type."""

    anchor: str
    """Ends with `/`; the rows' anchors begin with it."""
    declared: XsdType
    places: list[Place] = field(default_factory=list)
    found: list[Place] = field(default_factory=list)
    """The rows whose content this is; none for that of the root element."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows of a kind. `sections` are those that are told on their own, the root's first."""

    root: XsdElement
    by_type: bool
    sections: tuple[Inside, ...]
    left_out: int
    """Rows that are not told, or whose content is not."""

    def index(self) -> "Index":
        """What is kept of a plan to find rows by paths."""
        return Index(self)


def plan_of(root: XsdElement, most_unfolded: int = MOST_UNFOLDED, most_rows: int = MOST_ROWS) -> Plan:
    """Lay out the handbook of a root element. Bounded, whatever the schema: recursive types included."""
    derived = _derived(root)
    if _has_variants(root, derived) or _size(root.type, {}, set(), most_unfolded) > most_unfolded:
        return _by_type(root, derived, most_rows)
    return _unfolded(root)


def _unfolded(root: XsdElement) -> Plan:
    """Every element at its own path; what stands directly in the root has a section each."""
    first = Inside("/", root.type)
    sections = [first]
    _fill(first)
    for place in first.places:
        if place.inside is not None:
            sections.append(place.inside)
            _unfold(place.inside, 0)
    return Plan(root, by_type=False, sections=tuple(sections), left_out=0)


def _unfold(inside: Inside, depth: int) -> None:
    _fill(inside, depth)
    for place in inside.places:
        if place.inside is not None:
            _unfold(place.inside, depth + 1)


def _by_type(root: XsdElement, derived: Mapping[str, list[XsdComplexType]], most_rows: int) -> Plan:
    """The content of each type once, those nearest to the root first."""
    first = Inside("/", root.type)
    known: dict[int, Inside] = {}
    names: dict[str, int] = {}
    queue: deque[Inside] = deque([first])
    sections: list[Inside] = []
    rows = left_out = 0

    def meet(declared: XsdType, place: Place) -> Inside:
        own = _plainest(declared)
        inside = known.get(id(own))
        if inside is None:
            anchor = f"{unique(str(own.local_name), names)}/" if own.local_name else f"{place.anchor}/"
            inside = known[id(own)] = Inside(anchor, own)
            queue.append(inside)
        inside.found.append(place)
        return inside

    while queue:
        inside = queue.popleft()
        if rows >= most_rows:
            left_out += len(inside.found)
            for place in inside.found:
                place.inside = None
                place.variants = tuple(each for each in place.variants if each is not inside)
            continue
        left_out += _fill(inside, most=most_rows - rows)
        sections.append(inside)
        rows += len(inside.places)
        for place in inside.places:
            declared = place.declared
            if declared is None:
                continue
            if place.inside is not None:
                place.inside = meet(declared, place)
            if getattr(declared, "abstract", False):
                place.variants = tuple(meet(each, place) for each in derived.get(declared.name or "", ()))
    return Plan(root, by_type=True, sections=tuple(sections), left_out=left_out)


def _fill(inside: Inside, depth: int = 0, most: int = MOST_ROWS) -> int:
    """Add the rows; those that are to be unfolded get an empty inside. How many there was no room for."""
    names: dict[str, int] = {}
    particles = particles_of(inside.declared)
    for particle in islice(particles, most):
        anchor = f"{inside.anchor}{unique(particle.name, names)}"
        place = Place(particle, anchor, inside, depth)
        declared = place.declared
        if declared is not None and _has_inside(declared):
            place.inside = Inside(f"{anchor}/", declared, found=[place])
        inside.places.append(place)
    return sum(1 for _ in particles)


def _has_inside(declared: XsdType) -> bool:
    return not is_code(declared) and next(particles_of(declared), None) is not None


def _plainest(declared: XsdType) -> XsdType:
    """The first of a row of types with text, each derived from the one before, that have the same attributes."""
    while declared.has_simple_content() and isinstance(declared.base_type, XsdComplexType):
        base = declared.base_type
        if not isinstance(declared, XsdComplexType) or not base.has_simple_content():
            break
        own = {name: (each.type, each.use, each.fixed) for name, each in declared.attributes.items()}
        if own != {name: (each.type, each.use, each.fixed) for name, each in base.attributes.items()}:
            break
        declared = base
    return declared


def unique(name: str, names: dict[str, int]) -> str:
    """A name that `names` has not met before; it counts them."""
    names[name] = names.get(name, 0) + 1
    return name if names[name] == 1 else f"{name}~{names[name]}"


def _size(declared: XsdType, known: dict[int, int], above: set[int], limit: int) -> int:
    """How many rows the unfolded content has; more than the limit where it contains itself."""
    if id(declared) in above or len(above) > DEEPEST:
        return limit + 1
    if id(declared) in known:
        return known[id(declared)]
    above.add(id(declared))
    rows = 0
    for particle in particles_of(declared) if not is_code(declared) else ():
        rows += 1
        if isinstance(particle.component, XsdElement):
            rows += _size(particle.component.type, known, above, limit)
        if rows > limit:
            break
    above.discard(id(declared))
    known[id(declared)] = rows
    return rows


def _derived(root: XsdElement) -> Mapping[str, list[XsdComplexType]]:
    """Types that are not abstract, by each type that they are derived from."""
    found: dict[str, list[XsdComplexType]] = {}
    for declared in root.maps.types.values():
        if not isinstance(declared, XsdComplexType) or declared.abstract:
            continue
        base: object = declared.base_type
        while isinstance(base, XsdComplexType) and base.name and base is not declared:
            if len(types := found.setdefault(base.name, [])) < MOST_VARIANTS:
                types.append(declared)
            base = base.base_type
    return found


def _has_variants(root: XsdElement, derived: Mapping[str, list[XsdComplexType]]) -> bool:
    """Whether an element below the root is of an abstract type, so that its own types must be told apart."""
    return any(
        getattr(each, "abstract", False) and derived.get(each.name or "") for each in _types_below(root)
    )


def _types_below(root: XsdElement) -> Iterator[XsdType]:
    seen: set[int] = set()
    todo: list[XsdType] = [root.type]
    while todo:
        declared = todo.pop()
        if id(declared) in seen:
            continue
        seen.add(id(declared))
        yield declared
        components = (each.component for each in particles_of(declared))
        todo.extend(each.type for each in components if isinstance(each, XsdElement))


_POSITION: Final = re.compile(r"\[\d+\]")


class Index:
    """Finds the row that a path in a message leads to. Small, and free of the schema."""

    def __init__(self, plan: Plan) -> None:
        numbers: dict[int, int] = {}
        self._insides: list[dict[str, tuple[str, tuple[int, ...]]]] = []
        for inside in _all_insides(plan):
            numbers[id(inside)] = len(numbers)
        for inside in _all_insides(plan):
            rows: dict[str, tuple[str, tuple[int, ...]]] = {}
            for place in inside.places:
                below = ([place.inside] if place.inside is not None else []) + list(place.variants)
                row = place.anchor, tuple(numbers[id(each)] for each in below)
                rows.setdefault(place.particle.name, row)
            self._insides.append(rows)

    def anchor(self, path: str) -> str:
        """The anchor of what an XPath with positions leads to, or of the nearest element around it that the
        schema knows.
        """
        found = "/"
        here: tuple[int, ...] = (0,)
        for step in _POSITION.sub("", path).strip("/").split("/")[1:]:
            name = f"@{step[1:].rpartition(':')[2]}" if step.startswith("@") else step.rpartition(":")[2]
            rows = (self._insides[number].get(name) for number in here)
            row = next((each for each in rows if each is not None), None)
            if row is None or name == "*":
                # libxml2 writes * for an element whose name has no prefix.
                break
            found, here = row
        return found


def _all_insides(plan: Plan) -> Iterator[Inside]:
    for section in plan.sections:
        yield section
        if not plan.by_type and section is not plan.sections[0]:
            yield from _below(section)


def _below(inside: Inside) -> Iterator[Inside]:
    for place in inside.places:
        if place.inside is not None:
            yield place.inside
            yield from _below(place.inside)
