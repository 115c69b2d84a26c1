"""Identifiers of the German administration: whether a text can be one, by its form and its check digits.

Nothing here asks a register: that a number is well made does not say that it was ever given to anybody.
"""

import re
from string import ascii_uppercase
from typing import Final

UNKNOWN_PLACE: Final = "99999999"
"""The AGS of a place that nobody knows, in registration messages."""

BRANDENBURG: Final = "12"


def is_ags(text: str) -> bool:
    """Amtlicher Gemeindeschlüssel: 8 digits, Land 2 + Regierungsbezirk 1 + Kreis 2 + Gemeinde 3.

    Brandenburg has no Regierungsbezirke: its third digit is always 0.
    """
    return bool(_AGS.fullmatch(text)) and (text == UNKNOWN_PLACE or _is_place(text))


def is_ars(text: str) -> bool:
    """Amtlicher Regionalschlüssel: 12 digits, Land 2 + Regierungsbezirk 1 + Kreis 2 + Verband 4 + Gemeinde 3.

    In Brandenburg the Verband tells what a municipality is: of a kreisfreie Stadt it is 0000 and the
    Gemeinde is 000; of an amtsfreie Gemeinde it is 0 and the Gemeinde's digits; of an amtsangehörige
    Gemeinde it begins with 5.
    """
    if not _ARS.fullmatch(text) or not _is_place(text):
        return False
    verband, gemeinde = text[5:9], text[9:12]
    return not text.startswith(BRANDENBURG) or verband == f"0{gemeinde}" or verband.startswith("5")


def ags_of(ars: str) -> str:
    """The AGS of the municipality that a regional key names.

    Raises:
        ValueError: it is no ARS.
    """
    if not is_ars(ars):
        raise ValueError("not an ARS")
    return ars[:5] + ars[9:]


def is_idnr(text: str) -> bool:
    """Steuerliche Identifikationsnummer: 11 digits, the last by ISO 7064 MOD 11,10 (§ 139b AO)."""
    return bool(_IDNR.fullmatch(text)) and _mod_11_10(text[:10]) == int(text[10])


def is_test_idnr(text: str) -> bool:
    """Whether an identification number begins with 0: made for tests, given to nobody."""
    return text.startswith("0")


def is_iban(text: str) -> bool:
    """International Bank Account Number (ISO 13616): mod 97; a German one has 22 characters, all digits."""
    if not _IBAN.fullmatch(text) or (text.startswith("DE") and not _GERMAN_IBAN.fullmatch(text)):
        return False
    return "02" <= text[2:4] <= "98" and _mod_97(text[4:] + text[:4]) == 1


def is_bic(text: str) -> bool:
    """Business Identifier Code (ISO 9362): institution 4, country 2, place 2 and perhaps branch 3."""
    return bool(_BIC.fullmatch(text))


def is_glaeubiger_id(text: str) -> bool:
    """Gläubiger-Identifikationsnummer of SEPA: mod 97 without the three characters of the business area;
    a German one has 18 characters.
    """
    if not _GLAEUBIGER.fullmatch(text) or (text.startswith("DE") and len(text) != 18):
        return False
    return _mod_97(text[7:] + text[:4]) == 1


def is_leitweg_id(text: str) -> bool:
    """Leitweg-ID of the electronic invoice: Grobadressierung (2, 3, 5, 8, 9 or 12 digits), perhaps
    Feinadressierung of up to 30 characters, and two check digits: mod 97 without the hyphens is 1.
    """
    return bool(_LEITWEG.fullmatch(text)) and _mod_97(text.replace("-", "")) == 1


def is_flurstueckskennzeichen(text: str) -> bool:
    """Flurstückskennzeichen of the cadastre (AFIS-ALKIS-ATKIS): 20 characters, Land 2, Gemarkung 4, Flur 3,
    Zähler 5, Nenner 4, Folge 2; right-aligned with zeros, parts that are missing as underscores.
    """
    return bool(_FLURSTUECK.fullmatch(text)) and _is_land(text[:2]) and text[9:14] != "00000"


def is_chipnummer(text: str) -> bool:
    """Transponder of an animal (ISO 11784): 15 digits, the first three a country's or a maker's number."""
    return bool(_CHIP.fullmatch(text)) and text[:3] != "000"


def is_leistungsschluessel(text: str) -> bool:
    """Leistungsschlüssel (LeiKa): 14 digits, 99 + Gruppe 3 + Kennung 3 + Verrichtung 3 + Detail 3; alone or
    as `urn:de:fim:leika:leistung:`.
    """
    return bool(_LEISTUNG.fullmatch(text.removeprefix("urn:de:fim:leika:leistung:")))


# Only ASCII digits: `\d` and `isdigit` know more than a hundred others.
_AGS = re.compile(r"[0-9]{8}")
_ARS = re.compile(r"[0-9]{12}")
_IDNR = re.compile(r"[0-9]{11}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}")
_GERMAN_IBAN = re.compile(r"DE[0-9]{20}")
_BIC = re.compile(r"[0-9A-Z]{4}[A-Z]{2}[0-9A-Z]{2}(?:[0-9A-Z]{3})?")
_GLAEUBIGER = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{3}[0-9A-Z]{1,28}")
_LEITWEG = re.compile(
    r"(?:[0-9]{2}|[0-9]{3}|[0-9]{5}|[0-9]{8}|[0-9]{9}|[0-9]{12})(?:-[0-9A-Z]{1,30})?-[0-9]{2}"
)
_FLURSTUECK = re.compile(r"[0-9]{6}(?:[0-9]{3}|_{3})[0-9]{5}(?:[0-9]{4}|_{4})(?:[0-9]{2}|_{2})")
_CHIP = re.compile(r"[0-9]{15}")
_LEISTUNG = re.compile(r"99[0-9]{12}")
_NUMBERS = {ord(letter): str(number) for number, letter in enumerate(ascii_uppercase, start=10)}


def _is_place(key: str) -> bool:
    return _is_land(key[:2]) and (not key.startswith(BRANDENBURG) or key[2] == "0")


def _is_land(digits: str) -> bool:
    return "01" <= digits <= "16"


def _mod_97(text: str) -> int:
    """ISO 7064 MOD 97-10, letters as A = 10 to Z = 35."""
    return int(text.translate(_NUMBERS)) % 97


def _mod_11_10(digits: str) -> int:
    """The check digit of ISO 7064 MOD 11,10."""
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10
