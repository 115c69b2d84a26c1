"""Code lists: genericode of every shape that is met, and codes held against them."""

import os
import unicodedata
from pathlib import Path

import pytest
from lxml import etree

from gateway.core.refusal import RefusalCode, Verdict
from schemas.codelists import CodeListEntry, load_list
from schemas.demands import Circumstances
from schemas.genericode import CodeList, ListFault, parse_genericode, read_genericode
from schemas.library import SchemaLibrary
from schemas.lists import Lists, names_of
from schemas.scrutiny import Material, Scrutiny
from tests.unit.schemas.test_demands import BUNDLES, TODAY

ROOT = Path(__file__).parents[3]
REFERENCE = Path(os.environ.get("AMTSBOTE_REFERENCE") or ROOT.parent / "shared" / "reference")
REAL_LISTS = sorted(REFERENCE.glob("xwasser-*/crates/codelists/data/*/*.xml"))
URI = "urn:test:codeliste:farben"
KEY = '<Key Id="k"><ColumnRef Ref="SCHLÜSSEL"/></Key>'
COLUMNS = '<Column Id="Farbe"/><Column Id="SCHLÜSSEL"/><Column Id="Nr"/>'
ROWS = (
    '<Row><Value ColumnRef="Farbe"><SimpleValue>grün</SimpleValue></Value>'
    '<Value ColumnRef="SCHLÜSSEL"><SimpleValue> G </SimpleValue></Value></Row>'
    "<Row><Value><SimpleValue>rot</SimpleValue></Value><Value><SimpleValue>R</SimpleValue></Value>"
    "<Value><SimpleValue>7</SimpleValue></Value></Row>"
)


def a_list(
    *, encoding: str = "UTF-8", keys: str = KEY, rows: str = ROWS, columns: str = COLUMNS, version: str = "1"
) -> bytes:
    return f"""<?xml version="1.0" encoding="{encoding}"?>
<gc:CodeList xmlns:gc="http://docs.oasis-open.org/codelist/ns/genericode/1.0/" xmlns:x="urn:x">
  <Identification><ShortName>farben</ShortName><Version>{version}</Version><CanonicalUri>{URI}</CanonicalUri>
  </Identification><ColumnSet>{columns}{keys}</ColumnSet><SimpleCodeList>{rows}</SimpleCodeList>
</gc:CodeList>""".encode(encoding)


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1", "ISO-8859-15", "windows-1252"])
def test_codes_stand_in_the_column_of_the_key(encoding: str) -> None:
    assert read_genericode(a_list(encoding=encoding)) == CodeList(URI, "1", "farben", frozenset({"G", "R"}))


def test_the_recommended_key_counts_before_the_first() -> None:
    recommended = "<Annotation><AppInfo><x:recommendedKeyColumn/></AppInfo></Annotation>"
    keys = f'{KEY}<Key Id="l">{recommended}<ColumnRef Ref="Farbe"/></Key>'
    assert read_genericode(a_list(keys=keys)).codes == {"grün", "rot"}


def test_codes_are_called_by_the_column_that_says_so_else_by_the_first_other_one() -> None:
    assert parse_genericode(a_list()).names() == {"G": "grün", "R": "rot"}
    named = COLUMNS.replace('"Nr"', '"Bezeichnung-kurz"')
    assert parse_genericode(a_list(columns=named)).names() == {"R": "7"}
    alone = a_list(
        columns='<Column Id="SCHLÜSSEL"/>', rows="<Row><Value><SimpleValue>R</SimpleValue></Value></Row>"
    )
    assert parse_genericode(alone).names() == {}
    assert parse_genericode(a_list()).names(("Farbe",)) == {"grün": "G", "rot": "R"}


def test_the_names_of_a_list_are_read_when_somebody_asks(tmp_path: Path) -> None:
    path = tmp_path / "farben.xml"
    path.write_bytes(a_list())
    found = Lists().read(path)
    assert names_of(found) == {"G": "grün", "R": "rot"}
    path.unlink()
    assert names_of(found) == {}


def test_of_a_key_of_two_columns_both_count_and_a_named_column_alone() -> None:
    content = a_list(keys='<Key Id="k"><ColumnRef Ref="SCHLÜSSEL"/><ColumnRef Ref="Nr"/></Key>')
    assert read_genericode(content).codes == {"G", "R", "7"}
    assert read_genericode(content, ("Nr",)).codes == {"7"}
    assert read_genericode(content, ("Nr", "Farbe")).codes == {"7", "grün", "rot"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<a/>",
        b"<!DOCTYPE a><a/>",
        a_list(keys=""),
        a_list(keys='<Key Id="k"><ColumnRef Ref="fehlt"/></Key>'),
        b'<?xml version="1.0" encoding="UTF-16"?><a/>',
    ],
)
def test_anything_else_is_no_code_list(content: bytes) -> None:
    with pytest.raises(ListFault) as caught:
        read_genericode(content)
    assert caught.value.de
    assert str(caught.value)


@pytest.mark.parametrize(
    "name", ["Überwachung der Farben (1)_1.xml", "U\u0308berwachung der Farben (1)_1.xml"]
)
def test_odd_file_names(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(a_list())
    entry = CodeListEntry(uri=URI, version="1", file="Überwachung der Farben (1)_1.xml")
    found = load_list(tmp_path, tmp_path, entry, Lists())
    assert found is not None
    assert found.codes == {"G", "R"}


@pytest.mark.parametrize(
    ("entry", "hint"),
    [
        (CodeListEntry(uri=URI, version="1", file="fehlt.xml"), "missing"),
        (CodeListEntry(uri=URI, version="1", file="../../etc/passwd"), "outside"),
        (CodeListEntry(uri=URI, version="2", file="farben.xml"), "version 1"),
        (CodeListEntry(uri=URI, version="1", file="farben.xml", column="fehlt"), "column"),
    ],
)
def test_a_faulty_entry_says_why(tmp_path: Path, entry: CodeListEntry, hint: str) -> None:
    (tmp_path / "farben.xml").write_bytes(a_list())
    with pytest.raises(ListFault, match=hint):
        load_list(tmp_path, tmp_path, entry, Lists())


def test_a_list_without_a_file_is_known_by_its_name(tmp_path: Path) -> None:
    assert load_list(tmp_path, tmp_path, CodeListEntry(uri=URI, version="1"), Lists()) is None


@pytest.mark.skipif(not REAL_LISTS, reason=f"no reference files in {REFERENCE} (AMTSBOTE_REFERENCE)")
def test_every_real_list_is_read() -> None:
    found = {path.name: read_genericode(path.read_bytes()) for path in REAL_LISTS}
    assert len(found) >= 57
    for name, each in found.items():
        assert each.codes, name
        assert each.uri.startswith("urn:"), name
        assert unicodedata.normalize("NFC", name).endswith(f"_{each.version}.xml"), name
    assert len(found["AGS_2026-04-30.xml"].codes) > 11_000
    assert "12072477" in found["AGS_2026-04-30.xml"].codes
    assert "ISO-8859" not in str(found)


@pytest.mark.skipif(not REAL_LISTS, reason=f"no reference files in {REFERENCE} (AMTSBOTE_REFERENCE)")
def test_our_copy_of_a_foreign_list_has_its_codes() -> None:
    (theirs,) = [path for path in REAL_LISTS if path.name == "Erreichbarkeit_3.xml"]
    ours = BUNDLES / "gemeinsam/1.0/codelists/erreichbarkeit_3.xml"
    assert read_genericode(ours.read_bytes()).codes == read_genericode(theirs.read_bytes()).codes


# --- codes of a document ---------------------------------------------------------------------------------

FARBEN = CodeList(URI, "1", "farben", frozenset({"G", "R"}))


def judged(content: str, unknown_list: str = "ignore", **entry: str) -> Verdict:
    first = CodeListEntry.model_validate({"uri": URI, "version": "1", **entry})
    by_name = CodeListEntry(uri="urn:test:codeliste:namen", version="1")
    material = Material(
        lists=((first, FARBEN), (by_name, None)),
        unknown_list=unknown_list,  # type: ignore[arg-type]  # one of its literals
        in_schema=frozenset({("urn:test:im-schema", None), (URI, "7")}),
    )
    return Scrutiny(material).judge(etree.fromstring(content), Circumstances(TODAY, test=False), ())


def a_code(code: str = "G", uri: str = URI, version: str | None = "1") -> str:
    named = "" if version is None else f' listVersionID="{version}"'
    return f'<a><farbe listURI="{uri}"{named}><code>{code}</code></farbe></a>'


def test_codes_of_the_list_are_good() -> None:
    assert judged(a_code("R")) == Verdict()
    assert judged(a_code(version=None)) == Verdict()
    assert judged(
        a_code("G").replace("<code>", "<p:code xmlns:p='urn:p'>").replace("</code>", "</p:code>")
    ) == (Verdict())
    assert judged(f'<a listURI="{URI}" listVersionID="1">R</a>') == Verdict()


def test_an_unknown_code_is_s011() -> None:
    (refusal,) = judged(a_code("GEHEIM")).refusals
    assert (refusal.code, refusal.xinneres) == (RefusalCode.CODE_UNKNOWN, "S011")
    (finding,) = refusal.findings
    assert (finding.path, finding.rule, finding.expected) == ("/a/farbe/code", "code-unbekannt", "G | R")
    assert "„farbe“" in finding.de
    assert "GEHEIM" not in str(refusal)


def test_an_unknown_version_is_s010_or_a_warning() -> None:
    warned = judged(a_code("X", version="GEHEIM"))
    assert warned.refusals == ()
    (finding,) = warned.warnings
    assert (finding.path, finding.rule) == ("/a/farbe/@listVersionID", "codeliste-fassung")
    assert finding.expected == "1"
    (refusal,) = judged(a_code("X", version="GEHEIM"), unknown_version="refuse").refusals
    assert (refusal.code, refusal.xinneres) == (RefusalCode.CODE_LIST_UNKNOWN, "S010")
    assert judged(a_code("X", version="2"), unknown_version="ignore") == Verdict()
    assert "GEHEIM" not in str(warned) + str(refusal)


def test_an_unknown_list_is_what_the_bundle_says() -> None:
    content = a_code(uri="urn:GEHEIM")
    assert judged(content) == Verdict()
    assert [each.rule for each in judged(content, "warn").warnings] == ["codeliste-unbekannt"]
    assert [each.code for each in judged(content, "refuse").refusals] == [RefusalCode.CODE_LIST_UNKNOWN]
    assert "GEHEIM" not in str(judged(content, "refuse"))
    assert judged(a_code(uri="urn:test:im-schema"), "refuse") == Verdict()


def test_a_list_known_by_its_name_is_not_unknown_and_not_checked() -> None:
    assert judged(a_code("X", uri="urn:test:codeliste:namen"), "refuse") == Verdict()


def test_an_unknown_code_can_be_a_warning() -> None:
    assert [each.rule for each in judged(a_code("X"), unknown_code="warn").warnings] == ["code-unbekannt"]


LIBRARY = SchemaLibrary.load([BUNDLES])
LETTER = (BUNDLES / "ab-finanzen/1.0/samples/valid/sepamandat-voll.xml").read_text(encoding="utf-8")
CHANNEL = '<kanal listVersionID="3">\n          <code>02</code>'


def check(content: str) -> Verdict:
    return LIBRARY.check(LIBRARY.open(content.encode()), TODAY)


def test_a_list_that_only_the_schema_names_is_checked_too() -> None:
    assert CHANNEL in LETTER
    (refusal,) = check(LETTER.replace(CHANNEL, CHANNEL.replace("02", "77"))).refusals
    assert refusal.code == RefusalCode.CODE_UNKNOWN
    (finding,) = refusal.findings
    assert finding.path.endswith("/autor/erreichbarkeit/kanal/code")


def test_in_a_large_message_too() -> None:
    bad = LETTER.replace(CHANNEL, CHANNEL.replace("02", "77"))
    padding = " " * 40_000
    (refusal,) = check(bad.replace("</autor>", f"{padding}</autor>")).refusals
    assert refusal.code == RefusalCode.CODE_UNKNOWN


def test_a_version_that_is_not_there_is_told_as_a_warning() -> None:
    verdict = check(LETTER.replace(CHANNEL, CHANNEL.replace('"3"', '"4"')))
    assert verdict.refusals == ()
    assert [finding.rule for finding in verdict.warnings] == ["codeliste-fassung"]
