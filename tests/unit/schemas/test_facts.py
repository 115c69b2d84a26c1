"""Facts made of others: fixed, joined, chosen, from the root, derived."""

import uuid

import pytest
from lxml import etree
from pydantic import TypeAdapter, ValidationError

from schemas.facts import Fact, reader

ROOT = etree.fromstring(b"<bericht.0815><a>x</a><b/><c>y</c></bericht.0815>")
FACT: TypeAdapter[Fact] = TypeAdapter(Fact)
SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:amtsbote:nachricht")


def read(fact: object) -> str | None:
    return reader(FACT.validate_python(fact), {})(ROOT, b"bytes")


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("a", "x"),
        ("b", None),
        ("'fest'", "fest"),
        ({"fixed": "fest"}, "fest"),
        ({"join": ["'ags'", "a"]}, "ags:x"),
        ({"join": ["a", "c"], "by": ""}, "xy"),
        ({"join": ["'ags'", "b"]}, None),
        ({"first": ["b", "fehlt", "c", "a"]}, "y"),
        ({"first": ["b", "fehlt"]}, None),
        ({"first": [{"join": ["b", "a"]}, {"fixed": "sonst"}]}, "sonst"),
        ({"of_root": "name"}, "bericht.0815"),
        ({"of_root": "number"}, "0815"),
        ({"uuid_of": ["a", "c"]}, str(uuid.uuid5(SPACE, "x\ny"))),
        ({"uuid_of": ["a", "b"]}, None),
    ],
)
def test_forms(fact: object, value: str | None) -> None:
    assert read(fact) == value


def test_a_uuid_of_the_content_depends_on_each_byte() -> None:
    of_content = reader(FACT.validate_python({"uuid_of": "content"}), {})
    assert of_content(ROOT, b"a") == of_content(ROOT, b"a") != of_content(ROOT, b"b")


@pytest.mark.parametrize(
    "fact", [{}, {"join": ["a"]}, {"fest": "x"}, {"fixed": ""}, {"uuid_of": "inhalt"}, 7, {"of_root": "x"}]
)
def test_what_is_no_fact_is_refused(fact: object) -> None:
    with pytest.raises(ValidationError):
        FACT.validate_python(fact)
