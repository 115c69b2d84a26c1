"""Checks: what the systems of the sandbox look at before they take a message."""

import re
from collections.abc import Iterator, Sequence

from pydantic import JsonValue


def is_served(ags: str | None, prefixes: Sequence[str]) -> bool:
    """Whether a municipality is among those that a system serves; true where none is named.

    Args:
        ags: Amtlicher Gemeindeschluessel, 8 digits.
        prefixes: What the AGS of those served begin with: a Land, a Kreis or one municipality.
    """
    if ags is None:
        return True
    return re.fullmatch(r"[0-9]{8}", ags) is not None and ags.startswith(tuple(prefixes))


def is_iban(text: str) -> bool:
    """Whether an IBAN's check digits are right (ISO 7064 MOD 97-10)."""
    compact = text.replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", compact):
        return False
    digits = "".join(str(int(character, 36)) for character in compact[4:] + compact[:4])
    return int(digits) % 97 == 1


def is_flurstueck(text: str) -> bool:
    """Whether it is shaped like a Flurstueckskennzeichen: 20 characters, missing parts as `_`."""
    return re.fullmatch(r"[0-9]{6}[0-9_]{3}[0-9]{5}[0-9_]{4}[0-9_]{2}", text) is not None


def values_of(content: JsonValue, name: str) -> Iterator[JsonValue]:
    """Every value under this name, however deep."""
    match content:
        case dict():
            if name in content:
                yield content[name]
            for value in content.values():
                yield from values_of(value, name)
        case list():
            for value in content:
                yield from values_of(value, name)
        case _:
            pass
