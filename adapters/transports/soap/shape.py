"""Shape of an operation: which fields its WSDL knows and demands, before anything is written."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from zeep.xsd import Any as AnyElement
from zeep.xsd import AnyAttribute, Choice, ComplexType, Element, Group
from zeep.xsd.elements.indicators import OrderIndicator


def unknown(body: Element, targets: Collection[str]) -> Iterator[str]:
    """Places of fields that are not in the body of a request; names joined by `/`, with `@` an attribute."""
    return (target for target in targets if not _has(body.type, target.split("/")))


def lacking(body: Element, targets: Collection[str]) -> Iterator[str]:
    """Elements that a request must have and that none of the fields fills, as far as no choice decides."""
    return _lacking(body.type, "", targets)


def plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as zeep takes them: an attribute by its name alone."""
    return {name.removeprefix("@"): _plain(value) for name, value in fields.items()}


def _plain(value: Any) -> Any:  # noqa: ANN401  # whatever stands in a field
    if isinstance(value, dict):
        return plain(value)
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _has(type_: Any, steps: list[str]) -> bool:  # noqa: ANN401  # zeep has no types
    if not isinstance(type_, ComplexType):
        return False
    first, *rest = steps
    if first.startswith("@"):
        return any(
            name == first[1:] or isinstance(attribute, AnyAttribute) for name, attribute in type_.attributes
        )
    if any(isinstance(element, AnyElement) for _, element in type_.elements):
        return True
    found = dict(type_.elements).get(first)
    return found is not None and (not rest or _has(found.type, rest))


def _lacking(type_: Any, above: str, targets: Collection[str]) -> Iterator[str]:  # noqa: ANN401
    if not isinstance(type_, ComplexType):
        return
    needed = {id(element) for _, particle in type_.elements_nested for element in _needed(particle)}
    for name, element in type_.elements:
        here = above + name
        if here in targets or isinstance(element, AnyElement):
            continue
        if any(target.startswith(f"{here}/") for target in targets):
            yield from _lacking(element.type, f"{here}/", targets)
        elif id(element) in needed:
            yield here


def _needed(particle: Any) -> Iterator[Element]:  # noqa: ANN401
    """Elements without which a group is not complete."""
    match particle:
        case Element():
            if not particle.is_optional and particle.default is None:
                yield particle
        case Choice():
            return
        # zeep writes no group without what it demands, not even one that may be left out as a whole.
        case Group():
            yield from _needed(particle.child)
        case OrderIndicator():
            for each in particle:
                yield from _needed(each)
        case _:
            return
