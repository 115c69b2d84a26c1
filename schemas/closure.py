"""The schema files of a bundle: found by their includes, all from its own folder or the shared one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import etree

from gateway.core.errors import ConfigurationInvalid, Problem, Refused
from schemas.door import Limits, read
from schemas.view import line_of

_XSD = "{http://www.w3.org/2001/XMLSchema}"
_LINKS = tuple(f"{_XSD}{name}" for name in ("include", "import", "redefine", "override"))
_LIMITS = Limits(max_bytes=20_000_000, max_depth=200)


@dataclass(frozen=True, slots=True)
class SchemaFiles:
    """What a schema is compiled from. Nothing else is ever read for it."""

    namespace: str
    folder: Path
    entry: tuple[str, ...]
    paths: frozenset[Path]
    roots: frozenset[str]
    """Local names of the global elements in the bundle's namespace."""

    def driver(self) -> bytes:
        """A schema that includes every entry file."""
        schema = etree.Element(
            f"{_XSD}schema", nsmap={"xs": _XSD[1:-1]}, attrib={"targetNamespace": self.namespace}
        )
        for name in self.entry:
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
    while todo:
        path, origin = todo.pop()
        path = path.resolve()
        if path in seen:
            continue
        seen.add(path)
        root = _open(path, origin, allowed, problems)
        if root is None:
            continue
        if root.get("targetNamespace", namespace) == namespace:
            roots |= {str(each.get("name")) for each in root.iterchildren(f"{_XSD}element")}
        elif path.parent == folder and path.name in entry:
            problems.append(_foreign(path, root))
        for link in root.iterchildren(*_LINKS):
            target = _target(path, link, problems)
            if target is not None:
                todo.append((target, Problem(str(path), line_of(link), "", "")))
    if problems:
        raise ConfigurationInvalid(*problems)
    return SchemaFiles(namespace, folder, tuple(entry), frozenset(seen), frozenset(roots))


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
        "Der Namensraum ist nicht der des Pakets",
        "the namespace is not that of the bundle",
    )
