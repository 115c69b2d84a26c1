"""Demand texts: what the rules that a bundle names at paths say where they are broken."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is wrong, in German and English, and the form that is expected."""

    de: str
    en: str
    expected: str = ""


SENTENCES: Mapping[str, Sentence] = MappingProxyType(
    {
        "ags": Sentence(
            "„{name}“ ist kein Amtlicher Gemeindeschlüssel.",
            "'{name}' is not a municipality's key (AGS).",
            "LLRKKGGG: 8 Ziffern / digits, Land 01-16, Brandenburg 120.....; 99999999: unbekannt / unknown",
        ),
        "ars": Sentence(
            "„{name}“ ist kein Amtlicher Regionalschlüssel.",
            "'{name}' is not a regional key (ARS).",
            "LLRKKVVVVGGG: 12 Ziffern / digits, Land 01-16",
        ),
        "ags-unbekannt": Sentence(
            "„{name}“ steht nicht im amtlichen Verzeichnis der Gemeindeschlüssel, das hier eingerichtet ist.",
            "'{name}' is not in the official list of municipalities' keys that is installed here.",
            "ein vergebener Gemeindeschlüssel / a key that was given to a municipality; 99999999: unbekannt / unknown",
        ),
        "ars-unbekannt": Sentence(
            "„{name}“ steht nicht im amtlichen Verzeichnis der Regionalschlüssel, das hier eingerichtet ist.",
            "'{name}' is not in the official list of regional keys that is installed here.",
            "ein vergebener Regionalschlüssel / a regional key that was given",
        ),
        "idnr": Sentence(
            "„{name}“ ist keine steuerliche Identifikationsnummer: Die Prüfziffer stimmt nicht.",
            "'{name}' is not a tax identification number: its check digit is wrong.",
            "11 Ziffern / digits, ISO 7064 MOD 11,10",
        ),
        "idnr-test": Sentence(
            "„{name}“ ist eine Identifikationsnummer für Tests; sie ist nur in Nachrichten mit dem Attribut test "
            "erlaubt.",
            "'{name}' is an identification number for tests; it is allowed only in messages with the attribute "
            "test.",
            "11 Ziffern / digits, 1-9 zuerst / first",
        ),
        "iban": Sentence(
            "„{name}“ ist keine IBAN: Die Prüfziffern oder die Länge stimmen nicht.",
            "'{name}' is not an IBAN: its check digits or its length are wrong.",
            "DE + 20 Ziffern / digits, mod 97",
        ),
        "bic": Sentence("„{name}“ ist kein BIC.", "'{name}' is not a BIC.", "AAAALLOO[FFF]: 8 | 11"),
        "glaeubiger-id": Sentence(
            "„{name}“ ist keine Gläubiger-Identifikationsnummer: Die Prüfziffern stimmen nicht.",
            "'{name}' is not a SEPA creditor identifier: its check digits are wrong.",
            "DEppZZZnnnnnnnnnnn: 18 Zeichen / characters, mod 97",
        ),
        "leitweg-id": Sentence(
            "„{name}“ ist keine Leitweg-ID: Die Form oder die Prüfziffern stimmen nicht.",
            "'{name}' is not a Leitweg-ID: its form or its check digits are wrong.",
            "Grobadresse[-Feinadresse]-pp, mod 97",
        ),
        "flurstueckskennzeichen": Sentence(
            "„{name}“ ist kein Flurstückskennzeichen.",
            "'{name}' is not the identifier of a cadastral parcel.",
            "LLGGGGFFFZZZZZNNNNFF: 20 Zeichen / characters, _ = fehlt / missing",
        ),
        "chipnummer": Sentence(
            "„{name}“ ist keine Chipnummer eines Tieres.",
            "'{name}' is not the number of an animal's transponder.",
            "15 Ziffern / digits, ISO 11784",
        ),
        "leistungsschluessel": Sentence(
            "„{name}“ ist kein Leistungsschlüssel.",
            "'{name}' is not a LeiKa key.",
            "99 + 12 Ziffern / digits",
        ),
        "datum-kuenftig": Sentence(
            "Das Datum in „{name}“ liegt in der Zukunft.",
            "The date in '{name}' is in the future.",
            "heute oder früher / today or earlier",
        ),
        "datum-vergangen": Sentence(
            "Das Datum in „{name}“ liegt in der Vergangenheit.",
            "The date in '{name}' is in the past.",
            "heute oder später / today or later",
        ),
        "datum-zu-frueh": Sentence(
            "Das Datum in „{name}“ liegt mehr als {days} Tage zurück.",
            "The date in '{name}' is more than {days} days ago.",
            "höchstens {days} Tage zurück / at most {days} days ago",
        ),
        "datum-zu-spaet": Sentence(
            "Das Datum in „{name}“ liegt mehr als {days} Tage in der Zukunft.",
            "The date in '{name}' is more than {days} days ahead.",
            "höchstens {days} Tage voraus / at most {days} days ahead",
        ),
    }
)
