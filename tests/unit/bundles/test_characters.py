"""The string types hold exactly the Latin characters of DIN 91379."""

import os
import re
import unicodedata
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

import schemas
from tests.unit.bundles.builders import BUNDLES

REFERENCE = (
    Path(os.environ.get("AMTSBOTE_REFERENCE", Path(schemas.__file__).parents[2] / "shared" / "reference"))
    / "xbeteiligung/schema/din-norm-91379-datatypes.xsd"
)
XS = "{http://www.w3.org/2001/XMLSchema}"
COMBINING = [chr(code) for code in range(0x300, 0x370)]
BASES = [chr(code) for code in range(0x20, 0x2000) if unicodedata.category(chr(code))[0] == "L"]


@cache
def pattern(file: Path, type_name: str) -> re.Pattern[str]:
    (facet,) = etree.parse(file).iterfind(f"{XS}simpleType[@name='{type_name}']/{XS}restriction/{XS}pattern")
    return re.compile(str(facet.get("value")))


def accepts(letter: str, text: str) -> bool:
    """What libxml2 says about a text of the data type."""
    return bool(_schema(letter).validate(_element(text)))


@cache
def _schema(letter: str) -> etree.XMLSchema:
    module = (BUNDLES / "gemeinsam/1.0/din91379.xsd").as_uri()
    return etree.XMLSchema(
        etree.fromstring(
            f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
                    xmlns:din="urn:amtsbote:schema:din91379:1.0">
              <xs:import namespace="urn:amtsbote:schema:din91379:1.0" schemaLocation="{module}"/>
              <xs:element name="text" type="din:Datentyp{letter}"/>
            </xs:schema>"""
        )
    )


def _element(text: str) -> etree._Element:
    element = etree.Element("text")
    element.text = text
    return element


@pytest.mark.parametrize(
    "name",
    [
        "Müller-Lüdenscheidt",
        "D\u2019Arc",
        "GROẞMUSTER",
        "Žofka Pśikładowa",
        "Łódź Ćišć ŕě",
        "Þóra Ðögg",
        "Nguyễn Thị Ảnh",
        "J\u0301an M\u0302aja C\u0306ečil",
        "K\u035fhan",
        "L\u0325\u0304",
    ],
)
def test_a_name_of_the_repertoire_is_accepted_everywhere(name: str) -> None:
    assert all(accepts(letter, name) for letter in "ABCDE")


@pytest.mark.parametrize(
    "name",
    [
        "Мустерманн",
        "Παράδειγμα",
        "Max 🐶",
        "李明",
        "محمد",
        "Mu\u0308ller",
        "Max\u200bMuster",
        "Max\u00adMuster",
    ],
    ids=["cyrillic", "greek", "emoji", "chinese", "arabic", "decomposed", "zero-width", "soft-hyphen"],
)
def test_a_name_outside_the_repertoire_is_refused_everywhere(name: str) -> None:
    assert not any(accepts(letter, name) for letter in "ABCDE")


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("Chóśebuz", "ABCDE"),
        ("Straße 12", "BCDE"),
        ("Zeile\nZeile", "CE"),
        ("Muster „Tierschutz“™", "DE"),
        ("12 €", "BCDE"),
        ("", ""),
    ],
)
def test_each_type_has_its_own_extent(text: str, letters: str) -> None:
    assert "".join(letter for letter in "ABCDE" if accepts(letter, text)) == letters


def test_a_long_text_is_decided_quickly_and_rightly() -> None:
    assert accepts("C", "Pśikładowa K\u035fhan " * 5_000)
    assert not accepts("C", "Pśikładowa K\u035fhan " * 5_000 + "\u0416")


@pytest.mark.parametrize("letter", "ABC")
def test_the_types_agree_with_the_official_ones(letter: str) -> None:
    if not REFERENCE.is_file():
        pytest.skip(f"the official data types are not at {REFERENCE}")
    ours = pattern(BUNDLES / "gemeinsam/1.0/din91379.xsd", f"Datentyp{letter}")
    official = pattern(REFERENCE, f"datatype{letter}")
    probes = [chr(code) for code in range(0x9, 0x3000)]
    probes += [base + mark for base in BASES for mark in COMBINING]
    assert [
        ascii(text) for text in probes if bool(ours.fullmatch(text)) != bool(official.fullmatch(text))
    ] == []
