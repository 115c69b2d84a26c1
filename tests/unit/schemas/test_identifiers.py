"""Identifiers: known good ones, and that a single slip is seen wherever check digits promise that."""

from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas import identifiers

GOOD: dict[Callable[[str], bool], tuple[str, ...]] = {
    identifiers.is_ags: ("12072477", "12052000", "12065084", "99999999", "05315000"),
    identifiers.is_ars: ("120720477477", "120610329329", "120520000000", "120695910402", "120530000000"),
    identifiers.is_idnr: ("86095742719", "47036892816", "01234567888"),
    identifiers.is_iban: ("DE89370400440532013000", "DE02120300000000202051", "AT611904300234573201"),
    identifiers.is_bic: ("COBADEFFXXX", "COBADEFF", "WELADED1PMB"),
    identifiers.is_glaeubiger_id: ("DE98ZZZ09999999999", "DE98ABC09999999999"),
    identifiers.is_leitweg_id: ("04011000-900X999-08", "120720477477-ZOSSEN01-04"),
    identifiers.is_flurstueckskennzeichen: ("121234007000450003__", "121234___00120______"),
    identifiers.is_chipnummer: ("276098106123456",),
    identifiers.is_leistungsschluessel: ("99115005104000", "urn:de:fim:leika:leistung:99115005104000"),
}
BAD: dict[Callable[[str], bool], tuple[str, ...]] = {
    identifiers.is_ags: ("1207247", "120724770", "12172477", "00072477", "17072477", "12a72477"),
    identifiers.is_ars: ("12072047747", "120720477478", "120720470477", "121720477477", "990000000000"),
    identifiers.is_idnr: ("86095742718", "8609574271", "860957427191", "8609574271a"),
    identifiers.is_iban: (
        "DE89370400440532013001",
        "DE8937040044053201300",
        "de89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "DE8937040044053201300A",
    ),
    identifiers.is_bic: ("COBADEFFXX", "COBA1EFF", "cobadeff", "COBADEFFXXXX"),
    identifiers.is_glaeubiger_id: ("DE97ZZZ09999999999", "DE98ZZZ0999999999", "98DEZZZ09999999999"),
    identifiers.is_leitweg_id: ("04011000-900X999-07", "0401100-900X999-08", "04011000-08-", "04011000"),
    identifiers.is_flurstueckskennzeichen: (
        "121234007000450003",
        "121234007000000003__",
        "171234007000450003__",
        "121234_07000450003__",
    ),
    identifiers.is_chipnummer: ("27609810612345", "000098106123456", "27609810612345A"),
    identifiers.is_leistungsschluessel: ("98115005104000", "9911500510400", "991150051040000"),
}


def each(examples: dict[Callable[[str], bool], tuple[str, ...]]) -> list[object]:
    return [
        pytest.param(check, text, id=f"{check.__name__}-{text}")
        for check in examples
        for text in examples[check]
    ]


@pytest.mark.parametrize(("check", "text"), each(GOOD))
def test_good(check: Callable[[str], bool], text: str) -> None:
    assert check(text)


@pytest.mark.parametrize(("check", "text"), each(BAD))
def test_bad(check: Callable[[str], bool], text: str) -> None:
    assert not check(text)


@given(st.sampled_from(list(GOOD)), st.text(max_size=40))
def test_whatever_comes_it_is_judged(check: Callable[[str], bool], text: str) -> None:
    assert check(text) in {True, False}


@given(st.sampled_from(list(GOOD)), st.sampled_from("\n \u0660\uff11"))
def test_no_blank_and_no_foreign_digit_passes(check: Callable[[str], bool], stranger: str) -> None:
    for text in GOOD[check]:
        assert not check(text + stranger)
        assert not check(text[:-1] + stranger)


DIGITS = "0123456789"
CHECKED = st.sampled_from(
    [
        identifiers.is_idnr,
        identifiers.is_iban,
        identifiers.is_leitweg_id,
    ]
)


@given(CHECKED, st.data())
def test_one_wrong_digit_is_always_seen(check: Callable[[str], bool], data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(GOOD[check]))
    position = data.draw(st.sampled_from([index for index, letter in enumerate(text) if letter in DIGITS]))
    digit = data.draw(st.sampled_from(DIGITS.replace(text[position], "")))
    assert not check(text[:position] + digit + text[position + 1 :])


@given(st.sampled_from([identifiers.is_iban, identifiers.is_leitweg_id]), st.data())
def test_two_neighbours_the_wrong_way_round_are_always_seen(
    check: Callable[[str], bool], data: st.DataObject
) -> None:
    text = data.draw(st.sampled_from(GOOD[check]))
    at = data.draw(st.integers(4, len(text) - 2))
    swapped = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    assume(swapped.replace("-", "") != text.replace("-", ""))
    assert not check(swapped)


@given(st.text(DIGITS, min_size=10, max_size=10))
def test_every_ten_digits_have_exactly_one_check_digit(digits: str) -> None:
    assert sum(identifiers.is_idnr(digits + check) for check in DIGITS) == 1


@given(st.text(DIGITS, min_size=18, max_size=18))
def test_every_german_account_has_exactly_one_iban(account: str) -> None:
    numbers = [f"DE{check:02}{account}" for check in range(100)]
    assert sum(map(identifiers.is_iban, numbers)) == 1


@given(st.text("ABCXYZ019", min_size=3, max_size=3))
def test_the_business_area_does_not_count(area: str) -> None:
    assert identifiers.is_glaeubiger_id(f"DE98{area}09999999999")


@given(st.from_regex(r"(0[1-9]|1[0-6])[0-9]{10}", fullmatch=True))
def test_an_ars_leads_to_an_ags(ars: str) -> None:
    if identifiers.is_ars(ars):
        assert identifiers.is_ags(identifiers.ags_of(ars))
    else:
        with pytest.raises(ValueError, match="ARS"):
            identifiers.ags_of(ars)


def test_ags_of_known_places() -> None:
    assert identifiers.ags_of("120720477477") == "12072477"
    assert identifiers.ags_of("120695910402") == "12069402"


def test_test_numbers_begin_with_zero() -> None:
    assert identifiers.is_test_idnr("01234567888")
    assert not identifiers.is_test_idnr("86095742719")
