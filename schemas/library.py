"""The library: every installed bundle; it opens documents and holds them against their schemas."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from gateway.core.document import Document
from gateway.core.errors import ConfigurationInvalid, Problem, Refused
from gateway.core.message import MessageKind, Nachrichtenkopf
from gateway.core.refusal import Finding, Refusal, RefusalCode, Verdict
from gateway.core.report import Sketch
from schemas.bundle import Bundle, family, load_bundle
from schemas.compiled import CompiledSchema
from schemas.demands import Circumstances
from schemas.door import DEFAULT_LIMITS, Limits, read
from schemas.explain import MOST_FINDINGS
from schemas.header import HeaderReader, Missing
from schemas.paths import Paths
from schemas.rules import sentences
from schemas.scrutiny import Scrutiny
from schemas.shape import shape_at
from schemas.sketch import MOST_TAGS, draw
from schemas.view import Node, XmlElement, line_of

SHARED = "gemeinsam"
"""Folder beside the standards whose schema files all bundles may use."""


@dataclass(frozen=True, slots=True)
class KnownKind:
    """A message kind with what people are told about it."""

    kind: MessageKind
    namespace: str
    de: str
    en: str
    standard_de: str
    standard_en: str
    valid_from: date
    valid_until: date | None


class _Shelf:
    """A bundle, ready for work."""

    __slots__ = ("bundle", "header", "schema", "scrutiny")

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.header = HeaderReader(bundle.spec)
        self.scrutiny = Scrutiny(bundle.material)
        always = bundle.spec.second_validator == "always"
        fill_in = self.scrutiny.needs_defaults
        self.schema = CompiledSchema(bundle.files, always_explain=always, fill_in=fill_in)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A document that passed the door. Implements `gateway.core.document.Document`."""

    content: bytes
    kind: MessageKind
    kopf: Nachrichtenkopf
    root: XmlElement
    node: Node
    shelf: _Shelf


class SchemaLibrary:
    """Implements `gateway.core.ports.DrawingSchemas` over bundles in folders. Safe to use from any thread."""

    def __init__(
        self,
        bundles: Sequence[Bundle],
        limits: Limits = DEFAULT_LIMITS,
        earlier: "SchemaLibrary | None" = None,
    ) -> None:
        """What `earlier` has compiled of the same bundles is used again."""
        self._limits = limits
        self.bundles = tuple(bundles)
        known: Mapping[Bundle, _Shelf] = earlier.by_bundle if earlier else {}
        self.by_bundle: Mapping[Bundle, _Shelf] = {each: known.get(each) or _Shelf(each) for each in bundles}
        self._shelves = list(self.by_bundle.values())
        self._by_root: dict[str, list[tuple[_Shelf, MessageKind]]] = {}
        for shelf in self._shelves:
            for entry in shelf.bundle.spec.kinds:
                tag, kind = shelf.bundle.tag(entry), shelf.bundle.kind(entry)
                self._by_root.setdefault(tag, []).append((shelf, kind))
        self._by_family: dict[str, list[Bundle]] = {}
        for bundle in bundles:
            self._by_family.setdefault(family(bundle.spec.namespace), []).append(bundle)

    @classmethod
    def load(
        cls,
        folders: Sequence[Path],
        *,
        limits: Limits = DEFAULT_LIMITS,
        earlier: "SchemaLibrary | None" = None,
    ) -> "SchemaLibrary":
        """Read every bundle below `folders` (`<standard>/<version>/bundle.toml`, none of a name that begins
        with a dot). What `earlier` has compiled of the same bundles is used again.

        Raises:
            ConfigurationInvalid: naming every fault of every bundle.
        """
        bundles: list[Bundle] = []
        problems: list[Problem] = []
        for folder in folders:
            for path in sorted(folder.glob("[!.]*/[!.]*/bundle.toml")):
                try:
                    bundles.append(load_bundle(path.parent, folder / SHARED))
                except ConfigurationInvalid as error:
                    problems.extend(error.problems)
        problems.extend(_double_claims(bundles))
        if problems:
            raise ConfigurationInvalid(*problems)
        return cls(bundles, limits, earlier)

    def kinds(self) -> tuple[KnownKind, ...]:
        """Every message kind that is understood."""
        return tuple(
            KnownKind(
                kind=shelf.bundle.kind(entry),
                namespace=entry.namespace or spec.namespace,
                de=entry.de,
                en=entry.en,
                standard_de=spec.title.de,
                standard_en=spec.title.en,
                valid_from=spec.valid_from,
                valid_until=spec.valid_until,
            )
            for shelf in self._shelves
            for spec in (shelf.bundle.spec,)
            for entry in spec.kinds
        )

    def warm(self, *, explanations: bool = False) -> None:
        """Compile every schema, so that no document waits for it. With `explanations` also what explains
        refusals, which takes some tenths of a second per bundle: for a process that answers portals.

        Raises:
            ConfigurationInvalid: a schema does not compile.
        """
        for shelf in self._shelves:
            shelf.schema.warm(explanations=explanations)

    def open(self, content: bytes) -> Document:
        """Parse safely, identify by exactly one bundle, read the header facts. See `Schemas.open`."""
        node = read(content, self._limits)
        shelf, kind = self._identify(node)
        kopf = shelf.header.read(node, content)
        if isinstance(kopf, Missing):
            raise Refused(*_incomplete(kind, kopf, shelf.schema.check(node, content)))
        return _Opened(content, kind, kopf, XmlElement(node), node, shelf)

    def check(self, document: Document, on: date) -> Verdict:
        """Hold a document against its version's window, its schema, its code lists and its rules. See
        `Schemas.check`.
        """
        if not isinstance(document, _Opened):
            return self.check(self.open(document.content), on)
        refusals = []
        bundle = document.shelf.bundle
        if not bundle.valid_on(on):
            refusals.append(_outside_window(bundle))
        findings = document.shelf.schema.check(document.node, document.content)
        findings += tuple(_header_findings(document))
        if findings:
            refusals.append(_listed(RefusalCode.SCHEMA_INVALID, document.kind, findings))
        if not bundle.valid_on(on):
            # Its rules say nothing true about a day on which it is not in force.
            return Verdict(tuple(refusals))
        circumstances = Circumstances(on, document.kopf.test)
        beyond = document.shelf.scrutiny.judge(document.node, circumstances, findings)
        refusals += [_listed(each.code, document.kind, each.findings) for each in beyond.refusals]
        return Verdict(tuple(refusals), beyond.warnings[:MOST_FINDINGS])

    def sketch(self, content: bytes, findings: Sequence[Finding]) -> Sketch | None:
        """Draw a document without its values. See `DrawingSchemas.sketch`."""
        if content.count(b"<") > MOST_TAGS:
            return None
        try:
            return draw(read(content, self._limits), findings)
        except Refused:
            return None

    def _identify(self, node: Node) -> tuple[_Shelf, MessageKind]:
        candidates = self._by_root.get(str(node.tag), ())
        matching = [
            (shelf, kind)
            for shelf, kind in candidates
            if shelf.header.version(node) in {None, shelf.bundle.spec.version}
        ]
        match matching:
            case [only]:
                return only
            case []:
                raise Refused(self._unknown(node, [shelf.bundle for shelf, _ in candidates]))
            case _:
                raise Refused(Refusal(RefusalCode.AMBIGUOUS_KIND))

    def _unknown(self, node: Node, same_namespace: Sequence[Bundle]) -> Refusal:
        namespace = str(node.tag).rpartition("}")[0].lstrip("{")
        known = [
            shelf.bundle
            for shelf in self._shelves
            if namespace
            in {shelf.bundle.spec.namespace, *(each.namespace for each in shelf.bundle.spec.kinds)}
        ]
        if known and not same_namespace:
            return Refusal(RefusalCode.UNKNOWN_KIND, {"standard": known[0].spec.standard})
        relatives = same_namespace or self._by_family.get(family(namespace), ())
        if not relatives:
            return Refusal(RefusalCode.UNKNOWN_KIND)
        versions = ", ".join(sorted({each.spec.version for each in relatives}))
        return Refusal(
            RefusalCode.VERSION_NOT_SUPPORTED,
            {"standard": relatives[0].spec.standard, "supported": versions},
        )


def _double_claims(bundles: Sequence[Bundle]) -> list[Problem]:
    owners: dict[tuple[str, str], Bundle] = {}
    problems = []
    for bundle in bundles:
        for entry in bundle.spec.kinds:
            owner = owners.setdefault((bundle.tag(entry), bundle.spec.version), bundle)
            if owner is not bundle:
                problems.append(
                    Problem(
                        str(bundle.folder / "bundle.toml"),
                        None,
                        f"„{entry.root}“ gehört schon dem Paket {owner.name} in {owner.folder}",
                        f"{entry.root!r} already belongs to the bundle {owner.name} in {owner.folder}",
                    )
                )
    return problems


def _incomplete(kind: MessageKind, missing: Missing, findings: tuple[Finding, ...]) -> tuple[Refusal, ...]:
    refusal = Refusal(RefusalCode.HEADER_INCOMPLETE, {"missing": ", ".join(missing.facts)})
    if not findings:
        return (refusal,)
    return refusal, _listed(RefusalCode.SCHEMA_INVALID, kind, findings)


def _listed(code: RefusalCode, kind: MessageKind, findings: tuple[Finding, ...]) -> Refusal:
    """The first findings, said to be the first where there are more."""
    facts = {"standard": kind.standard, "version": kind.version, "root": kind.root}
    facts["total"] = str(len(findings))
    if len(findings) > MOST_FINDINGS:
        facts |= {"total": f"> {MOST_FINDINGS}", "shown": str(MOST_FINDINGS)}
    return Refusal(code, facts, findings[:MOST_FINDINGS])


def _outside_window(bundle: Bundle) -> Refusal:
    facts = {"standard": bundle.spec.standard, "version": bundle.spec.version}
    facts["valid_from"] = bundle.spec.valid_from.isoformat()
    if bundle.spec.valid_until is not None:
        facts["valid_until"] = bundle.spec.valid_until.isoformat()
    return Refusal(RefusalCode.VERSION_NOT_SUPPORTED, facts)


_NUMBER = re.compile(r"\.(\d{4,6})$")
_WITHOUT_ZONE = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?$")


def _header_findings(document: _Opened) -> list[Finding]:
    """What the standards demand of a Nachrichtenkopf although their schemas do not enforce it."""
    findings = []
    rules = document.shelf.bundle.spec.header_rules
    number = _NUMBER.search(document.kind.root) if "nachrichtentyp-root" in rules else None
    if number is not None and document.kopf.nachrichtentyp != number[1]:
        findings.append(_header_finding(document, "nachrichtentyp", "nachrichtentyp-root", number[1]))
    if "zeitpunkt-zone" in rules and _WITHOUT_ZONE.match(document.kopf.erstellungszeitpunkt):
        expected = "JJJJ-MM-TTThh:mm:ss+hh:mm / YYYY-MM-DDThh:mm:ss+hh:mm"
        findings.append(_header_finding(document, "erstellungszeitpunkt", "zeitpunkt-zone", expected))
    return findings


def _header_finding(document: _Opened, fact: str, rule: str, expected: str) -> Finding:
    node = document.shelf.header.node(document.node, fact)
    de, en = sentences(rule, "")
    return Finding(Paths().of(node), rule, de, en, expected, line_of(node), shape_at(node))
