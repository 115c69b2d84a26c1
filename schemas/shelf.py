"""Shelf: one bundle ready for work, and the documents that it has opened."""

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import uuid4

from gateway.core.handbook import Edition
from gateway.core.message import MessageKind, Nachrichtenkopf
from gateway.core.refusal import Verdict
from schemas.bundle import Bundle
from schemas.compiled import CompiledSchema
from schemas.forms import FormCache
from schemas.header import HeaderReader
from schemas.order import OrderReader
from schemas.schematron.workers import Workers
from schemas.scrutiny import Scrutiny
from schemas.view import Node, XmlElement

if TYPE_CHECKING:
    from schemas.handbook.book import Books


class Shelf:
    """A bundle, ready for work."""

    __slots__ = (
        "_books",
        "_opening",
        "bundle",
        "editions",
        "header",
        "made_of",
        "order",
        "schema",
        "scrutiny",
    )

    def __init__(
        self, bundle: Bundle, workers: Workers, forms: FormCache | None, earlier: "Shelf | None" = None
    ) -> None:
        """What `earlier` has compiled of the same schema is used again."""
        self.bundle = bundle
        self.header = HeaderReader(bundle.spec)
        self.order = OrderReader(bundle.spec)
        self.scrutiny = Scrutiny(bundle.material, workers)
        always = bundle.spec.second_validator == "always"
        fill_in = self.scrutiny.needs_defaults
        xsd = bundle.spec.xsd
        self.made_of = bundle.files, xsd, always, fill_in
        self.schema: CompiledSchema = (
            earlier.schema
            if earlier is not None and earlier.made_of == self.made_of
            else CompiledSchema(bundle.files, forms, xsd=xsd, always_explain=always, fill_in=fill_in)
        )
        self._opening = threading.Lock()
        self._books: Books | None = None
        stamp = uuid4().hex
        self.editions = tuple(Edition(bundle.known(each), stamp) for each in bundle.spec.kinds)

    def knows_places_of(self, tag: str) -> bool:
        """Whether rows of a kind's handbook are found without building anything first."""
        return self._books is not None and self._books.is_ready(tag)

    @property
    def books(self) -> "Books":
        """The handbooks of its kinds. Who asks for none does not wait for xmlschema to be imported."""
        from schemas.handbook.book import Books  # noqa: PLC0415

        with self._opening:
            if self._books is None:
                self._books = Books(self.bundle, self.schema)
            return self._books

    @property
    def is_quick(self) -> bool:
        """Whether a valid document is judged in little more time than libxml2 takes."""
        return self.schema.is_quick and self.scrutiny.is_quick


@dataclass(frozen=True, slots=True)
class Opened:
    """A document that passed the door. Implements `gateway.core.document.Document`."""

    content: bytes
    kind: MessageKind
    kopf: Nachrichtenkopf
    root: XmlElement
    node: Node
    shelf: Shelf

    @property
    def order_key(self) -> str | None:
        """Of the case that the document belongs to."""
        return self.shelf.order.read(self.node, self.content)

    def placed(self, verdict: Verdict) -> Verdict:
        """The verdict, its findings with the anchors of what describes their places."""
        if not _has_findings(verdict):
            return verdict
        tag, books = str(self.node.tag), self.shelf.books
        refusals = (replace(each, findings=books.placed(tag, each.findings)) for each in verdict.refusals)
        return Verdict(tuple(refusals), books.placed(tag, verdict.warnings))

    def is_placed_at_once(self, verdict: Verdict) -> bool:
        """Whether `placed` has not to build anything first."""
        return not _has_findings(verdict) or self.shelf.knows_places_of(str(self.node.tag))


def _has_findings(verdict: Verdict) -> bool:
    return bool(verdict.warnings) or any(each.findings for each in verdict.refusals)
