import pytest
from pydantic import JsonValue

from gateway.sandbox.checks import is_flurstueck, is_iban, is_served, values_of


@pytest.mark.parametrize(
    ("ags", "served"),
    [
        ("12072477", True),
        ("12052000", True),
        ("14612000", False),
        ("1207247", False),
        ("12O72477", False),
        ("99999999", False),
        (None, True),
    ],
)
def test_a_municipality_is_served_or_not(ags: str | None, *, served: bool) -> None:
    assert is_served(ags, ("12",)) is served


def test_one_municipality_alone_can_be_served() -> None:
    assert is_served("12052000", ("12072477", "12052000"))
    assert not is_served("12053000", ("12072477", "12052000"))


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("DE89370400440532013000", True),
        ("de89 3704 0044 0532 0130 00", True),
        ("DE88370400440532013000", False),
        ("DE8937040044053201300", False),
        ("", False),
        ("DE89", False),
    ],
)
def test_an_iban_is_right_or_not(text: str, *, right: bool) -> None:
    assert is_iban(text) is right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("121234007000450003__", True),
        ("12123400700045______", True),
        ("121234007000450003_", False),
        ("12123400700045000300X", False),
    ],
)
def test_a_flurstueckskennzeichen_is_shaped_right_or_not(text: str, *, right: bool) -> None:
    assert is_flurstueck(text) is right


def test_values_are_found_however_deep() -> None:
    content: JsonValue = {"a": {"iban": "1"}, "b": [{"iban": "2"}, {"c": {"iban": "3"}}]}

    assert list(values_of(content, "iban")) == ["1", "2", "3"]
