"""What a row says about its text, its values, its code list and the rules that hold there."""

from pathlib import Path

import pytest

from gateway.core.handbook import CodeUse, Content, FacetKind, Row, Said, Value
from schemas.codelists import CodeListEntry
from schemas.demand_texts import SENTENCES
from schemas.demands import RULES, RuleEntry
from schemas.genericode import CodeList
from schemas.handbook.notes import SENTENCES_OF, note_of
from schemas.handbook.plan import plan_of
from schemas.handbook.rows import Rows
from schemas.lists import Lists
from schemas.scrutiny import Material
from tests.unit.schemas.handbook.builders import a_root, rows
from tests.unit.schemas.test_codelists import URI, a_list

SAID = '<xs:annotation><xs:documentation xml:lang="de">{}</xs:documentation></xs:annotation>'


def the_row(declaration: str, types: str = "", material: Material | None = None) -> Row:
    (row,) = rows(a_root(f"<xs:sequence>{declaration}</xs:sequence>", types), material or Material()).values()
    return row


def a_text(name: str, base: str, *facets: str) -> str:
    return f'<xs:simpleType name="{name}"><xs:restriction base="{base}">{"".join(facets)}</xs:restriction></xs:simpleType>'


def a_code(fixed_uri: str = "", fixed_version: str = "", values: str = "") -> str:
    inside = f"<xs:restriction base='xs:token'>{values}</xs:restriction>"
    return f"""<xs:complexType name="Code"><xs:sequence>
      <xs:element name="code"><xs:simpleType>{inside}</xs:simpleType></xs:element>
      <xs:element name="name" type="xs:string" minOccurs="0"/></xs:sequence>
      <xs:attribute name="listURI" type="xs:anyURI" {fixed_uri}/>
      <xs:attribute name="listVersionID" type="xs:token" {fixed_version}/></xs:complexType>"""


def test_facets_of_all_levels_the_innermost_first() -> None:
    types = a_text("Weit", "xs:token", '<xs:maxLength value="9"/>', '<xs:pattern value="[a-z]+"/>')
    types += a_text(
        "Eng", "t:Weit", '<xs:minLength value="2"/>', '<xs:maxLength value="5"/>', '<xs:pattern value="a.*"/>'
    )
    row = the_row('<xs:element name="a" type="t:Eng"/>', types)
    assert [(each.kind, each.value) for each in row.facets] == [
        (FacetKind.MIN_LENGTH, "2"),
        (FacetKind.MAX_LENGTH, "5"),
        (FacetKind.PATTERN, "a.*"),
        (FacetKind.PATTERN, "[a-z]+"),
    ]
    assert (row.base, row.type_name, row.type) == (("token",), "Eng", "types/Eng")


def test_numbers_lists_and_unions() -> None:
    types = a_text(
        "Zahl",
        "xs:decimal",
        '<xs:totalDigits value="5"/>',
        '<xs:fractionDigits value="2"/>',
        '<xs:minExclusive value="0"/>',
    )
    types += '<xs:simpleType name="Viele"><xs:list itemType="t:Zahl"/></xs:simpleType>'
    types += '<xs:simpleType name="Oder"><xs:union memberTypes="xs:date xs:gYear"/></xs:simpleType>'
    number = the_row('<xs:element name="a" type="t:Zahl"/>', types)
    assert {each.kind.value: each.value for each in number.facets} == {
        "total-digits": "5",
        "fraction-digits": "2",
        "min-exclusive": "0",
    }
    several = the_row('<xs:element name="a" type="t:Viele"/>', types)
    assert (several.is_list, several.base) == (True, ("decimal",))
    either = the_row('<xs:element name="a" type="t:Oder"/>', types)
    assert (either.is_list, either.base) == (False, ("date", "gYear"))


def test_values_with_what_they_mean() -> None:
    values = f'<xs:enumeration value="J">{SAID.format("ja")}</xs:enumeration><xs:enumeration value="N"/>'
    root = a_root(
        '<xs:sequence><xs:element name="a" type="t:JN"/><xs:element name="b" type="t:JN"/></xs:sequence>',
        a_text("JN", "xs:token", values),
    )
    made = Rows(plan_of(root), Material())
    (section,) = made.sections()
    (listed,) = made.values
    assert {row.values for row in section.rows} == {listed.anchor}
    assert [(each.value, [said.text for said in each.said]) for each in listed.values] == [
        ("J", ["ja"]),
        ("N", []),
    ]
    assert listed.total == 2


def test_a_long_list_is_shown_in_part_and_says_so() -> None:
    values = "".join(f'<xs:enumeration value="{number}"/>' for number in range(2000))
    root = a_root(
        '<xs:sequence><xs:element name="a" type="t:V"/></xs:sequence>', a_text("V", "xs:token", values)
    )
    made = Rows(plan_of(root), Material())
    made.sections()
    (listed,) = made.values
    assert (len(listed.values), listed.total) == (500, 2000)


def test_many_long_lists_are_shown_less_and_less() -> None:
    def values(first: int) -> str:
        return "".join(f'<xs:enumeration value="{first + number}"/>' for number in range(500))

    types = "".join(a_text(f"V{number}", "xs:token", values(number * 1000)) for number in range(45))
    elements = "".join(f'<xs:element name="e{number}" type="t:V{number}"/>' for number in range(45))
    made = Rows(plan_of(a_root(f"<xs:sequence>{elements}</xs:sequence>", types)), Material())
    made.sections()
    assert [each.total for each in made.values] == [500] * 45
    assert [len(each.values) for each in made.values] == [500] * 40 + [20] * 5


@pytest.mark.parametrize(
    ("uri", "version", "values", "expected"),
    [
        ('fixed="urn:l"', 'fixed="1"', '<xs:enumeration value="M"/>', CodeUse(1, "urn:l", "1")),
        ('fixed="urn:l"', 'fixed="1"', "", CodeUse(2, "urn:l", "1")),
        ('fixed="urn:l"', 'use="required"', "", CodeUse(3, "urn:l", None)),
        ('use="required"', 'use="required"', "", CodeUse(4, None, None)),
    ],
)
def test_the_four_ways_of_using_a_code_list(uri: str, version: str, values: str, expected: CodeUse) -> None:
    row = the_row('<xs:element name="a" type="t:Code"/>', a_code(uri, version, values))
    assert row.content is Content.CODE
    assert row.code == expected
    assert (row.values is None) == (expected.type != 1)


def test_an_installed_list_gives_its_codes() -> None:
    entry = CodeListEntry(uri="urn:l", version="7")
    known = CodeList("urn:l", "7", "Liste", frozenset({"02", "01"}))
    root = a_root('<xs:sequence><xs:element name="a" type="t:Code"/></xs:sequence>', a_code('fixed="urn:l"'))
    for material in (Material(lists=((entry, known),)), Material(installed=(known,))):
        made = Rows(plan_of(root), material)
        ((row,),) = [section.rows for section in made.sections()]
        assert row.code == CodeUse(3, "urn:l", None, ("7",))
        assert [each.value for each in made.values[0].values] == ["01", "02"]


def test_the_codes_of_an_installed_list_have_their_names(tmp_path: Path) -> None:
    path = tmp_path / "farben.xml"
    path.write_bytes(a_list())
    known = Lists().read(path)
    root = a_root('<xs:sequence><xs:element name="a" type="t:Code"/></xs:sequence>', a_code(f'fixed="{URI}"'))
    made = Rows(plan_of(root), Material(installed=(known,)))
    made.sections()
    assert made.values[0].values == (Value("G", (Said("grün"),)), Value("R", (Said("rot"),)))


def test_a_place_in_a_code_leads_to_the_code() -> None:
    root = a_root('<xs:sequence><xs:element name="a" type="t:Code"/></xs:sequence>', a_code())
    index = plan_of(root).index()
    assert {index.anchor(f"/r/a/{inside}") for inside in ("code", "name", "@listURI", "code/x")} == {"/a"}


def test_documentation_of_the_element_else_of_its_type() -> None:
    types = f'<xs:complexType name="T">{SAID.format("Der Typ.")}<xs:sequence/></xs:complexType>'
    own = the_row(f'<xs:element name="a" type="t:T">{SAID.format("Das <br/>  Element.")}</xs:element>', types)
    assert [(each.text, each.language) for each in own.said] == [("Das Element.", "de")]
    assert [each.text for each in the_row('<xs:element name="a" type="t:T"/>', types).said] == ["Der Typ."]


def test_of_structured_documentation_the_definition() -> None:
    said = """<xs:annotation><xs:documentation><c:Component xmlns:c="urn:c"><c:Number>1</c:Number>
      <c:Definition>The date.</c:Definition></c:Component></xs:documentation></xs:annotation>"""
    assert [
        each.text for each in the_row(f'<xs:element name="a" type="xs:date">{said}</xs:element>').said
    ] == ["The date."]


def test_assertions_of_xsd_1_1_are_conditions() -> None:
    period = """<xs:complexType name="Zeitraum"><xs:sequence><xs:element name="von" type="xs:date"/>
      <xs:element name="bis" type="xs:date"/></xs:sequence><xs:assert test="von le bis"/></xs:complexType>"""
    even = """<xs:simpleType name="Gerade"><xs:restriction base="xs:integer"><xs:assertion test="$value mod 2 = 0"/>
      </xs:restriction></xs:simpleType>"""
    content = '<xs:sequence><xs:element name="z" type="t:Zeitraum"/><xs:element name="g" type="t:Gerade"/></xs:sequence>'
    told = rows(a_root(content, period + even, version_11=True))
    assert [(each.kind, each.value) for each in told["/z"].facets] == [(FacetKind.CONDITION, "von le bis")]
    assert [(each.kind, each.value) for each in told["/g"].facets] == [
        (FacetKind.CONDITION, "$value mod 2 = 0")
    ]


def test_fixed_and_default_values_are_shortened() -> None:
    row = the_row(f'<xs:element name="a" type="xs:string" fixed="{"x" * 900}"/>')
    assert row.fixed is not None
    assert len(row.fixed) == 200
    assert the_row('<xs:element name="a" type="xs:string" default="D"/>').default == "D"


DEEP = '<xs:complexType name="H"><xs:sequence><xs:element name="idnr" type="xs:string"/></xs:sequence></xs:complexType>'
TWO = '<xs:sequence><xs:element name="halter" type="t:H"/><xs:element name="gast" type="t:H"/></xs:sequence>'


@pytest.mark.parametrize(
    ("path", "touched"),
    [
        ("idnr", {"/halter/idnr", "/gast/idnr"}),
        ("halter/idnr", {"/halter/idnr"}),
        ("/r/gast/idnr", {"/gast/idnr"}),
        ("r/gast/idnr", {"/gast/idnr"}),
        ("/gast/idnr", set()),
        ("/idnr", set()),
    ],
)
def test_a_rule_stands_where_its_path_leads(path: str, touched: set[str]) -> None:
    material = Material(rules=(RuleEntry(path=path, rule="idnr"),))
    told = rows(a_root(TWO, DEEP), material)
    assert {anchor for anchor, row in told.items() if row.rules} == touched


def test_a_rule_about_a_code_stands_with_the_code() -> None:
    types = a_code()
    rule = RuleEntry(path="a/code", rule="ags", severity="warning")
    row = the_row('<xs:element name="a" type="t:Code"/>', types, Material(rules=(rule,)))
    ((note),) = row.rules
    assert (note.rule, note.severity) == ("ags", "warning")


def test_a_rule_in_a_type_that_is_told_once_stands_where_it_may_hold() -> None:
    own = DEEP.replace("</xs:sequence>", '<xs:element name="kind" type="t:H" minOccurs="0"/></xs:sequence>')
    told = rows(a_root(TWO, own), Material(rules=(RuleEntry(path="kind/idnr", rule="idnr"),)))
    assert {anchor for anchor, row in told.items() if row.rules} == {"H/idnr"}


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_is_told_in_words(rule: str) -> None:
    note = note_of(RuleEntry(path="x", rule=rule, days=14), "x")
    assert "{" not in note.expected
    assert note.de, f"name its sentences in SENTENCES_OF: {rule}"
    assert note.en
    assert not any("{" in text for text in (*note.de, *note.en))


def test_the_sentences_of_rules_are_sentences() -> None:
    assert {name for names in SENTENCES_OF.values() for name in names} <= set(SENTENCES)
    assert set(SENTENCES_OF) <= set(RULES)
