"""`schemas lists add|list|show|remove`: from the file to a verdict and away again."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.test_packages import Run, config, run
from tests.unit.schemas.packages.builders import a_folder, a_g2g_message, a_root, a_schema, an_element, g2g
from tests.unit.schemas.packages.test_listing import a_code_type
from tests.unit.schemas.test_codelists import URI, a_list
from tests.unit.schemas.test_lists import a_row

__all__ = ["config", "run"]

SPACE = "urn:test:probe:1.0"
SCHEMA = a_schema(
    SPACE,
    g2g()
    + a_code_type(version="1")
    + a_root(
        "probe.antrag.0101", an_element("nachrichtenkopf.g2g", "t:Kopf"), an_element("farbe", "t:Farbe")
    ),
)
OTHER = a_list(rows=a_row("B"))


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    return tmp_path / "var/schemas/codelists"


def rows(run: Run, *arguments: object) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run("schemas", "lists", *arguments, "-o", "json").stdout)
    return found


def test_from_the_file_to_a_verdict_and_away_again(run: Run, tmp_path: Path, beside: Path) -> None:
    run("schemas", "install", a_folder(tmp_path / "paket", {"probe.xsd": SCHEMA}), "--standard", "probe")
    message = tmp_path / "antrag.xml"
    message.write_bytes(a_g2g_message(SPACE, "probe.antrag.0101", "<farbe><code>X</code></farbe>", ""))
    assert run("schemas", "validate", message).exit_code == 0
    shown = json.loads(run("schemas", "show", "probe", "1.0", "-o", "json").stdout)
    assert shown["code_lists"] == [{"uri": URI, "version": "1", "origin": "missing", "codes": None}]

    (added,) = rows(run, "add", a_folder(tmp_path / "listen", {"ohne Endung": a_list()}))
    assert (added["uri"], added["version"], added["codes"], added["fate"]) == (URI, "1", 2, "added")
    refused = run("schemas", "validate", message, "-o", "text")
    assert refused.exit_code == 1
    assert "code-unknown (S011)" in refused.output
    shown = json.loads(run("schemas", "show", "probe", "1.0", "-o", "json").stdout)
    assert shown["code_lists"] == [{"uri": URI, "version": "1", "origin": "installed", "codes": 2}]
    assert f"{URI}  1        installed  2" in run("schemas", "show", "probe", "1.0").stdout
    (listed,) = rows(run, "list")
    assert (listed["title"], listed["used_by"]) == ("farben", ["probe 1.0"])
    detail = json.loads(run("schemas", "lists", "show", URI, "-o", "json").stdout)
    assert (detail["first_codes"], detail["code_columns"]) == (["G", "R"], ["SCHLÜSSEL"])
    assert [path.name for path in beside.iterdir()] == ["urn_test_codeliste_farben_1.xml"]

    assert run("schemas", "lists", "remove", URI, "2").exit_code == 3
    assert run("schemas", "lists", "remove", URI, "1").exit_code == 0
    assert run("schemas", "validate", message).exit_code == 0
    assert rows(run, "list") == []


def test_what_is_there_stays_unless_it_is_to_be_replaced(run: Run, tmp_path: Path, beside: Path) -> None:
    files = a_folder(tmp_path, {"a.xml": a_list(), "b.gc": OTHER, "c": a_list() + b"\n"})
    assert run("schemas", "lists", "add", files / "a.xml").exit_code == 0
    (path,) = beside.iterdir()
    assert [each["fate"] for each in rows(run, "add", files / "c")] == ["present"]
    again = run("schemas", "lists", "add", files / "b.gc")
    assert (again.exit_code, path.read_bytes()) == (1, a_list())
    assert "--replace" in again.output
    assert [each["fate"] for each in rows(run, "add", files / "b.gc", "--replace")] == ["replaced"]
    assert [each.read_bytes() for each in beside.iterdir()] == [OTHER]


def test_a_list_under_any_name_gives_way(run: Run, tmp_path: Path, beside: Path) -> None:
    beside.mkdir(parents=True)
    (beside / "von Hand.xml").write_bytes(a_list())
    (tmp_path / "neu").write_bytes(OTHER)
    assert run("schemas", "lists", "add", tmp_path / "neu", "--replace").exit_code == 0
    assert [each.name for each in beside.iterdir()] == ["urn_test_codeliste_farben_1.xml"]


def test_good_lists_are_added_and_the_others_named(run: Run, tmp_path: Path, beside: Path) -> None:
    files: dict[str, str | bytes] = {
        "gut.xml": a_list(),
        "kaputt.xml": a_list(version="2")[:-3],
        "leer.xml": a_list(version="3", rows=""),
        "schluessellos.xml": a_list(version="4", keys=""),
        "andere.xml": "<a/>",
    }
    done = run("schemas", "lists", "add", a_folder(tmp_path / "listen", files))
    assert done.exit_code == 1
    for name in ("kaputt.xml", "leer.xml", "schluessellos.xml"):
        assert name in done.stdout
    assert "andere" not in done.stdout
    assert len(list(beside.iterdir())) == 1


@pytest.mark.parametrize("content", [b"<a/>", b"", b"PK\x03\x04kaputt"])
def test_what_holds_no_list_is_refused(run: Run, tmp_path: Path, beside: Path, content: bytes) -> None:
    (tmp_path / "datei").write_bytes(content)
    done = run("schemas", "lists", "add", tmp_path / "datei")
    assert done.exit_code == 1
    assert "no code list" in done.output
    assert list(beside.iterdir()) == []


def test_what_would_break_a_bundle_is_taken_back(run: Run, tmp_path: Path, beside: Path) -> None:
    run("schemas", "install", a_folder(tmp_path / "paket", {"probe.xsd": SCHEMA}), "--standard", "probe")
    bundle = tmp_path / "var/schemas/probe/1.0/bundle.toml"
    entry = f'\n[[code_lists]]\nuri = "{URI}"\nversion = "1"\ncolumn = "fehlt"\n'
    bundle.write_text(bundle.read_text(encoding="utf-8") + entry, encoding="utf-8")
    files = a_folder(tmp_path, {"a.xml": a_list(version="2"), "b.xml": a_list()})
    done = run("schemas", "lists", "add", files / "b.xml")
    assert done.exit_code == 1
    assert "has no such column" in done.output.replace("\n", " ")
    assert list(beside.iterdir()) == []
    assert run("schemas", "check").exit_code == 0
