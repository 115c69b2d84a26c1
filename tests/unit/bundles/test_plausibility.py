"""Schematron of the bundles: each assertion has a sample that breaks it, and a valid message breaks none."""

from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from schemas.library import SchemaLibrary
from tests.unit.bundles.builders import BUNDLES, VALID, bundle_of, name_of, spec_of

SCH = "{http://purl.oclc.org/dsdl/schematron}"
LIBRARY = SchemaLibrary.load([BUNDLES])
SCHEMAS = sorted(BUNDLES.glob("*/*/rules/*.sch"))


@pytest.mark.parametrize("file", SCHEMAS, ids=name_of)
def test_every_assertion_has_a_sample_that_breaks_it(file: Path) -> None:
    samples = file.parents[1] / "samples"
    said = "".join(
        sample.read_text(encoding="utf-8").splitlines()[1]
        for sort in ("invalid-by-rule", "warned")
        for sample in samples.glob(f"{sort}/*.xml")
    )
    ids = [str(check.get("id")) for check in etree.parse(file).iter(f"{SCH}assert", f"{SCH}report")]
    assert ids
    assert [each for each in ids if f" schematron:{each} at " not in said] == []


@pytest.mark.parametrize("file", SCHEMAS, ids=name_of)
def test_every_assertion_speaks_german_and_english(file: Path) -> None:
    schema = etree.parse(file)
    english = {
        str(each.get("id")): each
        for diagnostics in schema.iter(f"{SCH}diagnostics")
        if diagnostics.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
        for each in diagnostics
    }
    assert schema.getroot().get("{http://www.w3.org/XML/1998/namespace}lang") == "de"
    for check in schema.iter(f"{SCH}assert", f"{SCH}report"):
        assert (check.text or "").strip()
        assert (english[str(check.get("diagnostics"))].text or "").strip()


@pytest.mark.parametrize("sample", VALID, ids=name_of)
def test_a_valid_sample_breaks_no_assertion(sample: Path) -> None:
    in_force = max(date(2026, 7, 1), spec_of(bundle_of(sample))["valid_from"])
    verdict = LIBRARY.check(LIBRARY.open(sample.read_bytes()), in_force)
    assert verdict.refusals == ()
    assert [each.rule for each in verdict.warnings if each.rule.startswith("schematron:")] == []
