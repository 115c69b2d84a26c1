"""Expected: what a schema allows at a place, in words that people can follow."""

import re
from collections.abc import Iterable

from xmlschema.validators import XsdComponent, XsdFacet, facets

from schemas.handbook.words import said_of
from schemas.paths import shorten

LONGEST_PATTERN = 200
"""Characters of a pattern that is shown; a longer one is described."""
LONGEST_BESIDE = 40
"""Characters of a pattern that is shown beside what the schema says about its type."""
LONGEST_SAID = 200
"""Characters of what the schema says about a type."""
MOST_NAMES = 20
MOST_OF_ONE = 4
"""Names of which one is missing that a sentence lists."""
FORMS = {
    "date": "JJJJ-MM-TT / YYYY-MM-DD",
    "dateTime": "JJJJ-MM-TTThh:mm:ss+hh:mm / YYYY-MM-DDThh:mm:ss+hh:mm",
    "time": "hh:mm:ss",
    "gYear": "JJJJ / YYYY",
    "gYearMonth": "JJJJ-MM / YYYY-MM",
    "boolean": "true | false",
    "base64Binary": "Base64",
}
"""Forms of the types of XML Schema that say more than their names."""


def of_facet(facet: XsdFacet) -> str:
    """What a facet allows."""
    match facet:
        case facets.XsdPatternFacets():
            return _of_pattern(several(facet.regexps), facet.parent)
        case facets.XsdEnumerationFacets():
            return several([str(value) for value in facet.enumeration])
        case facets.XsdAssertionFacet():
            return ""
        case _:
            return str(facet.value)


def _of_pattern(pattern: str, declared: XsdComponent | None) -> str:
    """What the schema says about the type, with a pattern that is short, or the form of a date: nobody reads a
    pattern of a thousand characters.
    """
    said = _said(declared)
    readable = not pattern.endswith(_ANYTHING)
    if said:
        short = pattern if readable and len(pattern) <= LONGEST_BESIDE else ""
        beside = short or _form(declared)
        return f"{said} ({beside})" if beside else said
    if readable and len(pattern) <= LONGEST_PATTERN:
        return pattern
    return shorten(of_type(declared), LONGEST_SAID) or pattern


_ANYTHING = r"[\s\S]*"
"""A pattern that ends so says only that a text has more than blanks: words say it better."""
_NEXT_SENTENCE = re.compile(r"(?<=\w\w[.!?])\s+(?=[A-ZÄÖÜ„])")


def _said(declared: XsdComponent | None) -> str:
    """The first two sentences about a type, in each of the languages that we speak."""
    by_language = {each.language[:2]: each.text for each in said_of(declared)}
    texts = [by_language[each] for each in ("de", "en") if each in by_language] or list(by_language.values())
    longest = LONGEST_SAID // max(len(texts[:2]), 1)
    return " / ".join(_beginning(text, longest) for text in texts[:2])


def _beginning(text: str, longest: int) -> str:
    first, *others = _NEXT_SENTENCE.split(text)
    if others and len(first) + 1 + len(others[0]) <= longest:
        first = f"{first} {others[0]}"
    return shorten(first, longest)


def _form(declared: XsdComponent | None) -> str | None:
    return FORMS.get(str(getattr(getattr(declared, "primitive_type", None), "local_name", "")))


def of_type(validator: object) -> str:
    """A simple type by its form, else by its name."""
    name = getattr(validator, "local_name", None)
    base = getattr(validator, "primitive_type", None)
    name = str(name or getattr(base, "local_name", None) or "")
    return FORMS.get(name, name)


def several(items: Iterable[str]) -> str:
    """The first of several names or values."""
    names = [item.rpartition("}")[2] if item.startswith("{") else item for item in items]
    shown = " | ".join(names[:MOST_NAMES])
    return shown + " | …" if len(names) > MOST_NAMES else shown


def one_of(names: list[str]) -> tuple[str, str]:
    """Names of which one is meant, each in quotation marks, in German and English."""
    shown, more = names[:MOST_OF_ONE], len(names) > MOST_OF_ONE
    de, en = [f"„{each}“" for each in shown], [f"'{each}'" for each in shown]
    if more:
        de, en = [*de, "ein anderes"], [*en, "another one"]
    return " oder ".join(de), " or ".join(en)
