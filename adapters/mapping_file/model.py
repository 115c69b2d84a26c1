"""Model: what may stand in a mapping file."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from adapters.mapping_file.values import Type, is_pattern

Fact = Literal[
    "delivery",
    "message",
    "uuid",
    "kind",
    "version",
    "service",
    "tenant",
    "ags",
    "leser",
    "autor",
    "created",
    "test",
    "document",
]
"""What is known about a message beside its content."""


def _paths(value: object) -> object:
    if not isinstance(value, str | list | tuple):
        raise ValueError("a path is a text, or a list of texts")  # noqa: TRY004  # pydantic's own
    return (value,) if isinstance(value, str) else value


_NAME = r"[^\W\d][\w.\-·]*"
_PATH = re.compile(rf"\.|/?(\.|{_NAME})(/{_NAME})*(/@{_NAME})?|@{_NAME}")
_TARGET = re.compile(rf"{_NAME}(/{_NAME})*(/@{_NAME})?|@{_NAME}")


def _is_path(value: str) -> str:
    if _PATH.fullmatch(value) is None:
        raise ValueError("a path is local names joined by /, with @ in front of an attribute at its end")
    return value


def _is_target(value: str) -> str:
    if _TARGET.fullmatch(value) is None:
        raise ValueError("a field is names joined by /, with @ in front of an attribute at its end")
    return value


Path = Annotated[str, AfterValidator(_is_path)]
"""Local names joined by `/`, from the element at hand; with `/` in front, from the root; `@name` is an attribute."""

Paths = Annotated[tuple[Path, ...], BeforeValidator(_paths), Field(min_length=1)]

Target = Annotated[str, AfterValidator(_is_target)]
"""Where a value goes: names joined by `/`; the last may be an attribute, `@name`, where XML is made."""


def _is_pattern(value: str) -> str:
    if not is_pattern(value):
        raise ValueError("a date is written with dd, MM, yyyy, yy, HH, mm, ss and what stands between them")
    return value


Pattern = Annotated[str, AfterValidator(_is_pattern)]


class Section(BaseModel):
    """A table of a mapping file: an unknown name in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Rule(Section):
    """How one field is made. It is left out where the message has nothing for it."""

    path: Paths | None = None
    """Where it stands in the message; of several places, the first that is there."""
    fact: Fact | None = None
    value: str | int | bool | None = None
    """A constant."""
    each: Path | None = None
    """A list with one row for every such element, each with `fields`."""
    fields: "Fields | None" = None
    list: bool = False
    """All values at `path`, not the first alone."""
    join: str | None = None
    """All values at `path` in one text, with this between them."""
    type: Type = "text"
    date: Pattern | None = None
    """Write a date or a moment of the message like this."""
    written: Pattern | None = Field(None, alias="from")
    """How the date is written in the message, where it is not as in XML Schema."""
    codes: str | Mapping[str, str] | None = None
    """Translate by a table of the file, or by this one; `*` stands for every other value."""
    default: str | int | bool | None = None
    """Where the message has nothing."""
    required: bool = False
    """A message that has nothing for it can't be sent."""

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        sources = [name for name in ("path", "fact", "value", "each") if getattr(self, name) is not None]
        if len(sources) != 1:
            raise ValueError("one of path, fact, value and each is needed")
        if (self.each is None) != (self.fields is None):
            raise ValueError("each and fields belong together")
        if self.path is None and (self.list or self.join is not None):
            raise ValueError("list and join need a path")
        if self.list and self.join is not None:
            raise ValueError("either list or join")
        if self.written is not None and self.date is None:
            raise ValueError("from needs date")
        if self.date is not None and self.type != "text":
            raise ValueError("a date is a text")
        return self


def _rule(value: object) -> object:
    """`"a/b"` is short for a path, `"$delivery"` for a fact."""
    if not isinstance(value, str):
        return value
    return {"fact": value[1:]} if value.startswith("$") else {"path": value}


def _apart(fields: Mapping[str, Rule]) -> Mapping[str, Rule]:
    for target in fields:
        for other in fields:
            if other.startswith(f"{target}/"):
                raise ValueError(f"{target} is a value, so {other} can't be in it")
    return fields


Fields = Annotated[
    Mapping[Target, Annotated[Rule, BeforeValidator(_rule)]], AfterValidator(_apart), Field(min_length=1)
]


class OwnDocument(Section):
    """The fields as an XML document with names of the system's own."""

    element: str = Field(pattern=rf"^{_NAME}$")
    """Name of the outermost element; a kind may have another one."""
    namespace: str | None = None


class KindMapping(Section):
    """What is sent for one kind of message."""

    root: str
    """Name of the message's root element."""
    version: str | None = None
    """Of the standard; left out, of every version for which there is no other entry."""
    name: str | None = Field(None, pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")
    """A word for it that is fit for the name of a file."""
    operation: str | None = None
    """What the system calls the act: for SOAP."""
    element: str | None = Field(None, pattern=rf"^{_NAME}$")
    """Name of the outermost element of the XML document."""
    fields: Fields


class MappingFile(Section):
    """A mapping file as a whole."""

    codes: Mapping[str, Mapping[str, str]] = {}
    """Tables of translation by their names."""
    document: Literal["original"] | OwnDocument | None = None
    """What goes beside the fields: the message itself, or the fields as XML."""
    kinds: tuple[KindMapping, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_unambiguous(self) -> Self:
        seen: set[tuple[str, str | None]] = set()
        for kind in self.kinds:
            if (kind.root, kind.version) in seen:
                raise ValueError(f"{kind.root} has two entries for the same version")
            seen.add((kind.root, kind.version))
        return self


def is_relative(path: str) -> bool:
    """Whether a path starts at the element at hand."""
    return not path.startswith("/")


def split(path: str) -> tuple[str, str | None]:
    """The path of an element, and the attribute at its end."""
    element, at, attribute = path.removeprefix("/").partition("@")
    return element.rstrip("/") or ".", attribute if at else None
