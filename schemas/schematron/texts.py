"""Texts of assertions in German and English, and how grave they are. Values of a document have no place in them."""

import re
from collections.abc import Iterable

from schemas.paths import shorten
from schemas.schematron.files import Located
from schemas.schematron.model import NameOf, Sentence, Texts
from schemas.schematron.xpath import is_steps

LONGEST_TEXT = 2_000
ELLIPSIS = "…"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_WARNINGS = frozenset({"warning", "warn", "information", "info", "hint"})
_ERRORS = frozenset({"error", "fatal"})


def refuses(*carriers: Located, otherwise: bool) -> bool:
    """Whether a broken assertion refuses: the first of `@role` and `@flag` that says something known, looked
    for on the assertion and then on its rule.
    """
    for carrier in carriers:
        for attribute in ("role", "flag"):
            word = (carrier.node.get(attribute) or "").strip().lower()
            if word in _WARNINGS:
                return False
            if word in _ERRORS:
                return True
    return otherwise


def texts(check: Located, diagnostics: Iterable[Located], id: str) -> Texts:
    """The text of an assertion and those of its diagnostics by their `xml:lang`, the first of each language.
    A text that does not say its language stands for what the others leave open, and a language without
    any text takes that of the other.
    """
    named: dict[str, Sentence] = {}
    unnamed: list[Sentence] = []
    for each in (check, *diagnostics):
        sentence = _sentence(each)
        if sentence:
            language = _language(each)
            if language in {"de", "en"}:
                named.setdefault(language, sentence)
            else:
                unnamed.append(sentence)
    rest = (*unnamed, *named.values())
    if not rest:
        return Texts((f"Die Regel „{id}“ ist verletzt.",), (f"The rule '{id}' is broken.",))
    return Texts(named.get("de", rest[0]), named.get("en", rest[0]))


def _language(element: Located) -> str:
    for node in (element.node, *element.node.iterancestors()):
        language = node.get(_LANG)
        if language is not None:
            return language.lower().partition("-")[0].strip()
    return ""


def _sentence(element: Located) -> Sentence:
    parts: list[str | NameOf] = [""]
    _gather(element, parts)
    # Blanks are as many as a reader sees, also where a part begins or ends.
    joined = [re.sub(r"\s+", " ", part) if isinstance(part, str) else part for part in parts]
    if isinstance(joined[0], str):
        joined[0] = joined[0].lstrip()
    if isinstance(joined[-1], str):
        joined[-1] = shorten(joined[-1].rstrip(), LONGEST_TEXT)
    return tuple(part for part in joined if part)


def _gather(element: Located, parts: list[str | NameOf]) -> None:
    _say(element.node.text, parts)
    for node in element.node:
        child = Located(node, element.files)
        match child.name:
            case "name":
                path = (node.get("path") or "").strip()
                if not path:
                    parts.append(NameOf(None))
                elif is_steps(path):
                    parts.append(NameOf(path))
                else:
                    _say(ELLIPSIS, parts)
            case "value-of":
                _say(ELLIPSIS, parts)
            case "emph" | "dir" | "span":
                _gather(child, parts)
            case _:
                pass
        _say(node.tail, parts)


def _say(text: str | None, parts: list[str | NameOf]) -> None:
    last = parts[-1]
    if isinstance(last, str):
        parts[-1] = last + (text or "")
    else:
        parts.append(text or "")
