"""Patterns: those on which a regular expression can hang, found by trying."""

import re
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import xmlschema
from xmlschema.validators import XsdPatternFacets

from gateway.core.errors import Problem
from schemas.packages.faults import fault
from schemas.paths import shorten

PATIENCE = 1.0
"""Seconds that one pattern may take for one short text. Usual is a millionth of that."""
_LENGTH = 34


def slow_patterns(schema: xmlschema.XMLSchemaBase) -> list[Problem]:
    """The patterns of a schema that take forever to refuse a certain short text.

    xmlschema matches with Python's regular expressions, which go back and try again: a pattern like
    `(a+)+` needs time that doubles with each character. Each pattern is tried with repetitions of every
    character that it names, with an end that fits nothing.
    """
    problems = []
    for written, pattern, place in _patterns(schema):
        try:
            with _within(PATIENCE):
                for text in _attempts(written):
                    pattern.match(text)
        except TimeoutError:
            shown = shorten(written, 200)
            problems.append(
                fault(
                    place,
                    f"Ein Muster kann die Prüfung aufhalten: {shown}",
                    f"a pattern can hold up validation: {shown}",
                )
            )
    return problems


def _patterns(schema: xmlschema.XMLSchemaBase) -> Iterator[tuple[str, re.Pattern[str], str]]:
    """Each pattern as it is written and as it is matched, and where it stands."""
    seen: set[str] = set()
    for each in {schema, *schema.maps.iter_schemas()}:
        for component in each.iter_components():
            if isinstance(component, XsdPatternFacets):
                for written, pattern in zip(component.regexps, component.patterns, strict=True):
                    if written not in seen:
                        seen.add(written)
                        yield written, pattern, str(each.name or each.target_namespace)


def _attempts(pattern: str) -> Iterable[str]:
    named = {each for each in pattern if each.isalnum() or each in " -_.,@:/+"} | set("a0A ")
    for each in sorted(named)[:24]:
        yield each * _LENGTH + "\0"
    for one, other in (("a", "."), ("a", "-"), ("a", " "), ("0", "."), ("a", "0")):
        yield (one + other) * (_LENGTH // 2) + "\0"


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        with suppress(ValueError):
            signal.signal(signal.SIGALRM, before)
