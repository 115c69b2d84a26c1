"""Code lists of packages: found by their content, drafted with the column that the schema means."""

import unicodedata
from pathlib import Path

import pytest
from xmlschema import XMLSchema10

from gateway.core.refusal import Verdict
from schemas.library import SchemaLibrary
from schemas.packages.codetypes import CodeUse, code_uses
from schemas.packages.faults import PackageRefused
from schemas.packages.listing import DraftedList, Listing, write_lists
from schemas.packages.source import MOST_LISTS, read_source
from tests.unit.schemas.packages.builders import (
    a_folder,
    a_g2g_message,
    a_root,
    a_schema,
    a_type,
    a_zip,
    an_element,
    g2g,
    installed,
)
from tests.unit.schemas.packages.test_install import DAY, HEAD, SPACE
from tests.unit.schemas.test_codelists import URI, a_list

FILE = "codelists/urn_test_codeliste_farben_1.xml"
SPALTE = "<xs:annotation><xs:appinfo><genutzteCodeSpalte>{}</genutzteCodeSpalte></xs:appinfo></xs:annotation>"


def a_code_type(name: str = "Farbe", *, values: str = "", column: str = "", version: str = "") -> str:
    """A type of codes as XÖV makes them, whose list is fixed."""
    code = an_element("code", "xs:token")
    if values:
        choice = "".join(f'<xs:enumeration value="{each}"/>' for each in values.split())
        code = f'<xs:element name="code"><xs:simpleType><xs:restriction base="xs:token">{choice}</xs:restriction>'
        code += "</xs:simpleType></xs:element>"
    fixed = f' fixed="{version}"' if version else ""
    attributes = f'<xs:attribute name="listURI" fixed="{URI}"/><xs:attribute name="listVersionID"{fixed}/>'
    made = a_type(name, code, attributes=attributes)
    return made.replace("<xs:sequence>", f"{SPALTE.format(column)}<xs:sequence>", 1) if column else made


def drafted(content: bytes, *uses: CodeUse, folder: Path) -> DraftedList:
    (found,) = write_lists({"farben.xml": content}, uses, folder).lists
    return found


# --- what the schema says ---------------------------------------------------------------------------------


def test_the_uses_of_a_schema_are_those_of_its_types() -> None:
    inline = (
        f'<xs:attribute name="listURI" default="{URI}"/><xs:attribute name="listVersionID" use="required"/>'
    )
    text = a_schema(
        SPACE,
        a_code_type(values="G R", version="1", column="Nr")
        + a_type("Frei", an_element("code", "xs:token"), attributes='<xs:attribute name="listURI"/>')
        + a_root("wurzel", an_element("a", "t:Farbe"), a_root("b", an_element("code"), attributes=inline)),
    )
    assert set(code_uses(XMLSchema10(text))) == {
        CodeUse(URI, "1", "Nr", frozenset({"G", "R"})),
        CodeUse(URI),
    }


def test_old_code_types_have_their_values_in_themselves() -> None:
    simple = '<xs:simpleType name="Wert"><xs:restriction base="xs:token"><xs:enumeration value="G"/></xs:restriction></xs:simpleType>'
    coded = f"""<xs:complexType name="Farbe"><xs:simpleContent><xs:extension base="t:Wert">
      <xs:attribute name="listURI" fixed="{URI}"/></xs:extension></xs:simpleContent></xs:complexType>"""
    assert code_uses(XMLSchema10(a_schema(SPACE, simple + coded))) == [
        CodeUse(URI, None, None, frozenset({"G"}))
    ]


# --- what is drafted --------------------------------------------------------------------------------------


def test_the_key_says_where_the_codes_are_unless_the_schema_does(tmp_path: Path) -> None:
    assert drafted(a_list(), folder=tmp_path) == DraftedList(URI, "1", "farben", FILE)
    assert (tmp_path / FILE).read_bytes() == a_list()
    for column, columns in {"Farbe": ("Farbe",), "SCHLÜSSEL": (), "fehlt": ()}.items():
        assert drafted(a_list(), CodeUse(URI, "1", column), folder=tmp_path).columns == columns
    both = drafted(a_list(), CodeUse(URI, None, "Farbe"), CodeUse(URI), folder=tmp_path)
    assert set(both.columns) == {"Farbe", "SCHLÜSSEL"}
    assert drafted(a_list(), CodeUse(URI, "2", "Farbe"), folder=tmp_path).columns == ()


def test_a_list_without_a_key_is_used_where_the_schema_names_its_column(tmp_path: Path) -> None:
    assert drafted(a_list(keys=""), CodeUse(URI, "1", "Nr"), folder=tmp_path).columns == ("Nr",)
    listing = write_lists({"farben.xml": a_list(keys="")}, [], tmp_path)
    assert (listing.lists, [each.name for each in listing.left_out]) == ((), ["farben.xml"])


def test_what_the_schema_enumerates_is_never_refused_by_the_list(tmp_path: Path) -> None:
    said = drafted(a_list(), CodeUse(URI, "1", None, frozenset({"grün", "rot"})), folder=tmp_path)
    assert (said.columns, said.unknown_code) == (("SCHLÜSSEL", "Farbe"), "refuse")
    more = drafted(a_list(), CodeUse(URI, "1", None, frozenset({"G", "X", "Y"})), folder=tmp_path)
    assert (more.columns, more.unknown_code) == ((), "warn")
    assert "2 codes" in more.remarks[0]
    assert (
        drafted(a_list(), CodeUse(URI, "2", None, frozenset({"X"})), folder=tmp_path).unknown_code == "refuse"
    )


def test_a_list_without_rows_is_known_by_its_name(tmp_path: Path) -> None:
    found = drafted(a_list(rows=""), folder=tmp_path)
    assert (found.file, found.unknown_code) == (None, "ignore")
    assert not any(tmp_path.iterdir())


def test_umlauts_of_columns_may_be_written_in_two_ways(tmp_path: Path) -> None:
    rows = '<Row><Value ColumnRef="SCHLU\u0308SSEL"><SimpleValue>G</SimpleValue></Value></Row>'
    content = a_list(
        keys=unicodedata.normalize("NFD", '<Key Id="k"><ColumnRef Ref="SCHLÜSSEL"/></Key>'), rows=rows
    )
    assert drafted(content, CodeUse(URI, "1", None, frozenset("G")), folder=tmp_path).columns == ()


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (a_list(version=""), "no version"),
        (a_list()[:-5], "not-well-formed"),
        (a_list() + b" " * 20_000_000, "too-large"),
        (a_list().replace(b"<gc:CodeList", b"<!DOCTYPE x><gc:CodeList"), "doctype-forbidden"),
    ],
    ids=["unnamed", "broken", "large", "doctype"],
)
def test_what_can_not_be_used_is_left_out_with_its_reason(tmp_path: Path, content: bytes, cause: str) -> None:
    listing = write_lists({"a": content, "b": a_list(version="2")}, [], tmp_path)
    assert [(each.name, cause in each.en) for each in listing.left_out] == [("a", True)]
    assert [each.version for each in listing.lists] == ["2"]


def test_the_same_list_twice(tmp_path: Path) -> None:
    assert write_lists({"a": a_list(), "b": a_list() + b"\n"}, [], tmp_path) == Listing(
        (DraftedList(URI, "1", "farben", FILE),)
    )
    other = a_list(rows="<Row><Value><SimpleValue/></Value><Value><SimpleValue>B</SimpleValue></Value></Row>")
    listing = write_lists({"a": a_list(), "b": other}, [], tmp_path)
    assert [(each.version, each.unknown_code) for each in listing.lists] == [("1", "warn")]
    assert [each.name for each in listing.left_out] == ["b"]


# --- whole packages ---------------------------------------------------------------------------------------

SCHEMA = a_schema(
    SPACE,
    g2g()
    + a_code_type()
    + a_root(
        "probe.antrag.0101", HEAD, an_element("farbe", "t:Farbe"), attributes='<xs:attribute name="version"/>'
    ),
)


def verdict(into: Path, code: str, version: str | None = "1") -> Verdict:
    named = "" if version is None else f' listVersionID="{version}"'
    inside = f"<farbe{named}><code>{code}</code></farbe>"
    library = SchemaLibrary.load([into])
    return library.check(library.open(a_g2g_message(SPACE, "probe.antrag.0101", inside)), DAY)


def rules(found: Verdict) -> list[str]:
    return [finding.rule for refusal in found.refusals for finding in refusal.findings]


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("Codelisten/Ü Bär (1)_1.xml", "UTF-8"),
        (unicodedata.normalize("NFD", "Überwachung_1.genericode"), "UTF-8"),
        ("ohne Endung", "ISO-8859-1"),
        ("farben.gc", "UTF-16"),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_lists_are_found_by_their_content(tmp_path: Path, name: str, encoding: str, zipped: bool) -> None:
    files: dict[str, str | bytes] = {
        "xsd/probe.xsd": SCHEMA,
        name: a_list(encoding=encoding),
        "beispiele/nachricht.xml": "<a/>",
        "handbuch.pdf": b"%PDF\xff",
        "leer": b"",
    }
    package = a_zip(tmp_path / "paket.zip", files) if zipped else a_folder(tmp_path / "paket", files)
    done = installed(package, tmp_path / "into")
    assert (done.code_lists, done.lists_left_out) == (1, ())
    assert verdict(tmp_path / "into", "G") == Verdict()
    assert rules(verdict(tmp_path / "into", "X")) == ["code-unbekannt"]
    assert rules(verdict(tmp_path / "into", "X", version=None)) == ["code-unbekannt"]
    other = verdict(tmp_path / "into", "X", "2")
    assert (rules(other), [finding.rule for finding in other.warnings]) == ([], ["codeliste-fassung"])
    assert len(list((done.folder / "codelists").iterdir())) == 1


def test_a_faulty_list_keeps_nobody_from_installing(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "probe.xsd": SCHEMA,
        "a\u0007b\udcff.xml": a_list()[:-5],
        "leer.xml": a_list(rows="", version="7"),
    }
    done = installed(a_folder(tmp_path / "paket", files), tmp_path / "into")
    assert done.code_lists == 1
    assert [en for _, _, en in done.lists_left_out] == ["can't be read (not-well-formed)"]
    text = (done.folder / "bundle.toml").read_text(encoding="utf-8")
    assert "# a?b?.xml: Die Codeliste ist nicht lesbar" in text
    assert rules(verdict(tmp_path / "into", "X", "7")) == []


def test_a_supplement_may_have_the_lists(tmp_path: Path) -> None:
    package = a_folder(tmp_path / "paket", {"probe.xsd": SCHEMA})
    lists = a_folder(tmp_path / "listen", {"farben.xml": a_list()})
    assert installed(package, tmp_path / "into", lists).code_lists == 1
    assert rules(verdict(tmp_path / "into", "X")) == ["code-unbekannt"]


def test_no_package_has_so_many_lists(tmp_path: Path) -> None:
    files = {f"{number}.xml": a_list().decode() for number in range(MOST_LISTS + 1)}
    with pytest.raises(PackageRefused, match="2000 of code lists"):
        read_source(a_zip(tmp_path / "paket.zip", files))


@pytest.mark.parametrize(
    ("name", "code", "reaction"),
    [
        ("beispiele/antrag.xml", "X", "warn"),
        ("beispiele/antrag.xml", "G", "refuse"),
        ("ungültig/antrag.xml", "X", "refuse"),
        ("beispiele/code-falsch.xml", "X", "refuse"),
        ("beispiele/antrag.txt", "X", "refuse"),
    ],
)
def test_a_list_that_the_publishers_own_messages_do_not_keep_to_only_warns(
    tmp_path: Path, name: str, code: str, reaction: str
) -> None:
    inside = f'<farbe listVersionID="1"><code>{code}</code></farbe>'
    example = a_g2g_message(SPACE, "probe.antrag.0101", inside)
    files: dict[str, str | bytes] = {
        "probe.xsd": SCHEMA,
        "farben.xml": a_list(),
        name: example,
        "kaputt.xml": "<a",
        "fremd.xml": "<a/>",
    }
    installed(a_folder(tmp_path / "paket", files), tmp_path / "into")
    found = verdict(tmp_path / "into", "X")
    assert rules(found) == (["code-unbekannt"] if reaction == "refuse" else [])
    assert [each.rule for each in found.warnings] == (["code-unbekannt"] if reaction == "warn" else [])


def test_examples_that_the_schema_refuses_say_nothing_about_lists(tmp_path: Path) -> None:
    inside = '<farbe listVersionID="1"><code>X</code></farbe><zuviel/>'
    example = a_g2g_message(SPACE, "probe.antrag.0101", inside)
    files: dict[str, str | bytes] = {"probe.xsd": SCHEMA, "farben.xml": a_list(), "beispiel.xml": example}
    installed(a_folder(tmp_path / "paket", files), tmp_path / "into")
    assert rules(verdict(tmp_path / "into", "X")) == ["code-unbekannt"]
