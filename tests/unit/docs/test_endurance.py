"""The page on endurance has a place for everything that is measured."""

import pytest

from benchmarks.endurance.__main__ import PARTS
from benchmarks.endurance.page import PAGE, replaced, table


@pytest.mark.parametrize("name", PARTS)
def test_the_page_has_one_place_for_each_part(name: str) -> None:
    page = PAGE.read_text(encoding="utf-8")

    written = replaced(page, name, "| new |\n")

    assert f"<!-- {name}: begin -->\n| new |\n<!-- {name}: end -->\n" in written
    assert replaced(written, name, "| new |\n") == written


def test_a_part_without_a_place_is_told() -> None:
    with pytest.raises(ValueError, match="0 places for nothing"):
        replaced("# Page\n", "nothing", "")


def test_numbers_have_as_many_digits_as_they_are_worth() -> None:
    assert table(("a", "b"), [("x", 1234.5), (12, 0.12345)]) == (
        "| a | b |\n| --- | ---: |\n| x | 1,234 |\n| 12 | 0.123 |\n"
    )
