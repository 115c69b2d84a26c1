"""The Nachrichtenkopf: its facts, read from where the bundle says they sit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from gateway.core.message import Kommunikationspartner, Nachrichtenkopf
from schemas.bundle import BundleFile
from schemas.facts import Fact, attribute_of_root, place_of, reader, xpaths
from schemas.view import Node, text_of

REQUIRED = ("nachrichten_uuid", "nachrichtentyp", "erstellungszeitpunkt", "leser_kennung", "autor_kennung")


@dataclass(frozen=True, slots=True)
class Missing:
    """Required facts that a document does not have, by where the bundle looks for them, from the root element. A
    fact that is made of nothing in the document goes by its name in `bundle.toml`.
    """

    places: tuple[str, ...]


class HeaderReader:
    """Reads the header facts of one bundle's documents. Immutable.

    Nearly every fact sits on a plain path of child elements. All these paths are walked together, each
    step once, taking the first child that fits; XPath is asked only for a fact that this does not find.
    """

    def __init__(self, spec: BundleFile) -> None:
        facts: dict[str, Fact] = {name: fact for name, fact in spec.header if fact is not None}
        prefixes = dict(spec.prefixes)
        first = {name: next(xpaths(fact), ".") for name, fact in facts.items()}
        self._xpaths = {name: etree.XPath(path, namespaces=prefixes or None) for name, path in first.items()}
        self._named = {name: name for name in REQUIRED} | {
            name: place_of(fact) or name for name, fact in facts.items()
        }
        self._readers = {
            name: reader(fact, prefixes) for name, fact in facts.items() if name not in {"test", "version"}
        }
        self._version = reader(facts["version"], prefixes) if "version" in facts else None
        self._test = attribute_of_root(spec.header.test or "")
        self._walk: list[tuple[int, str]] = []
        """Each step: the number of its parent (0 is the root) and the child's tag."""
        self._places: list[tuple[str, int, str | None]] = []
        """Each fact on a plain path: name, number of its element, attribute."""
        numbers: dict[tuple[str, ...], int] = {(): 0}
        for name, fact in facts.items():
            plain = _plain_path(fact, prefixes) if isinstance(fact, str) else None
            if plain is not None and name in self._readers:
                steps, attribute = plain
                self._places.append((name, self._number(steps, numbers), attribute))

    def read(self, root: Node, content: bytes) -> Nachrichtenkopf | Missing:
        """The facts of a document, `root` being what `content` parses to, or which of them are missing."""
        nodes: list[Node | None] = [root]
        for parent, tag in self._walk:
            node = nodes[parent]
            nodes.append(None if node is None else next(node.iterchildren(tag), None))
        facts: dict[str, str] = {}
        for name, number, attribute in self._places:
            node = nodes[number]
            if node is not None:
                text = text_of(node) if attribute is None else (node.get(attribute) or "").strip()
                if text:
                    facts[name] = text
        for name, read in self._readers.items():
            if name not in facts:
                found = read(root, content)
                if found:
                    facts[name] = found
        missing = tuple(self._named[name] for name in REQUIRED if name not in facts)
        return Missing(missing) if missing else self._kopf(root, facts)

    def _kopf(self, root: Node, facts: Mapping[str, str]) -> Nachrichtenkopf:
        return Nachrichtenkopf(
            nachrichten_uuid=facts["nachrichten_uuid"].lower(),
            nachrichtentyp=facts["nachrichtentyp"],
            erstellungszeitpunkt=facts["erstellungszeitpunkt"],
            leser=Kommunikationspartner(facts["leser_kennung"], facts.get("leser_verzeichnisdienst")),
            autor=Kommunikationspartner(facts["autor_kennung"], facts.get("autor_verzeichnisdienst")),
            test=self._is_test(root),
        )

    def _is_test(self, root: Node) -> bool:
        if self._test is not None:
            return root.get(self._test) is not None
        xpath = self._xpaths.get("test")
        return xpath is not None and bool(xpath(root))

    def version(self, root: Node, content: bytes) -> str | None:
        """What the document itself says about its version, where the bundle knows where to look."""
        return None if self._version is None else self._version(root, content)

    def node(self, root: Node, name: str) -> Node:
        """The element that holds a fact, or holds the attribute that does; the root where there is none."""
        selected = self._xpaths[name](root)
        first = selected[0] if isinstance(selected, list) and selected else root
        owner = first if isinstance(first, etree._Element) else getattr(first, "getparent", lambda: None)()  # noqa: SLF001 - lxml's own type
        return root if owner is None else owner

    def _number(self, steps: tuple[str, ...], numbers: dict[tuple[str, ...], int]) -> int:
        if steps not in numbers:
            self._walk.append((self._number(steps[:-1], numbers), steps[-1]))
            numbers[steps] = len(self._walk)
        return numbers[steps]


_PLAIN = re.compile(r"(?:(?P<steps>[^/@]+(?:/[^/@]+)*)/)?(?:(?P<last>[^/@]+)|@(?P<attribute>[^/@:]+))\Z")
_NAME = re.compile(r"(?:([^\W\d][\w.\-]*):)?([^\W\d][\w.\-]*)\Z")


def _plain_path(path: str, prefixes: Mapping[str, str]) -> tuple[tuple[str, ...], str | None] | None:
    """A path of child elements, perhaps to an attribute, as tags; None where it is more than that."""
    plain = _PLAIN.match(path)
    if plain is None or (plain["attribute"] and not _NAME.match(plain["attribute"])):
        return None
    steps = [*(plain["steps"] or "").split("/"), plain["last"] or ""]
    names = [_NAME.match(step) for step in steps if step]
    tags = [f"{{{prefixes[name[1]]}}}{name[2]}" if name[1] else name[2] for name in names if name is not None]
    return (tuple(tags), plain["attribute"]) if None not in names else None
