"""Handbook: what a kind of message consists of, as plain values that pages and JSON are made from."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from gateway.core.message import MessageKind


@dataclass(frozen=True, slots=True)
class KnownKind:
    """A message kind with what people are told about it."""

    kind: MessageKind
    namespace: str
    de: str
    en: str
    standard_de: str
    standard_en: str
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Said:
    """A text of the schema's own documentation."""

    text: str
    language: str = ""
    """As `xml:lang` says; empty where it says nothing."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A Schematron rule of the standard, which holds beyond what a single row can say."""

    id: str
    severity: Literal["error", "warning"]
    de: str
    """What is said where it is broken."""
    en: str


class Form(StrEnum):
    """What a row stands for."""

    ELEMENT = "element"
    ATTRIBUTE = "attribute"
    ANY_ELEMENT = "any-element"
    """Whatever elements another schema brings along."""
    ANY_ATTRIBUTE = "any-attribute"


class Content(StrEnum):
    """What stands in an element."""

    TEXT = "text"
    CODE = "code"
    """A value of a code list, in a child `code`."""
    ELEMENTS = "elements"
    MIXED = "mixed"
    """Elements with text between them."""
    EMPTY = "empty"
    ANYTHING = "anything"


class FacetKind(StrEnum):
    """In which way a schema restricts a text."""

    LENGTH = "length"
    MIN_LENGTH = "min-length"
    MAX_LENGTH = "max-length"
    MIN_INCLUSIVE = "min-inclusive"
    MAX_INCLUSIVE = "max-inclusive"
    MIN_EXCLUSIVE = "min-exclusive"
    MAX_EXCLUSIVE = "max-exclusive"
    TOTAL_DIGITS = "total-digits"
    FRACTION_DIGITS = "fraction-digits"
    PATTERN = "pattern"
    TIME_ZONE = "time-zone"
    CONDITION = "condition"
    """An XPath expression that must be true (XSD 1.1)."""


@dataclass(frozen=True, slots=True)
class Facet:
    """One restriction of a text."""

    kind: FacetKind
    value: str


@dataclass(frozen=True, slots=True)
class Value:
    """A value that is allowed, and what it means."""

    value: str
    said: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Values:
    """A list of allowed values, listed once for all rows that allow them."""

    anchor: str
    title: str
    """Of the type or the code list."""
    values: tuple[Value, ...]
    """The first of them."""
    total: int


@dataclass(frozen=True, slots=True)
class TextType:
    """A type of text that has a name, told once for all rows that use it."""

    anchor: str
    name: str
    said: tuple[Said, ...]
    base: tuple[str, ...]
    is_list: bool
    facets: tuple[Facet, ...]
    values: str | None
    """The anchor of the list of its values."""


@dataclass(frozen=True, slots=True)
class CodeUse:
    """Which code list a code is taken from, in the manner of XÖV."""

    type: Literal[1, 2, 3, 4]
    """1: the values are in the schema; 2: outside, with URI and version fixed; 3: the message names the
    version; 4: the message names URI and version.
    """
    uri: str | None
    version: str | None
    """Where the schema fixes them."""
    held: tuple[str, ...] = ()
    """Versions of the list that are installed here, so that codes are held against them."""


@dataclass(frozen=True, slots=True)
class RuleNote:
    """A rule beyond the schema, which holds at a row."""

    rule: str
    severity: Literal["error", "warning"]
    de: tuple[str, ...]
    """What is said where it is broken."""
    en: tuple[str, ...]
    expected: str
    deadline: str | None = None
    """Under which name a municipality may set other days than those that are named."""


@dataclass(frozen=True, slots=True)
class Row:
    """One element or attribute at its place."""

    anchor: str
    name: str
    """Local name; empty for what has none."""
    form: Form
    depth: int
    """0 for what stands directly in the section."""
    least: int
    most: int | None
    """None: without end."""
    one_of: tuple[str, ...]
    """Names of the alternatives of a choice, itself among them; empty outside of one."""
    content: Content
    type_name: str
    """As the schema calls the type; empty where it has no name or is one of XML Schema's own."""
    type: str | None = None
    """The anchor of a type of text that has a name."""
    base: tuple[str, ...] = ()
    """XML Schema's own types that its text is of: one, or several where any of them will do."""
    is_list: bool = False
    """Several values with blanks between them."""
    facets: tuple[Facet, ...] = ()
    values: str | None = None
    """The anchor of the list of its values."""
    code: CodeUse | None = None
    fixed: str | None = None
    default: str | None = None
    said: tuple[Said, ...] = ()
    rules: tuple[RuleNote, ...] = ()
    section: str | None = None
    """The anchor of the section that tells what stands in it, where that is another one."""
    variants: tuple[str, ...] = ()
    """Anchors of the sections of those types that `xsi:type` may name."""


@dataclass(frozen=True, slots=True)
class Section:
    """What stands in one element, or in every element of one type."""

    anchor: str
    title: str
    """Path from the root element, or name of the type."""
    is_type: bool
    said: tuple[Said, ...]
    rows: tuple[Row, ...]
    places: tuple[str, ...] = ()
    """Paths of elements of this type, the shortest first; not all."""


@dataclass(frozen=True, slots=True)
class HeaderPlace:
    """Where a fact of the header sits."""

    fact: str
    """As `bundle.toml` names it."""
    place: str
    """An XPath, or what the fact is made of."""
    anchor: str | None


@dataclass(frozen=True, slots=True)
class Example:
    """A message to begin with."""

    text: str
    is_valid: bool
    """A whole message that passes every check; else a skeleton with placeholders in place of values."""


@dataclass(frozen=True, slots=True)
class Handbook:
    """All that the bundle of a kind knows about its messages."""

    known: KnownKind
    header: tuple[HeaderPlace, ...]
    test: str | None
    """XPath: where it finds anything, the message is a test message."""
    demands: tuple[str, ...]
    """What is demanded of the header beyond the schema."""
    explained: bool
    """Whether the schema could be taken apart; else there are no sections."""
    sections: tuple[Section, ...]
    values: tuple[Values, ...]
    types: tuple[TextType, ...]
    conditions: tuple[Condition, ...]
    left_out: int
    """Elements that are not told, or whose content is not, because the whole would be too long."""
    example: Example | None
    max_bytes: int
    max_depth: int


@dataclass(frozen=True, slots=True)
class Edition:
    """A handbook that can be asked for. As long as `stamp` is the same, so is the handbook."""

    known: KnownKind
    stamp: str
