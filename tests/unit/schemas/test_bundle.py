"""Bundles as data: what is wrong with one is said with file, line and cause."""

import shutil
from pathlib import Path

import pytest

from gateway.core.errors import ConfigurationInvalid, Problem
from schemas.library import SchemaLibrary
from tests.unit.schemas.builders import BUNDLES, a_library, a_message


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLES, tmp_path / "bundles"))


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def problems(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(ConfigurationInvalid) as caught:
        SchemaLibrary.load([folder]).warm()
    return caught.value.problems


def test_kinds_with_titles() -> None:
    (known,) = a_library().kinds()
    assert (known.kind.service, known.kind.leistung) == ("registration/anmeldung", "99115005104000")
    assert (known.de, known.en, known.standard_de) == (
        "Anmeldung zur Probe",
        "Registration on trial",
        "Probe",
    )


@pytest.mark.parametrize(
    ("before", "after", "line", "cause"),
    [
        ('standard = "probe"', "standard = ", 1, "TOML"),
        ('standard = "probe"', "", None, "'standard' is missing"),
        ("valid_from = 2026-05-01", 'valid_from = "bald"', 5, "valid_from"),
        ("valid_until = 2027-10-31", "valid_until = 2025-01-01", 6, "before the first"),
        ('test = "@test"', 'probe = "@test"', 20, "'header.probe' is unknown"),
        ('test = "@test"', 'test = "a[["', 20, "no XPath"),
        ('test = "@test"', 'test = "p:a"', 20, "no XPath"),
        ('autor_kennung = "nachrichtenkopf.g2g/autor/kennung"', "", 12, "'header.autor_kennung' is missing"),
        ('service = "registration/anmeldung"', 'service = "anmeldung"', 25, "service"),
        ('leistung = "99115005104000"', 'leistung = "99"', 26, "leistung"),
        ('root = "probe.anmeldung.0101"', 'root = "probe.anmeldung.0102"', 24, "no root element"),
        ('entry = ["probe.xsd"]', 'entry = ["andere.xsd"]', None, "'andere.xsd' is missing"),
    ],
)
def test_faults_of_the_description(
    folder: Path, before: str, after: str, line: int | None, cause: str
) -> None:
    path = folder / "probe/1.0/bundle.toml"
    edit(path, before, after)
    found = problems(folder)
    assert len(found) == 1, found
    (problem,) = found
    assert problem.file == str(path)
    assert problem.line == line
    assert cause in problem.en
    assert problem.de


def test_a_description_in_another_encoding_is_named(folder: Path) -> None:
    (folder / "probe/1.0/bundle.toml").write_bytes("title = 'Prüfung'".encode("latin-1"))
    assert "can't be read" in problems(folder)[0].en


@pytest.mark.parametrize(
    ("location", "cause"),
    [
        ("../../gemeinsam/1.0/fehlt.xsd", "'fehlt.xsd' is missing"),
        ("../../../../../../etc/passwd", "outside the bundle"),
        ("../../fremd/fremd.xsd", "outside the bundle"),
        ("http://127.0.0.1:9/kopf.xsd", "not loaded from the network"),
        ("//127.0.0.1/kopf.xsd", "not loaded from the network"),
        ("file:///etc/passwd", "not loaded from the network"),
    ],
)
def test_schemas_come_from_the_bundle_or_the_shared_folder(folder: Path, location: str, cause: str) -> None:
    path = folder / "probe/1.0/probe.xsd"
    edit(path, "../../gemeinsam/1.0/kopf.xsd", location)
    (problem,) = problems(folder)
    assert (problem.file, problem.line) == (str(path), 4)
    assert cause in problem.en


def test_a_link_out_of_the_bundle_does_not_help(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.xsd"
    secret.write_text('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>')
    (folder / "probe/1.0/link.xsd").symlink_to(secret)
    edit(folder / "probe/1.0/probe.xsd", "../../gemeinsam/1.0/kopf.xsd", "link.xsd")
    assert "outside the bundle" in problems(folder)[0].en


def test_a_schema_with_doctype_is_refused(folder: Path) -> None:
    path = folder / "gemeinsam/1.0/kopf.xsd"
    edit(path, "<xs:schema", "<!DOCTYPE xs:schema [<!ENTITY x 'y'>]><xs:schema")
    assert "doctype-forbidden" in problems(folder)[0].en


def test_a_schema_that_does_not_compile_is_named(folder: Path) -> None:
    edit(folder / "probe/1.0/probe.xsd", 'type="Person"', 'type="Persn"')
    problem = problems(folder)[0]
    assert problem.file.endswith("probe.xsd")
    assert problem.line == 9


def test_a_schema_of_another_namespace_is_refused(folder: Path) -> None:
    edit(
        folder / "probe/1.0/probe.xsd",
        'targetNamespace="urn:test:schema:probe:1.0"',
        'targetNamespace="urn:x"',
    )
    assert any("namespace" in problem.en for problem in problems(folder))


def test_two_bundles_must_not_claim_the_same(folder: Path) -> None:
    shutil.copytree(folder / "probe", folder / "zwilling")
    (problem,) = problems(folder)
    assert "already belongs to the bundle probe 1.0" in problem.en


def test_all_faults_of_all_bundles_are_named_at_once(folder: Path) -> None:
    shutil.copytree(folder / "probe", folder / "zweite")
    edit(folder / "probe/1.0/bundle.toml", 'test = "@test"', 'probe = "@test"')
    edit(folder / "zweite/1.0/bundle.toml", 'standard = "probe"', "")
    assert len(problems(folder)) == 2


def test_a_bundle_that_is_silent_about_test_messages_still_recognises_them(folder: Path) -> None:
    edit(folder / "probe" / "1.0" / "bundle.toml", 'test = "@test"\n', "")

    library = SchemaLibrary.load([folder])

    assert library.open(a_message(attributes='version="1.0" test="0"')).kopf.test
    assert not library.open(a_message()).kopf.test
