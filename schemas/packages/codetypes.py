"""Code types: which code lists the types of a schema fix, in which column, and with which values."""

from collections.abc import Iterator
from dataclasses import dataclass

from xmlschema import XMLSchemaBase
from xmlschema.validators import XsdComplexType, XsdElement, XsdSimpleType

_XSD = "{http://www.w3.org/2001/XMLSchema}"


@dataclass(frozen=True, slots=True)
class CodeUse:
    """How a type of a schema uses a code list."""

    uri: str
    version: str | None = None
    """None: each message names it."""
    column: str | None = None
    """In which the schema says that the codes stand (`genutzteCodeSpalte` of XÖV)."""
    values: frozenset[str] = frozenset()
    """The codes that the schema itself enumerates; none: it leaves them to the list."""


def code_uses(schema: XMLSchemaBase) -> list[CodeUse]:
    """The uses of all code lists that a compiled schema fixes, or gives by default."""
    uses = {
        use: None
        for each in schema.maps.iter_schemas()
        for declared in each.iter_components(XsdComplexType)
        if isinstance(declared, XsdComplexType) and (use := _use(declared)) is not None
    }
    return list(uses)


def _use(declared: XsdComplexType) -> CodeUse | None:
    uri = _given(declared, "listURI")
    if not uri:
        return None
    return CodeUse(uri, _given(declared, "listVersionID"), _column(declared), frozenset(_values(declared)))


def _given(declared: XsdComplexType, name: str) -> str | None:
    attribute = declared.attributes.get(name)
    given = None if attribute is None else attribute.fixed or attribute.default
    return str(given).strip() or None if given else None


def _column(declared: XsdComplexType) -> str | None:
    annotation = declared.elem.find(f"{_XSD}annotation")
    for each in () if annotation is None else annotation.iter():
        if str(each.tag).rpartition("}")[2] == "genutzteCodeSpalte" and each.text and each.text.strip():
            return each.text.strip()
    return None


def _values(declared: XsdComplexType) -> Iterator[str]:
    content = declared.content
    if isinstance(content, XsdSimpleType):
        types = [content]
    else:
        found = (each for each in content.iter_elements() if isinstance(each, XsdElement))
        types = [
            each.type for each in found if each.local_name == "code" and isinstance(each.type, XsdSimpleType)
        ]
    for each in types:
        for value in each.enumeration or ():
            yield str(value)
