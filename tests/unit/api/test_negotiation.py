import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.negotiation import is_utf8_json, is_utf8_xml, language_of, report_form, wants_xml


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "de"),
        ("", "de"),
        ("en", "en"),
        ("en-GB", "en"),
        ("de-AT, en", "de"),
        ("en, de", "de"),
        ("en;q=0.9, de;q=0.8", "en"),
        ("de;q=0.3, en-US;q=0.8, *;q=0.1", "en"),
        ("fr", "de"),
        ("fr, en;q=0.5", "en"),
        ("fr, *;q=0.7, en;q=0.5", "de"),
        ("en;q=0", "de"),
        ("EN ; Q=1.0", "en"),
        ("en;q=nan", "de"),
        ("en;q=2", "de"),
    ],
)
def test_language(header: str | None, language: str) -> None:
    assert language_of(header) == language


@pytest.mark.parametrize(
    ("header", "xml"),
    [
        (None, False),
        ("*/*", False),
        ("application/json", False),
        ("application/xml", True),
        ("text/xml", True),
        ("application/problem+xml", True),
        ("application/xml, application/json", False),
        ("application/xml, application/json;q=0.9", True),
        ("application/xml;q=0.5, */*;q=0.1", True),
        ("application/xml;q=0", False),
        ("image/png", False),
    ],
)
def test_form(header: str | None, xml: bool) -> None:
    assert wants_xml(header) is xml


@pytest.mark.parametrize(
    ("content_type", "taken"),
    [
        ("application/xml", True),
        ("text/xml; charset=utf-8", True),
        ('application/xml;charset="UTF-8"', True),
        ("application/xoev+xml", True),
        ("Application/XML ; Charset=UTF8", True),
        (None, False),
        ("application/json", False),
        ("text/xml; charset=iso-8859-1", False),
        ("image/svg+xml", False),
        ("xml", False),
    ],
)
def test_type_of_a_message(content_type: str | None, taken: bool) -> None:
    assert is_utf8_xml(content_type) is taken


def test_type_of_json() -> None:
    assert is_utf8_json("application/json; charset=utf-8")
    assert not is_utf8_json("text/json")


@given(st.text(max_size=60))
def test_no_header_breaks_the_reader(header: str) -> None:
    assert language_of(header) in {"de", "en"}
    assert wants_xml(header) in {True, False}
    assert is_utf8_xml(header) in {True, False}


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/xml", "application/json"),
        ("text/plain", "text/plain"),
        ("text/*", "text/plain"),
        ("text/html", "text/html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("text/html, application/json", "application/json"),
        ("text/html;q=0.5, text/plain;q=0.6", "text/plain"),
        ("text/html;q=0", "application/json"),
    ],
)
def test_form_of_a_report(accept: str | None, form: str) -> None:
    assert report_form(accept) == form
