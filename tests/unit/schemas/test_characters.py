"""Characters that a pattern refuses are told by their kind: decomposed, another script, invisible."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.refusal import Finding
from schemas.library import SchemaLibrary
from tests.unit.bundles.builders import BUNDLES

LIBRARY = SchemaLibrary.load([BUNDLES])
SAMPLE = (BUNDLES / "ab-meldewesen/1.0/samples/valid/anmeldung-klein.xml").read_text(encoding="utf-8")
BEFORE, _, REST = SAMPLE.partition("<familienname>")
BEHIND = REST.partition("</familienname>")[2]


def findings(name: str) -> list[Finding]:
    content = f"{BEFORE}<familienname>{name}</familienname>{BEHIND}".encode()
    refusals = LIBRARY.check(LIBRARY.open(content), date(2026, 7, 1)).refusals
    return [finding for refusal in refusals for finding in refusal.findings]


@pytest.mark.parametrize(
    ("name", "en"),
    [
        ("Мустерманн", "Cyrillic script"),
        ("Παράδειγμα", "Greek script"),
        ("Max 🐶", "pictographs or emoji"),
        ("Max Мустер 🐶", "Cyrillic script, pictographs or emoji"),
        ("李明", "Chinese script"),
        ("Max\u200bMuster", "invisible control characters"),
        ("Max\ue000", "characters without a fixed meaning"),
        ("Ḿax \u1e3e \U0001f1e9 ꭀ ᚠ", "pictographs or emoji, another script"),
    ],
)
def test_what_is_not_of_the_repertoire(name: str, en: str) -> None:
    (finding,) = findings(name)
    assert finding.rule == "cvc-pattern"
    assert finding.en.endswith(f": {en}.")
    assert ": " in finding.de


@pytest.mark.parametrize("name", ["", "Muster%", "M\u0308\u0308\u0308x"])
def test_what_is_merely_of_another_form(name: str) -> None:
    assert all("characters that are not allowed here:" not in each.en for each in findings(name))


def test_a_decomposed_name_is_told_to_be_composed() -> None:
    (finding,) = findings("Mu\u0308ller")
    assert (finding.rule, finding.expected) == ("zeichen-nfc", "NFC")
    assert "(NFC)" in finding.de
    assert findings("Müller") == []
    # A sequence for which Unicode has no composed character is one of DIN 91379.
    assert findings("J\u0301an") == []


def test_a_decomposed_name_with_another_fault_has_both() -> None:
    assert [each.rule for each in findings("Mu\u0308ller Ж")] == ["zeichen-nfc", "cvc-pattern"]


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="<&]\ufffe\uffff"), min_size=8)
)
def test_no_text_is_quoted(name: str) -> None:
    words = {part for each in findings(name) for part in (each.de, each.en) if name in part}
    assert words == set()
