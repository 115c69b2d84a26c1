"""Reading: single values out of a system's answer, in JSON or in XML, by a path."""

from typing import Protocol

import orjson
from lxml import etree

Scalar = str | int | float | bool


class Reading(Protocol):
    """An answer that could be read. A path is names joined by `.` or `/`. In a list of JSON, a number counts from
    0; in XML, the path begins below the outermost element, and the last name may be an attribute, `@name`.
    """

    def value(self, path: str) -> Scalar | None:
        """What stands at `path`; None where there is nothing, or more than a single value."""
        ...


class JsonReading:
    """A JSON document."""

    def __init__(self, content: object) -> None:
        self._content = content

    def value(self, path: str) -> Scalar | None:
        """What stands at `path`; None where there is nothing, or an object or a list."""
        found = self._content
        for step in steps(path):
            if isinstance(found, dict):
                found = found.get(step)
            elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
                found = found[int(step)]
            else:
                return None
        return found if isinstance(found, Scalar) else None


class XmlReading:
    """An element, and what is in it; names match in any namespace."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root

    def element(self, path: str) -> etree._Element | None:
        """The first element at `path`."""
        return self._root.find("/".join(f"{{*}}{name}" for name in steps(path)))

    def value(self, path: str) -> str | None:
        """Text of the first element at `path`; None where there is none, or it has children of its own."""
        *names, last = steps(path)
        names += [] if last.startswith("@") else [last]
        found = self.element("/".join(names)) if names else self._root
        if found is None:
            return None
        if last.startswith("@"):
            return found.get(last[1:])
        return None if len(found) else (found.text or "").strip() or None


def read_json(content: bytes) -> JsonReading | None:
    """None where it is no JSON."""
    try:
        return JsonReading(orjson.loads(content))
    except orjson.JSONDecodeError:
        return None


def read_xml(content: bytes) -> XmlReading | None:
    """None where it is no XML, or has a DOCTYPE. Nothing outside of it is looked at, whatever it refers to."""
    # A parser of its own each time: one that is shared mixes up what it has to say between threads.
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return None if root.getroottree().docinfo.internalDTD is not None else XmlReading(root)


def steps(path: str) -> list[str]:
    """The names of a path."""
    return path.replace("/", ".").split(".")


def text_of(value: Scalar | None) -> str | None:
    """A value as it is compared with those of a setting: `true`, `7`, `erledigt`."""
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)
