"""Rules that run in processes of their own: whatever becomes of these, intake goes on and accepts nothing unseen."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from lxml import etree

from gateway.core.errors import ConfigurationInvalid
from schemas.schematron.engine import CompileFailed, EvaluationFailed
from schemas.schematron.findings import FAILED
from schemas.schematron.model import Binding
from schemas.schematron.rulings import Ruling
from schemas.schematron.workers import DEFAULT_BOUNDS, Job, Workers
from tests.unit.schemas.schematron.builders import (
    a_pattern,
    a_rule,
    a_schema,
    an_assert,
    compiled,
    objections,
    spoken,
)

STYLE = '<stylesheet xmlns="http://www.w3.org/1999/XSL/Transform" version="{}"><output method="text"/>{}</stylesheet>'
ENDLESS = '<template match="/"><value-of select="count(for $a in //*, $b in //*, $c in //* return $a[. is $b or . is $c])"/></template>'
GREEDY = '<template match="/"><value-of select="string-length(string-join((1 to 100000000) ! string(.)))"/></template>'


def a_job(body: str, binding: Binding = "xslt2") -> Job:
    return Job.of(binding, STYLE.format("1.0" if binding == "xslt1" else "3.0", body))


COUNT = '<template match="/"><value-of select="count(//*)"/></template>'


@pytest.fixture
def own() -> Iterator[Workers]:
    """Workers that a test may hurt."""
    workers = Workers(replace(DEFAULT_BOUNDS, run_seconds=0.5))
    yield workers
    workers.close()


def children() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if "schematron.child" in " ".join(each.cmdline())]


def the_child_of(workers: Workers) -> psutil.Process:
    before = {each.pid for each in children()}
    workers.run(a_job(COUNT), b"<x/>", {})
    (new,) = [each for each in children() if each.pid not in before]
    return new


@pytest.mark.parametrize("binding", ["xslt1", "xslt2"])
def test_what_takes_too_long_is_ended_and_the_next_is_served(own: Workers, binding: Binding) -> None:
    endless = ENDLESS
    if binding == "xslt1":
        endless = (
            "<template match='/'><value-of select='count(//*[count(//*[count(//*) > 1]) > 1])'/></template>"
        )
    document = b"<x>" + b"<a/>" * 4_000 + b"</x>"
    with pytest.raises(EvaluationFailed, match="time"):
        own.run(a_job(endless, binding), document, {})
    assert own.run(a_job(COUNT, binding), b"<x><a/></x>", {}) == "2"


def test_what_takes_too_much_memory_ends_only_its_process() -> None:
    workers = Workers(replace(DEFAULT_BOUNDS, memory=200_000_000, run_seconds=30))
    with pytest.raises(EvaluationFailed):
        workers.run(a_job(GREEDY), b"<x/>", {})
    assert workers.run(a_job(COUNT), b"<x/>", {}) == "1"
    workers.close()


def test_a_child_that_was_killed_meanwhile_is_replaced(own: Workers) -> None:
    child = the_child_of(own)
    child.kill()
    assert own.run(a_job(COUNT), b"<x><a/></x>", {}) == "2"
    assert child.pid not in {each.pid for each in children()}


def test_a_child_that_is_killed_at_work_is_replaced_and_the_document_judged(own: Workers) -> None:
    child = the_child_of(own)
    child.suspend()
    killer = threading.Timer(0.3, child.kill)
    killer.start()
    assert own.run(a_job(COUNT), b"<x><a/><a/></x>", {}) == "3"
    killer.join()


def test_a_child_that_stands_still_is_given_up(own: Workers) -> None:
    child = the_child_of(own)
    (made,) = own._idle
    made._wall_factor = 1
    child.suspend()
    # More than a pipe holds: also whoever waits to hand over a document comes free.
    with pytest.raises(EvaluationFailed, match="time"):
        own.run(a_job(COUNT), b"<x>" + b" " * 200_000 + b"</x>", {})
    assert not child.is_running()


@pytest.mark.parametrize("end", [Workers.close, lambda _: None], ids=["closed", "forgotten"])
def test_no_child_outlives_its_workers(end: Callable[[Workers], None]) -> None:
    workers = Workers()
    child = the_child_of(workers)
    end(workers)
    del workers
    assert not child.is_running()


def test_where_no_child_can_be_started_there_is_no_answer(
    own: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/gibt/es/nicht")
    with pytest.raises(EvaluationFailed, match="FileNotFoundError"):
        own.run(a_job(COUNT), b"<x/>", {})
    with pytest.raises(CompileFailed):
        own.compile(a_job(COUNT))


def test_a_child_ends_when_nobody_speaks_to_it_any_more(own: Workers) -> None:
    child = the_child_of(own)
    (made,) = own._idle
    process = made._child._process
    assert process.stdin is not None
    process.stdin.close()
    process.stdin = None
    child.wait(20)


def test_many_threads_share_few_children(own: Workers) -> None:
    before = len(children())

    def run(number: int) -> bool:
        document = b"<x>" + b"<a/>" * (number % 7) + b"</x>"
        return own.run(a_job(COUNT, "xslt1" if number % 2 else "xslt3"), document, {}) == str(1 + number % 7)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(run, range(80)))
    assert len(children()) - before <= DEFAULT_BOUNDS.processes


def test_what_a_child_has_forgotten_is_compiled_again(own: Workers) -> None:
    jobs = [a_job(f"<!--{number}-->{COUNT}", "xslt1") for number in range(80)]
    for job in [*jobs, jobs[0]]:
        assert own.run(job, b"<x/>", {}) == "1"


def test_faults_of_a_stylesheet_do_not_end_the_child(own: Workers) -> None:
    child = the_child_of(own)
    for binding in ("xslt1", "xslt2"):
        with pytest.raises(CompileFailed) as caught:
            own.compile(a_job('\n<template match="a["/>', binding))
        assert any(line == 2 for line, _ in caught.value.causes)
    with pytest.raises(EvaluationFailed):
        own.run(a_job('<template match="/"><value-of select="1 + \'a\'"/></template>'), b"<x/>", {})
    assert child.is_running()


@pytest.mark.parametrize(
    "select",
    [
        "doc('{uri}')",
        "document('{uri}')",
        "unparsed-text('{uri}')",
        "collection('{folder}')",
        "uri-collection('{folder}')",
        "json-doc('{uri}')",
        "transform(map {{'stylesheet-location': '{uri}'}})?output",
    ],
)
def test_nothing_is_read_beside_the_document(own: Workers, tmp_path: Path, select: str) -> None:
    secret = tmp_path / "geheim.xml"
    secret.write_text("<geheim>4711</geheim>")
    expression = select.format(uri=secret.as_uri(), folder=tmp_path.as_uri())
    with pytest.raises((EvaluationFailed, CompileFailed)):
        own.run(a_job(f'<template match="/"><value-of select="{expression}"/></template>'), b"<x/>", {})


def test_no_variable_of_the_environment_and_nothing_is_written(
    own: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMTSBOTE_SECRET", "4711")
    ask = "<template match='/'><value-of select=\"environment-variable('AMTSBOTE_SECRET')\"/></template>"
    assert own.run(a_job(ask), b"<x/>", {}) == ""
    target = tmp_path / "neu.txt"
    write = f'<template match="/"><result-document href="{target.as_uri()}">x</result-document></template>'
    with pytest.raises((EvaluationFailed, CompileFailed)):
        own.run(a_job(write), b"<x/>", {})
    assert not target.exists()


SLOW = a_schema(
    a_pattern(
        a_rule(
            "x",
            an_assert("1", "count(for $a in //*, $b in //*, $c in //* return $a[. is $b or . is $c]) = 0"),
        )
    ),
    'queryBinding="xslt2"',
)


def test_a_document_about_which_nobody_answers_is_refused(own: Workers, tmp_path: Path) -> None:
    stylesheet = compiled(tmp_path, SLOW)
    document = f"<x>{4_000 * '<a/>'}</x>"
    (found,) = objections(stylesheet, document, own)
    assert found.finding.rule == FAILED
    assert found.refusal is not None
    # One that is refused anyway is not refused for this.


@pytest.mark.parametrize(
    ("binding", "test", "cause"),
    [
        ("xslt2", "matches(a, ", "XPST0003"),
        ("xslt2", "f(a)", "XPST0017"),
        ("xslt3", "$u", "XPST0008"),
        ("xslt2", "q:a", "XPST0081"),
        ("xslt1", "a[", "no XPath"),
    ],
)
def test_faults_are_named_with_file_and_line(
    own: Workers, tmp_path: Path, binding: str, test: str, cause: str
) -> None:
    schema = a_schema("\n" + a_pattern(a_rule("x", "\n", an_assert("1", test))), f'queryBinding="{binding}"')
    with pytest.raises(ConfigurationInvalid) as caught:
        Ruling(compiled(tmp_path, schema, trusted=False), own).warm()
    (problem,) = caught.value.problems
    assert (Path(problem.file).name, problem.line) == ("regeln.sch", 5)
    assert cause in problem.en


def test_what_only_xpath_2_can_say(own: Workers, tmp_path: Path) -> None:
    xsl = 'xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
    body = f"""<sch:ns prefix="f" uri="urn:f"/>
        <xsl:function {xsl} name="f:sum" as="xs:integer"><xsl:param name="t"/>
            <xsl:variable name="copy"><ziffern><xsl:value-of select="$t"/></ziffern></xsl:variable>
            <xsl:sequence select="sum(for $c in string-to-codepoints($copy/ziffern) return $c - 48) cast as xs:integer"/></xsl:function>
        <xsl:function {xsl} name="f:transform"><xsl:param name="t"/><xsl:sequence select="$t"/></xsl:function>
        <sch:let name="days" value="7"/>""" + a_pattern(
        a_rule("n[f:sum(f:transform(.)) gt $days]", an_assert("1", "false()"))
        + a_rule("t", an_assert("2", "xs:date(.) le xs:date($heute) and not($test)"))
    )
    stylesheet = compiled(tmp_path, a_schema(body, f'queryBinding="xslt2" {xsl}'))
    document = "<x><n>34</n><n>35</n><t>2026-07-01</t><t>2026-07-02</t></x>"
    assert spoken(stylesheet, document, own) == [("1", "/x/n[2]"), ("2", "/x/t[2]")]


def test_bytes_that_look_like_a_frame_stay_in_their_document(own: Workers) -> None:
    text = "&#0000000000000000000065;" + '\n{"answer": ""}' * 3
    document = etree.tostring(etree.fromstring(f"<x>{text}</x>"))
    assert own.run(a_job(COUNT), document, {}) == "1"


def test_an_interrupt_at_the_keyboard_leaves_the_end_to_the_parent(own: Workers) -> None:
    child = the_child_of(own)
    os.kill(child.pid, signal.SIGINT)
    time.sleep(0.1)
    assert own.run(a_job(COUNT), b"<x/>", {}) == "1"
    assert child.is_running()


def test_a_long_document_is_judged_where_time_is_limited_whatever_the_rules(
    own: Workers, tmp_path: Path
) -> None:
    quadratic = "count(preceding-sibling::a[preceding-sibling::a[. = 'x']]) = 0"
    stylesheet = compiled(tmp_path, a_schema(a_pattern(a_rule("a", an_assert("1", quadratic)))))
    assert stylesheet.runs_here
    assert objections(stylesheet, f"<x>{'<a/>' * 20}</x>", own) == []
    before = len(children())
    (found,) = objections(stylesheet, f"<x>{'<a/>' * 6_000}</x>", own)
    assert found.finding.rule == FAILED
    assert len(children()) == before


def test_a_long_document_gets_the_same_answer(own: Workers, tmp_path: Path) -> None:
    stylesheet = compiled(tmp_path, a_schema(a_pattern(a_rule("a[@k]", an_assert("1", "$test")))))
    document = f"<x>{'<a/>' * 6_000}<a k=''/></x>"
    assert spoken(stylesheet, document, own) == [("1", "/x/a[6001]")]
