"""The model of a Schematron schema: what is left when phases, includes and all that is abstract are resolved."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Binding = Literal["xslt1", "xslt2", "xslt3"]
"""The query language: XSLT with XPath of its version."""

XSLT_VERSION: Mapping[Binding, str] = {"xslt1": "1.0", "xslt2": "2.0", "xslt3": "3.0"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands, for messages about it."""

    file: str
    line: int | None


@dataclass(frozen=True, slots=True)
class NameOf:
    """A part of a text: the name of the element at `path` from the rule's context; None: of that itself."""

    path: str | None


Sentence = tuple[str | NameOf, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """What people read where a rule is broken. It has no place for values of the document."""

    de: Sentence
    en: Sentence


@dataclass(frozen=True, slots=True)
class Let:
    """A variable."""

    name: str
    value: str
    type: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Check:
    """An assertion, or a report."""

    id: str
    test: str
    reports: bool
    """Speaks where its test is true, not where it is false."""
    refuses: bool
    """An error; otherwise a warning."""
    texts: Texts
    subject: str | None
    """Path from the context to the place that is meant."""
    place: Place


@dataclass(frozen=True, slots=True)
class Rule:
    """What is asked of the nodes that a context matches."""

    context: str
    lets: tuple[Let, ...]
    checks: tuple[Check, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Pattern:
    """Rules of which the first one that matches a node counts."""

    lets: tuple[Let, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Foreign:
    """An element of XSLT that belongs to the schema as a whole: a key, a function."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema in one phase."""

    file: str
    binding: Binding
    namespaces: Mapping[str, str]
    lets: tuple[Let, ...]
    foreign: tuple[Foreign, ...]
    patterns: tuple[Pattern, ...]
