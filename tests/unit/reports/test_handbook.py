"""The documentation of a kind says the same in both languages, is well built, and shows nothing but text."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.handbook import (
    CodeUse,
    Condition,
    Content,
    Facet,
    FacetKind,
    Form,
    Handbook,
    Row,
    RuleNote,
    Said,
    Section,
    TextType,
    Value,
    Values,
)
from gateway.reports.handbook import Links, content_security_policy, kind_page, overview_page
from gateway.reports.imprint import Imprint
from gateway.texts import Language
from gateway.texts import handbook as texts
from gateway.texts.handbook import HandbookWords
from tests.unit.api.fakes import a_handbook
from tests.unit.reports.test_reports import Structure
from tests.unit.schemas.handbook.builders import shipped_handbooks

LANGUAGES = list(Language)
LINKS = Links("?lang=en", "../../../schemas", lambda known: f"schemas/{known.kind.root}")
EVIL = '"><script>alert(1)</script>'
BOOKS = shipped_handbooks()


def page(book: Handbook, language: Language = Language.DE) -> str:
    return kind_page(book, LINKS, Imprint(), language)


def a_row(**changes: object) -> Row:
    row = Row("/a", "a", Form.ELEMENT, 0, 1, 1, (), Content.TEXT, "", base=("string",))
    return replace(row, **changes)  # type: ignore[arg-type]


def shown(row: Row, language: Language = Language.DE, **changes: object) -> str:
    """The text of the page about one row."""
    book = a_handbook(sections=(Section("/", "r", is_type=False, said=(), rows=(row,)),), **changes)
    html = page(book, language)
    cells = html.partition('<tr role="row" id="/a">')[2].partition("</tr>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cells)).strip()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("root", sorted(BOOKS))
def test_the_page_of_every_kind_is_well_built(root: str, language: Language) -> None:
    book = BOOKS[root]
    html = page(book, language)
    structure = Structure(html)
    assert structure.open == []
    assert structure.language == language
    assert not {"script", "img", "link", "form", "iframe"} & set(structure.tags)
    assert structure.headings[0] == 1
    assert structure.headings.count(1) == 1
    assert all(
        after - before <= 1 for before, after in zip(structure.headings, structure.headings[1:], strict=False)
    )
    assert len(set(structure.ids)) == len(structure.ids)
    assert {unquoted(target) for target in structure.targets} <= set(structure.ids)
    assert {row.anchor for section in book.sections for row in section.rows} <= set(structure.ids)
    assert html.count("<th ") == html.count('scope="row"') + html.count('scope="col"')


def unquoted(target: str) -> str:
    return re.sub(r"%([0-9A-F]{2})", lambda each: chr(int(each[1], 16)), target)


def test_nothing_of_a_schema_becomes_markup() -> None:
    note = RuleNote("iban", "error", (EVIL,), (EVIL,), EVIL)
    row = a_row(
        name=EVIL, one_of=(EVIL,), type_name=EVIL, fixed=EVIL, said=(Said(EVIL, "de"),), rules=(note,),
        facets=(Facet(FacetKind.PATTERN, EVIL), Facet(FacetKind.CONDITION, EVIL)), values="values/1",
    )  # fmt: skip
    values = (Values("values/1", EVIL, (Value(EVIL, (Said(EVIL),)),) * 9, 9),)
    section = Section("/", EVIL, is_type=True, said=(Said(EVIL),), rows=(row,), places=(EVIL,))
    types = (TextType("types/1", EVIL, (Said(EVIL),), (EVIL,), is_list=False, facets=(), values=None),)
    conditions = (Condition(EVIL, "warning", EVIL, EVIL),)
    html = page(a_handbook(sections=(section,), values=values, types=types, conditions=conditions))
    assert "<script" not in html
    assert html.count("&lt;script") > 10
    assert Structure(html).open == []


def test_the_page_may_wear_its_own_style_and_nothing_else() -> None:
    html = page(a_handbook())
    assert "style=" not in html.partition("</style>")[2]
    assert content_security_policy().startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in content_security_policy()
    listed = overview_page([a_handbook().known], LINKS, Imprint(), Language.DE)
    for each in (html, listed):
        assert f'content="{content_security_policy().partition("; frame")[0]}"' in each.replace("&#39;", "'")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_overview_leads_to_every_kind(language: Language) -> None:
    kinds = [book.known for book in BOOKS.values()]
    html = overview_page(kinds, LINKS, Imprint("Rechenzentrum"), language)
    structure = Structure(html)
    assert structure.open == []
    assert "Rechenzentrum" in html
    for known in kinds:
        assert f'<a href="schemas/{known.kind.root}">{known.en if language == "en" else known.de}</a>' in html


@pytest.mark.parametrize(
    ("changes", "german", "english"),
    [
        ({}, "Pflicht, 1 Text", "mandatory, 1 text"),
        ({"least": 0, "most": None, "base": ("date",)}, "freiwillig, 0..n Datum, JJJJ-MM-TT", "optional, 0..n date"),
        ({"base": ("date", "gYear")}, "Datum, JJJJ-MM-TT oder Jahr, JJJJ", "date, YYYY-MM-DD or year, YYYY"),
        ({"base": ("byte",)}, "Pflicht, 1 byte", "mandatory, 1 byte"),
        ({"one_of": ("a", "b")}, "eines von: a | b", "one of: a | b"),
        ({"is_list": True}, "mehrere, durch Leerzeichen getrennt: Text", "several with blanks between them: text"),
        ({"fixed": "1.0"}, "immer 1.0", "always 1.0"),
        ({"default": "x"}, "wenn es fehlt: x", "where it is missing: x"),
        (
            {"facets": (Facet(FacetKind.MIN_LENGTH, "2"), Facet(FacetKind.PATTERN, "[a-z]+"))},
            "mindestens 2 Zeichen Form: [a-z]+",
            "at least 2 characters Form: [a-z]+",
        ),
        ({"facets": (Facet(FacetKind.MIN_LENGTH, "1"),)}, "Text nicht leer", "text not empty"),
        (
            {"base": ("base64Binary",), "facets": (Facet(FacetKind.MAX_LENGTH, "9"),)},
            "höchstens 9 Byte",
            "at most 9 bytes",
        ),
        (
            {"content": Content.CODE, "base": ("token",), "code": CodeUse(3, "urn:l", None)},
            "Fassung in listVersionID. Der Wert steht im Kindelement code. Die Werte werden hier nicht geprüft.",
            "version in listVersionID. The value stands in the child element code. The values are not checked here.",
        ),
        (
            {"content": Content.CODE, "base": ("token",), "code": CodeUse(2, "urn:l", "1", ("1", "2"))},
            "Hier geprüft in Fassung 1, 2.",
            "Checked here in version 1, 2.",
        ),
        ({"form": Form.ATTRIBUTE}, "@ a", "@ a"),
        ({"name": "", "form": Form.ANY_ELEMENT}, "beliebiges Element", "any element"),
        ({"content": Content.EMPTY, "base": ()}, "leer", "empty"),
        (
            {"rules": (RuleNote("x", "warning", ("Zu früh.",), ("Too early.",), "14", deadline="umzug"),)},
            "Hinweis x : 14 Sonst heißt es: Zu früh. Eine Kommune kann eine andere Frist setzen (umzug).",
            "Warning x : 14 Else it is said: Too early. A municipality may set another deadline (umzug).",
        ),
    ],
)  # fmt: skip
def test_a_row_in_words(changes: dict[str, object], german: str, english: str) -> None:
    assert german in shown(a_row(**changes)).replace("@a", "@ a")
    assert english in shown(a_row(**changes), Language.EN).replace("@a", "@ a")


def test_a_few_values_stand_in_the_row_and_many_in_a_list() -> None:
    row = a_row(values="values/1")
    few = (Values("values/1", "JN", (Value("J", (Said("ja", "de"),)), Value("N")), 2),)
    assert "J ja N" in shown(row, values=few)
    many = (Values("values/1", "Viele", tuple(Value(str(each)) for each in range(7)), 900),)
    assert "900 Werte" in shown(row, values=many)
    assert "und 893 weitere" in page(a_handbook(values=many))


def test_a_long_pattern_stands_with_its_type_alone() -> None:
    pattern = Facet(FacetKind.PATTERN, "[a-z]" * 20)
    row = a_row(type_name="T", type="types/T", facets=(pattern,))
    types = (TextType("types/T", "T", (), ("string",), is_list=False, facets=(pattern,), values=None),)
    assert "[a-z]" not in shown(row, types=types)
    assert page(a_handbook(types=types)).count("[a-z]" * 20) == 1
    assert "[a-z]" * 20 in shown(a_row(facets=(pattern,)))


def test_texts_of_another_language_say_so() -> None:
    row = a_row(said=(Said("Deutsch", "de"), Said("Any")))
    book = a_handbook(sections=(Section("/", "r", is_type=False, said=(), rows=(row,)),))
    assert '<p lang="de">Deutsch</p>' in page(book, Language.EN)
    assert "<p>Deutsch</p>" in page(book, Language.DE)
    assert "<p>Any</p>" in page(book, Language.EN)


def test_what_is_left_out_is_said() -> None:
    assert "12 Elemente, oder was in ihnen steht, fehlen" in page(a_handbook(left_out=12))
    assert "nicht in Elemente zerlegen" in page(a_handbook(explained=False, sections=()))


def test_every_text_is_used_and_says_the_same_in_both_languages() -> None:
    root = Path(__file__).parents[3]
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in [*(root / "gateway/reports").iterdir(), root / "gateway/texts/handbook.py"]
        if path.is_file()
    )
    facts = {each.fact for book in BOOKS.values() for each in book.header}
    spoken = facts | {
        "nachrichtentyp-root",
        "zeitpunkt-zone",
        *map(str, Form),
        *(f"code_{number}" for number in range(1, 5)),
    }
    for name, text in texts._TEXTS.items():
        assert name in spoken or source.count(f'"{name}"') > 1, name
        assert text.de != text.en or name in {"standard", "version", "name", "form"}
        assert text.placeholders == set(re.findall(r"\{(\w+)\}", text.de))


def test_every_facet_and_content_has_words() -> None:
    for language in LANGUAGES:
        words = HandbookWords(language)
        for kind in set(FacetKind) - {FacetKind.PATTERN}:
            assert "7" in words.facet(Facet(kind, "7"), a_row())
        for content in set(Content) - {Content.TEXT, Content.CODE}:
            assert words.kind_of(a_row(content=content, base=()))
