"""Books: the handbooks of one bundle's kinds, and the rows in them that findings are about."""

import re
import threading
from collections.abc import Mapping
from dataclasses import replace

from xmlschema import XMLSchemaException
from xmlschema.validators import XsdElement

from gateway.core.handbook import Example, Handbook, HeaderPlace, KnownKind
from gateway.core.refusal import Finding
from schemas.bundle import Bundle, KindEntry
from schemas.compiled import CompiledSchema
from schemas.door import Limits
from schemas.facts import Derived, Fact, First, Fixed, Join, OfRoot
from schemas.handbook.example import sample_of, skeleton_of
from schemas.handbook.notes import conditions_of
from schemas.handbook.plan import Index, plan_of
from schemas.handbook.rows import Rows


class Books:
    """Safe to use from any number of threads."""

    def __init__(self, bundle: Bundle, schema: CompiledSchema) -> None:
        self._bundle = bundle
        self._schema = schema
        self._building = threading.Lock()
        self._indexes: dict[str, Index | None] = {}
        self._entries: Mapping[str, KindEntry] = {bundle.tag(each): each for each in bundle.spec.kinds}

    def placed(self, tag: str, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The findings against a document whose root element is `tag`, each with the anchor of its row."""
        index = self._index(tag) if findings else None
        if index is None:
            return findings
        return tuple(replace(each, anchor=index.anchor(each.path)) for each in findings)

    def is_ready(self, tag: str) -> bool:
        """Whether rows of that kind are found without taking its schema apart first."""
        return tag in self._indexes

    def handbook(self, known: KnownKind, limits: Limits) -> Handbook:
        """The handbook of a kind of this bundle. Takes some tenths of a second for a large schema."""
        tag = f"{{{known.namespace}}}{known.kind.root}"
        root = self._root(tag)
        example = sample_of(self._bundle.folder, tag)
        if root is None:
            return self._book(known, None, limits, example)
        plan = plan_of(root)
        rows = Rows(plan, self._bundle.material)
        return replace(
            self._book(known, plan.index(), limits, example or skeleton_of(root)),
            explained=True,
            sections=rows.sections(),
            values=rows.values,
            types=rows.types,
            left_out=plan.left_out,
        )

    def _book(
        self, known: KnownKind, index: Index | None, limits: Limits, example: Example | None
    ) -> Handbook:
        """A handbook without sections."""
        spec = self._bundle.spec
        header = tuple(
            _header_place(name, fact, known.kind.root, index)
            for name, fact in spec.header
            if fact is not None and name not in {"test", "version"}
        )
        return Handbook(
            known=known,
            header=header,
            test=spec.header.test,
            demands=spec.header_rules,
            explained=False,
            sections=(),
            values=(),
            types=(),
            conditions=conditions_of(self._bundle.material.schematron),
            left_out=0,
            example=example,
            max_bytes=limits.max_bytes,
            max_depth=limits.max_depth,
        )

    def _index(self, tag: str) -> Index | None:
        with self._building:
            if tag not in self._indexes:
                root = self._root(tag)
                self._indexes[tag] = None if root is None else plan_of(root).index()
            return self._indexes[tag]

    def _root(self, tag: str) -> XsdElement | None:
        """The declaration of a kind's root element; None where xmlschema does not take the schema."""
        schema = self._schema.second.get()
        if schema is None or tag not in self._entries:
            return None
        try:
            return schema.maps.elements[tag]
        except (XMLSchemaException, KeyError):
            return None


_PLAIN = re.compile(r"@?[^\W\d][\w.\-:]*(?:/@?[^\W\d][\w.\-:]*)*\Z")


def _header_place(name: str, fact: Fact, root: str, index: Index | None) -> HeaderPlace:
    plain = isinstance(fact, str) and _PLAIN.match(fact) is not None
    anchor = index.anchor(f"/{root}/{fact}") if plain and index is not None else None
    return HeaderPlace(name, _told(fact), anchor)


def _told(fact: Fact) -> str:  # noqa: PLR0911 - one for each form
    """A fact of the header as one line: an XPath, or what it is made of."""
    match fact:
        case str():
            return fact
        case Fixed(fixed=value):
            return f'"{value}"'
        case Join(join=parts, by=by):
            return f' + "{by}" + '.join(map(_told, parts))
        case First(first=parts):
            return " | ".join(map(_told, parts))
        case OfRoot(of_root=part):
            return f"{part}(/*)"
        case Derived(uuid_of="content"):
            return "uuid5(/)"
        case Derived(uuid_of=parts):
            assert parts != "content"
            return f"uuid5({', '.join(map(_told, parts))})"
        case _:
            raise AssertionError(fact)
