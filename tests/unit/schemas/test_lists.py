"""Lists beside the bundles: what counts for a document, and how a running process takes them up."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from gateway.core.errors import ConfigurationInvalid
from gateway.core.refusal import RefusalCode, Verdict
from schemas.codelists import CodeListEntry
from schemas.demands import Circumstances
from schemas.door import DEFAULT_LIMITS
from schemas.genericode import CodeList, file_name, is_genericode
from schemas.library import SchemaLibrary
from schemas.lists import Lists
from schemas.live import LiveLibrary, Reading
from schemas.scrutiny import Material, Scrutiny
from tests.unit.schemas.builders import BUNDLES, IN_FORCE, a_message
from tests.unit.schemas.test_codelists import URI, a_code, a_list

TODAY = date(2026, 7, 1)


def a_version(version: str, *codes: str, uri: str = URI) -> CodeList:
    return CodeList(uri, version, "farben", frozenset(codes))


def judged(
    content: str, *installed: CodeList, declared: CodeListEntry | None = None, **material: object
) -> Verdict:
    lists = () if declared is None else ((declared, a_version("1", "G", "R")),)
    made = Material(lists=lists, installed=installed, **material)  # type: ignore[arg-type]
    return Scrutiny(made).judge(etree.fromstring(content), Circumstances(TODAY, test=False), ())


def rules(verdict: Verdict) -> tuple[list[str], list[str]]:
    """Rules that refuse, and those that warn."""
    refused = [finding.rule for refusal in verdict.refusals for finding in refusal.findings]
    return refused, [finding.rule for finding in verdict.warnings]


def test_an_installed_list_counts_where_the_bundle_declares_none() -> None:
    installed = a_version("1", "G", "R")
    assert judged(a_code("G"), installed) == Verdict()
    assert rules(judged(a_code("X"), installed)) == (["code-unbekannt"], [])
    assert rules(judged(a_code("X", version="2"), installed)) == ([], ["codeliste-fassung"])
    assert judged(a_code("X", uri="urn:anders"), installed) == Verdict()


def test_what_the_bundle_declares_wins() -> None:
    declared = CodeListEntry(uri=URI, version="1", unknown_code="warn")
    other = a_version("1", "X")
    assert judged(a_code("G"), other, declared=declared) == Verdict()
    assert rules(judged(a_code("X"), other, declared=declared)) == ([], ["code-unbekannt"])


def test_an_installed_version_counts_as_the_declared_ones_do() -> None:
    declared = CodeListEntry(uri=URI, version="1", unknown_code="warn", unknown_version="refuse")
    newer = a_version("2", "B")
    assert judged(a_code("B", version="2"), newer, declared=declared) == Verdict()
    assert rules(judged(a_code("G", version="2"), newer, declared=declared)) == ([], ["code-unbekannt"])
    assert rules(judged(a_code("G", version="3"), newer, declared=declared)) == (["codeliste-fassung"], [])


def test_where_no_version_is_named_every_known_one_counts() -> None:
    versions = [a_version("10", "B"), a_version("2", "G")]
    for code in ("B", "G"):
        assert judged(a_code(code, version=None), *versions) == Verdict()
        assert judged(a_code(code, version=""), *versions) == Verdict()
    (refusal,) = judged(a_code("X", version=None), *versions).refusals
    assert refusal.findings[0].expected == "B"


def test_a_version_that_the_schema_fixes_is_not_unknown() -> None:
    content = a_code("X", version="7")
    assert judged(content, a_version("1", "G"), in_schema=frozenset({(URI, "7")})) == Verdict()
    assert rules(judged(content, a_version("1", "G"), in_schema=frozenset({(URI, None)})))[1]


def test_another_version_is_no_better_than_another_list() -> None:
    content = a_code("X", version="7")
    verdict = judged(content, a_version("1", "G"), unknown_list="refuse")
    assert [refusal.code for refusal in verdict.refusals] == [RefusalCode.CODE_LIST_UNKNOWN]


@pytest.mark.parametrize("code", ["u\u0308ber  land", "\n  über\n  land "])
def test_codes_are_compared_as_xml_means_them(code: str) -> None:
    assert judged(a_code(code), a_version("1", "über land")) == Verdict()


def test_all_versions_that_are_there_are_told_those_of_the_bundle_last() -> None:
    ours = a_version("2", "G")
    lists = ((CodeListEntry(uri=URI, version="2"), ours), (CodeListEntry(uri=URI, version="3"), None))
    installed = (a_version("10", "B"), a_version("2", "X"), a_version("9", "B"), a_version("1", uri="urn:x"))
    found = Material(lists=lists, installed=installed).versions(URI)
    assert list(found) == ["9", "10", "2"]
    assert found["2"] is ours


# --- files ----------------------------------------------------------------------------------------------


def put(folder: Path, content: bytes, name: str = "farben") -> Path:
    (folder / "codelists").mkdir(exist_ok=True, parents=True)
    path = folder / "codelists" / name
    path.write_bytes(content)
    return path


def test_whatever_a_file_is_called_its_content_counts(tmp_path: Path) -> None:
    put(tmp_path, a_list(version="1"), "Ü bär (1).gc")
    put(tmp_path, a_list(version="2", encoding="ISO-8859-1"), "ohne Endung")
    put(tmp_path, b"kein XML", ".versteckt")
    (tmp_path / "codelists" / "ordner").mkdir()
    assert {version for _, version in Lists.load([tmp_path]).installed} == {"1", "2"}
    assert Lists.load([tmp_path / "fehlt"]).installed == {}


@pytest.mark.parametrize(
    ("content", "cause"),
    [(b"<a/>", "no code list"), (a_list(version=""), "no version"), (a_list(keys=""), "column")],
)
def test_a_file_that_is_no_list_is_named(tmp_path: Path, content: bytes, cause: str) -> None:
    path = put(tmp_path, content)
    with pytest.raises(ConfigurationInvalid, match=cause) as caught:
        SchemaLibrary.load([tmp_path])
    assert [problem.file for problem in caught.value.problems] == [str(path)]


def test_two_files_of_one_version_must_agree(tmp_path: Path) -> None:
    put(tmp_path, a_list(), "a")
    put(tmp_path, a_list() + b"\n", "b")
    assert len(Lists.load([tmp_path]).installed) == 1
    put(tmp_path, a_list(rows="<Row><Value><SimpleValue/></Value></Row>"), "c")
    with pytest.raises(ConfigurationInvalid, match="other codes"):
        Lists.load([tmp_path])


def test_two_bundles_share_what_is_read_and_so_does_a_later_library(tmp_path: Path) -> None:
    path, copy = put(tmp_path, a_list(), "a"), put(tmp_path, a_list(), "b")
    lists = Lists()
    assert lists.read(path) is lists.read(copy)
    assert Lists(lists).read(path) is lists.read(path)
    assert lists.read(path) is not lists.read(path, ("Nr",))


@pytest.mark.parametrize(
    "head",
    [
        a_list(),
        b"\xef\xbb\xbf" + a_list(),
        a_list().replace(b"<gc:CodeList", b"<!-- Lizenz > -->\n<?pi ?><gc:CodeList"),
        a_list().replace(b"gc:", b"").replace(b":gc", b""),
        a_list().decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    ],
)
def test_genericode_is_known_by_its_content(head: bytes) -> None:
    assert is_genericode(head)


@pytest.mark.parametrize(
    "head",
    [b"", b"CodeList", b"<CodeListen/>", b"<a><CodeList/></a>", b"<!-- <CodeList> --><a/>", b"<?" * 9_000],
)
def test_anything_else_is_not(head: bytes) -> None:
    assert not is_genericode(head)


def test_every_list_has_a_file_name_of_its_own() -> None:
    names = [
        file_name(uri, version)
        for uri in (
            "urn:a:b",
            "urn:a_b",
            "urn:a:b_1",
            "urn:ä:b",
            "urn:ö:b",
            "../../x",
            "u" * 300,
            "u" * 301,
            "",
        )
        for version in ("1", "1.0", "1:0", "../1", "2 3", "")
    ]
    assert len(set(names)) == len(names)
    assert all("/" not in name and len(name) < 160 and not name.startswith(".") for name in names)
    assert file_name("urn:de:x:ags", "2026-04-30") == "urn_de_x_ags_2026-04-30.xml"


# --- a library and a running process ----------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Bundles whose codes all belong to one list: messages need not name it."""
    shutil.copytree(BUNDLES, tmp_path / "schemas")
    kopf = tmp_path / "schemas/gemeinsam/1.0/kopf.xsd"
    given = (
        f'<xs:attribute name="listURI" default="{URI}"/><xs:attribute name="listVersionID"/></xs:complexType>'
    )
    kopf.write_text(kopf.read_text().replace("</xs:complexType>", given, 1))
    return tmp_path / "schemas"


def a_row(code: str) -> str:
    return f'<Row><Value ColumnRef="SCHLÜSSEL"><SimpleValue>{code}</SimpleValue></Value></Row>'


TYPES = a_list(rows=a_row("0101"))
CATALOGUE = a_list(rows=a_row("DVDV"), version="2")


def codes(schemas: SchemaLibrary | LiveLibrary, content: bytes = a_message()) -> list[str]:
    verdict = schemas.check(schemas.open(content), IN_FORCE)
    return [finding.path for refusal in verdict.refusals for finding in refusal.findings]


def test_a_list_that_the_schema_gives_by_default_is_asked(folder: Path) -> None:
    assert codes(SchemaLibrary.load([folder])) == []
    put(folder, TYPES)
    (path,) = codes(SchemaLibrary.load([folder]))
    assert path.endswith("/leser/verzeichnisdienst/code")
    put(folder, CATALOGUE, "zweite")
    assert codes(SchemaLibrary.load([folder])) == []


def test_an_entry_without_a_file_says_how_the_installed_list_counts(folder: Path) -> None:
    put(folder, TYPES)
    bundle = folder / "probe/1.0/bundle.toml"
    entry = f'\n[[code_lists]]\nuri = "{URI}"\nversion = "1"\n'
    sound = bundle.read_text()
    bundle.write_text(f'{sound}{entry}unknown_code = "warn"\n')
    library = SchemaLibrary.load([folder])
    assert codes(library) == []
    assert len(library.check(library.open(a_message()), IN_FORCE).warnings) == 1
    # Of its other column nothing stands in the rows: no code is in it.
    bundle.write_text(f'{sound}{entry}column = ["Nr", "Farbe"]\n')
    assert len(codes(SchemaLibrary.load([folder]))) == 2


def test_another_version_is_read_as_the_declared_one(folder: Path) -> None:
    put(folder, a_list(rows=f"{a_row('0101')}{a_row('DVDV')}"))
    bundle = folder / "probe/1.0/bundle.toml"
    entry = f'\n[[code_lists]]\nuri = "{URI}"\nversion = "2"\n'
    sound = bundle.read_text()
    named = a_message().replace(b"<nachrichtentyp>", b'<nachrichtentyp listVersionID="1">')
    assert codes(SchemaLibrary.load([folder]), named) == []
    bundle.write_text(f'{sound}{entry}column = "Farbe"\n')
    assert len(codes(SchemaLibrary.load([folder]), named)) == 1
    bundle.write_text(f'{sound}{entry}column = "fehlt"\n')
    assert codes(SchemaLibrary.load([folder]), named) == []


def test_a_running_process_takes_a_list_up_and_leaves_it(folder: Path) -> None:
    live = LiveLibrary(Reading.of([folder]), DEFAULT_LIMITS)
    path = put(folder, TYPES)
    assert codes(live) == []
    assert live.renew()
    assert len(codes(live)) == 1
    before = live.open(a_message())
    second = put(folder, CATALOGUE, "zweite")
    assert live.renew()
    assert codes(live) == []
    # What is compiled already is used again, and what was opened before goes by the lists of then.
    assert getattr(before, "shelf").schema is getattr(live.open(a_message()), "shelf").schema  # noqa: B009 - not part of the port
    assert live.check(before, IN_FORCE).refusals
    faulty = put(folder, b"<kaputt", "kaputt")
    assert not live.renew()
    assert codes(live) == []
    for each in (faulty, second, path):
        each.unlink()
    assert live.renew()
    assert codes(live) == []
