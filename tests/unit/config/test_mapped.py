"""Mapping files held against the schemas, as `config check` does."""

from functools import cache
from pathlib import Path

import pytest

from adapters import catalogue
from gateway import commands
from gateway.config import Configuration, load
from gateway.config.check import Known
from gateway.config.mapped import Found, Places, no_handbooks
from gateway.core.errors import ConfigurationInvalid, Problem
from gateway.core.handbook import Handbook
from tests.unit.adapters.test_mapping_file import EXAMPLES

MAIN = """\
[store]
url = "sqlite:///data/amtsbote.db"

[destinations.kasse]
adapter = "finance"
payload = "kasse.toml"
settings.url = "http://system"

[destinations.kasse-test]
adapter = "finance"
payload = "kasse.toml"
test = true
settings.url = "http://system"
"""
HEAD = '[[kinds]]\nroot = "finanzen.hundesteueranmeldung.0401"\n[kinds.fields]\n'


@cache
def known() -> Known:
    return commands.known_to_schemas(Path("/nonexistent"))


def configure(folder: Path) -> Configuration:
    return load(folder / "amtsbote.toml", known=lambda _: known(), catalogue=catalogue, environment={})


def problems(folder: Path, mapping: str | None) -> tuple[Problem, ...]:
    (folder / "amtsbote.toml").write_text(MAIN, encoding="utf-8")
    if mapping is not None:
        (folder / "kasse.toml").write_text(mapping, encoding="utf-8")
    try:
        configure(folder)
    except ConfigurationInvalid as invalid:
        return invalid.problems
    return ()


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_documentation_fit_the_schemas(tmp_path: Path, example: str) -> None:
    assert problems(tmp_path, EXAMPLES[example]) == ()


@pytest.mark.parametrize(
    ("mapping", "line", "en"),
    [
        (HEAD + '"x" = "halter/persona"', 4, "there is no halter/persona in finanzen.hundesteueranmeldung.0401"),
        (HEAD + '"x" = { path = ["halter/idnr", "nichts"] }', 4, "there is no nichts in"),
        (HEAD + '"x" = "hund/@art"', 4, "there is no hund/@art in"),
        (HEAD + '"x" = "halter/person"', 4, "halter/person holds no text"),
        (HEAD + '"x" = "hund/geschlecht"', 4, "hund/geschlecht holds no text, but hund/geschlecht/code does"),
        (HEAD + 'a = "hund/name"\n[kinds.fields.b]\neach = "hund"\n[kinds.fields.b.fields]\nc = "name"\nd = "nr"', 9,
         "there is no hund/nr in"),
        ('[[kinds]]\nroot = "finanzen.unbekannt.0499"\n[kinds.fields]\nx = "a"', 2,
         "no schema bundle knows finanzen.unbekannt.0499"),
        ('[[kinds]]\nroot = "finanzen.sepamandat.0411"\nversion = "9.9"\n[kinds.fields]\nx = "a"', 3,
         "no schema bundle knows finanzen.sepamandat.0411 9.9"),
        ("kinds = 1", 1, "kinds: "),
        (HEAD + 'x = "//"', 4, "kinds.0.fields.x.path.0: "),
    ],
)  # fmt: skip
def test_what_no_message_has_is_told_once_with_its_line(
    tmp_path: Path, mapping: str, line: int, en: str
) -> None:
    (problem,) = problems(tmp_path, mapping)
    assert (Path(problem.file).name, problem.line) == ("kasse.toml", line)
    assert problem.en.startswith(en)
    assert problem.de


def test_a_file_that_is_not_there_is_told_where_it_is_named(tmp_path: Path) -> None:
    said = problems(tmp_path, None)
    assert [(Path(each.file).name, each.line) for each in said] == [
        ("amtsbote.toml", 6),
        ("amtsbote.toml", 11),
    ]


def test_what_a_transport_can_not_do_without_is_told(tmp_path: Path) -> None:
    mapping = HEAD + 'x = "hund/name"'
    (tmp_path / "kasse.toml").write_text(mapping, encoding="utf-8")
    main = MAIN.replace("settings.url", 'settings.body = "form"\nsettings.url')
    (tmp_path / "amtsbote.toml").write_text(main, encoding="utf-8")
    with pytest.raises(ConfigurationInvalid, match="makes no document"):
        configure(tmp_path)


def handbook() -> Handbook:
    kind = next(each for each in known().kinds if each.root == "finanzen.hundesteueranmeldung.0401")
    book = known().handbook(kind)
    assert book is not None
    return book


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("hund/name", Found.WITH_TEXT),
        ("hund/geschlecht/code", Found.WITH_TEXT),
        ("hund/geschlecht/name", Found.WITH_TEXT),
        ("hund/geschlecht/@listURI", Found.WITH_TEXT),
        ("hund/geschlecht/anderes", Found.NOT_AT_ALL),
        ("hund/geschlecht", Found.CODE),
        ("hund", Found.ELEMENTS),
        (".", Found.ELEMENTS),
        ("./@produkt", Found.WITH_TEXT),
        ("./@anderes", Found.NOT_AT_ALL),
        ("nachrichtenkopf.g2g/identifikation.nachricht/nachrichtenUUID", Found.WITH_TEXT),
        ("hund/name/mehr", Found.NOT_AT_ALL),
        ("Hund/name", Found.NOT_AT_ALL),
    ],
)
def test_places_are_those_of_the_handbook(path: str, found: Found) -> None:
    assert Places(handbook()).find(path) is found


def test_a_checked_configuration_keeps_no_handbooks(tmp_path: Path) -> None:
    """They hold whole schemas, in every process of a gateway."""
    (tmp_path / "kasse.toml").write_text(EXAMPLES["buchung"], encoding="utf-8")
    (tmp_path / "amtsbote.toml").write_text(MAIN, encoding="utf-8")
    assert configure(tmp_path).known.handbook is no_handbooks
