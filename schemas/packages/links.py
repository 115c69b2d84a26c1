"""Links: which file of a package each include and import means, found offline and in the package alone."""

import posixpath
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from gateway.core.errors import Problem
from schemas.packages.faults import fault
from schemas.packages.files import FileId, Link, SchemaFile
from schemas.packages.sameness import copies, representatives

Target = tuple[FileId, ...]
"""The files that a link means: several where a namespace is imported that is spread over them."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several files fit a link equally well and differ."""

    files: tuple[FileId, ...]


class Links:
    """Resolves the links of all files of a package and its supplements.

    A location is tried as it stands; then the files of its name that have the wanted namespace are
    compared, the longest common end of the path first, then the nearest folder; then, for an import, the
    files of its namespace. The package itself goes before its supplements, in their order.
    """

    def __init__(self, files: Mapping[FileId, SchemaFile]) -> None:
        self._files = files
        self._by_name: dict[str, list[FileId]] = defaultdict(list)
        self._by_namespace: dict[str | None, list[FileId]] = defaultdict(list)
        for id, file in files.items():
            self._by_name[id.path.name.casefold()].append(id)
            self._by_namespace[file.namespace].append(id)
        self._sources = sorted({id.source for id in files})
        self._said = copies(files)
        # Includes first: an import of a namespace asks which of its files others include.
        self._targets: dict[FileId, list[tuple[Link, Target | Ambiguous]]] = {}
        self._targets = {id: self._resolved(id, imports=False) for id in files}
        self._targets = {id: self._resolved(id, imports=True) for id in files}
        self._first = representatives(
            self._said, lambda each: [_certain(target) for _, target in self.of(each)]
        )
        self._targets = {
            id: [(link, self._unified(target)) for link, target in found]
            for id, found in self._targets.items()
        }

    def of(self, id: FileId) -> Sequence[tuple[Link, Target | Ambiguous]]:
        """A file's links with what they mean; an empty target where nothing fits."""
        return self._targets.get(id, ())

    def distinct(self, ids: Iterable[FileId]) -> list[FileId]:
        """The files without those that are copies of others, links and all."""
        return list(dict.fromkeys(self._first[id] for id in ids))

    def reach(self, start: Iterable[FileId], *, imports: bool = True) -> list[FileId]:
        """The files that are linked to from some, those included, directly or through others."""
        todo, seen = list(start), dict.fromkeys(start)
        while todo:
            for link, target in self.of(todo.pop()):
                if isinstance(target, Ambiguous) or (link.imports and not imports):
                    continue
                for each in target:
                    if each not in seen:
                        seen[each] = None
                        todo.append(each)
        return list(seen)

    def faults(self, ids: Iterable[FileId]) -> list[Problem]:
        """What is missing or ambiguous in files, with who wants it; what several want once."""
        wanted: dict[tuple[str, str | None], list[tuple[FileId, Link]]] = defaultdict(list)
        problems = []
        for id in ids:
            for link, target in self.of(id):
                if isinstance(target, Ambiguous):
                    problems.append(_ambiguous(id, link, target))
                elif not target and link.location is not None:
                    wanted[_path(link.location), link.namespace].append((id, link))
        return [_missing(*wants[0], len(wants) - 1) for wants in wanted.values()] + problems

    def _resolved(self, id: FileId, *, imports: bool) -> list[tuple[Link, Target | Ambiguous]]:
        file = self._files[id]
        return [(link, self._resolve(file, link)) for link in file.links if imports or not link.imports]

    def _resolve(self, file: SchemaFile, link: Link) -> Target | Ambiguous:
        order = sorted(self._sources, key=lambda source: (source != file.id.source, source))
        if link.location:
            exact = _relative(file.id, link.location)
            if exact in self._files and self._fits(file, link, exact):
                return (exact,)
            path = PurePosixPath(_path(link.location))
            for source in order:
                named = [
                    id
                    for id in self._by_name[path.name.casefold()]
                    if id.source == source and id != file.id and self._fits(file, link, id)
                ]
                if named:
                    return self._nearest(file, named, path)
        if link.imports:
            for source in order:
                spread = [id for id in self._by_namespace[link.namespace] if id.source == source]
                if spread:
                    return self._heads(file, spread)
        return ()

    def _fits(self, file: SchemaFile, link: Link, id: FileId) -> bool:
        found = self._files[id].namespace
        return found == link.namespace if link.imports else found in {file.namespace, None}

    def _nearest(self, file: SchemaFile, ids: list[FileId], path: PurePosixPath) -> Target | Ambiguous:
        ranked = {id: (_common_end(id.path, path), _common_start(id.path, file.id.path)) for id in ids}
        best = [id for id in ids if ranked[id] == max(ranked.values())]
        if len({self._said[id] for id in best}) > 1:
            return Ambiguous(tuple(best))
        return (best[0],)

    def _unified(self, target: Target | Ambiguous) -> Target | Ambiguous:
        return target if isinstance(target, Ambiguous) else tuple(self.distinct(target))

    def _heads(self, file: SchemaFile, ids: list[FileId]) -> Target:
        """Of the files of a namespace the nearest ones that no other of them includes."""
        nearest = max(_common_start(id.path, file.id.path) for id in ids)
        ids = [id for id in ids if _common_start(id.path, file.id.path) == nearest]
        return tuple(heads(ids, self, imports=False))


def _certain(target: Target | Ambiguous) -> Target:
    return () if isinstance(target, Ambiguous) else target


def heads(ids: Sequence[FileId], links: Links, *, imports: bool = True) -> list[FileId]:
    """The fewest files from which all of `ids` are reached: those that none of them links to, and one
    of each circle.
    """
    among = set(ids)
    linked = {
        each
        for id in ids
        for link, target in links.of(id)
        if not isinstance(target, Ambiguous) and (imports or not link.imports)
        for each in target
        if each != id
    }
    found = [id for id in ids if id not in linked]
    covered = set(links.reach(found, imports=imports))
    for id in ids:
        if id in among - covered:
            found.append(id)
            covered |= set(links.reach([id], imports=imports))
    return found


def _path(location: str) -> str:
    """The path in a location, which people also write with backslashes and with letters in two parts."""
    return unicodedata.normalize("NFC", unquote(urlsplit(location.strip().replace("\\", "/")).path))


def _relative(id: FileId, location: str) -> FileId:
    parts = urlsplit(location.strip())
    if parts.scheme or parts.netloc:
        return FileId(-1, PurePosixPath(location))
    path = posixpath.normpath(posixpath.join(id.path.parent.as_posix(), _path(location)))
    return FileId(id.source, PurePosixPath(path))


def _common_end(one: PurePosixPath, other: PurePosixPath) -> int:
    pairs = list(zip(reversed(one.parts), reversed(other.parts), strict=False))
    return next((number for number, (a, b) in enumerate(pairs) if a.casefold() != b.casefold()), len(pairs))


def _common_start(one: PurePosixPath, other: PurePosixPath) -> int:
    pairs = list(zip(one.parent.parts, other.parent.parts, strict=False))
    return next((number for number, (a, b) in enumerate(pairs) if a != b), len(pairs))


def _missing(id: FileId, link: Link, others: int) -> Problem:
    location = link.location or ""
    name = PurePosixPath(_path(location)).name or location
    far = urlsplit(location.strip()).scheme in {"http", "https"}
    where = ("veröffentlicht unter", "published at") if far else ("Ort", "location")
    more = (
        (f"; {others} weitere Stellen brauchen sie", f"; {others} other places need it")
        if others
        else ("", "")
    )
    space = link.namespace or "-"
    return fault(
        str(id),
        f"Die Datei „{name}“ fehlt im Paket ({where[0]} {location}, Namensraum {space}{more[0]})",
        f"the file {name!r} is missing from the package ({where[1]} {location}, namespace {space}{more[1]})",
        link.line,
    )


def _ambiguous(id: FileId, link: Link, target: Ambiguous) -> Problem:
    files = ", ".join(str(each) for each in target.files)
    return fault(
        str(id),
        f"Mehrere verschiedene Dateien passen auf „{link.location}“: {files}",
        f"several different files fit {link.location!r}: {files}",
        link.line,
    )
