"""Shapes: what a value looks like without saying what it is."""

import unicodedata
from functools import lru_cache

from schemas.view import Node, text_of

LONGEST_SHAPE = 60


def shape_of(text: str) -> str:
    """The shape of a value: `A` for a capital Latin letter, `a` for a small one, `9` for a digit, `◌` for a
    combining mark, `□` for a character of another script and any other sign. Blanks and ASCII punctuation
    stand as they are. Of a long value the beginning and its number of characters.
    """
    shown = "".join(map(_sign, text[:LONGEST_SHAPE]))
    return shown if len(text) <= LONGEST_SHAPE else f"{shown}… ({len(text)})"


def shape_at(node: Node, attribute: str | None = None) -> str | None:
    """The shape of an attribute, or of the element's own text; None where there is no such attribute, or
    where elements are meant and not text.
    """
    value = value_at(node, attribute)
    return None if value is None else shape_of(value)


def value_at(node: Node, attribute: str | None = None) -> str | None:
    """The value of which `shape_at` tells the shape."""
    if attribute is None:
        return None if len(node) else text_of(node) or ""
    local = attribute.rpartition("}")[2]
    values = (str(value) for name, value in node.attrib.items() if str(name).rpartition("}")[2] == local)
    return next(values, None)


@lru_cache(maxsize=4096)
def _sign(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] == "L" and unicodedata.name(character, "").startswith("LATIN"):
        return "A" if category in {"Lu", "Lt"} else "a"
    if "0" <= character <= "9":
        return "9"
    if category[0] == "M":
        return "◌"
    if character.isspace():
        return {"\n": "↵", "\t": "⇥"}.get(character, " ")
    return character if character.isascii() and character.isprintable() else "□"
