"""Files: the schema files of a package, read safely, with what they declare and what they link to."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from lxml import etree

from gateway.core.errors import Problem
from schemas.packages.faults import fault
from schemas.view import Node, line_of

XSD = "{http://www.w3.org/2001/XMLSchema}"
_INCLUDES = frozenset(f"{XSD}{name}" for name in ("include", "redefine", "override"))
_IMPORT = f"{XSD}import"


_MIN_VERSION = "{http://www.w3.org/2007/XMLSchema-versioning}minVersion"
_VERSION_11 = 1.1
_ELEMENTS_11 = tuple(
    f"{XSD}{name}"
    for name in (
        "alternative",
        "assert",
        "assertion",
        "defaultOpenContent",
        "explicitTimezone",
        "openContent",
        "override",
    )
)
_TYPES_11 = frozenset({"anyAtomicType", "dateTimeStamp", "dayTimeDuration", "yearMonthDuration"})


@dataclass(frozen=True, slots=True)
class FileId:
    """A file by the number of its source (0: the package, then its supplements) and its path there."""

    source: int
    path: PurePosixPath

    def __str__(self) -> str:
        return str(self.path) if self.source == 0 else f"[+{self.source}] {self.path}"


@dataclass(frozen=True, slots=True)
class Link:
    """A reference from one schema file to another."""

    node: Node
    imports: bool
    """An import of another namespace; otherwise an include, redefine or override of the same."""
    location: str | None
    namespace: str | None

    @property
    def line(self) -> int | None:
        return line_of(self.node)


@dataclass(frozen=True)
class SchemaFile:
    """One schema file. `root` may be changed before it is written out."""

    id: FileId
    content: bytes
    root: Node

    @cached_property
    def namespace(self) -> str | None:
        return self.root.get("targetNamespace") or None

    @cached_property
    def links(self) -> tuple[Link, ...]:
        return tuple(
            Link(node, node.tag == _IMPORT, node.get("schemaLocation"), node.get("namespace"))
            for node in self.root.iterchildren(_IMPORT, *_INCLUDES)
        )

    def elements(self) -> Iterator[Node]:
        """The global elements that a document may have as its root."""
        for node in self.root.iterchildren(f"{XSD}element"):
            if node.get("name") and node.get("abstract") not in {"true", "1"}:
                yield node

    def references(self) -> Iterator[str]:
        """The elements that are used by reference, as `{namespace}name`."""
        for node in self.root.iter(f"{XSD}element"):
            reference = node.get("ref")
            if reference:
                prefix, _, name = reference.rpartition(":")
                yield f"{{{node.nsmap.get(prefix or None, '')}}}{name}"

    def uses_idref(self) -> bool:
        """Whether a type in it is built on IDREF or IDREFS, which libxml2 does not check."""
        for node in self.root.iter(f"{XSD}element", f"{XSD}attribute", f"{XSD}restriction", f"{XSD}list"):
            for key in ("type", "base", "itemType"):
                prefix, _, name = (node.get(key) or "").rpartition(":")
                if name in {"IDREF", "IDREFS"} and node.nsmap.get(prefix or None) == XSD[1:-1]:
                    return True
        return False

    def needs_xsd_11(self) -> bool:
        """Whether it says something that XSD 1.0 does not know, or gives notice that it is of XSD 1.1."""
        if any(_number(node.get(_MIN_VERSION)) >= _VERSION_11 for node in self.root.iter(etree.Element)):
            return True
        if next(self.root.iter(*_ELEMENTS_11), None) is not None:
            return True
        for node in self.root.iter(f"{XSD}element", f"{XSD}attribute", f"{XSD}restriction", f"{XSD}list"):
            for key in ("type", "base", "itemType"):
                prefix, _, name = (node.get(key) or "").rpartition(":")
                if name in _TYPES_11 and node.nsmap.get(prefix or None) == XSD[1:-1]:
                    return True
        return False

    def written(self) -> bytes:
        """As `written` says."""
        return written(self.root)


def written(root: Node) -> bytes:
    """A file as plain UTF-8 without DOCTYPE; its comments stay, licences among them."""
    tree = root.getroottree()
    tree.docinfo.clear()
    return etree.tostring(tree, encoding="UTF-8", xml_declaration=True)


def _number(version: str | None) -> float:
    try:
        return float(version or 0)
    except ValueError:
        return 0.0


def read_schema(id: FileId, content: bytes) -> SchemaFile | Problem:
    """Parse a schema file as it was published."""
    root = parse_published(id, content)
    if isinstance(root, Problem):
        return root
    if root.tag != f"{XSD}schema":
        return fault(str(id), "Die Datei ist kein XML-Schema", "the file is no XML Schema", line_of(root))
    return SchemaFile(id, content, root)


def parse_published(id: FileId, content: bytes) -> Node | Problem:
    """Parse a file in any encoding, also with a DOCTYPE, as those of XML Signature and XML Encryption have
    one. Its own entities are expanded, nothing else is ever loaded.
    """
    parser = etree.XMLParser(
        resolve_entities="internal",  # type: ignore[arg-type]  # the stubs are older
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
    )
    parser.resolvers.add(_Nothing())
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        return fault(str(id), "Die Datei ist kein lesbares XML", "the file is no XML", error.position[0])
    if next(root.iter(etree.Entity), None) is not None:
        return fault(str(id), "Die Datei verweist auf fremde Entitäten", "the file uses external entities")
    return root


class _Nothing(etree.Resolver):
    """Whatever a DOCTYPE names is empty."""

    def resolve(self, _system_url: str, _public_id: str, context: Any) -> Any:  # type: ignore[override]  # noqa: ANN401 - lxml's signature
        return self.resolve_empty(context)  # type: ignore[attr-defined]
