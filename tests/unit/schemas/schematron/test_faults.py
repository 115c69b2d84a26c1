"""What is wrong with a Schematron schema is said with file, line and cause, all of it at once."""

from pathlib import Path

import pytest

from gateway.core.errors import ConfigurationInvalid, Problem
from schemas.schematron.rulings import SchematronEntry, load_schematron
from tests.unit.schemas.schematron.builders import (
    ASKED_BY,
    a_pattern,
    a_rule,
    a_schema,
    an_assert,
    compiled,
)

_EXTENDS = '<sch:extends rule="r{}"/>'


def problems(tmp_path: Path, schema: str, phase: str | None = None) -> tuple[Problem, ...]:
    with pytest.raises(ConfigurationInvalid) as caught:
        compiled(tmp_path, schema, phase=phase)
    return caught.value.problems


@pytest.mark.parametrize(
    ("test", "cause"),
    [
        ("a[", "no XPath"),
        ("a and", "no XPath"),
        ("starts-wiht(a, 'b')", "no function 'starts-wiht'"),
        ("p:f(a)", "no function 'p:f'"),
        ("$unbekannt = 1", "no variable 'unbekannt'"),
        ("q:a", "prefix 'q'"),
        ("document('bundle.toml')", "looks beyond the message"),
        ("document ('')", "looks beyond the message"),
        ("matches(a, '[a-z]')", "no function 'matches'"),
    ],
)
def test_expressions(tmp_path: Path, test: str, cause: str) -> None:
    (problem,) = problems(tmp_path, a_schema("\n\n" + a_pattern(a_rule("x", "\n", an_assert("1", test)))))
    assert (Path(problem.file).name, problem.line) == ("regeln.sch", 6)
    assert cause in problem.en
    assert problem.de


@pytest.mark.parametrize(
    "test",
    [
        "'a[ document(1) $x q:a f(1)'",
        "count(ancestor::text) + 1 = - 2",
        "p:a/*[@p:k]",
        "a and (b or (c)) and 4 div (2) mod(3) = 2",
    ],
)
def test_what_only_looks_wrong(tmp_path: Path, test: str) -> None:
    compiled(tmp_path, a_schema(a_pattern(a_rule("x", an_assert("1", test)))))


def test_a_variable_in_a_context_of_xslt_1(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, a_schema(a_pattern(a_rule("x[. = $heute]", an_assert("1", "a")))))
    assert "a context can't use variables" in problem.en


@pytest.mark.parametrize("context", ["../a", "1 + 1", "a/.."])
def test_a_context_that_is_no_pattern(tmp_path: Path, context: str) -> None:
    (problem,) = problems(tmp_path, a_schema(a_pattern(a_rule(context, an_assert("1", "a")))))
    assert problem.line == 3
    assert "does not compile" in problem.en


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("<sch:patern/>", "'patern' is not supported"),
        (a_pattern("<sch:asert/>"), "'asert' is not supported"),
        (a_pattern(a_rule("x", "<sch:diagnostics/>")), "'diagnostics' is not supported"),
        (a_pattern("<sch:rule>" + an_assert("1", "a") + "</sch:rule>"), "'context' is missing"),
        (a_pattern(a_rule("x", "<sch:assert>Text</sch:assert>")), "'test' is missing"),
        (a_pattern("", 'is-a="fehlt"'), "no abstract pattern 'fehlt'"),
        (a_pattern(a_rule("x", '<sch:extends rule="fehlt"/>')), "no abstract rule 'fehlt'"),
        (
            a_pattern(
                '<sch:rule abstract="true" id="r"><sch:extends rule="r"/></sch:rule>'
                + a_rule("x", '<sch:extends rule="r"/>')
            ),
            "extends itself",
        ),
        (
            a_pattern(a_rule("x", an_assert("1", "a", attributes='diagnostics="fehlt"'))),
            "no diagnostic 'fehlt'",
        ),
        (a_pattern("", 'documents="a/@href"'), "'documents' is not supported"),
        ('<sch:let value="1"/>', "has no name"),
        ('<sch:let name="a">1</sch:let>', "'value' is missing"),
        ('<sch:ns prefix="p" uri="urn:q"/>', "two namespaces"),
        ('<sch:phase id="p"><sch:active pattern="fehlt"/></sch:phase>', "no pattern 'fehlt'"),
        (
            '<xsl:include xmlns:xsl="http://www.w3.org/1999/XSL/Transform" href="a.xsl"/>',
            "'include' is not supported",
        ),
        ('<sch:include href="fehlt.sch"/>', "'fehlt.sch' is missing"),
        ('<sch:include href="../../geheim.sch"/>', "outside the bundle"),
        ('<sch:include href="http://127.0.0.1/a.sch"/>', "relative path"),
        ('<sch:include href="file:///etc/passwd"/>', "relative path"),
        ('<sch:include href="regeln.sch"/>', "includes itself"),
        ('<sch:include href="#a"/>', "relative path"),
        ('<sch:include href="anderes.sch#fehlt"/>', "has no 'fehlt'"),
    ],
)
def test_structure(tmp_path: Path, body: str, cause: str) -> None:
    (tmp_path / "anderes.sch").write_text(a_pattern("", 'xmlns:sch="http://purl.oclc.org/dsdl/schematron"'))
    found = problems(tmp_path, a_schema(body, 'defaultPhase="p"' if "phase" in body else ""))
    assert any(cause in problem.en for problem in found), found
    assert all(problem.line == 3 for problem in found)


@pytest.mark.parametrize("value", ["$b + 1", "contains('a')", "count(1)"])
def test_variables_that_have_no_value(tmp_path: Path, value: str) -> None:
    (problem,) = problems(
        tmp_path, a_schema(f'<sch:let name="a" value="{value}"/><sch:let name="b" value="$a"/>')
    )
    assert "can't be evaluated" in problem.en


def test_a_link_out_of_the_bundle_does_not_help(tmp_path: Path) -> None:
    (tmp_path / "geheim.sch").write_text(a_pattern("", 'xmlns:sch="http://purl.oclc.org/dsdl/schematron"'))
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "link.sch").symlink_to(tmp_path / "geheim.sch")
    (problem,) = problems(bundle, a_schema('<sch:include href="link.sch"/>'))
    assert "outside the bundle" in problem.en


def test_files_that_include_each_other_again_and_again(tmp_path: Path) -> None:
    sch = 'xmlns:sch="http://purl.oclc.org/dsdl/schematron"'
    for depth in range(9):
        link = f'<sch:extends href="{depth + 1}.sch"/>' * 9
        (tmp_path / f"{depth}.sch").write_text(f"<sch:pattern {sch}>{link}</sch:pattern>")
    (tmp_path / "9.sch").write_text(f"<sch:p {sch}/>")
    found = problems(tmp_path, a_schema('<sch:include href="0.sch"/>'))
    assert any("too many files" in problem.en for problem in found)


def test_rules_that_extend_each_other_again_and_again(tmp_path: Path) -> None:
    rules = "".join(
        f'<sch:rule abstract="true" id="r{depth}">{9 * _EXTENDS.format(depth + 1)}</sch:rule>'
        for depth in range(9)
    )
    body = a_pattern(rules + '<sch:rule abstract="true" id="r9"/>' + a_rule("x", '<sch:extends rule="r0"/>'))
    assert any("more than 20000" in problem.en for problem in problems(tmp_path, a_schema(body)))


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ("<schema/>", "no Schematron schema"),
        ('<schema xmlns="http://www.ascc.net/xml/schematron"/>', "old namespace"),
        ("<!DOCTYPE x []><x/>", "doctype-forbidden"),
        ("<x", "not-well-formed"),
        (a_schema("", 'queryBinding="xquery"'), "query binding 'xquery'"),
    ],
)
def test_files_that_are_no_schema(tmp_path: Path, content: str, cause: str) -> None:
    (problem,) = problems(tmp_path, content)
    assert cause in problem.en


def test_what_the_bundle_says_wrong_is_named_there(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, a_schema(""), phase="fehlt")
    assert (problem.file, problem.line) == (ASKED_BY.file, ASKED_BY.line)
    entry = SchematronEntry(file="nirgends.sch")
    with pytest.raises(ConfigurationInvalid) as caught:
        load_schematron(tmp_path, tmp_path, entry, ASKED_BY, trusted=True)
    assert [(each.file, each.line) for each in caught.value.problems] == [(ASKED_BY.file, ASKED_BY.line)]


def test_all_faults_at_once(tmp_path: Path) -> None:
    rules = "\n".join(a_rule("x", an_assert("1", test)) for test in ("a[", "$b", "c()"))
    assert [problem.line for problem in problems(tmp_path, a_schema(a_pattern(rules)))] == [3, 4, 5]
