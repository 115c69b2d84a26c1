import unicodedata

import pytest

from adapters.transports.batch.charset import INSTEAD, UnfitError, encoded
from tests.unit.bundles.builders import BUNDLES
from tests.unit.bundles.test_characters import pattern

LETTERS = [
    chr(code)
    for code in range(0x20, 0x2000)
    if unicodedata.category(chr(code)) in {"Lu", "Ll"}
    and pattern(BUNDLES / "gemeinsam/1.0/din91379.xsd", "DatentypA").fullmatch(chr(code))
]


def told(text: str, encoding: str) -> str:
    return encoded(text, encoding, transliterate=True).decode(encoding)


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1", "iso-8859-15", "cp1252", "iso-8859-2", "cp850"])
def test_every_letter_of_din_91379_has_letters_that_stand_for_it(encoding: str) -> None:
    assert len(LETTERS) > 400
    for letter in LETTERS:
        assert told(letter, encoding).isalpha() or letter == "ŉ", letter
        assert "?" not in told(letter, encoding)


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("Chóśebuz", "iso-8859-15", "Chósebuz"),
        ("Chóśebuz", "ascii", "Chosebuz"),
        (
            "Markojska Góla, Běła Góra, Žylow, Łužyca",
            "iso-8859-15",
            "Markojska Góla, Bela Góra, Žylow, Lužyca",
        ),
        (
            "Markojska Góla, Běła Góra, Žylow, Łužyca",
            "iso-8859-1",
            "Markojska Góla, Bela Góra, Zylow, Luzyca",
        ),
        ("Ćišinski Ńowak Ŕ Dźěłaćeŕ", "iso-8859-1", "Cišinski Nowak R Dzelacer".replace("š", "s")),
        ("Müller Straße", "ascii", "Mueller Strasse"),
        ("ÄRZTE Ärzte ÖL Öl GROẞ", "ascii", "AERZTE Aerzte OEL Oel GROSS"),
        ("Ø Åse Þór Đorđe", "ascii", "Oe Aase Thor Dorde"),
        ("ǖ", "iso-8859-1", "ü"),
        ("Nguyễn", "iso-8859-1", "Nguyên"),
        ("Cafe\u0301", "iso-8859-1", "Café"),
        ("C\u0306 x", "ascii", "C x"),
        ("„Ja“ \u2013 5 €…", "iso-8859-1", '"Ja" - 5 EUR...'),
        ("5 €", "iso-8859-15", "5 €"),
    ],
)
def test_what_does_not_fit_is_told_by_the_nearest(text: str, encoding: str, expected: str) -> None:
    assert told(text, encoding) == expected


@pytest.mark.parametrize("text", ["Ωμέγα", "Борис", "5 ‡ 6", "?ł\u2603"])
def test_what_nothing_stands_for_is_refused(text: str) -> None:
    with pytest.raises(UnfitError):
        told(text, "iso-8859-1")


def test_without_transliteration_nothing_is_changed() -> None:
    assert encoded("Übergröße", "iso-8859-1", transliterate=False) == "Übergröße".encode("iso-8859-1")
    with pytest.raises(UnfitError):
        encoded("Chóśebuz", "iso-8859-1", transliterate=False)


def test_the_table_is_plain() -> None:
    assert [character for character, plain in INSTEAD.items() if not plain.isascii()] == []
