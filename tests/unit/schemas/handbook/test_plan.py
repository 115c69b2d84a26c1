"""Which rows a handbook has is decided by the schema alone, and bounded whatever the schema."""

from xmlschema.validators import XsdElement

from schemas.handbook.plan import plan_of
from tests.unit.schemas.handbook.builders import a_root, rows, sections

PERSON = """<xs:complexType name="Person"><xs:sequence>
  <xs:element name="name" type="xs:string"/><xs:element name="kind" type="t:Person" minOccurs="0"/>
</xs:sequence></xs:complexType>"""


def sequence(*inside: str) -> str:
    return f"<xs:sequence>{''.join(inside)}</xs:sequence>"


def element(name: str, kind: str = "xs:string", more: str = "") -> str:
    return f'<xs:element name="{name}" type="{kind}" {more}/>'


def a_type(name: str, *inside: str, more: str = "") -> str:
    return f'<xs:complexType name="{name}" {more}>{sequence(*inside)}</xs:complexType>'


def anchor(root: XsdElement, path: str) -> str:
    return plan_of(root).index().anchor(path)


def test_each_element_has_a_row_at_its_path() -> None:
    root = a_root(sequence(element("a", "t:A"), element("b")), a_type("A", element("c"), element("d")))
    assert list(rows(root)) == ["/a", "/b", "/a/c", "/a/d"]
    assert [(each.anchor, each.title) for each in sections(root)] == [("/", "r"), ("/a/", "/r/a")]
    assert anchor(root, "/p:r/a[2]/q:d") == "/a/d"


def test_a_place_that_the_schema_does_not_know_leads_to_what_is_around_it() -> None:
    root = a_root(sequence(element("a", "t:A")), a_type("A", element("c")))
    assert anchor(root, "/r/a/unbekannt/tiefer") == "/a"
    assert anchor(root, "/r/a/@neu") == "/a"
    assert anchor(root, "/r/fremd") == "/"
    assert anchor(root, "/r") == anchor(root, "") == anchor(root, "/") == "/"


def test_a_type_that_contains_itself_is_told_once() -> None:
    root = a_root(sequence(element("p", "t:Person"), element("q", "t:Person")), PERSON)
    told = rows(root)
    assert list(told) == ["/p", "/q", "Person/name", "Person/kind"]
    assert told["Person/kind"].section == told["/q"].section == "Person/"
    assert anchor(root, "/r/q/kind/kind/name") == "Person/name"
    (_, person) = sections(root)
    assert person.places == ("/r/p", "/r/q", "/r/p/kind")


def test_what_would_be_too_long_is_told_by_type() -> None:
    types = "".join(
        a_type(f"T{number}", *(element(f"e{each}", f"t:T{number + 1}") for each in range(10)))
        for number in range(6)
    )
    root = a_root(sequence(element("a", "t:T0")), types + a_type("T6", element("z")))
    made = plan_of(root)
    assert made.by_type
    assert sum(len(each.places) for each in made.sections) == 62
    assert made.index().anchor("/r/a/e1/e2/e3/e4/e5/e6/z") == "T6/z"


def test_a_schema_without_end_is_cut_and_says_how_much() -> None:
    types = "".join(
        a_type(f"T{number}", *(element(f"e{each}", f"t:T{number + 1}") for each in range(4)))
        for number in range(40)
    )
    root = a_root(sequence(element("a", "t:T0")), types + a_type("T40", element("z")))
    made = plan_of(root, most_unfolded=10, most_rows=20)
    assert sum(len(each.places) for each in made.sections) == 20
    # One of the last type's four, and what stands in the other three.
    assert made.left_out == 4
    path = "/r/a" + "/e1" * 30
    assert made.index().anchor(path) in {place.anchor for each in made.sections for place in each.places}


def test_elements_of_one_name_have_anchors_of_their_own() -> None:
    root = a_root(sequence(element("a"), element("b"), element("a")))
    assert list(rows(root)) == ["/a", "/b", "/a~2"]
    assert anchor(root, "/r/a[2]") == "/a"


def test_names_of_alternatives_and_how_often_they_come() -> None:
    root = a_root(
        """<xs:sequence maxOccurs="2"><xs:choice minOccurs="1" maxOccurs="3">
          <xs:element name="a" type="xs:string"/>
          <xs:sequence><xs:element name="b" type="xs:string"/><xs:element name="c" type="xs:string"/></xs:sequence>
        </xs:choice><xs:element name="d" type="xs:string" maxOccurs="unbounded"/>
        <xs:element name="never" type="xs:string" minOccurs="0" maxOccurs="0"/></xs:sequence>"""
    )
    told = {row.name: (row.least, row.most, row.one_of) for row in rows(root).values()}
    alternatives = ("a", "b …")
    assert told == {
        "a": (0, 6, alternatives),
        "b": (0, 6, alternatives),
        "c": (0, 6, alternatives),
        "d": (1, None, ()),
    }


def test_a_wide_choice_names_some_of_its_alternatives() -> None:
    many = "".join(element(f"e{number}") for number in range(900))
    told = rows(a_root(f"<xs:choice>{many}</xs:choice>"))
    assert len(told) == 900
    assert {len(row.one_of) for row in told.values()} == {21}
    assert told["/e899"].one_of[-1] == "…"


def test_a_type_without_end_is_cut() -> None:
    many = "".join(element(f"e{number}") for number in range(900))
    made = plan_of(a_root(sequence(many)), most_unfolded=10, most_rows=30)
    assert [len(each.places) for each in made.sections] == [30]
    assert made.left_out == 870
    assert made.index().anchor("/r/e899") == "/"


def test_what_may_stand_in_place_of_an_abstract_element() -> None:
    head = '<xs:element name="tier" type="xs:string" abstract="true"/>'
    members = "".join(
        f'<xs:element name="{name}" type="xs:string" substitutionGroup="t:tier"/>'
        for name in ("hund", "katze")
    )
    root = a_root(sequence('<xs:element ref="t:tier"/>'), head + members)
    assert {name: row.one_of for name, row in rows(root).items()} == {
        "/hund": ("hund", "katze"),
        "/katze": ("hund", "katze"),
    }
    alone = a_root(
        sequence('<xs:element ref="t:tier"/>'),
        head + '<xs:element name="hund" type="xs:string" substitutionGroup="t:tier"/>',
    )
    (row,) = rows(alone).values()
    assert (row.name, row.least, row.one_of) == ("hund", 1, ())


def test_an_abstract_type_names_those_that_may_be_meant() -> None:
    derived = "".join(
        f"""<xs:complexType name="{name}"><xs:complexContent><xs:extension base="t:Ort">
          <xs:sequence><xs:element name="{name.lower()}Nr" type="xs:string"/></xs:sequence>
        </xs:extension></xs:complexContent></xs:complexType>"""
        for name in ("Inland", "Ausland")
    )
    root = a_root(
        sequence(element("ort", "t:Ort")), a_type("Ort", element("x"), more='abstract="true"') + derived
    )
    told = rows(root)
    assert told["/ort"].variants == ("Inland/", "Ausland/")
    assert anchor(root, "/r/ort/auslandNr") == "Ausland/auslandNr"
    assert anchor(root, "/r/ort/x") == "Ort/x"


def test_wildcards_are_rows_without_a_name() -> None:
    anything = sequence('<xs:any minOccurs="0" processContents="lax"/>')
    root = a_root(f"{anything}<xs:anyAttribute/>")
    told = rows(root)
    assert {anchor: (row.form.value, row.name) for anchor, row in told.items()} == {
        "/@*": ("any-attribute", ""),
        "/*": ("any-element", ""),
    }


def test_many_types_of_text_with_the_same_attributes_are_told_as_one() -> None:
    amount = """<xs:complexType name="Betrag"><xs:simpleContent><xs:extension base="xs:decimal">
      <xs:attribute name="waehrung" type="xs:string" use="required"/></xs:extension></xs:simpleContent></xs:complexType>"""
    same = """<xs:complexType name="Gebuehr"><xs:simpleContent><xs:extension base="t:Betrag"/></xs:simpleContent>
      </xs:complexType>"""
    root = a_root(
        sequence(element("p", "t:Person"), element("g", "t:Gebuehr"), element("b", "t:Betrag")),
        PERSON + amount + same,
    )
    told = rows(root)
    assert told["/g"].section == told["/b"].section == "Betrag/"
    assert told["/g"].type_name == "Gebuehr"
    assert told["Betrag/@waehrung"].least == 1


def test_types_in_a_long_chain_are_no_trouble() -> None:
    types = "".join(a_type(f"T{number}", element("e", f"t:T{number + 1}")) for number in range(600))
    root = a_root(sequence(element("a", "t:T0")), types + a_type("T600", element("z")))
    assert plan_of(root).index().anchor("/r/a" + "/e" * 600 + "/z") == "T600/z"
