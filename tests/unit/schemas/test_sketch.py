"""A document is drawn without its values, and its findings are where they belong."""

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.refusal import Finding
from gateway.core.report import LineForm, Sketch
from schemas import sketch as sketching
from schemas.library import SchemaLibrary
from schemas.shape import LONGEST_SHAPE, shape_of

BUNDLES = Path(__file__).parents[3] / "schemas" / "bundles"
LIBRARY = SchemaLibrary.load([BUNDLES])


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("", ""),
        ("Zossen 15806", "Aaaaaa 99999"),
        ("Chóśebuz/Cottbus", "Aaaaaaaa/Aaaaaaa"),
        ("STRAẞE", "AAAAAA"),
        ("Жора 🐶", "□□□□ □"),
        ("Mu\u0308ller", "Aa◌aaaa"),
        ("x@y.de\t1,5 €\n", "a@a.aa⇥9,9 □↵"),
        ("٣\u200b\x85", "□□ "),
    ],
)
def test_shapes(text: str, shape: str) -> None:
    assert shape_of(text) == shape


def test_of_a_long_value_the_beginning_and_its_length() -> None:
    assert shape_of("x" * 1234) == "a" * LONGEST_SHAPE + "… (1234)"


@given(st.text())
def test_a_shape_holds_no_letter_and_no_digit_of_its_value(text: str) -> None:
    length = f" ({len(text)})" if len(text) > LONGEST_SHAPE else ""
    shape = shape_of(text).removesuffix(length)
    assert set(shape) <= set("Aa9◌□↵⇥… " + string.punctuation)


def a_finding(path: str) -> Finding:
    return Finding(path, "cvc-pattern", "falsch", "wrong")


def drawn(content: str, *paths: str) -> Sketch:
    sketch = LIBRARY.sketch(content.encode(), [a_finding(path) for path in paths])
    assert sketch is not None
    return sketch


def test_every_finding_marks_its_element() -> None:
    sketch = drawn(
        '<m:a xmlns:m="urn:x" v="7"><b>Erika</b><b>12</b><c><d/></c></m:a>',
        "/m:a/b[2]",
        "/m:a/@v",
        "/m:a/c/d",
        "/m:a/b[3]",
        "/z/b",
        "",
    )

    assert [(line.form, line.depth, line.name, line.text, line.findings) for line in sketch.lines] == [
        (LineForm.OPEN, 0, "m:a", "", (1,)),
        (LineForm.WHOLE, 1, "b", "Aaaaa", ()),
        (LineForm.WHOLE, 1, "b", "99", (0,)),
        (LineForm.OPEN, 1, "c", "", ()),
        (LineForm.WHOLE, 2, "d", "", (2,)),
        (LineForm.CLOSE, 1, "c", "", ()),
        (LineForm.CLOSE, 0, "m:a", "", ()),
    ]
    assert sketch.lines[0].attributes == (("v", "9"),)
    assert sketch.unplaced == (3, 4, 5)


def test_of_a_large_document_only_what_is_near_is_drawn() -> None:
    sketch = drawn("<a>" + "<b>x</b>" * 1000 + "</a>", "/a/b[500]")

    assert len(sketch.lines) < 30
    assert [line.hidden for line in sketch.lines if line.form is LineForm.GAP] == [491, 498]
    assert [line.findings for line in sketch.lines if line.findings] == [(0,)]


@pytest.mark.parametrize(
    "content", [b"<a", b"<!DOCTYPE a><a/>", b"<a>" + b"<b/>" * (sketching.MOST_TAGS + 1) + b"</a>"]
)
def test_what_cannot_be_looked_at_is_not_drawn(content: bytes) -> None:
    assert LIBRARY.sketch(content, []) is None


@pytest.mark.parametrize(
    "sample", sorted(BUNDLES.glob("*/*/samples/invalid/*.xml")), ids=lambda path: path.name
)
def test_the_place_of_every_finding_of_a_sample_is_found(sample: Path) -> None:
    content = sample.read_bytes()
    document = LIBRARY.open(content)
    findings = document.shelf.schema.check(document.node, content)  # type: ignore[attr-defined]

    sketch = LIBRARY.sketch(content, findings)

    assert sketch is not None
    assert sketch.unplaced == ()
