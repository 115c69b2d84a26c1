"""Code lists: reads genericode files, and holds the codes of a document against them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gateway.core.errors import Refused
from gateway.core.refusal import Finding, RefusalCode
from schemas.demands import Objection
from schemas.door import Limits, read
from schemas.facts import Model, Text
from schemas.paths import Paths, shorten
from schemas.shape import shape_at
from schemas.view import Node, line_of, local_name, text_of

_LIMITS = Limits(max_bytes=50_000_000)
_MOST_SHOWN = 20
_GENERICODE = "CodeList"

Reaction = Literal["refuse", "warn", "ignore"]


class CodeListEntry(Model):
    """A table `[[code_lists]]` of a `bundle.toml`: one version of one list."""

    uri: Text
    version: Text
    file: Text | None = None
    """Genericode, a path from the bundle's folder to a file there or in the shared one. Without it the list is known by its name alone."""
    column: Text | None = None
    """Id of the column with the codes, where it is not that of the list's key."""
    unknown_code: Reaction = "refuse"
    unknown_version: Reaction = "warn"


class ListFault(Exception):
    """A code list that can't be used: why, in German and English."""

    def __init__(self, de: str, en: str) -> None:
        super().__init__(en)
        self.de = de
        self.en = en


@dataclass(frozen=True, slots=True)
class CodeList:
    """One version of a list as its file says."""

    uri: str
    version: str
    title: str
    codes: frozenset[str]


def load_list(folder: Path, shared: Path, entry: CodeListEntry) -> CodeList | None:
    """The list of an entry; None where it is known by its name alone.

    Raises:
        ListFault: the file is missing, is no genericode, or is another list than the entry says.
    """
    if entry.file is None:
        return None
    path = _find(folder, shared, entry.file)
    try:
        content = path.read_bytes()
    except OSError:
        raise ListFault(f"Die Datei „{entry.file}“ fehlt", f"the file {entry.file!r} is missing") from None
    found = read_genericode(content, entry.column)
    if (found.uri, found.version) != (entry.uri, entry.version):
        raise ListFault(
            f"„{entry.file}“ ist die Codeliste {found.uri} in der Fassung {found.version}",
            f"{entry.file!r} is the code list {found.uri} in version {found.version}",
        )
    return found


def read_genericode(content: bytes, column: str | None = None) -> CodeList:
    """Read a genericode file (OASIS, as used by XÖV), in UTF-8 or a Latin encoding that it declares.

    The codes stand in the column of the key: of the recommended one, else of the first. Of a key of several
    columns each one's values count, because a message has room for one only.

    Raises:
        ListFault: it is no genericode, or has no such column.
    """
    try:
        root = read(_in_utf8(content), _LIMITS)
    except Refused as refused:
        codes = ", ".join(refusal.code for refusal in refused.refusals)
        raise ListFault(f"Die Codeliste ist nicht lesbar ({codes})", f"can't be read ({codes})") from None
    if local_name(root) != _GENERICODE:
        raise ListFault("Die Datei ist keine Codeliste (genericode)", "is no code list (genericode)")
    columns = [str(each.get("Id")) for each in root.iterfind("{*}ColumnSet/{*}Column")]
    wanted = {column} if column is not None else _key_columns(root)
    if not wanted or not wanted <= set(columns):
        raise ListFault("Die Codeliste hat keine solche Spalte", "the code list has no such column")
    return CodeList(
        uri=root.findtext("{*}Identification/{*}CanonicalUri", "").strip(),
        version=root.findtext("{*}Identification/{*}Version", "").strip(),
        title=root.findtext("{*}Identification/{*}ShortName", "").strip(),
        codes=frozenset(_values(root, columns, wanted)),
    )


def _key_columns(root: Node) -> set[str]:
    keys = root.findall("{*}ColumnSet/{*}Key")
    recommended = (key for key in keys if key.find("{*}Annotation//{*}recommendedKeyColumn") is not None)
    key = next(recommended, keys[0] if keys else None)
    return set() if key is None else {str(each.get("Ref")) for each in key.iterfind("{*}ColumnRef")}


def _values(root: Node, columns: Sequence[str], wanted: set[str]) -> Iterator[str]:
    for row in root.iterfind("{*}SimpleCodeList/{*}Row"):
        position = -1
        for value in row.iterfind("{*}Value"):
            # A value without a reference belongs to the column after that of the value before it.
            named = value.get("ColumnRef")
            position = columns.index(named) if named in columns else position + 1
            if position < len(columns) and columns[position] in wanted:
                text = value.findtext("{*}SimpleValue", "").strip()
                if text:
                    yield text


_DECLARATION = re.compile(
    rb"""\A<\?xml\s[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._\-]{1,40})["'][^>]*>"""
)
_LATIN = frozenset({"iso-8859-1", "iso-8859-15", "latin1", "latin-1", "windows-1252", "cp1252"})


def _in_utf8(content: bytes) -> bytes:
    """Lists of some publishers are not in UTF-8, which alone passes the door."""
    declared = _DECLARATION.match(content)
    encoding = declared[1].decode().lower() if declared else "utf-8"
    if declared is None or encoding not in _LATIN:
        return content
    return content[declared.end() :].decode(encoding, errors="replace").encode()


def _find(folder: Path, shared: Path, name: str) -> Path:
    """A file below one of the two folders, also where its umlauts are written in another form of Unicode than in `name`."""
    path = (folder / name).resolve()
    if not any(path.is_relative_to(each.resolve()) for each in (folder, shared)):
        raise ListFault(f"„{name}“ liegt außerhalb des Pakets", f"{name!r} lies outside the bundle")
    if path.is_file() or not path.parent.is_dir():
        return path
    wanted = unicodedata.normalize("NFC", path.name)
    same = (each for each in path.parent.iterdir() if unicodedata.normalize("NFC", each.name) == wanted)
    return next(same, path)


@dataclass(frozen=True, slots=True)
class _Version:
    entry: CodeListEntry
    list: CodeList | None


_STRICTEST: Mapping[Reaction, int] = {"refuse": 0, "warn": 1, "ignore": 2}


class CodeBook:
    """The code lists of one bundle. Immutable; safe to use from any number of threads."""

    def __init__(
        self,
        lists: Iterable[tuple[CodeListEntry, CodeList | None]],
        unknown_list: Reaction = "ignore",
        in_schema: frozenset[str] = frozenset(),
    ) -> None:
        """`in_schema`: lists that the schema itself fixes; they are not unknown."""
        self._lists: dict[str, dict[str, _Version]] = {}
        for entry, content in lists:
            self._lists.setdefault(entry.uri, {})[entry.version] = _Version(entry, content)
        self._unknown_list: Reaction = unknown_list
        self._in_schema = in_schema

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self._lists) or self._unknown_list != "ignore"

    def objections(self, root: Node, paths: Paths) -> Iterator[Objection]:
        """What speaks against the codes of a document, in its order."""
        # Not by XPath, which would hold all of a long document's elements at once.
        for node in root.iter() if self else ():
            uri = node.get("listURI")
            if uri is None:
                continue
            uri = uri.strip()
            versions = self._lists.get(uri)
            if versions is None:
                if self._unknown_list != "ignore" and uri not in self._in_schema:
                    finding = _finding("codeliste-unbekannt", node, "listURI", self._lists, paths)
                    yield from _objection(self._unknown_list, RefusalCode.CODE_LIST_UNKNOWN, finding)
                continue
            named = (node.get("listVersionID") or "").strip()
            version = versions.get(named) if named else _newest(versions)
            if version is None:
                reaction = min(
                    (each.entry.unknown_version for each in versions.values()), key=_STRICTEST.__getitem__
                )
                finding = _finding("codeliste-fassung", node, "listVersionID", versions, paths)
                yield from _objection(reaction, RefusalCode.CODE_LIST_UNKNOWN, finding)
            elif version.list is not None:
                place = _code_of(node)
                code = text_of(place)
                if code is not None and code not in version.list.codes:
                    finding = _finding("code-unbekannt", place, None, _allowed(version.list), paths)
                    yield from _objection(version.entry.unknown_code, RefusalCode.CODE_UNKNOWN, finding)


def _newest(versions: Mapping[str, _Version]) -> _Version:
    """The version that counts where a message names none: the last declared."""
    return list(versions.values())[-1]


def _code_of(node: Node) -> Node:
    """The element with the code: the child `code`, or in older standards the element itself."""
    return next(node.iterchildren("{*}code"), node)


def _allowed(known: CodeList) -> Sequence[str]:
    if len(known.codes) > _MOST_SHOWN:
        return [f"{known.title} {known.version}: {len(known.codes)} Codes / codes"]
    return sorted(known.codes)


def _objection(reaction: Reaction, code: RefusalCode, finding: Finding) -> Iterator[Objection]:
    match reaction:
        case "refuse":
            yield Objection(finding, code)
        case "warn":
            yield Objection(finding, None)
        case "ignore":
            return


SENTENCES: Mapping[str, tuple[str, str]] = {
    "codeliste-unbekannt": (
        "Die Codeliste, die „{name}“ nennt, ist hier nicht bekannt.",
        "The code list that '{name}' names is not known here.",
    ),
    "codeliste-fassung": (
        "Die Fassung der Codeliste, die „{name}“ nennt, ist hier nicht bekannt.",
        "The version of the code list that '{name}' names is not known here.",
    ),
    "code-unbekannt": (
        "Der Code in „{name}“ steht nicht in seiner Codeliste.",
        "The code in '{name}' is not in its code list.",
    ),
}


def _finding(rule: str, node: Node, attribute: str | None, allowed: Iterable[str], paths: Paths) -> Finding:
    de, en = SENTENCES[rule]
    parent = node.getparent()
    named = parent if local_name(node) == "code" and parent is not None else node
    name = shorten(local_name(named))
    shown = list(allowed)
    expected = " | ".join(shown[:_MOST_SHOWN]) + (" | …" if len(shown) > _MOST_SHOWN else "")
    return Finding(
        paths.of(node, attribute),
        rule,
        de.format(name=name),
        en.format(name=name),
        expected,
        line_of(node),
        shape_at(node, attribute),
    )
