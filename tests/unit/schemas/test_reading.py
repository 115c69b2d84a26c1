"""How often a document is read: once, unless its errors alone could keep libxml2 busy."""

import pytest
from lxml import etree

from gateway.core.refusal import Verdict
from schemas import compiled
from schemas.door import new_parser
from tests.unit.schemas.builders import IN_FORCE, a_library, a_message, a_person

LIBRARY = a_library()


@pytest.fixture
def again(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time that a document is read once more, to be validated on the way."""
    times: list[int] = []

    def counting(schema: etree.XMLSchema | None = None) -> etree.XMLParser:
        times.append(1)
        return new_parser(schema)

    LIBRARY.warm()
    monkeypatch.setattr(compiled, "new_parser", counting)
    return times


def test_a_long_document_is_validated_as_it_is(again: list[int]) -> None:
    content = a_message(a_person() * 800)
    assert len(content) > 64_000
    assert LIBRARY.check(LIBRARY.open(content), IN_FORCE) == Verdict()
    assert again == []


def test_so_is_one_with_a_large_value(again: list[int]) -> None:
    content = a_message(a_person() + f"<vermerk>{'x' * 1_000_000}</vermerk>")
    LIBRARY.check(LIBRARY.open(content), IN_FORCE)
    assert again == []


@pytest.mark.parametrize(
    "body", [a_person() * 6_000, a_person(attributes='a="" b="" c="" d="" e="" f=""') * 2_000]
)
def test_one_that_may_have_very_many_errors_is_read_once_more(body: str, again: list[int]) -> None:
    LIBRARY.check(LIBRARY.open(a_message(body)), IN_FORCE)
    assert again == [1]
