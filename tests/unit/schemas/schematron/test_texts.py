"""What people read: two languages, how grave it is, and never a value."""

from pathlib import Path

import pytest

from gateway.core.refusal import Finding, RefusalCode
from schemas.schematron.workers import Workers
from tests.unit.schemas.schematron.builders import (
    a_pattern,
    a_rule,
    a_schema,
    an_assert,
    compiled,
    findings,
    objections,
)


def finding(
    tmp_path: Path, check: str, extra: str = "", attributes: str = "", document: str = "<x/>"
) -> Finding:
    schema = a_schema(a_pattern(a_rule("x", check)) + extra, attributes)
    (found,) = findings(compiled(tmp_path, schema), document, Workers())
    return found


def a_diagnostic(id: str, language: str, text: str) -> str:
    return f'<sch:diagnostics><sch:diagnostic id="{id}" {language}>{text}</sch:diagnostic></sch:diagnostics>'


DE, EN = 'xml:lang="de"', 'xml:lang="en-GB"'


@pytest.mark.parametrize(
    ("schema", "own", "diagnostic", "de", "en"),
    [
        (DE, "", EN, "Eins", "Zwei"),
        ("", EN, DE, "Zwei", "Eins"),
        ("", "", EN, "Eins", "Zwei"),
        ("", "", DE, "Zwei", "Eins"),
        ("", "", "", "Eins", "Eins"),
        (EN, "", 'xml:lang="fr"', "Zwei", "Eins"),
        (DE, "", DE, "Eins", "Eins"),
    ],
)
def test_languages(tmp_path: Path, schema: str, own: str, diagnostic: str, de: str, en: str) -> None:
    check = an_assert("1", "false()", "Eins", f'diagnostics="d" {own}')
    found = finding(tmp_path, check, a_diagnostic("d", diagnostic, "Zwei"), schema)
    assert (found.de, found.en) == (de, en)


def test_without_a_text_the_rule_is_named(tmp_path: Path) -> None:
    found = finding(tmp_path, an_assert("BR-7", "false()", " "))
    assert "„BR-7“" in found.de
    assert "'BR-7'" in found.en


def test_without_an_id_there_is_a_number(tmp_path: Path) -> None:
    assert finding(tmp_path, '<sch:assert test="false()">Text</sch:assert>').rule == "schematron:regeln-1"


def test_names_are_kept_and_values_are_not(tmp_path: Path) -> None:
    text = """In <sch:name/> steht
        <sch:value-of select="p:geheim"/>, <sch:emph>nicht in <sch:name path="p:geheim"/></sch:emph>
        (<sch:name path="//*[1]"/>, <sch:name path="y"/>)."""
    document = '<x xmlns:q="urn:p"><q:geheim>Lena Nowak</q:geheim></x>'
    found = finding(tmp_path, an_assert("1", "false()", text), document=document)
    assert found.de == found.en == "In x steht …, nicht in geheim (…, …)."
    assert "Lena" not in str(found)


def test_what_is_there_is_told_by_its_shape(tmp_path: Path) -> None:
    check = an_assert("1", "false()", attributes='subject="a"')
    found = finding(tmp_path, check, document="<x>\n<a>Lena 7</a></x>")
    assert (found.path, found.line, found.found) == ("/x/a", 2, "Aaaa 9")


@pytest.mark.parametrize(
    ("rule", "check", "default", "refuses"),
    [
        ("", "", "error", True),
        ("", "", "warning", False),
        ("", 'role="error"', "warning", True),
        ("", 'flag="fatal"', "warning", True),
        ("", 'role="WARN"', "error", False),
        ("", 'flag="information"', "error", False),
        ('role="hint"', "", "error", False),
        ('role="info"', 'role="error"', "error", True),
        ("", 'role="schlimm" flag="warning"', "error", False),
        ("", 'role="warnnig"', "error", True),
    ],
)
def test_severity(tmp_path: Path, rule: str, check: str, default: str, refuses: bool) -> None:
    schema = a_schema(a_pattern(a_rule("x", an_assert("1", "false()", attributes=check), attributes=rule)))
    (found,) = objections(compiled(tmp_path, schema, severity=default), "<x/>", Workers())
    assert found.refusal == (RefusalCode.RULE_BROKEN if refuses else None)
