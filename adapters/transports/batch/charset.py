"""Charset: puts a text into an encoding that lacks some of its characters, by a stated substitution and never by `?`."""

# ruff: noqa: RUF001  # letters that look alike are what this is about

import unicodedata
from collections.abc import Iterator, Mapping


class UnfitError(Exception):
    """The encoding has no place for a character, and the layout allows no other for it."""


def encoded(text: str, encoding: str, *, transliterate: bool) -> bytes:
    """The text in an encoding.

    What does not fit is told by the nearest that does: the same letter with fewer marks (ě: e), or letters in its
    place (in ASCII ä: ae), as DIN 91379 derives its search form from the recommendations of ICAO Doc 9303.

    Raises:
        UnfitError: a character does not fit; with `transliterate`, nothing stands for it either.
    """
    text = unicodedata.normalize("NFC", text)
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        if not transliterate:
            raise UnfitError from None
    parts = [*_clusters(text)]
    return b"".join(
        _encode(part, "".join(parts[number + 1 : number + 2]), "".join(parts[:number][-1:]), encoding)
        for number, part in enumerate(parts)
    )


def _clusters(text: str) -> Iterator[str]:
    """Each character with the combining marks behind it."""
    cluster = ""
    for character in text:
        if cluster and not unicodedata.combining(character):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def _encode(cluster: str, after: str, before: str, encoding: str) -> bytes:
    for nearest in _nearest(cluster):
        # Capitals stay capitals inside a word of capitals: ÄRZTE becomes AERZTE, and Ärzte Aerzte.
        shout = len(nearest) > 1 and nearest[0].isupper() and _shouts(after or before)
        try:
            return (nearest.upper() if shout else nearest).encode(encoding)
        except UnicodeEncodeError:
            continue
    raise UnfitError


def _shouts(neighbour: str) -> bool:
    return neighbour[:1].isupper()


def _nearest(cluster: str) -> Iterator[str]:
    """What may stand for a character, the nearest first."""
    yield cluster
    if cluster in INSTEAD:
        yield INSTEAD[cluster]
    decomposed = unicodedata.normalize("NFD", cluster)
    base, marks = decomposed[0], list(decomposed[1:])
    while marks:
        marks.pop()
        fewer = unicodedata.normalize("NFC", base + "".join(marks))
        yield fewer
        if fewer in INSTEAD:
            yield INSTEAD[fewer]


INSTEAD: Mapping[str, str] = {
    # German, and the Nordic letters that ICAO writes with two.
    "Ä": "Ae",
    "Ö": "Oe",
    "Ü": "Ue",
    "ä": "ae",
    "ö": "oe",
    "ü": "ue",
    "ß": "ss",
    "ẞ": "SS",
    "Å": "Aa",
    "å": "aa",
    "Æ": "Ae",
    "æ": "ae",
    "Ø": "Oe",
    "ø": "oe",
    "Œ": "Oe",
    "œ": "oe",
    "Þ": "Th",
    "þ": "th",
    "Ð": "D",
    "ð": "d",
    # Letters with a stroke, a hook or a shape of their own, which Unicode does not take apart.
    "Ƈ": "C",
    "ƈ": "c",
    "Đ": "D",
    "đ": "d",
    "Ħ": "H",
    "ħ": "h",
    "ı": "i",
    "ĸ": "k",
    "Ŀ": "L",
    "ŀ": "l",
    "Ł": "L",
    "ł": "l",
    "ŉ": "'n",
    "Ŋ": "N",
    "ŋ": "n",
    "Ŧ": "T",
    "ŧ": "t",
    "Ə": "E",
    "ə": "e",
    "Ɨ": "I",
    "ɨ": "i",
    "Ʉ": "U",
    "ʉ": "u",
    "Ǥ": "G",
    "ǥ": "g",
    "Ʒ": "Z",
    "ʒ": "z",
    "Ƶ": "Z",
    "ƶ": "z",
    "ſ": "s",
    "Ĳ": "IJ",
    "ĳ": "ij",
    # Marks between letters, and what typing programs make of plain ones.
    "ʹ": "'",
    "ʺ": '"',
    "ʻ": "'",
    "ʼ": "'",
    "ʾ": "'",
    "ʿ": "'",
    "ˈ": "'",
    "ˌ": ",",
    "‘": "'",
    "’": "'",
    "‚": "'",
    "‛": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "‟": '"',
    "‹": "<",
    "›": ">",
    "«": '"',
    "»": '"',
    "´": "'",
    "¨": '"',
    "′": "'",
    "″": '"',
    "‐": "-",
    "‑": "-",
    "–": "-",
    "—": "-",
    "−": "-",
    "…": "...",
    "•": "-",
    "·": ".",
    "€": "EUR",
    "\u00a0": " ",
    "\u202f": " ",
    "\u2009": " ",
    "\u00ad": "",
    "ª": "a",
    "º": "o",
    "¹": "1",
    "²": "2",
    "³": "3",
    "½": "1/2",
    "¼": "1/4",
    "¾": "3/4",
    "×": "x",
    "№": "Nr.",
    "™": "(TM)",
    "®": "(R)",
    "©": "(C)",
}
"""What stands for a character where the encoding has not itself."""
