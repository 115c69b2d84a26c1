"""Characters: what is wrong with those of a text that a pattern refuses, by their kind and never themselves."""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from xmlschema.validators import XsdPatternFacets


class Kind(NamedTuple):
    """A kind of characters that is foreign to names in Latin letters, as people call it."""

    de: str
    en: str


def faults(text: str, facet: XsdPatternFacets) -> Iterator[tuple[str, tuple[Kind, ...]]]:
    """Why a pattern refuses a text: keys of `rules.TEXTS`, each with the kinds of characters that it is about.

    DIN 91379 knows composed characters alone (normal form C of Unicode), and many systems send others.
    """
    composed = unicodedata.normalize("NFC", text)
    if composed != text:
        yield "zeichen-nfc", ()
        if facet.re_match(composed):
            return
    kinds = tuple(dict.fromkeys(_foreign(composed, facet)))
    yield ("cvc-pattern:characters", kinds) if kinds else ("cvc-pattern", ())


def _foreign(text: str, facet: XsdPatternFacets) -> Iterator[Kind]:
    named = "".join(facet.regexps)
    for each in dict.fromkeys(text):
        kind = _kind(each)
        # What a pattern names, or takes alone, is not what it refuses.
        if kind is not None and each not in named and not facet.re_match(each):
            yield kind


_SCRIPTS = {
    "ARABIC": Kind("arabische Schrift", "Arabic script"),
    "ARMENIAN": Kind("armenische Schrift", "Armenian script"),
    "BENGALI": Kind("bengalische Schrift", "Bengali script"),
    "CJK": Kind("chinesische Schrift", "Chinese script"),
    "CYRILLIC": Kind("kyrillische Schrift", "Cyrillic script"),
    "DEVANAGARI": Kind("Devanagari", "Devanagari script"),
    "ETHIOPIC": Kind("äthiopische Schrift", "Ethiopic script"),
    "GEORGIAN": Kind("georgische Schrift", "Georgian script"),
    "GREEK": Kind("griechische Schrift", "Greek script"),
    "HANGUL": Kind("koreanische Schrift", "Korean script"),
    "HEBREW": Kind("hebräische Schrift", "Hebrew script"),
    "HIRAGANA": Kind("japanische Schrift", "Japanese script"),
    "KATAKANA": Kind("japanische Schrift", "Japanese script"),
    "TAMIL": Kind("tamilische Schrift", "Tamil script"),
    "THAI": Kind("thailändische Schrift", "Thai script"),
}
_OTHER_SCRIPT = Kind("andere Schrift", "another script")
_SYMBOL = Kind("Bildzeichen oder Emoji", "pictographs or emoji")
_INVISIBLE = Kind("unsichtbare Steuerzeichen", "invisible control characters")
_PRIVATE = Kind("Zeichen ohne festgelegte Bedeutung", "characters without a fixed meaning")


@lru_cache(maxsize=4096)
def _kind(character: str) -> Kind | None:
    """None for what belongs to Latin writing: its letters and marks, digits, punctuation, blanks."""
    match unicodedata.category(character):
        case "Lu" | "Ll" | "Lt" | "Lo" | "Lm" | "Nd" | "Nl":
            script = unicodedata.name(character, "").partition(" ")[0]
            latin = character.isascii() or script in {"LATIN", "MODIFIER", "FEMININE", "MASCULINE"}
            return None if latin else _SCRIPTS.get(script, _OTHER_SCRIPT)
        case "So":
            return _SYMBOL
        case "Cc" if character in "\t\n\r":
            return None
        case "Cc" | "Cf":
            return _INVISIBLE
        case "Co" | "Cn":
            return _PRIVATE
        case _:
            return None
