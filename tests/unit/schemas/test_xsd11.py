"""Schemas of XSD 1.1: installed like others, judged by xmlschema alone, in a process that may be killed."""

from datetime import date
from pathlib import Path

import pytest

from gateway.core.errors import Unavailable
from gateway.core.refusal import Finding
from schemas.apart import Apart, Bounds
from schemas.closure import collect_files
from schemas.library import SchemaLibrary
from schemas.packages.files import FileId, SchemaFile, read_schema
from tests.unit.schemas.packages.builders import (
    a_folder,
    a_g2g_message,
    a_schema,
    a_type,
    an_element,
    g2g,
    installed,
)

DAY = date(2026, 6, 1)
SPACE = "urn:test:frist:1.0"
ROOT = "frist.antrag.0101"
PATH = f"/m:{ROOT}"
WORK = "every $a in 1 to xs:integer(@zeit) satisfies $a ge 0"
MEMORY = "string-length(string-join(for $a in 1 to xs:integer(@speicher) return 'xxxxxxxx', '')) ge 0"
MUCH = "900000000"
BODY = (
    g2g()
    + a_type("Nummer", an_element("wert"), attributes='<xs:attribute name="art" type="xs:token"/>')
    + """
<xs:simpleType name="Gerade"><xs:restriction base="xs:int"><xs:assertion test="$value mod 2 = 0"/></xs:restriction></xs:simpleType>
<xs:complexType name="Lang"><xs:complexContent><xs:restriction base="t:Nummer"><xs:sequence>
  <xs:element name="wert"><xs:simpleType><xs:restriction base="xs:string"><xs:minLength value="5"/></xs:restriction>
  </xs:simpleType></xs:element></xs:sequence></xs:restriction></xs:complexContent></xs:complexType>
<xs:element name="frist.antrag.0101"><xs:complexType><xs:sequence>
  <xs:element name="nachrichtenkopf.g2g" type="t:Kopf"/>
  <xs:element name="zeitraum" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
    <xs:sequence><xs:element name="von" type="xs:date"/><xs:element name="bis" type="xs:date"/></xs:sequence>
    <xs:assert test="von le bis"/></xs:complexType></xs:element>
  <xs:element name="gerade" type="t:Gerade" minOccurs="0"/>
  <xs:element name="nummer" type="t:Nummer" minOccurs="0">
    <xs:alternative test="@art = 'lang'" type="t:Lang"/></xs:element>
  <xs:element name="boese" minOccurs="0"><xs:complexType>
    <xs:attribute name="zeit" type="xs:token"/><xs:attribute name="speicher" type="xs:token"/>
    <xs:assert test="not(@zeit) or ("""
    + WORK
    + """)"/>
    <xs:assert test="not(@speicher) or ("""
    + MEMORY
    + """)"/></xs:complexType></xs:element>
  <xs:element name="moment" type="xs:dateTimeStamp" minOccurs="0"/>
</xs:sequence><xs:attribute name="version" type="xs:token" use="required"/></xs:complexType></xs:element>"""
)


@pytest.fixture(scope="module")
def into(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("xsd11")
    installed(a_folder(folder / "paket", {"frist.xsd": a_schema(SPACE, BODY)}), folder / "into")
    return folder / "into"


@pytest.fixture(scope="module")
def library(into: Path) -> SchemaLibrary:
    return SchemaLibrary.load([into])


def findings(library: SchemaLibrary, inside: str) -> list[tuple[str, str]]:
    content = a_g2g_message(SPACE, ROOT, inside)
    refusals = library.check(library.open(content), DAY).refusals
    found: list[Finding] = [each for refusal in refusals for each in refusal.findings]
    return [(each.rule, each.path) for each in found]


def test_the_draft_says_so_and_no_document_is_judged_at_a_glance(into: Path, library: SchemaLibrary) -> None:
    assert 'xsd = "1.1"' in next(into.glob("*/*/bundle.toml")).read_text()
    assert library.glance(a_g2g_message(SPACE, ROOT), DAY) is None


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "<zeitraum><von>2026-01-01</von><bis>2026-01-31</bis></zeitraum>",
        "<gerade>2</gerade>",
        "<nummer><wert>1</wert></nummer>",
        '<nummer art="lang"><wert>12345</wert></nummer>',
        "<moment>2026-01-01T00:00:00Z</moment>",
        '<boese zeit="9" speicher="9"/>',
    ],
)
def test_what_holds(library: SchemaLibrary, inside: str) -> None:
    assert findings(library, inside) == []


@pytest.mark.parametrize(
    ("inside", "rule", "path"),
    [
        ("<zeitraum><von>2026-02-01</von><bis>2026-01-31</bis></zeitraum>", "cvc-assertion", "zeitraum"),
        ("<gerade>3</gerade>", "cvc-assertion", "gerade"),
        ('<nummer art="lang"><wert>1</wert></nummer>', "cvc-min-length", "nummer/wert"),
        ("<moment>2026-01-01T00:00:00</moment>", "cvc-datatype", "moment"),
        ("<fremd/>", "cvc-content", "fremd"),
    ],
)
def test_what_does_not(library: SchemaLibrary, inside: str, rule: str, path: str) -> None:
    assert findings(library, inside) == [(rule, f"{PATH}/{path}")]


BOUNDS = Bounds(seconds=1, memory=600_000_000)


@pytest.fixture
def apart(into: Path) -> Apart:
    (bundle,) = SchemaLibrary.load([into]).bundles
    return Apart(collect_files(bundle.folder, bundle.folder, bundle.spec.entry, SPACE), None, BOUNDS)


@pytest.mark.parametrize("attribute", ["zeit", "speicher"])
def test_what_takes_too_much_ends_and_harms_no_other(apart: Apart, attribute: str) -> None:
    opinion = apart.opinion(a_g2g_message(SPACE, ROOT, f'<boese {attribute}="{MUCH}"/>'))
    assert (opinion.complete, opinion.findings) == (False, ())
    assert apart.opinion(a_g2g_message(SPACE, ROOT)).complete


def test_what_can_not_be_looked_at_is_not_accepted(into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schemas.compiled.Apart", lambda files, forms: Apart(files, forms, BOUNDS))
    library = SchemaLibrary.load([into])
    assert findings(library, f'<boese zeit="{MUCH}"/>') == [("second-validator", PATH)]


def test_nobody_waits_for_long(into: Path) -> None:
    (bundle,) = SchemaLibrary.load([into]).bundles
    files = collect_files(bundle.folder, bundle.folder, bundle.spec.entry, SPACE)
    apart = Apart(files, None, Bounds(waiting_seconds=0.01))
    with apart._turn, pytest.raises(Unavailable):
        apart.opinion(a_g2g_message(SPACE, ROOT))


@pytest.mark.parametrize(
    ("body", "needed"),
    [
        ('<xs:element name="a" type="xs:string"/>', False),
        ('<xs:element name="a" type="xs:dateTimeStamp"/>', True),
        ('<xs:override schemaLocation="b.xsd"/>', True),
        ('<xs:complexType name="a"><xs:openContent><xs:any/></xs:openContent></xs:complexType>', True),
        ('<xs:complexType name="a"><xs:assert test="true()"/></xs:complexType>', True),
        (
            '<xs:element name="a" vc:minVersion="1.1" xmlns:vc="http://www.w3.org/2007/XMLSchema-versioning"/>',
            True,
        ),
        (
            '<xs:element name="a" vc:minVersion="1.0" xmlns:vc="http://www.w3.org/2007/XMLSchema-versioning"/>',
            False,
        ),
    ],
)
def test_what_needs_xsd_11(body: str, needed: bool) -> None:
    file = read_schema(FileId(0, Path("a.xsd")), a_schema("urn:a", body).encode())  # type: ignore[arg-type]
    assert isinstance(file, SchemaFile)
    assert file.needs_xsd_11() is needed
