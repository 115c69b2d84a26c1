"""The documentation of a kind for a terminal: every place of it, in two languages, and no sign that moves a cursor."""

from dataclasses import replace

import pytest

from gateway.core.handbook import (
    CodeUse,
    Condition,
    Content,
    Facet,
    FacetKind,
    Form,
    Row,
    RuleNote,
    Said,
    Section,
    TextType,
    Value,
    Values,
)
from gateway.reports.handbook_text import kind_text, overview_text
from gateway.texts import Language
from tests.unit.api.fakes import a_handbook
from tests.unit.schemas.handbook.builders import shipped_handbooks

BOOKS = shipped_handbooks()


def a_row(**changes: object) -> Row:
    row = Row("/a", "a", Form.ELEMENT, 0, 1, 1, (), Content.TEXT, "", base=("string",))
    return replace(row, **changes)  # type: ignore[arg-type]


def shown(*rows: Row, language: Language = Language.DE, **changes: object) -> list[str]:
    """The lines about some rows."""
    section = Section("/", "r", is_type=False, said=(), rows=rows)
    lines = kind_text(a_handbook(sections=(section,), example=None, **changes), language).splitlines()
    return lines[lines.index("r") + 1 :]


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("root", sorted(BOOKS))
def test_every_place_of_every_kind_has_its_line(root: str, language: Language) -> None:
    book = BOOKS[root]
    lines = kind_text(book, language).splitlines()

    for section in book.sections:
        for row in section.rows:
            assert any(
                line.split()[:1] == [("@" if row.form is Form.ATTRIBUTE else "") + row.name] for line in lines
            )
    for values in book.values:
        assert any(values.title in line or values.values[0].value in line for line in lines)
    assert book.example is not None
    assert book.example.text.splitlines()[-1] == lines[-1]


def test_what_stands_in_an_element_is_indented_and_the_columns_stand_below_each_other() -> None:
    lines = shown(
        a_row(name="person", content=Content.ELEMENTS, base=(), said=(Said("Wer einzieht."),)),
        a_row(name="name", depth=1, least=0, most=None),
        a_row(name="art", form=Form.ATTRIBUTE, depth=1, fixed="x"),
    )

    assert lines == [
        "  person  1     Elemente",
        "                Wer einzieht.",
        "    name  0..n  Text",
        "    @art  1     Text; immer x",
    ]


def test_values_stand_where_they_are_few_and_in_a_list_where_they_are_many() -> None:
    few = Values("values/1", "JN", (Value("J", (Said("ja"),)), Value("N")), 2)
    many = Values("values/2", "Farben", tuple(Value(f"{n:02}", (Said(f"Farbe {n}"),)) for n in range(7)), 9)
    code = CodeUse(3, "urn:l", None)

    lines = shown(
        a_row(values=few.anchor),
        a_row(name="b", content=Content.CODE, code=code, values=many.anchor),
        values=(few, many),
        language=Language.EN,
    )

    assert lines[0] == "  a  1  text; J (ja) | N"
    assert lines[1].endswith("listVersionID; 9 values: Farben")
    assert lines[-9:-7] == ["  Farben", "    00  Farbe 0"]
    assert lines[-1] == "    and 2 more"


def test_a_long_form_stands_with_its_type() -> None:
    facets = (Facet(FacetKind.MIN_LENGTH, "1"), Facet(FacetKind.PATTERN, "[a-z]" * 20))
    told = TextType("types/T", "T", (Said("Namen."),), ("string",), is_list=False, facets=facets, values=None)

    lines = shown(a_row(type="types/T", type_name="T", facets=facets), types=(told,))

    assert lines[0] == "  a  1  Text (T); nicht leer; Form: siehe Datentyp"
    assert lines[-3:] == ["  T", "    Namen.", f"    Text; nicht leer; Form: {'[a-z]' * 20}"]


def test_rules_and_conditions_are_told_with_what_they_do() -> None:
    note = RuleNote("datum-hoechstens-vor", "warning", ("de",), ("en",), "höchstens 14 Tage", "anmeldung")
    conditions = (Condition("schematron:r1", "error", "Erst das.", "This first."),)

    lines = shown(a_row(rules=(note,)), conditions=conditions, language=Language.EN)

    assert lines[1].strip() == "Warning datum-hoechstens-vor: höchstens 14 Tage"
    assert "anmeldung" in lines[2]
    assert lines[-1] == "  schematron:r1 (refuses): This first."


def test_nothing_that_a_schema_says_moves_the_cursor() -> None:
    evil = "a\x1b[2J\x9b1;1H\r\nb\u202e"
    row = a_row(name=evil, said=(Said(evil),), fixed=evil)

    text = kind_text(
        a_handbook(sections=(Section("/", evil, is_type=True, said=(), rows=(row,)),)), Language.DE
    )

    assert all(each.isprintable() or each == "\n" for each in text)


@pytest.mark.parametrize("language", list(Language))
def test_the_list_names_every_kind_with_its_address(language: Language) -> None:
    kinds = [book.known for book in BOOKS.values()]

    text = overview_text(kinds, lambda known: f"/v1/schemas/x/{known.kind.root}", language)

    for known in kinds:
        assert (known.en if language is Language.EN else known.de) in text
        assert f" /v1/schemas/x/{known.kind.root}\n" in text
