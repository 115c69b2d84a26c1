"""Facts as data: where a header fact sits in a document, or what it is made of."""

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Annotated, Literal

from lxml import etree
from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag

from schemas.view import Node, local_name, text_of

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

DERIVED = uuid.uuid5(uuid.NAMESPACE_URL, "urn:amtsbote:nachricht")
"""The namespace of UUIDs that are derived from a document because it has none of its own."""


class Model(BaseModel):
    """A table of a `bundle.toml`: an unknown name in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Fixed(Model):
    """The same for every document."""

    fixed: Text


class Join(Model):
    """Several parts one after the other. Missing where one of them is."""

    join: Annotated[tuple["Fact", ...], Field(min_length=2)]
    by: str = ":"


class First(Model):
    """The first of several that is there."""

    first: Annotated[tuple["Fact", ...], Field(min_length=2)]


class OfRoot(Model):
    """From the name of the root element: the whole, or the number behind its last dot."""

    of_root: Literal["name", "number"]


class Derived(Model):
    """A UUID of version 5 of several parts, in the namespace `DERIVED`, with a line feed between them; of
    `"content"`: of the document's bytes. Missing where a part is.
    """

    uuid_of: Annotated[tuple["Fact", ...], Field(min_length=1)] | Literal["content"]


def _form(value: object) -> str:
    if isinstance(value, Model):
        return type(value).__name__
    if not isinstance(value, dict):
        return "XPath"
    forms = {"fixed": "Fixed", "join": "Join", "first": "First", "of_root": "OfRoot", "uuid_of": "Derived"}
    return next((form for key, form in forms.items() if key in value), "Fixed")


Fact = Annotated[
    Annotated[Text, Tag("XPath")]
    | Annotated[Fixed, Tag("Fixed")]
    | Annotated[Join, Tag("Join")]
    | Annotated[First, Tag("First")]
    | Annotated[OfRoot, Tag("OfRoot")]
    | Annotated[Derived, Tag("Derived")],
    Discriminator(_form),
]
"""An XPath from the root element, or a table that says what the fact is made of."""
for _model in (Join, First, Derived):
    _model.model_rebuild()

Reader = Callable[[Node, bytes], str | None]


def xpaths(fact: Fact) -> Iterator[str]:
    """Every XPath in a fact."""
    match fact:
        case str():
            yield fact
        case Join(join=parts) | First(first=parts) | Derived(uuid_of=tuple() as parts):
            for part in parts:
                yield from xpaths(part)
        case _:
            return


def place_of(fact: Fact) -> str:
    """Where a fact is looked for, for people: XPaths with ` + ` between parts and ` | ` between alternatives. Empty
    for one that is made of nothing in particular.
    """
    match fact:
        case str():
            return fact
        case Join(join=parts) | Derived(uuid_of=tuple() as parts):
            return " + ".join(filter(None, map(place_of, parts)))
        case First(first=parts):
            return " | ".join(filter(None, map(place_of, parts)))
        case _:
            return ""


def reader(fact: Fact, prefixes: Mapping[str, str]) -> Reader:  # noqa: PLR0911 - one for each form
    """What reads a fact from a root element and the bytes of its document."""
    match fact:
        case str():
            if (attribute := attribute_of_root(fact)) is not None:
                return lambda root, _: (root.get(attribute) or "").strip() or None
            xpath = etree.XPath(fact, namespaces=dict(prefixes) or None)
            return lambda root, _: text_of_result(xpath(root))
        case Fixed(fixed=value):
            return lambda _root, _content: value
        case Join(join=parts, by=by):
            return _joined([reader(each, prefixes) for each in parts], by)
        case First(first=parts):
            readers = [reader(each, prefixes) for each in parts]
            return lambda root, content: next(filter(None, (each(root, content) for each in readers)), None)
        case OfRoot(of_root=part):
            return lambda root, _: _of_root(root, part)
        case Derived(uuid_of="content"):
            return lambda _, content: _uuid(sha256(content).hexdigest())
        case Derived(uuid_of=parts):
            assert parts != "content"
            joined = _joined([reader(each, prefixes) for each in parts], "\n")
            return lambda root, content: _uuid(joined(root, content))
        case _:
            raise AssertionError(fact)


def attribute_of_root(path: str) -> str | None:
    """The name, where an XPath is nothing but an attribute of the root element: that is found without asking XPath."""
    plain = _ATTRIBUTE.match(path)
    return None if plain is None else plain[1]


_ATTRIBUTE = re.compile(r"@([^\W\d][\w.\-]*)\Z")


def text_of_result(selected: object) -> str | None:
    """The text of an XPath's result: of the first node, or of a computed string."""
    if isinstance(selected, list):
        if not selected:
            return None
        selected = selected[0]
    if isinstance(selected, etree._Element):  # noqa: SLF001 - lxml's own type
        return text_of(selected)
    return str(selected).strip() or None


def _joined(readers: list[Reader], by: str) -> Reader:
    def read(root: Node, content: bytes) -> str | None:
        parts = [each(root, content) for each in readers]
        return by.join(part for part in parts if part) if all(parts) else None

    return read


def _of_root(root: Node, part: Literal["name", "number"]) -> str | None:
    name = local_name(root)
    if part == "name":
        return name
    number = name.rpartition(".")[2]
    return number if number.isdigit() else None


def _uuid(name: str | None) -> str | None:
    return None if name is None else str(uuid.uuid5(DERIVED, name))
