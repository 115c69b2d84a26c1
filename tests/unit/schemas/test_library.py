"""Opening documents: exactly one bundle, the header facts, and the window in which a version is valid."""

import contextlib
import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.errors import Refused
from gateway.core.refusal import Refusal, RefusalCode, Verdict
from schemas.door import Limits
from schemas.library import SchemaLibrary
from tests.unit.schemas.builders import BUNDLES, a_library, a_message

LIBRARY = a_library()
IN_FORCE = date(2026, 6, 1)


def refusals(content: bytes, library: SchemaLibrary = LIBRARY) -> tuple[Refusal, ...]:
    with pytest.raises(Refused) as caught:
        library.open(content)
    return caught.value.refusals


def test_header_facts() -> None:
    content = a_message()
    document = LIBRARY.open(content)
    assert document.content is content
    assert document.kind.service == "registration/anmeldung"
    assert document.kind.version == "1.0"
    assert document.kopf.nachrichten_uuid == "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
    assert document.kopf.nachrichtentyp == "0101"
    assert document.kopf.leser.kennung == "ags:12072477"
    assert document.kopf.leser.verzeichnisdienst == "DVDV"
    assert document.kopf.autor.verzeichnisdienst is None
    assert not document.kopf.test
    assert document.root.text("person/vorname") == "Lena"
    assert LIBRARY.check(document, IN_FORCE) == Verdict()


@pytest.mark.parametrize("value", ["", "true", "false", "0"])
def test_the_attribute_test_counts_whatever_it_says(value: str) -> None:
    assert LIBRARY.open(a_message(attributes=f'version="1.0" test="{value}"')).kopf.test


def test_unknown_namespace() -> None:
    assert refusals(a_message(namespace="urn:test:schema:andere:1.0")) == (Refusal(RefusalCode.UNKNOWN_KIND),)


def test_unknown_root_of_a_known_standard() -> None:
    (refusal,) = refusals(a_message(root="probe.abmeldung.0103"))
    assert (refusal.code, refusal.facts) == (RefusalCode.UNKNOWN_KIND, {"standard": "probe"})


def test_no_namespace() -> None:
    assert refusals(b"<probe.anmeldung.0101/>")[0].code == RefusalCode.UNKNOWN_KIND


@pytest.mark.parametrize("namespace", ["urn:test:schema:probe:1.1", "urn:test:schema:probe:2"])
def test_another_version_of_a_known_standard(namespace: str) -> None:
    (refusal,) = refusals(a_message(namespace=namespace))
    assert refusal.code == RefusalCode.VERSION_NOT_SUPPORTED
    assert refusal.facts == {"standard": "probe", "supported": "1.0"}


def test_the_version_attribute_must_fit() -> None:
    (refusal,) = refusals(a_message(attributes='version="1.1"'))
    assert refusal.code == RefusalCode.VERSION_NOT_SUPPORTED
    assert refusal.facts == {"standard": "probe", "namespace_version": "1.0"}


def two_versions(tmp_path: Path) -> SchemaLibrary:
    """One namespace for two versions, told apart by the version attribute alone."""
    folder = Path(shutil.copytree(BUNDLES, tmp_path / "bundles"))
    shutil.copytree(folder / "probe/1.0", folder / "probe/1.1")
    for name in ("bundle.toml", "probe.xsd"):
        path = folder / "probe/1.1" / name
        text = (
            path.read_text()
            .replace('version = "1.0"', 'version = "1.1"')
            .replace('fixed="1.0"', 'fixed="1.1"')
        )
        path.write_text(text)
    return SchemaLibrary.load([folder])


def test_one_namespace_for_two_versions(tmp_path: Path) -> None:
    library = two_versions(tmp_path)
    assert library.open(a_message(attributes='version="1.1"')).kind.version == "1.1"
    assert library.open(a_message()).kind.version == "1.0"
    assert refusals(a_message(attributes='version="1.2"'), library)[0].facts["supported"] == "1.0, 1.1"


def test_never_the_first_that_fits(tmp_path: Path) -> None:
    (refusal,) = refusals(a_message(attributes=""), two_versions(tmp_path))
    assert refusal.code == RefusalCode.AMBIGUOUS_KIND


def test_without_a_header_every_reason_is_told_at_once() -> None:
    incomplete, invalid = refusals(
        b'<p:probe.anmeldung.0101 xmlns:p="urn:test:schema:probe:1.0" version="1.0"/>'
    )
    assert incomplete.code == RefusalCode.HEADER_INCOMPLETE
    identification = "nachrichtenkopf.g2g/identifikation.nachricht"
    assert incomplete.facts["missing"].startswith(f"{identification}/nachrichtenUUID, {identification}/")
    assert invalid.code == RefusalCode.SCHEMA_INVALID
    assert [finding.rule for finding in invalid.findings] == ["cvc-content"]


def test_a_blank_fact_is_a_missing_one() -> None:
    incomplete, invalid = refusals(a_message(leser=" "))
    assert (incomplete.facts["missing"], incomplete.facts["root"]) == (
        "nachrichtenkopf.g2g/leser/kennung",
        "probe.anmeldung.0101",
    )
    assert invalid.findings


@pytest.mark.parametrize(
    ("day", "valid"),
    [
        (date(2026, 4, 30), False),
        (date(2026, 5, 1), True),
        (date(2027, 10, 31), True),
        (date(2027, 11, 1), False),
    ],
)
def test_the_window_is_judged_on_the_day_given(day: date, valid: bool) -> None:
    found = LIBRARY.check(LIBRARY.open(a_message()), day).refusals
    assert [refusal.code for refusal in found] == ([] if valid else [RefusalCode.VERSION_NOT_SUPPORTED])


def test_outside_the_window_the_findings_are_told_too() -> None:
    found = LIBRARY.check(LIBRARY.open(a_message("<person/>")), date(2030, 1, 1)).refusals
    assert [refusal.code for refusal in found] == [
        RefusalCode.VERSION_NOT_SUPPORTED,
        RefusalCode.SCHEMA_INVALID,
    ]


def test_limits_are_the_librarys() -> None:
    library = SchemaLibrary.load([BUNDLES], limits=Limits(max_bytes=500))
    assert refusals(a_message(), library)[0].code == RefusalCode.TOO_LARGE


def test_no_glance_where_every_document_has_a_second_look(tmp_path: Path) -> None:
    assert LIBRARY.glance(a_message(), IN_FORCE) is not None
    folder = Path(shutil.copytree(BUNDLES, tmp_path / "bundles"))
    path = folder / "probe/1.0/bundle.toml"
    path.write_text(f'second_validator = "always"\n{path.read_text()}')
    library = SchemaLibrary.load([folder])
    assert library.glance(a_message(), IN_FORCE) is None
    assert library.check(library.open(a_message()), IN_FORCE) == Verdict()


def test_another_document_of_the_same_content_is_checked_too() -> None:
    class Other:
        content = a_message("<person/>")
        opened = LIBRARY.open(content)
        kind, kopf, root, order_key = opened.kind, opened.kopf, opened.root, opened.order_key

    assert [refusal.code for refusal in LIBRARY.check(Other(), IN_FORCE).refusals] == [
        RefusalCode.SCHEMA_INVALID
    ]


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_message_is_accepted_or_refused_but_never_fails(data: st.DataObject) -> None:
    content = bytearray(a_message())
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content) - 1))
        content[position : position + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=3))
    with contextlib.suppress(Refused):
        assert isinstance(LIBRARY.check(LIBRARY.open(bytes(content)), IN_FORCE), Verdict)
