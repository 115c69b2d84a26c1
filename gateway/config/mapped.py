"""Mapped: mapping files held against the schemas, so that a place that no message has is found before the first one."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from gateway.config.places import Source, source_of
from gateway.core.errors import Problem
from gateway.core.handbook import Content, Form, Handbook, Row, Section
from gateway.core.mapped import MappedKind
from gateway.core.message import MessageKind

Handbooks = Callable[[MessageKind], Handbook | None]
"""What is known about the messages of a kind; None where nothing is."""


def no_handbooks(_kind: MessageKind) -> Handbook | None:
    """Nothing is known about any."""
    return None


def mapped_problems(
    mapped: Iterable[MappedKind], kinds: Sequence[MessageKind], handbook: Handbooks
) -> Iterator[Problem]:
    """Kinds that no schema knows, and places that none of a kind's versions has."""
    for each in mapped:
        source = source_of(each.file)
        versions = [kind for kind in kinds if kind.root == each.root and each.version in {None, kind.version}]
        if not versions:
            yield _unknown_kind(source, each)
            continue
        books = [book for kind in versions if (book := handbook(kind)) is not None]
        if len(books) == len(versions):
            yield from _unknown_places(source, each, [Places(book) for book in books])


def _unknown_kind(source: Source, mapped: MappedKind) -> Problem:
    place = "version" if mapped.version else "root"
    name = f"{mapped.root} {mapped.version or ''}".rstrip()
    return source.problem(
        (*mapped.place, place),
        f"kein Schema-Bündel kennt {name}",
        f"no schema bundle knows {name}",
    )


def _unknown_places(source: Source, mapped: MappedKind, versions: Sequence["Places"]) -> Iterator[Problem]:
    told: list[str] = []
    for read in mapped.reads:
        if any(read.path.startswith(f"{place}/") for place in told):
            continue
        found = {each.find(read.path) for each in versions}
        if found == {Found.NOT_AT_ALL}:
            told.append(read.path)
            yield source.problem(
                read.place,
                f"in {mapped.root} gibt es {read.path} nicht",
                f"there is no {read.path} in {mapped.root}",
            )
        elif read.text and Found.WITH_TEXT not in found:
            hint = f"{read.path}/code" if Found.CODE in found else ""
            yield source.problem(
                read.place,
                f"{read.path} enthält keinen Text" + (f", sondern {hint}" if hint else ""),
                f"{read.path} holds no text" + (f", but {hint} does" if hint else ""),
            )


class Found(Enum):
    """What there is at a place."""

    NOT_AT_ALL = "not at all"
    CODE = "code"
    ELEMENTS = "elements"
    WITH_TEXT = "with text"


@dataclass(frozen=True, slots=True)
class _At:
    """A row, and the section that tells it."""

    section: Section
    index: int

    @property
    def row(self) -> Row:
        return self.section.rows[self.index]


class Places:
    """The places of one kind of message, as its handbook tells them."""

    def __init__(self, handbook: Handbook) -> None:
        self._sections: Mapping[str, Section] = {each.anchor: each for each in handbook.sections}
        self._root = handbook.sections[0] if handbook.sections else None
        self._certain = handbook.explained and not handbook.left_out

    def find(self, path: str) -> Found:
        """What there is at a path as `Read` has it; where the handbook can't tell, text."""
        if self._root is None or not self._certain:
            return Found.WITH_TEXT
        element, at, attribute = path.partition("@")
        steps = [step for step in element.split("/") if step not in {"", "."}]
        rows = [_At(self._root, index) for index in _within(self._root, None)]
        here: list[_At] = []
        for step in steps:
            if _anything(here, rows) or (step in _CODED and _is_code(here)):
                return Found.WITH_TEXT
            here = [each for each in rows if each.row.form is Form.ELEMENT and each.row.name == step]
            rows = [inner for each in here for inner in self._inside(each)]
            if not here:
                return Found.NOT_AT_ALL
        return self._attribute(rows, here, attribute) if at else _text(here, is_root=not steps)

    def _attribute(self, rows: Iterable[_At], here: Sequence[_At], name: str) -> Found:
        if _is_code(here) and name in _OF_CODES:
            return Found.WITH_TEXT
        known = (each.row for each in rows if each.row.form in {Form.ATTRIBUTE, Form.ANY_ATTRIBUTE})
        is_there = any(row.name == name or row.form is Form.ANY_ATTRIBUTE for row in known)
        return Found.WITH_TEXT if is_there else Found.NOT_AT_ALL

    def _inside(self, at: _At) -> Iterator[_At]:
        yield from (_At(at.section, index) for index in _within(at.section, at.index))
        for anchor in (at.row.section, *at.row.variants):
            section = self._sections.get(anchor or "")
            if section is not None:
                yield from (_At(section, index) for index in _within(section, None))


_CODED = frozenset({"code", "name"})
_OF_CODES = frozenset({"listURI", "listVersionID"})
"""What XÖV's type `Code` consists of; a handbook tells it in one row."""


def _within(section: Section, index: int | None) -> Iterator[int]:
    """Rows directly in a row, or in the section itself."""
    depth = 0 if index is None else section.rows[index].depth + 1
    start = 0 if index is None else index + 1
    for number in range(start, len(section.rows)):
        if section.rows[number].depth < depth:
            return
        if section.rows[number].depth == depth:
            yield number


def _anything(here: Iterable[_At], rows: Iterable[_At]) -> bool:
    """Whether elements of other schemas may stand here."""
    return any(each.row.content is Content.ANYTHING for each in here) or any(
        each.row.form is Form.ANY_ELEMENT for each in rows
    )


def _is_code(here: Iterable[_At]) -> bool:
    return any(each.row.content is Content.CODE for each in here)


def _text(here: Sequence[_At], *, is_root: bool) -> Found:
    contents = {each.row.content for each in here}
    if is_root or contents <= {Content.ELEMENTS, Content.EMPTY}:
        return Found.ELEMENTS
    return Found.CODE if contents == {Content.CODE} else Found.WITH_TEXT
