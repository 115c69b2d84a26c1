"""Completeness: every way to fail has a status, a German and an English text, and a line in the documentation."""

import re
from itertools import chain
from pathlib import Path

import orjson
import pytest

from gateway.api.answers import problem_answer, problem_fields
from gateway.api.documentation import _STATUS_TEXTS
from gateway.api.problem import ERROR_CODES, PRECEDENCE, STATUS, ApiCode, ApiProblem, problem_of, refused
from gateway.api.problem_texts import PROBLEMS, explanation
from gateway.core import errors
from gateway.core.refusal import Finding, Refusal, RefusalCode
from gateway.core.status import DeliveryState, MessageState
from gateway.texts import Language
from gateway.texts.refusals import REFUSALS, explain
from gateway.texts.states import DELIVERY_STATES, MESSAGE_STATES
from tests.builders import ANMELDUNG

ALL_CODES = [*RefusalCode, *ApiCode]
DOCUMENT = Path(__file__).parents[3] / "docs" / "portal-api.md"


def test_every_code_has_a_status_and_no_code_stands_for_two() -> None:
    assert set(STATUS) == set(ALL_CODES)
    assert len({str(code) for code in ALL_CODES}) == len(ALL_CODES)


def test_every_status_is_documented() -> None:
    assert set(STATUS.values()) - {500} <= set(_STATUS_TEXTS)


def test_every_refusal_has_a_place_in_the_precedence() -> None:
    assert {STATUS[code] for code in RefusalCode} == set(PRECEDENCE)


def test_every_error_of_the_core_has_a_code() -> None:
    assert set(ERROR_CODES) == set(_below(errors.AmtsboteError))


def _below(kind: type[errors.AmtsboteError]) -> list[type[errors.AmtsboteError]]:
    own = [each for each in kind.__subclasses__() if each.__module__ == errors.__name__]
    return [*own, *chain.from_iterable(_below(each) for each in own)]


def test_a_new_subclass_elsewhere_goes_by_its_parent() -> None:
    class DiskFull(errors.StoreUnavailable):
        pass

    assert problem_of(DiskFull()).code is ApiCode.STORE_UNAVAILABLE


@pytest.mark.parametrize("code", ALL_CODES)
def test_every_code_is_explained_in_both_languages(code: RefusalCode | ApiCode) -> None:
    explained = explanation(code)
    for text in (explained.title, *explained.details):
        assert text.de.strip()
        assert text.en.strip()
        assert text.de != text.en
    for detail in explained.details:
        # What is wrong and what to do: shorter than this says only one of both.
        assert len(detail.de) > 60
        assert len(detail.en) > 60
    assert not explained.details[-1].placeholders or code is ApiCode.UNSUPPORTED_MEDIA_TYPE


@pytest.mark.parametrize("code", ALL_CODES)
def test_no_code_needs_a_fact_to_be_explained(code: RefusalCode | ApiCode) -> None:
    for language in Language:
        assert "{" not in explanation(code).detail(language, {})


def test_the_tables_hold_each_code_once() -> None:
    assert set(REFUSALS) == set(RefusalCode)
    assert set(PROBLEMS) == set(ApiCode)


def test_every_state_is_explained() -> None:
    assert set(DELIVERY_STATES) == set(DeliveryState)
    assert set(MESSAGE_STATES) == set(MessageState)


def test_the_most_specific_text_that_can_be_filled_is_spoken() -> None:
    with_facts = Refusal(
        RefusalCode.NOT_BOOKED, {"tenant": "Zossen", "service": "finance/hundesteuer-anmeldung"}
    )
    assert "Zossen" in explain(with_facts, Language.DE)
    assert "Die Kommune" in explain(Refusal(RefusalCode.NOT_BOOKED), Language.DE)


def test_who_is_not_entitled_learns_why() -> None:
    autor = explain(Refusal(RefusalCode.SENDER_NOT_ENTITLED, {"scope": "autor"}), Language.DE)
    service = explain(Refusal(RefusalCode.SENDER_NOT_ENTITLED, {"scope": "service"}), Language.DE)
    assert "autor/kennung" in autor
    assert autor != service


def test_a_fact_is_never_taken_for_a_placeholder() -> None:
    refusal = Refusal(RefusalCode.NOT_BOOKED, {"tenant": "{service}", "service": "{0.__class__}"})
    assert "{0.__class__}" in explain(refusal, Language.EN)


def test_what_no_correction_helps_leads_over_what_a_correction_helps() -> None:
    problem = refused((Refusal(RefusalCode.SCHEMA_INVALID), Refusal(RefusalCode.NOT_BOOKED)))
    assert (problem.status_code, problem.code) == (403, RefusalCode.NOT_BOOKED)
    assert len(problem.refusals) == 2


def test_of_equals_the_first_leads() -> None:
    problem = refused((Refusal(RefusalCode.HEADER_INCOMPLETE), Refusal(RefusalCode.SCHEMA_INVALID)))
    assert problem.code is RefusalCode.HEADER_INCOMPLETE


def test_a_problem_names_every_reason_with_its_findings() -> None:
    finding = Finding("/a/b[2]", "cvc-pattern", "passt nicht", "does not match", expected="[0-9]+", line=7)
    problem = refused(
        (
            Refusal(RefusalCode.SCHEMA_INVALID, findings=(finding,)),
            Refusal(RefusalCode.SENDER_NOT_ENTITLED, {"scope": "service"}),
        )
    )
    headers, body = problem_answer(problem, "urn:uuid:1", "application/json", "en")
    document = orjson.loads(body)
    assert document["type"] == "urn:amtsbote:problem:sender-not-entitled"
    assert document["xinneres"] == "T070"
    assert [reason["code"] for reason in document["reasons"]] == ["schema-invalid", "sender-not-entitled"]
    assert document["reasons"][0]["findings"] == [
        {"path": "/a/b[2]", "line": 7, "rule": "cvc-pattern", "expected": "[0-9]+", "text": "does not match"}
    ]
    assert dict(headers)[b"content-language"] == b"en"


def test_a_problem_speaks_xml_too() -> None:
    problem = refused((Refusal(RefusalCode.NOT_BOOKED, {"tenant": "A & <B>\x00", "service": "x"}),))
    headers, body = problem_answer(problem, "urn:uuid:1", "application/xml", None)
    text = body.decode()
    assert dict(headers)[b"content-type"] == b"application/problem+xml"
    assert '<problem xmlns="urn:ietf:rfc:7807">' in text
    assert "<status>403</status>" in text
    assert "A &amp; &lt;B&gt;\ufffd" in text


def test_retry_after_is_never_nothing() -> None:
    assert ApiProblem(ApiCode.OVERLOADED, retry_after=0.01).headers == {"Retry-After": "1"}
    assert problem_of(errors.StoreUnavailable()).headers == {"Retry-After": "5"}


@pytest.mark.parametrize(
    ("error", "documentation"),
    [
        (
            errors.Refused(
                Refusal(RefusalCode.NOT_BOOKED),
                Refusal(RefusalCode.SCHEMA_INVALID, {"standard": "ab-x", "version": "1.0", "root": "x"}),
            ),
            "/v1/schemas/ab-x/1.0/x",
        ),
        (errors.Refused(Refusal(RefusalCode.UNKNOWN_KIND, {"standard": "ab-x"})), "/v1/schemas"),
        (errors.Refused(Refusal(RefusalCode.NOT_WELL_FORMED)), None),
        (errors.NotFound(), None),
    ],
)
def test_a_problem_says_where_the_kind_is_described(
    error: errors.AmtsboteError, documentation: str | None
) -> None:
    assert problem_fields(problem_of(error), "urn:x", Language.DE).get("documentation") == documentation


def test_a_refusal_without_findings_knows_its_kind_by_the_document() -> None:
    problem = refused((Refusal(RefusalCode.NOT_BOOKED),), ANMELDUNG)
    page = "/v1/schemas/ab-meldewesen/1.0/meldewesen.anmeldung.0101"
    assert problem_fields(problem, "urn:x", Language.DE)["documentation"] == page


def test_the_documentation_lists_every_code_with_its_status() -> None:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (\d{3}) \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert dict(rows) == {str(code): str(status) for code, status in STATUS.items()}
    assert len(rows) == len(STATUS)


def test_the_documentation_names_the_codes_of_xinneres() -> None:
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        row = re.match(r"\| `([a-z0-9-]+)` \| \d{3} \| (\S*)", line)
        if row and row[1] in set(RefusalCode):
            assert row[2] == (Refusal(RefusalCode(row[1])).xinneres or "-")
