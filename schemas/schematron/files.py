"""The files of a Schematron schema: read through the door, includes followed inside the bundle."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from gateway.core.errors import Problem, Refused
from schemas.door import Limits, read
from schemas.schematron.model import Place
from schemas.view import Node, line_of

SCH = "{http://purl.oclc.org/dsdl/schematron}"
_LIMITS = Limits(max_bytes=20_000_000, max_depth=200)
MOST_INCLUDES = 2_000
"""Of one schema. What includes itself by and by would never end."""


class Located(NamedTuple):
    """An element, and the files that led to it; the last one is its own."""

    node: Node
    files: tuple[Path, ...]

    @property
    def place(self) -> Place:
        return Place(str(self.files[-1]), line_of(self.node))

    @property
    def name(self) -> str:
        """Of an element of Schematron its local name, of any other the whole one."""
        return str(self.node.tag).removeprefix(SCH)


class Files:
    """Gives out the files of one schema. Faults are gathered in `problems`."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = tuple(folder.resolve() for folder in folders)
        self._read: dict[Path, Node] = {}
        self._includes = 0
        self.problems: list[Problem] = []

    def refuse(self, place: Place, de: str, en: str) -> None:
        """Note a fault."""
        self.problems.append(Problem(place.file, place.line, de, en))

    def open(self, path: Path, asked_by: Place) -> Located | None:
        """The root element of a file; None, with a fault noted, where it can't be had."""
        path = path.resolve()
        name = path.name
        if path not in self._read:
            if not any(path.is_relative_to(folder) for folder in self._folders):
                self.refuse(
                    asked_by, f"„{name}“ liegt außerhalb des Pakets", f"{name!r} lies outside the bundle"
                )
                return None
            try:
                self._read[path] = read(path.read_bytes(), _LIMITS)
            except OSError:
                self.refuse(asked_by, f"Die Datei „{name}“ fehlt", f"the file {name!r} is missing")
                return None
            except Refused as refused:
                codes = ", ".join(refusal.code for refusal in refused.refusals)
                self.refuse(
                    asked_by, f"„{name}“ ist nicht lesbar ({codes})", f"{name!r} can't be read ({codes})"
                )
                return None
        return Located(self._read[path], (path,))

    def children(self, parent: Located) -> Iterator[Located]:
        """The child elements, with what they include in their place."""
        for node in parent.node:
            child = Located(node, parent.files)
            href = node.get("href")
            if child.name == "include" or (child.name == "extends" and href is not None):
                included = self._included(child, href or "")
                if included is not None and child.name == "include":
                    yield included
                elif included is not None:
                    yield from self.children(included)
            else:
                yield child

    def _included(self, link: Located, href: str) -> Located | None:
        parts = urlsplit(href)
        if parts.scheme or parts.netloc or not parts.path:
            de = "Eingebunden wird nur, was als relativer Pfad im Paket liegt"
            self.refuse(link.place, de, "only a relative path inside the bundle can be included")
            return None
        self._includes += 1
        if self._includes > MOST_INCLUDES:
            if self._includes == MOST_INCLUDES + 1:
                self.refuse(link.place, "Zu viele Dateien sind eingebunden", "too many files are included")
            return None
        found = self.open(link.files[-1].parent / unquote(parts.path), link.place)
        if found is None:
            return None
        if found.files[0] in link.files:
            de = f"„{found.files[0].name}“ bindet sich selbst ein"
            self.refuse(link.place, de, f"{found.files[0].name!r} includes itself")
            return None
        node = found.node
        if parts.fragment:
            fitting = [each for each in node.iter() if parts.fragment in {each.get("id"), each.get(_XML_ID)}]
            if not fitting:
                de = f"In „{found.files[0].name}“ gibt es kein „{parts.fragment}“"
                self.refuse(link.place, de, f"{found.files[0].name!r} has no {parts.fragment!r}")
                return None
            node = fitting[0]
        return Located(node, (*link.files, *found.files))


_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
