"""Words: what a schema says about a type, its facets, its values and its meaning, as plain values."""

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element

from xmlschema.validators import (
    XsdAnnotation,
    XsdComplexType,
    XsdComponent,
    XsdElement,
    XsdList,
    XsdSimpleType,
    XsdType,
    XsdUnion,
    facets,
)

from gateway.core.handbook import Content, Facet, FacetKind, Said, Value
from schemas.handbook.particles import is_code, particles_of
from schemas.paths import shorten

LONGEST_TEXT = 1_500
"""Characters of one text of the documentation."""
LONGEST_VALUE = 200
"""Characters of one value, fixed or in a list."""
LONGEST_PATTERN = 300
MOST_VALUES = 500
"""Values of one list that are shown."""
MOST_FACETS = 20

_XSD = "http://www.w3.org/2001/XMLSchema"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def said_of(*components: XsdComponent | None) -> tuple[Said, ...]:
    """The documentation of the first of several components that has any."""
    for component in components:
        said = _of_annotation(None if component is None else component.annotation)
        if said:
            return said
    return ()


def _of_annotation(annotation: XsdAnnotation | None) -> tuple[Said, ...]:
    found: dict[str, list[str]] = {}
    for each in annotation.documentation if annotation is not None else ():
        text = _text(each)
        if text:
            found.setdefault(str(each.get(_LANGUAGE) or "").lower(), []).append(text)
    return tuple(Said(shorten(" ".join(texts), LONGEST_TEXT), name) for name, texts in found.items())


def _text(documentation: Element) -> str:
    """Its text; of one that is structured (as CCTS has it), the definition."""
    definitions = [each for each in documentation.iter() if str(each.tag).rpartition("}")[2] == "Definition"]
    return " ".join(
        " ".join(text for each in definitions or [documentation] for text in each.itertext()).split()
    )


def content_of(declared: XsdType) -> Content:
    """What stands in an element of a type."""
    if not isinstance(declared, XsdComplexType) or declared.has_simple_content():
        return Content.TEXT
    if is_code(declared):
        return Content.CODE
    if declared.name == f"{{{_XSD}}}anyType":
        return Content.ANYTHING
    if declared.mixed:
        return Content.MIXED
    has_elements = any(not each.name.startswith("@") for each in particles_of(declared))
    return Content.ELEMENTS if has_elements else Content.EMPTY


def text_type(declared: XsdType) -> XsdSimpleType | None:
    """The type of the text in an element, in the child `code` where it is a code."""
    if isinstance(declared, XsdSimpleType):
        return declared
    if declared.has_simple_content() and isinstance(declared, XsdComplexType):
        content = declared.content
        return content if isinstance(content, XsdSimpleType) else None
    if is_code(declared):
        code = next(each.component for each in particles_of(declared) if each.name == "code")
        return text_type(code.type) if isinstance(code, XsdElement) else None
    return None


def type_name(declared: XsdType | None) -> str:
    """As the schema calls it; empty for nameless types and for XML Schema's own."""
    if declared is None or not declared.local_name or (declared.name or "").startswith(f"{{{_XSD}}}"):
        return ""
    return str(declared.local_name)


def bases_of(declared: XsdSimpleType) -> tuple[str, ...]:
    """XML Schema's own types that a text is of."""
    if isinstance(declared, XsdList):
        return bases_of(declared.item_type)
    if isinstance(declared, XsdUnion):
        return tuple(dict.fromkeys(base for each in declared.member_types for base in bases_of(each)))
    for each in _line(declared):
        if isinstance(each, XsdList | XsdUnion):
            return bases_of(each)
        if (each.name or "").startswith(f"{{{_XSD}}}"):
            return (str(each.local_name),)
    return ("anySimpleType",)


def is_list(declared: XsdSimpleType) -> bool:
    """Whether a text is several values with blanks between them."""
    return any(isinstance(each, XsdList) for each in _line(declared))


def facets_of(declared: XsdSimpleType) -> tuple[Facet, ...]:
    """The restrictions of a text, other than by a list of values; where types are derived, the innermost of
    each sort, and every pattern.
    """
    found: dict[FacetKind, Facet] = {}
    several: list[Facet] = []
    for each in _line(declared):
        if (each.name or "").startswith(f"{{{_XSD}}}"):
            break
        for facet in each.facets.values():
            match facet:
                case facets.XsdPatternFacets():
                    several.append(Facet(FacetKind.PATTERN, _shortly(facet.regexps, LONGEST_PATTERN)))
                case facets.XsdAssertionFacet():
                    several.append(Facet(FacetKind.CONDITION, shorten(str(facet.path), LONGEST_PATTERN)))
                case facets.XsdFacet() if (kind := _KINDS.get(type(facet))) is not None:
                    found.setdefault(kind, Facet(kind, shorten(str(facet.value), LONGEST_VALUE)))
    ordered = sorted(found.values(), key=lambda facet: _ORDER[facet.kind])
    return (*ordered, *dict.fromkeys(several))[:MOST_FACETS]


_KINDS: dict[type, FacetKind] = {
    facets.XsdLengthFacet: FacetKind.LENGTH,
    facets.XsdMinLengthFacet: FacetKind.MIN_LENGTH,
    facets.XsdMaxLengthFacet: FacetKind.MAX_LENGTH,
    facets.XsdMinInclusiveFacet: FacetKind.MIN_INCLUSIVE,
    facets.XsdMaxInclusiveFacet: FacetKind.MAX_INCLUSIVE,
    facets.XsdMinExclusiveFacet: FacetKind.MIN_EXCLUSIVE,
    facets.XsdMaxExclusiveFacet: FacetKind.MAX_EXCLUSIVE,
    facets.XsdTotalDigitsFacet: FacetKind.TOTAL_DIGITS,
    facets.XsdFractionDigitsFacet: FacetKind.FRACTION_DIGITS,
    facets.XsdExplicitTimezoneFacet: FacetKind.TIME_ZONE,
}


_ORDER = {kind: number for number, kind in enumerate(FacetKind)}


def asserted_of(declared: XsdType) -> tuple[Facet, ...]:
    """What XSD 1.1 asserts about the content of an element."""
    assertions = getattr(declared, "assertions", ()) if isinstance(declared, XsdComplexType) else ()
    return tuple(
        Facet(FacetKind.CONDITION, shorten(str(each.path), LONGEST_PATTERN))
        for each in assertions[:MOST_FACETS]
    )


def values_of(declared: XsdSimpleType) -> tuple[tuple[Value, ...], int]:
    """The first of the values to which a text is restricted, and how many there are; 0: it is not."""
    if isinstance(declared, XsdUnion):
        parts = [values_of(each) for each in declared.member_types]
        if not all(total for _, total in parts):
            return (), 0
        together = tuple(dict.fromkeys(value for values, _ in parts for value in values))
        return together[:MOST_VALUES], sum(total for _, total in parts)
    for each in _line(declared):
        if isinstance(each, XsdList):
            return values_of(each.item_type)
        if isinstance(each, XsdUnion):
            return values_of(each)
        enumeration = each.facets.get(f"{{{_XSD}}}enumeration")
        if isinstance(enumeration, facets.XsdEnumerationFacets):
            shown = (
                Value(
                    shorten(str(facet.get("value", "")), LONGEST_VALUE),
                    _of_annotation(enumeration.get_annotation(number)),
                )
                for number, facet in zip(range(MOST_VALUES), enumeration, strict=False)
            )
            return tuple(shown), len(enumeration)
    return (), 0


def _line(declared: XsdSimpleType) -> Iterator[XsdSimpleType]:
    """A type and those that it is derived from."""
    current: object = declared
    while isinstance(current, XsdSimpleType):
        yield current
        base = current.base_type
        if isinstance(base, XsdComplexType):
            base = base.content if isinstance(base.content, XsdSimpleType) else None
        current = base if base is not current else None


def _shortly(patterns: Iterable[str], longest: int) -> str:
    return shorten(" | ".join(patterns), longest)
