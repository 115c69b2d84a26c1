"""Code lists of a bundle: what it says about each, and the codes of a document held against them."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from lxml import etree

from gateway.core.refusal import Finding, RefusalCode
from schemas.demands import Objection
from schemas.facts import Model, Text
from schemas.genericode import CodeList, ListFault, collapsed
from schemas.lists import Lists, in_order
from schemas.paths import Paths, shorten
from schemas.shape import shape_at
from schemas.view import Node, line_of, local_name, text_of

_MOST_SHOWN = 40

Reaction = Literal["refuse", "warn", "ignore"]


class CodeListEntry(Model):
    """A table `[[code_lists]]` of a `bundle.toml`: one version of one list."""

    uri: Text
    version: Text
    file: Text | None = None
    """Genericode, a path from the bundle's folder to a file there or in the shared one. Without it the installed
    list counts, if there is one; otherwise the list is known by its name alone."""
    column: Text | tuple[Text, ...] = ()
    """Id of the column with the codes, or of several, where it is not that of the list's key."""
    unknown_code: Reaction = "refuse"
    unknown_version: Reaction = "warn"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that count; none: that of the key."""
        return (self.column,) if isinstance(self.column, str) else self.column


def load_list(folder: Path, shared: Path, entry: CodeListEntry, lists: Lists) -> CodeList | None:
    """The list of an entry; None where it is known by its name alone.

    Raises:
        ListFault: the file is missing, is no genericode, or is another list than the entry says.
    """
    if entry.file is None:
        installed = lists.installed.get((entry.uri, entry.version))
        return None if installed is None else lists.read(installed.path, entry.columns)
    path = _find(folder, shared, entry.file)
    if not path.is_file():
        raise ListFault(f"Die Datei „{entry.file}“ fehlt", f"the file {entry.file!r} is missing")
    found = lists.read(path, entry.columns)
    if (found.uri, found.version) != (entry.uri, entry.version):
        raise ListFault(
            f"„{entry.file}“ ist die Codeliste {found.uri} in der Fassung {found.version}",
            f"{entry.file!r} is the code list {found.uri} in version {found.version}",
        )
    return found


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
    """The code lists that count for one bundle. Immutable; safe to use from any number of threads."""

    def __init__(
        self,
        lists: Iterable[tuple[CodeListEntry, CodeList | None]],
        unknown_list: Reaction = "ignore",
        in_schema: frozenset[tuple[str, str | None]] = frozenset(),
        installed: Iterable[CodeList] = (),
    ) -> None:
        """`in_schema`: lists that the schema itself fixes, with their version where it fixes that too; they are
        not unknown. `installed`: lists that count where the bundle does not declare them itself.
        """
        declared: dict[str, dict[str, _Version]] = {}
        for entry, content in lists:
            declared.setdefault(entry.uri, {})[entry.version] = _Version(entry, content)
        self._lists: dict[str, dict[str, _Version]] = {}
        for each in sorted(installed, key=lambda each: in_order(each.version)):
            entry = _like(each, declared.get(each.uri), unknown_list)
            self._lists.setdefault(each.uri, {})[each.version] = _Version(entry, each)
        for uri, versions in declared.items():
            # What the bundle says itself comes last, where the newest is looked for.
            self._lists[uri] = {
                name: each for name, each in self._lists.get(uri, {}).items() if name not in versions
            } | versions
        self._good = dict(_good(self._lists))
        self._unknown_list: Reaction = unknown_list
        self._in_schema = in_schema
        self._uris_in_schema = frozenset(uri for uri, _ in in_schema)

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self._lists) or self._unknown_list != "ignore"

    def objections(self, root: Node, paths: Paths) -> Iterator[Objection]:
        """What speaks against the codes of a document, in its order."""
        for node, uri, named in _named(root) if self else ():
            versions = self._lists.get(uri)
            if versions is None:
                if self._unknown_list != "ignore" and uri not in self._uris_in_schema:
                    finding = _finding("codeliste-unbekannt", node, "listURI", self._lists, paths)
                    yield from _objection(self._unknown_list, RefusalCode.CODE_LIST_UNKNOWN, finding)
            elif text_of(_code_of(node)) in self._good.get((uri, named), ()):
                # Nearly always.
                continue
            elif not named or named in versions:
                counting = [versions[named]] if named else list(versions.values())
                yield from _unknown_code(node, counting, paths)
            elif (uri, named) not in self._in_schema:
                reaction = min(
                    (each.entry.unknown_version for each in versions.values()), key=_STRICTEST.__getitem__
                )
                finding = _finding("codeliste-fassung", node, "listVersionID", versions, paths)
                yield from _objection(reaction, RefusalCode.CODE_LIST_UNKNOWN, finding)

    def lacking(self, root: Node) -> Iterator[tuple[str, str]]:
        """Identifier and version of each list that a document names and that does not have its code; where it
        names no version, all of them.
        """
        for node, uri, named in _named(root):
            versions = self._lists.get(uri, {})
            counting = [each for name, each in versions.items() if named in {"", name}]
            if counting and _lack(_code_of(node), counting):
                yield from ((uri, each.entry.version) for each in counting)


def _good(
    lists: Mapping[str, Mapping[str, _Version]],
) -> Iterator[tuple[tuple[str, str], frozenset[str]]]:
    """By identifier and version the codes against which nothing speaks, however they are written; under an empty
    version those of all. A list that is known by its name alone is not among them.
    """
    for uri, versions in lists.items():
        codes = {name: each.list.codes for name, each in versions.items() if each.list is not None}
        yield (uri, ""), frozenset().union(*codes.values())
        yield from (((uri, name), each) for name, each in codes.items())


_AT_ONCE = 1000
_few = etree.XPath(f"(//@listURI/..)[position() <= {_AT_ONCE + 1}]")


def _listed(root: Node) -> Iterable[Node]:
    """The elements that name a list, in the order of the document, and where there are many perhaps others. XPath is
    three times as fast as looking at each element, but holds all that it finds at once.
    """
    found = cast("list[Node]", _few(root))
    return found if len(found) <= _AT_ONCE else root.iter()


def _named(root: Node) -> Iterator[tuple[Node, str, str]]:
    """Each element that names a list, with identifier and version; empty where it names no version."""
    for node in _listed(root):
        uri = node.get("listURI")
        if uri is not None:
            yield node, uri.strip(), (node.get("listVersionID") or "").strip()


def _like(found: CodeList, declared: Mapping[str, _Version] | None, unknown_list: Reaction) -> CodeListEntry:
    """How an installed list counts: like the newest version that the bundle declares. Where it declares none,
    another version is no better than another list.
    """
    name = {"uri": found.uri, "version": found.version}
    if declared:
        return list(declared.values())[-1].entry.model_copy(update=name)
    stricter = min("warn", unknown_list, key=_STRICTEST.__getitem__)
    return CodeListEntry.model_validate(name | {"unknown_version": stricter})


def _unknown_code(node: Node, versions: Sequence[_Version], paths: Paths) -> Iterator[Objection]:
    """Objects to a code that is in none of some versions: of the one that is named, or of all where none is."""
    place = _code_of(node)
    if _lack(place, versions):
        last = versions[-1]
        assert last.list is not None
        finding = _finding("code-unbekannt", place, None, _allowed(last.list), paths)
        yield from _objection(last.entry.unknown_code, RefusalCode.CODE_UNKNOWN, finding)


def _lack(place: Node, versions: Sequence[_Version]) -> bool:
    """Whether none of these lists has the code at a place."""
    code = text_of(place)
    if code is None:
        return False
    code = collapsed(code)
    return all(each.list is not None and code not in each.list.codes for each in versions)


def _code_of(node: Node) -> Node:
    """The element with the code: the child `code`, or in older standards the element itself."""
    if len(node) and local_name(node[0]) == "code":
        return node[0]
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
