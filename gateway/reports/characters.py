"""Characters: what XML 1.0 can carry, and what every XÖV schema takes for a name."""

import re
import unicodedata

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_LATIN = re.compile("[^ -~À-ÆÈ-ÚÜ-æè-úü-þĀ-ċĎ-ĒĔ-ĩĬ-ŌŎ-ż]")
"""A part of DIN 91379 (Datentyp C) that needs no combining marks; German and Sorbian are in it."""


def for_xml(text: str) -> str:
    """The text with U+FFFD for characters that XML 1.0 can't carry."""
    return _NOT_XML.sub("\ufffd", text)


def as_name(text: str) -> str:
    """The text as a name that a schema takes, with `?` for other characters; never empty."""
    return _NOT_LATIN.sub("?", unicodedata.normalize("NFC", text)) or "?"
