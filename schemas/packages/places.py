"""Places: element declarations of a compiled schema with the way to them, and the XPaths that lead there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from xmlschema.validators import XsdElement, XsdGroup


@dataclass
class Names:
    """Writes qualified names with prefixes of its own."""

    prefixes: dict[str, str] = field(default_factory=dict)

    def path(self, steps: Sequence[str]) -> str:
        return "/".join(self._step(each) for each in steps)

    def _step(self, name: str) -> str:
        if not name.startswith("{"):
            return name
        namespace, _, local = name[1:].partition("}")
        prefix = next((key for key, value in self.prefixes.items() if value == namespace), None)
        if prefix is None:
            prefix = f"n{len(self.prefixes) + 1}"
            self.prefixes[prefix] = namespace
        return f"{prefix}:{local}"


@dataclass(frozen=True)
class Place:
    """An element declaration, and the way to it from the root."""

    declaration: XsdElement
    steps: tuple[str, ...]
    names: Names

    @property
    def local(self) -> str:
        return str(self.declaration.local_name)

    def path(self) -> str:
        return self.names.path(self.steps)

    def children(self) -> Iterator["Place"]:
        content: Any = getattr(self.declaration.type, "content", None)
        if isinstance(content, XsdGroup):
            for child in content.iter_elements():
                if isinstance(child, XsdElement) and child.name:
                    yield Place(child, (*self.steps, child.name), self.names)

    def at(self, *path: str) -> "Place | None":
        """The declaration at a path of local names."""
        if not path:
            return self
        for child in self.children():
            if child.local == path[0]:
                found = child.at(*path[1:])
                if found is not None:
                    return found
        return None

    def first(self, *paths: tuple[str, ...]) -> str | None:
        """The XPath to the first of several places that there is."""
        found = next(filter(None, (self.at(*path) for path in paths)), None)
        return None if found is None else found.path()

    def attribute(self, name: str) -> str | None:
        """What an attribute is fixed to; empty where it may be anything, None where there is none."""
        attributes: Any = getattr(self.declaration.type, "attributes", {})
        attribute = next(
            (each for key, each in attributes.items() if key and key.rpartition("}")[2] == name), None
        )
        if attribute is None:
            return None
        fixed = attribute.fixed
        if fixed is None and len(attribute.type.enumeration or ()) == 1:
            fixed = str(attribute.type.enumeration[0])
        return fixed or ""
