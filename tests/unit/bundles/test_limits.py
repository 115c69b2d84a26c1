"""From version 1.1 on, every text of Meldewesen has a limit, and none is of blanks alone."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from xmlschema.validators import XsdElement, XsdSimpleType

from tests.unit.bundles.builders import BUNDLES, VALID, explaining_schema, libxml2_schema, name_of

FOLDER = BUNDLES / "ab-meldewesen" / "1.1"
SAMPLES = [path for path in VALID if path.is_relative_to(FOLDER)]
FREE_TEXT = FOLDER / "samples/valid/anmeldung-voll.xml"


def texts() -> Iterator[tuple[str, XsdSimpleType]]:
    """Every element and attribute with text in any kind of message, with its type; none whose value is fixed."""
    todo = list(explaining_schema(FOLDER).elements.values())
    seen = set()
    while todo:
        element = todo.pop()
        kind = element.type
        if isinstance(kind, XsdSimpleType):
            yield element.local_name, kind
        elif kind not in seen:
            seen.add(kind)
            attributes: Iterable[Any] = kind.attributes.values()
            yield from ((each.local_name, each.type) for each in attributes if each.fixed is None)
            content: Any = kind.content
            todo += [each for each in content.iter_elements() if isinstance(each, XsdElement)]


def is_limited(kind: XsdSimpleType) -> bool:
    primitive: Any = getattr(kind, "primitive_type", None)
    if primitive.local_name not in {"string", "anyURI"}:
        return True
    facets = [each for each in bases(kind) if each.target_namespace.startswith("urn:amtsbote:")]
    patterns = [text for each in facets if each.patterns for text in each.patterns.regexps]
    return any(each.max_length is not None or each.enumeration for each in facets) or any(
        not re.search(r"[*+]|\{\d+,\}", text) for text in patterns
    )


def bases(kind: XsdSimpleType) -> Iterator[XsdSimpleType]:
    current: object = kind
    while isinstance(current, XsdSimpleType):
        yield current
        current = current.base_type


def test_every_text_has_a_limit() -> None:
    found = list(texts())
    assert len(found) > 80
    assert [name for name, kind in found if not is_limited(kind)] == []


@pytest.mark.parametrize("sample", SAMPLES, ids=name_of)
def test_no_text_is_of_blanks_alone(sample: Path) -> None:
    document = etree.parse(sample)
    schema = libxml2_schema(FOLDER)
    for leaf in [each for each in document.iter("*") if len(each) == 0]:
        for blank in ("   ", "\n\t"):
            before, leaf.text = leaf.text, blank
            assert not schema.validate(document), leaf.tag
            leaf.text = before
    assert schema.validate(document)


@pytest.mark.parametrize(("length", "valid"), [(4_000, True), (4_001, False), (300_000, False)])
def test_a_free_text_ends_somewhere(length: int, valid: bool) -> None:
    document = etree.parse(FREE_TEXT)
    (text,) = document.iterfind("bemerkung")
    text.text = "ẞ" * length
    assert libxml2_schema(FOLDER).validate(document) is valid
