"""What a Schematron schema means: contexts, patterns, variables, all that is abstract, phases, includes."""

from pathlib import Path

import pytest

from tests.unit.schemas.schematron.builders import (
    Bench,
    a_pattern,
    a_rule,
    an_assert,
)


def test_an_assertion_speaks_where_its_test_is_false_and_a_report_where_it_is_true(
    tmp_path: Path, bench: Bench
) -> None:
    checks = an_assert("a", "b"), '<sch:report id="r" test="b">Text</sch:report>'
    body = a_pattern(a_rule("a", *checks))
    assert bench.spoken(tmp_path, body, "<x><a/><a><b/></a></x>") == [("a", "/x/a[1]"), ("r", "/x/a[2]")]


@pytest.mark.parametrize(
    ("context", "places"),
    [
        ("p:a", ["/p:x/p:a", "/p:x/c/p:a"]),
        ("c/p:a", ["/p:x/c/p:a"]),
        ("/p:x", ["/p:x"]),
        ("/", ["/p:x"]),
        ("c | p:a[@k]", ["/p:x/p:a", "/p:x/c"]),
        ("@k", ["/p:x/p:a/@k", "/p:x/q:a/@k"]),
        ("c/p:a/text()", ["/p:x/c/p:a"]),
        ("*[not(*)]", ["/p:x/p:a", "/p:x/q:a", "/p:x/c/p:a"]),
    ],
)
def test_contexts(tmp_path: Path, bench: Bench, context: str, places: list[str]) -> None:
    document = (
        '<p:x xmlns:p="urn:p"><p:a k="1"/><q:a xmlns:q="urn:q" k="2"/><c><p:a>2026-07-01</p:a></c></p:x>'
    )
    found = bench.spoken(tmp_path, a_pattern(a_rule(context, an_assert("a", "false()"))), document)
    assert [path for _, path in found] == places


def test_of_a_pattern_the_first_rule_that_matches_counts_and_of_each_pattern_one(
    tmp_path: Path, bench: Bench
) -> None:
    first = a_pattern(a_rule("a[@k]", an_assert("1", "@k = '1'")) + a_rule("a", an_assert("2", "@k")))
    second = a_pattern(a_rule("*", an_assert("3", "not(self::a)")))
    document = '<x><a k="1"/><a k="2"/><a/></x>'
    assert bench.spoken(tmp_path, first + second, document) == [
        ("3", "/x/a[1]"),
        ("1", "/x/a[2]"),
        ("3", "/x/a[2]"),
        ("2", "/x/a[3]"),
        ("3", "/x/a[3]"),
    ]


def test_variables_of_schema_phase_pattern_and_rule(tmp_path: Path, bench: Bench) -> None:
    body = (
        '<sch:let name="all" value="count(//a)"/>'
        '<sch:phase id="ph"><sch:let name="most" value="$all + 0"/><sch:active pattern="pa"/></sch:phase>'
        + a_pattern(
            '<sch:let name="half" value="$most div 2"/>'
            + a_rule(
                "a",
                '<sch:let name="n" value="count(preceding-sibling::a) + 1"/>',
                an_assert("1", "$n &lt;= $half"),
            ),
            'id="pa"',
        )
        + a_pattern(a_rule("a", an_assert("2", "false()")), 'id="pb"')
    )
    document = "<x><a/><a/><a/><a/></x>"
    assert bench.spoken(tmp_path, body, document, phase="ph") == [("1", "/x/a[3]"), ("1", "/x/a[4]")]


def test_patterns_may_use_the_same_name_for_their_variables(tmp_path: Path, bench: Bench) -> None:
    let = '<sch:let name="v" value="{}"/>'
    body = "".join(
        a_pattern(let.format(n) + a_rule("x", an_assert(str(n), f"$v != {n}"))) for n in (1, 2)
    ) + a_pattern(let.format(3) + a_rule("x", let.format(4), an_assert("3", "$v != 4")))
    assert bench.spoken(tmp_path, body, "<x/>") == [("1", "/x"), ("2", "/x"), ("3", "/x")]


def test_abstract_patterns_with_parameters(tmp_path: Path, bench: Bench) -> None:
    body = (
        a_pattern(
            '<sch:param name="least" value="1"/>'
            + a_rule("$where", an_assert("n", "count($what) >= $least")),
            'abstract="true" id="some"',
        )
        + a_pattern('<sch:param name="where" value="a"/><sch:param name="what" value="b"/>', 'is-a="some"')
        + a_pattern(
            '<sch:param name="where" value="c"/><sch:param name="what" value="d|e"/>'
            '<sch:param name="least" value="2"/>',
            'is-a="some"',
        )
    )
    document = "<x><a/><a><b/></a><c><d/></c><c><d/><e/></c></x>"
    assert bench.spoken(tmp_path, body, document) == [("n", "/x/a[1]"), ("n", "/x/c[1]")]


def test_abstract_rules_bring_checks_and_variables(tmp_path: Path, bench: Bench) -> None:
    body = (
        '<sch:rules><sch:rule abstract="true" id="far"><sch:extends rule="near"/></sch:rule></sch:rules>'
        + a_pattern(
            '<sch:rule abstract="true" id="near"><sch:let name="v" value="count(b)"/>'
            + an_assert("1", "$v = 1")
            + "</sch:rule>"
            + a_rule("a", '<sch:extends rule="far"/>', an_assert("2", "$v &lt; 2"))
        )
    )
    document = "<x><a/><a><b/></a><a><b/><b/></a></x>"
    assert bench.spoken(tmp_path, body, document) == [("1", "/x/a[1]"), ("1", "/x/a[3]"), ("2", "/x/a[3]")]


@pytest.mark.parametrize(
    ("phase", "default", "checks"),
    [
        (None, "", "12"),
        ("one", "", "1"),
        (None, 'defaultPhase="one"', "1"),
        ("#ALL", 'defaultPhase="one"', "12"),
    ],
)
def test_phases(tmp_path: Path, bench: Bench, phase: str | None, default: str, checks: str) -> None:
    body = '<sch:phase id="one"><sch:active pattern="p1"/></sch:phase>' + "".join(
        a_pattern(a_rule("x", an_assert(n, "false()")), f'id="p{n}"') for n in "12"
    )
    assert [id for id, _ in bench.spoken(tmp_path, body, "<x/>", attributes=default, phase=phase)] == list(
        checks
    )


def test_includes_from_the_bundle_and_the_shared_folder(tmp_path: Path, bench: Bench) -> None:
    sch = 'xmlns:sch="http://purl.oclc.org/dsdl/schematron"'
    shared = tmp_path / "gemeinsam"
    shared.mkdir()
    (tmp_path / "muster.sch").write_text(
        a_pattern(
            f'<sch:rule context="x"><sch:extends href="gemeinsam/regel.sch#r"/>{an_assert("1", "a")}</sch:rule>',
            sch,
        )
    )
    (shared / "regel.sch").write_text(
        f'<sch:rules {sch}><sch:rule abstract="true" id="q"/><sch:rule id="r">{an_assert("2", "b")}</sch:rule></sch:rules>'
    )
    assert bench.spoken(tmp_path, '<sch:include href="muster.sch"/>', "<x/>") == [("2", "/x"), ("1", "/x")]


def test_keys(tmp_path: Path, bench: Bench) -> None:
    body = (
        '<xsl:key xmlns:xsl="http://www.w3.org/1999/XSL/Transform" name="ids" match="a" use="@id"/>'
        + a_pattern(a_rule("b", an_assert("ref", "key('ids', @ref)")))
    )
    document = '<x><a id="1"/><b ref="1"/><b ref="2"/></x>'
    assert bench.spoken(tmp_path, body, document) == [("ref", "/x/b[2]")]


def test_the_legal_date_and_the_mark_of_a_test_are_variables(tmp_path: Path, bench: Bench) -> None:
    later = "translate(., '-', '') &lt;= translate($heute, '-', '')"
    body = a_pattern(a_rule("tag", an_assert("1", later), an_assert("2", "not($test)")))
    document = "<x><tag>2026-07-01</tag><tag>2026-07-02</tag></x>"
    assert bench.spoken(tmp_path, body, document) == [("1", "/x/tag[2]")]
    assert bench.spoken(tmp_path, body, document, test=True) == [
        ("2", "/x/tag[1]"),
        ("1", "/x/tag[2]"),
        ("2", "/x/tag[2]"),
    ]


def test_characters_of_all_sorts(tmp_path: Path, bench: Bench) -> None:
    body = a_pattern(a_rule("straße[. = 'Größe 𝄞']", an_assert("ä", "@ö = '€'")))
    document = "<x><straße ö='€'>Größe 𝄞</straße><straße ö='e'>Größe 𝄞</straße><straße>Größe</straße></x>"
    assert bench.spoken(tmp_path, body, document) == [("ä", "/x/straße[2]")]


def test_a_schema_may_have_variables_of_these_names_itself(tmp_path: Path, bench: Bench) -> None:
    body = '<sch:let name="heute" value="\'1999-01-01\'"/><sch:let name="test" value="5"/>' + a_pattern(
        a_rule("x", an_assert("1", "$heute = '1999-01-01' and $test = 5"))
    )
    assert bench.spoken(tmp_path, body, "<x/>") == []


def test_a_subject_names_another_place(tmp_path: Path, bench: Bench) -> None:
    body = a_pattern(
        a_rule("b", an_assert("1", "false()", attributes='subject="../p:a/@k"'))
        + a_rule("c", an_assert("2", "false()"), attributes='subject="d"')
        + a_rule("e", an_assert("3", "false()", attributes='subject="//a[1]"'))
    )
    document = '<x xmlns:q="urn:p"><q:a k=""/><b/><c><d/><d/></c><c/><e/></x>'
    assert bench.spoken(tmp_path, body, document) == [
        ("1", "/x/q:a/@k"),
        ("2", "/x/c[1]/d[1]"),
        ("2", "/x/c[2]"),
        ("3", "/x/e"),
    ]


def test_places_are_right_in_a_long_document(tmp_path: Path, bench: Bench) -> None:
    body = a_pattern(a_rule("b[@k]", an_assert("1", "false()")) + a_rule("@k", an_assert("2", "false()")))
    marked = {17: '<b k=""/>', 1_999: '<b k=""/>'}
    inner = "".join(f"<a>{marked.get(n, '<b/>')}</a>" for n in range(2_000))
    assert bench.spoken(tmp_path, body, f"<x>{inner}</x>") == [
        ("1", "/x/a[18]/b"),
        ("2", "/x/a[18]/b/@k"),
        ("1", "/x/a[2000]/b"),
        ("2", "/x/a[2000]/b/@k"),
    ]


def test_patterns_about_the_same_elements_all_speak(tmp_path: Path, bench: Bench) -> None:
    body = (
        '<sch:ns prefix="same" uri="urn:p"/>'
        + a_pattern(a_rule("p:a", an_assert("1", "false()")))
        + a_pattern(a_rule("c | same:a[@k = '|']", an_assert("2", "false()")))
        + a_pattern(a_rule("p:x/*", an_assert("3", "false()")))
        + a_pattern(a_rule("p:x/same:a[c[@k]/@k]", an_assert("4", "false()")))
        + a_pattern(a_rule("d", an_assert("5", "false()")))
    )
    document = '<p:x xmlns:p="urn:p"><a/><p:a k="|"><c k="1"/></p:a><c/></p:x>'
    assert sorted(bench.spoken(tmp_path, body, document)) == [
        ("1", "/p:x/p:a"),
        ("2", "/p:x/c"),
        ("2", "/p:x/p:a"),
        ("2", "/p:x/p:a/c"),
        ("3", "/p:x/a"),
        ("3", "/p:x/c"),
        ("3", "/p:x/p:a"),
        ("4", "/p:x/p:a"),
    ]
