"""Genericode: the files in which code lists are published, read safely."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from gateway.core.errors import Refused
from schemas.door import PARSER_DEPTH, Limits, read
from schemas.view import Node, local_name

LARGEST_LIST = 20_000_000
"""Bytes of one file. The list of all municipalities has 3 MB."""

HEAD = 16 * 1024
"""Bytes at the beginning of a file by which one knows whether it is genericode."""

_LIMITS = Limits(max_bytes=LARGEST_LIST, max_attributes=LARGEST_LIST, max_depth=PARSER_DEPTH)
"""Those of the parser itself: what more the door looks for takes as long as all the rest."""
_GENERICODE = "CodeList"
_NAMING = ("name", "bezeichnung")


class ListFault(Exception):
    """A code list that can't be used: why, in German and English."""

    def __init__(self, de: str, en: str) -> None:
        super().__init__(en)
        self.de = de
        self.en = en


@dataclass(frozen=True, slots=True)
class CodeList:
    """The codes of one version of a list: one or several columns of its file."""

    uri: str
    version: str
    title: str
    codes: frozenset[str]
    file: Path | None = field(default=None, compare=False)
    """Where it was read from, the names of the codes too."""
    columns: tuple[str, ...] = field(default=(), compare=False)
    """The columns that were asked for; none: those of the key."""


@dataclass(frozen=True, slots=True)
class Genericode:
    """A file as it was published (OASIS genericode, as XÖV uses it)."""

    uri: str
    version: str
    title: str
    columns: tuple[str, ...]
    """Their ids, in the order of the file."""
    keys: tuple[tuple[str, ...], ...]
    """The columns of each key, the recommended one first."""
    rows: Sequence[Node]

    @property
    def code_columns(self) -> tuple[str, ...]:
        """Where the codes stand: the columns of the recommended key, else of the first; none without a key."""
        return self.keys[0] if self.keys else ()

    def code_list(self, columns: Collection[str] = ()) -> CodeList:
        """The codes in some columns, else in those of the key. Of several columns the values of each count,
        because a message has room for one only.

        Raises:
            ListFault: there is no such column.
        """
        wanted = self._wanted(columns)
        return CodeList(
            self.uri, self.version, self.title, frozenset(_values(self.rows, self.columns, wanted))
        )

    def names(self, columns: Collection[str] = ()) -> Mapping[str, str]:
        """What the codes in some columns, else in those of the key, are called: by a column that says so in its own
        name, else by the first of the others.

        Raises:
            ListFault: there is no such column.
        """
        wanted = self._wanted(columns)
        others = [each for each in self.columns if each not in wanted]
        speaking = (each for each in others if each.casefold().startswith(_NAMING))
        name = next(speaking, others[0] if others else None)
        return dict(_named(self.rows, self.columns, wanted, name)) if name is not None else {}

    def _wanted(self, columns: Collection[str]) -> Collection[str]:
        wanted = {_plain(each) for each in columns} or set(self.code_columns)
        if not wanted or not wanted <= set(self.columns):
            raise ListFault("Die Codeliste hat keine solche Spalte", "the code list has no such column")
        return wanted


def parse_genericode(content: bytes) -> Genericode:
    """Read a genericode file in UTF-8, UTF-16 or a Latin encoding that it declares.

    Raises:
        ListFault: it is no genericode.
    """
    try:
        root = read(_in_utf8(content), _LIMITS)
    except Refused as refused:
        codes = ", ".join(refusal.code for refusal in refused.refusals)
        raise ListFault(f"Die Codeliste ist nicht lesbar ({codes})", f"can't be read ({codes})") from None
    if local_name(root) != _GENERICODE:
        raise ListFault("Die Datei ist keine Codeliste (genericode)", "is no code list (genericode)")
    return Genericode(
        uri=_said(root, "CanonicalUri"),
        version=_said(root, "Version"),
        title=_said(root, "ShortName"),
        columns=tuple(_plain(each.get("Id") or "") for each in root.iterfind("{*}ColumnSet/{*}Column")),
        keys=tuple(_keys(root)),
        rows=root.findall("{*}SimpleCodeList/{*}Row"),
    )


def read_genericode(content: bytes, columns: Collection[str] = ()) -> CodeList:
    """The codes of a genericode file, see `parse_genericode` and `Genericode.code_list`.

    Raises:
        ListFault: it is no genericode, or has no such column.
    """
    return parse_genericode(content).code_list(columns)


def refuse_unnamed(found: CodeList | Genericode) -> None:
    """Refuse a list that nothing can refer to.

    Raises:
        ListFault: it names no identifier or no version.
    """
    if not found.uri or not found.version:
        raise ListFault(
            "Die Codeliste nennt keine Kennung oder keine Fassung", "it names no identifier or no version"
        )


def is_genericode(head: bytes) -> bool:
    """Whether a file is genericode, by its first `HEAD` bytes and whatever it is called."""
    return bool(_ROOT.match(_in_utf8(head)))


def file_name(uri: str, version: str) -> str:
    """A harmless name for the file of a list; no other list gets the same."""
    plain = f"{uri.replace(':', '_')}_{version}"
    if _HARMLESS.fullmatch(uri) and _HARMLESS.fullmatch(version) and ":" not in version:
        return f"{plain}.xml"
    mark = sha256(f"{uri}\0{version}".encode()).hexdigest()[:12]
    return f"{re.sub(r'[^A-Za-z0-9.-]+', '_', plain)[:120].strip('._') or 'list'}-{mark}.xml"


def collapsed(text: str) -> str:
    """A code as lists and messages write it: without surplus blanks, in the composed form of Unicode."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s++|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*>)*+<(?:[\w.\-]++:)?CodeList[\s/>]",
    re.DOTALL,
)
_HARMLESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:-]{0,150}")
_DECLARATION = re.compile(
    rb"""\A<\?xml\s[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._\-]{1,40})["'][^>]*>"""
)
_LATIN = frozenset({"iso-8859-1", "iso-8859-15", "latin1", "latin-1", "windows-1252", "cp1252"})
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def _in_utf8(content: bytes) -> bytes:
    """Lists of some publishers are not in UTF-8, which alone passes the door."""
    if content.startswith(_UTF16):
        content = content.decode("utf-16", errors="replace").encode()
        declared = _DECLARATION.match(content)
        return content[declared.end() :] if declared else content
    declared = _DECLARATION.match(content)
    encoding = declared[1].decode().lower() if declared else "utf-8"
    if declared is None or encoding not in _LATIN:
        return content
    return content[declared.end() :].decode(encoding, errors="replace").encode()


def _said(root: Node, name: str) -> str:
    return " ".join(root.findtext(f"{{*}}Identification/{{*}}{name}", "").split())


def _plain(id: str) -> str:
    # Umlauts in the ids of columns are written in two forms, sometimes in one file.
    return unicodedata.normalize("NFC", id)


def _keys(root: Node) -> Iterator[tuple[str, ...]]:
    keys = root.findall("{*}ColumnSet/{*}Key")
    keys.sort(key=lambda key: key.find("{*}Annotation//{*}recommendedKeyColumn") is None)
    for key in keys:
        if columns := tuple(_plain(each.get("Ref") or "") for each in key.iterfind("{*}ColumnRef")):
            yield columns


def _values(rows: Sequence[Node], columns: Sequence[str], wanted: Collection[str]) -> Iterator[str]:
    positions = {name: position for position, name in enumerate(columns)}
    inside = {positions[each] for each in wanted}
    for row in rows:
        for position, value in _cells(row, positions):
            if position in inside and (code := _text(value)):
                yield code


def _named(
    rows: Sequence[Node], columns: Sequence[str], wanted: Collection[str], name: str
) -> Iterator[tuple[str, str]]:
    """Each code with what it is called, where the list says that."""
    positions = {each: position for position, each in enumerate(columns)}
    for row in rows:
        cells = {position: _text(value) for position, value in _cells(row, positions)}
        called = cells.get(positions[name])
        codes = (cells.get(positions[each]) for each in wanted)
        yield from ((code, called) for code in codes if code and called)


def _cells(row: Node, positions: Mapping[str, int]) -> Iterator[tuple[int, Node]]:
    """The values of a row, each with the position of its column."""
    position = -1
    for value in row.iterchildren("{*}Value"):
        # A value without a reference belongs to the column after that of the value before it.
        named = value.get("ColumnRef")
        if named is None:
            position += 1
        elif named in positions:
            position = positions[named]
        else:
            position = positions.get(_plain(named), position + 1)
        yield position, value


def _text(value: Node) -> str:
    return collapsed(value.findtext("{*}SimpleValue", ""))
