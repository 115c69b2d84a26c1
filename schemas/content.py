"""Content: why the children of an element do not fit its content model, told by the model."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice, takewhile
from typing import NamedTuple, cast

from xmlschema.validators import (
    XMLSchemaChildrenValidationError,
    XsdElement,
    XsdGroup,
)

from schemas.expected import MOST_NAMES, one_of, several
from schemas.paths import shorten
from schemas.view import Node, local_name

LONGEST_SIMILAR = 80
"""Characters of a name for which a similar one is looked for."""
SHORTEST_SIMILAR = 4
"""Characters of a name of which one may be another: of shorter ones every second would be similar."""


class Fault(NamedTuple):
    """A key of `rules.TEXTS` with the further words of its sentence, and what is expected."""

    rule: str
    de: str = ""
    en: str = ""
    other: str = ""
    expected: str = ""


class Contents:
    """Explains wrong children in one document. What it has found out about a content model is kept for the next."""

    def __init__(self) -> None:
        self._models: dict[int, _Model] = {}
        self._told: set[str] = set()
        """Namespaces in which elements were found not to be."""

    def fault(self, error: XMLSchemaChildrenValidationError) -> Fault | None:
        """What is wrong with the child at `error.index`; behind the last child, what is missing there. None where
        it is the same mistake with namespaces again: it is made once and repeats itself.
        """
        fault = self._fault(error)
        if fault.rule.startswith("cvc-namespace"):
            if fault.expected in self._told:
                return None
            self._told.add(fault.expected)
        return fault

    def _fault(self, error: XMLSchemaChildrenValidationError) -> Fault:
        group = error.validator
        parent = cast("Node", error.elem)
        assert isinstance(group, XsdGroup)
        model = self._models.get(id(group))
        if model is None:
            model = self._models[id(group)] = _Model(group)
        missing = model.missing(error.expected or ())
        if error.index >= len(parent):
            return _at_end(error, model, parent, missing)
        child = parent[error.index]
        return (
            _in_wrong_namespace(model, child, missing)
            or _unknown(model, child, missing)
            or _against_earlier(model, parent, error.index)
            or _too_early(error, parent, missing)
        )


class _Place(NamedTuple):
    """Where in a model an element stands: each group on the way with the position taken in it."""

    declaration: XsdElement
    way: tuple[tuple[XsdGroup, int], ...]

    @property
    def most(self) -> int | None:
        """How often it may be there; None where there is no limit."""
        return _product([self.declaration.max_occurs, *(group.max_occurs for group, _ in self.way)])


class _Model:
    """A content model: its elements by name."""

    def __init__(self, group: XsdGroup) -> None:
        self.group = group
        self.places = tuple(_places(group, ()))
        self._by_name: dict[str, list[_Place]] = {}
        for place in self.places:
            for name in _names(place.declaration):
                self._by_name.setdefault(name, []).append(place)
        self._by_local: dict[str, str] = {}
        for name in self._by_name:
            self._by_local.setdefault(name.rpartition("}")[2], name)

    @property
    def names(self) -> list[str]:
        """The qualified names of all elements, in the order of the schema."""
        return list(self._by_name)

    def named(self, name: str) -> str | None:
        """The qualified name of the first element of a local name."""
        return self._by_local.get(name)

    def knows(self, tag: str) -> bool:
        return tag in self._by_name or self.group.match_element(tag) is not None

    def place(self, tag: str) -> _Place | None:
        """Where an element stands; None where it stands at several places or at none."""
        places = self._by_name.get(tag, [])
        return places[0] if len(places) == 1 else None

    def missing(self, expected: Iterable[object]) -> list[str]:
        """The qualified names of which one is missing first, of all that xmlschema expects somewhere."""
        wanted = {id(each) for each in expected}
        places = [each for each in self.places if id(each.declaration) in wanted]
        if len(places) > 1:
            # An element that must be in a group is no must where the group is none.
            places = [each for each in places if not any(_is_optional(group) for group, _ in each.way)]
        if not places:
            return []
        first = places[0]
        choice = next((group for group, _ in first.way if group.model == "choice"), None)
        if choice is None:
            return list(_names(first.declaration))
        branches: dict[int, _Place] = {}
        for place in places:
            position = next((position for group, position in place.way if group is choice), None)
            if position is not None:
                branches.setdefault(position, place)
        return list(
            dict.fromkeys(chain.from_iterable(_names(each.declaration) for each in branches.values()))
        )


def _places(group: XsdGroup, way: tuple[tuple[XsdGroup, int], ...]) -> Iterator[_Place]:
    for position, particle in enumerate(group.content):
        here = (*way, (group, position))
        match particle:
            case XsdGroup():
                yield from _places(particle, here)
            case XsdElement():
                yield _Place(particle, here)
            case _:
                continue


def _names(declaration: XsdElement) -> Iterator[str]:
    if declaration.name and not declaration.abstract:
        yield declaration.name
    yield from sorted(each.name for each in declaration.iter_substitutes() if each.name)


def _is_optional(group: XsdGroup) -> bool:
    return group.min_occurs == 0 or group.is_emptiable()


def _product(numbers: Iterable[int | None]) -> int | None:
    product = 1
    for number in numbers:
        if number is None:
            return None
        product *= number
    return product


def _local(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name.rpartition("}")[2] for name in names))


def _at_end(
    error: XMLSchemaChildrenValidationError, model: _Model, parent: Node, missing: list[str]
) -> Fault:
    names = _local(missing)
    if not names:
        return Fault("cvc-content:missing")
    too_few = _too_few(error, names)
    if too_few is not None:
        return too_few
    de, en = one_of(names)
    after = local_name(parent[-1]) if len(parent) and model.group.model != "all" else ""
    rule = "cvc-content:end-after" if after else "cvc-content:end"
    return Fault(rule, de, en, shorten(after), several(names))


def _too_few(error: XMLSchemaChildrenValidationError, names: list[str]) -> Fault | None:
    least = error.particle.min_occurs
    if not isinstance(error.particle, XsdElement) or not 0 < error.occurs < least:
        return None
    return Fault("cvc-content:few", names[0], names[0], str(least), names[0])


def _in_wrong_namespace(model: _Model, child: Node, missing: list[str]) -> Fault | None:
    tag, name = str(child.tag), local_name(child)
    meant = model.named(name)
    if meant is None or meant == tag or (model.knows(tag) and meant not in missing):
        return None
    namespace = meant[1:].partition("}")[0] if meant.startswith("{") else ""
    if namespace:
        uri = shorten(namespace, 200)
        return Fault("cvc-namespace:other", uri, uri, expected=uri)
    if None not in child.nsmap:
        return Fault("cvc-namespace:prefix")
    parent = child.getparent()
    of_root = parent is not None and parent.getparent() is None
    return Fault("cvc-namespace" if of_root else "cvc-namespace:inside")


def _unknown(model: _Model, child: Node, missing: list[str]) -> Fault | None:
    if model.knows(str(child.tag)):
        return None
    names = _local(model.names)
    parent = child.getparent()
    other = "" if parent is None else shorten(local_name(parent))
    first = _local(missing) if len(names) > MOST_NAMES else []
    expected = several(dict.fromkeys([*first, *names])) or ("…" if len(model.group) else "")
    similar = _similar(local_name(child), names)
    if similar is None:
        return Fault("cvc-content:unknown", other=other, expected=expected)
    return Fault("cvc-content:similar", similar, similar, other, expected)


def _similar(name: str, names: list[str]) -> str | None:
    """The one of our names that is `name` but for case, hyphens and dots, or one letter."""
    if len(name) > LONGEST_SIMILAR:
        return None
    plain = _plain(name)
    by_plain = next((each for each in names if _plain(each) == plain), None)
    if by_plain or len(plain) < SHORTEST_SIMILAR:
        return by_plain
    return next((each for each in names if _differ_by_one(plain, _plain(each))), None)


def _plain(name: str) -> str:
    return name.casefold().translate({ord("-"): None, ord("."): None, ord("_"): None})


def _differ_by_one(one: str, other: str) -> bool:
    """Whether one letter is another, too many or missing, or two neighbours have changed places."""
    start = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    rest, of_other = one[start:], other[start:]
    swapped = rest[1:2] + rest[:1] + rest[2:]
    return (
        rest[1:] == of_other[1:]
        or rest[1:] == of_other
        or rest == of_other[1:]
        or (len(rest) > 1 and swapped == of_other)
    )


def _against_earlier(model: _Model, parent: Node, index: int) -> Fault | None:
    """What the children before it forbid: that there are so many, another choice, another order."""
    place = model.place(str(parent[index].tag))
    if place is None:
        return None
    places = [model.place(str(each.tag)) for each in islice(parent, index)]
    most = place.most
    if most and sum(each is place for each in places) >= most:
        times = ("einmal", "once") if most == 1 else (f"{most}-mal", f"{most} times")
        return Fault("cvc-content:many", *times)
    for number, each in enumerate(places):
        rule = None if each is None or each is place else _conflict(place, each)
        if rule:
            return Fault(rule, other=shorten(local_name(parent[number])))
    return None


def _conflict(place: _Place, earlier: _Place) -> str | None:
    """How two elements get into each other's way, the second of which stands before the first."""
    for (group, position), (_, position_of_earlier) in zip(place.way, earlier.way, strict=False):
        if group.max_occurs != 1:
            return None
        if position != position_of_earlier:
            match group.model:
                case "choice":
                    return "cvc-content:exclusive"
                case "sequence" if position < position_of_earlier:
                    return "cvc-content:late"
                case _:
                    return None
    return None


def _too_early(error: XMLSchemaChildrenValidationError, parent: Node, missing: list[str]) -> Fault:
    names = _local(missing)
    if not names:
        return Fault("cvc-content")
    later = {str(each.tag) for each in islice(parent, error.index + 1, None)}
    too_few = None if later.intersection(missing) else _too_few(error, names)
    if too_few is not None:
        return too_few
    de, en = one_of(names)
    rule = "cvc-content:early" if later.intersection(missing) else "cvc-content:before"
    return Fault(rule, de, en, expected=several(names))
