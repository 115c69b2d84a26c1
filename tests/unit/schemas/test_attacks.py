"""The door against hostile bytes: the corpus, the large and the deep, and whatever hypothesis thinks of."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import Refused
from gateway.core.refusal import RefusalCode
from schemas.door import Limits, parse

CORPUS = Path(__file__).parents[2] / "corpus" / "attacks"


def codes(content: bytes, limits: Limits | None = None) -> list[str]:
    try:
        parse(content, limits or Limits())
    except Refused as refused:
        return [refusal.code for refusal in refused.refusals]
    return ["accepted"]


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.xml")), ids=lambda path: path.name)
def test_corpus(path: Path) -> None:
    assert codes(path.read_bytes()) == [path.name.partition(".")[0]]


def test_corpus_is_there() -> None:
    assert len(list(CORPUS.glob("*.xml"))) > 30


@pytest.mark.parametrize("depth", [101, 255, 256, 257, 2049, 100_000])
def test_deep(depth: int) -> None:
    assert codes(b"<a>" * depth + b"</a>" * depth) == [RefusalCode.TOO_DEEP]


def test_deep_enough() -> None:
    assert codes(b"<a>" * 100 + b"</a>" * 100) == ["accepted"]


def test_a_deep_start_without_end_does_not_hurt() -> None:
    assert codes(b"<a>" * 100_000) == [RefusalCode.TOO_DEEP]


@pytest.mark.parametrize(
    "content",
    [b'<a b="%s"/>' % (b"x" * 10_000_001), b"<a>%s</a>" % (b"x" * 10_000_001)],
    ids=["attribute", "text"],
)
def test_one_value_of_more_than_ten_megabytes(content: bytes) -> None:
    assert codes(content) == [RefusalCode.TOO_LARGE]


def test_many_attributes_of_one_element() -> None:
    attributes = " ".join(f'a{number}="1"' for number in range(1_000))
    assert codes(f"<a {attributes}/>".encode()) == ["accepted"]
    assert codes(f'<a {attributes} more="1"/>'.encode()) == [RefusalCode.TOO_LARGE]


def test_more_tags_than_memory_should_hold() -> None:
    assert codes(b"<a>" + b"<x/>" * 2_000_000 + b"</a>") == [RefusalCode.TOO_LARGE]


def test_size_limit_names_itself() -> None:
    with pytest.raises(Refused) as caught:
        parse(b"<a>" + b"x" * 2_000_000 + b"</a>", Limits(max_bytes=1_500_000))
    assert caught.value.refusals[0].facts == {"limit": "1.5 MB"}


def test_nothing_is_included_or_read() -> None:
    root = parse((CORPUS / "accepted.xinclude.xml").read_bytes())
    included = root.one("include")
    assert included is not None
    assert included.text() is None
    assert root.text() is None


def test_a_comment_does_not_cut_a_value() -> None:
    assert parse((CORPUS / "accepted.comment-in-value.xml").read_bytes()).text() == "ags:120724770"


def test_a_fault_is_placed_but_not_quoted() -> None:
    with pytest.raises(Refused) as caught:
        parse(b"<a>\n<b>KANARIENVOGEL</c></a>")
    refusal = caught.value.refusals[0]
    assert refusal.facts["line"] == "2"
    assert "KANARIENVOGEL" not in str(refusal) + str(caught.value)


def test_one_refusal_does_not_colour_the_next() -> None:
    # libxml2 keeps a log per thread; the code must come from this document, not from the one before.
    assert codes(b"<a>" * 300 + b"</a>" * 300) == [RefusalCode.TOO_DEEP]
    assert codes(b"<a>") == [RefusalCode.NOT_WELL_FORMED]


MARKUP = st.sampled_from(
    [
        b"<a>",
        b"</a>",
        b"<a/>",
        b"<!DOCTYPE a>",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"-->",
        b"<?xml ",
        b"?>",
        b"&amp;",
        b"&x;",
        b"\xff\xfe",
        b"\x00",
        b'encoding="utf-16"',
        b'version="1.0" ',
        b"xmlns:p='u'",
        b"<p:a",
        b">",
        b"\xc3\xa4",
        b"\xef\xbb\xbf",
    ]
)


@given(st.one_of(st.binary(max_size=300), st.lists(MARKUP, max_size=20).map(b"".join)))
def test_whatever_comes_it_is_read_or_refused(content: bytes) -> None:
    assert set(codes(content)) <= {*RefusalCode, "accepted"}


@pytest.mark.parametrize(
    ("content", "facts"),
    [
        (b"", {"size": "0"}),
        (b" \n", {"size": "2"}),
        (b'\xef\xbb\xbf {"a": 1}', {"likely": "JSON"}),
        (b"Guten Tag", {"likely": "Text"}),
        (b"<a>\n<b>\n</c>\n</a>", {"line": "3", "column": "5", "opened": "2"}),
        (b"<a>", {"line": "1", "column": "4"}),
    ],
)
def test_what_is_no_xml_is_told_what_it_looks_like(content: bytes, facts: dict[str, str]) -> None:
    with pytest.raises(Refused) as caught:
        parse(content)
    assert caught.value.refusals[0].facts == facts


MEGABYTE = 1 << 20


@pytest.mark.parametrize("before", range(MEGABYTE - 6, MEGABYTE + 2))
def test_characters_of_several_bytes_may_stand_anywhere_in_a_long_document(before: int) -> None:
    assert codes(b"<a>" + b"x" * (before - 3) + "€𝄞".encode() + b"</a>") == ["accepted"]


@pytest.mark.parametrize("wrong", [b"\xff", b"\xe2\x82", b"\xc3"])
@pytest.mark.parametrize("before", [10, MEGABYTE - 2, MEGABYTE - 1, 2 * MEGABYTE])
def test_bytes_that_are_no_utf8_are_found_anywhere_in_a_long_document(wrong: bytes, before: int) -> None:
    text = b"x" * before
    behind = b"y" * MEGABYTE
    assert codes(b"<a>" + text + wrong + behind + b"</a>") == [RefusalCode.NOT_UTF8]
    assert codes(b"<a/>" + b" " * 2 * MEGABYTE + wrong) == [RefusalCode.NOT_UTF8]
