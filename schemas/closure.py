"""The schema files of a bundle: found by their includes, all from its own folder or the shared one."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from lxml import etree

from gateway.core.errors import ConfigurationInvalid, Problem, Refused
from schemas.door import Limits, read
from schemas.view import line_of

_XSD = "{http://www.w3.org/2001/XMLSchema}"
_LINKS = tuple(f"{_XSD}{name}" for name in ("include", "import", "redefine", "override"))
_LIMITS = Limits(max_bytes=20_000_000, max_depth=200)


XsdVersion = Literal["1.0", "1.1"]


@dataclass(frozen=True, slots=True)
class SchemaFiles:
    """What a schema is compiled from. Nothing else is ever read for it."""

    namespace: str
    folder: Path
    entry: tuple[str, ...]
    foreign: Mapping[str, str]
    """Entry files of other namespaces than the bundle's: the namespace by the file's name."""
    paths: frozenset[Path]
    roots: frozenset[str]
    """The global elements as `{namespace}name`."""
    stamp: str
    """Hash of what is in the files and how they belong together: equal stamps, equal schemas, wherever they lie."""

    def is_unchanged(self) -> bool:
        """Whether the files still are what they were when they were collected."""
        try:
            return self.stamp == _stamp(self.namespace, self.folder, self.entry, self.paths)
        except OSError:
            return False

    def driver(self) -> bytes:
        """A schema that includes every entry file, and before that imports those of other namespaces.

        libxml2 takes a namespace from the first file that is imported for it and skips all others.
        """
        schema = etree.Element(
            f"{_XSD}schema", nsmap={"xs": _XSD[1:-1]}, attrib={"targetNamespace": self.namespace}
        )
        for name, namespace in self.foreign.items():
            location = (self.folder / name).as_uri()
            etree.SubElement(schema, f"{_XSD}import", namespace=namespace, schemaLocation=location)
        for name in self.entry:
            if name not in self.foreign:
                etree.SubElement(schema, f"{_XSD}include", schemaLocation=(self.folder / name).as_uri())
        return etree.tostring(schema)

    @property
    def base_url(self) -> str:
        """Where the driver stands, for relative locations."""
        return (self.folder / "driver.xsd").as_uri()


def collect_files(folder: Path, shared: Path, entry: Sequence[str], namespace: str) -> SchemaFiles:
    """Follow the includes and imports of the entry files.

    Raises:
        ConfigurationInvalid: a file is missing, is not XML, lies outside the two folders or belongs to
            another namespace; every such place is named with file and line.
    """
    folder, allowed = folder.resolve(), (folder.resolve(), shared.resolve())
    problems: list[Problem] = []
    roots: set[str] = set()
    todo = [(folder / name, Problem(str(folder / "bundle.toml"), None, "", "")) for name in entry]
    seen: set[Path] = set()
    foreign: dict[str, str] = {}
    entries = {(folder / name).resolve(): name for name in entry}
    while todo:
        path, origin = todo.pop()
        path = path.resolve()
        if path in seen:
            continue
        seen.add(path)
        root = _open(path, origin, allowed, problems)
        if root is None:
            continue
        target = str(root.get("targetNamespace", namespace))
        roots |= {f"{{{target}}}{each.get('name')}" for each in root.iterchildren(f"{_XSD}element")}
        if path in entries and target != namespace:
            if target in foreign.values() or len(foreign) + 1 == len(entries):
                problems.append(_foreign(path, root))
            foreign[entries[path]] = target
        for link in root.iterchildren(*_LINKS):
            linked = _target(path, link, problems)
            if linked is not None:
                todo.append((linked, Problem(str(path), line_of(link), "", "")))
    if problems:
        raise ConfigurationInvalid(*problems)
    # In the order in which they are named, whatever the way they were found.
    foreign = {name: foreign[name] for name in entry if name in foreign}
    stamp = _stamp(namespace, folder, entry, seen)
    return SchemaFiles(namespace, folder, tuple(entry), foreign, frozenset(seen), frozenset(roots), stamp)


def _stamp(namespace: str, folder: Path, entry: Sequence[str], paths: Iterable[Path]) -> str:
    contents = sorted(
        (os.path.relpath(path, folder), sha256(path.read_bytes()).hexdigest()) for path in paths
    )
    return sha256(repr((namespace, tuple(entry), contents)).encode()).hexdigest()


def _open(
    path: Path, origin: Problem, allowed: tuple[Path, ...], problems: list[Problem]
) -> etree._Element | None:
    if not any(path.is_relative_to(each) for each in allowed):
        de = f"„{path.name}“ liegt außerhalb des Pakets"
        en = f"{path.name!r} lies outside the bundle"
    elif not path.is_file():
        de, en = f"Die Datei „{path.name}“ fehlt", f"the file {path.name!r} is missing"
    else:
        try:
            return read(path.read_bytes(), _LIMITS)
        except Refused as refused:
            codes = ", ".join(refusal.code for refusal in refused.refusals)
            de, en = f"„{path.name}“ ist nicht lesbar ({codes})", f"{path.name!r} can't be read ({codes})"
    problems.append(Problem(origin.file, origin.line, de, en))
    return None


def _target(path: Path, link: etree._Element, problems: list[Problem]) -> Path | None:
    location = link.get("schemaLocation")
    if location is None:
        return None
    parts = urlsplit(location)
    if parts.scheme or parts.netloc:
        problems.append(
            Problem(
                str(path),
                line_of(link),
                "Schemas werden nicht aus dem Netz geladen: der Ort muss ein relativer Pfad sein",
                "schemas are not loaded from the network: the location must be a relative path",
            )
        )
        return None
    return path.parent / unquote(parts.path)


def _foreign(path: Path, root: etree._Element) -> Problem:
    return Problem(
        str(path),
        line_of(root),
        "Der Namensraum ist nicht der des Pakets: daneben muss eine Datei mit seinem stehen, und eine je fremdem",
        "the namespace is not that of the bundle: one file must have that, and one each any other",
    )
