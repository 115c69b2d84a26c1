"""Builders: small schemas, and the handbooks of whole bundles."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import xmlschema
from lxml import etree
from xmlschema.validators import XsdElement

from gateway.core.handbook import Handbook, Row, Section
from schemas.handbook.plan import plan_of
from schemas.handbook.rows import Rows
from schemas.library import SchemaLibrary
from schemas.paths import Paths
from schemas.scrutiny import Material

BUNDLES = Path(__file__).parents[4] / "schemas" / "bundles"
NOTHING = Material()


@cache
def shipped() -> SchemaLibrary:
    return SchemaLibrary.load([BUNDLES])


@cache
def shipped_handbooks() -> dict[str, Handbook]:
    """By root, as `{namespace}name`: a kind has a handbook in each version."""
    return handbooks(shipped())


def handbooks(library: SchemaLibrary) -> dict[str, Handbook]:
    found = {
        f"{{{each.known.namespace}}}{each.known.kind.root}": library.handbook(each)
        for each in library.editions()
    }
    return {tag: book for tag, book in found.items() if book is not None}


def a_root(content: str, types: str = "", *, version_11: bool = False) -> XsdElement:
    """The element `r`, of a type with this content, in a schema with these types."""
    text = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t">
      <xs:element name="r"><xs:complexType>{content}</xs:complexType></xs:element>{types}</xs:schema>"""
    schema = xmlschema.XMLSchema11(text) if version_11 else xmlschema.XMLSchema10(text)
    return schema.elements["r"]


def sections(root: XsdElement, material: Material = NOTHING) -> tuple[Section, ...]:
    return Rows(plan_of(root), material).sections()


def rows(root: XsdElement, material: Material = NOTHING) -> dict[str, Row]:
    """By anchor."""
    return {row.anchor: row for section in sections(root, material) for row in section.rows}


def rows_of(book: Handbook) -> dict[str, Row]:
    return {row.anchor: row for section in book.sections for row in section.rows}


def anchors(book: Handbook) -> list[str]:
    return [
        *(section.anchor for section in book.sections),
        *(row.anchor for section in book.sections for row in section.rows),
        *(each.anchor for each in book.values),
        *(each.anchor for each in book.types),
    ]


def places(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Path with positions and name of every element and attribute in a document."""
    paths = Paths()
    for node in root.iter(etree.Element):
        path = paths.of(node)
        yield path, etree.QName(node).localname
        for name in node.attrib:
            qualified = etree.QName(str(name))
            if qualified.namespace != "http://www.w3.org/2001/XMLSchema-instance":
                yield f"{path}/@{qualified.localname}", qualified.localname
