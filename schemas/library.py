"""The library: every installed bundle; it opens documents and holds them against their schemas."""

import re
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from gateway.core.document import Document
from gateway.core.errors import ConfigurationInvalid, Problem, Refused
from gateway.core.handbook import Edition, Handbook, KnownKind
from gateway.core.message import MessageKind, Nachrichtenkopf
from gateway.core.ports import Deadlines, no_deadlines
from gateway.core.refusal import Finding, Refusal, RefusalCode, Verdict
from gateway.core.report import Sketch
from schemas.bundle import Bundle, load_bundle
from schemas.compiled import CompiledSchema
from schemas.demands import Circumstances
from schemas.door import DEFAULT_LIMITS, Limits, read
from schemas.forms import FormCache
from schemas.header import HeaderReader, Missing
from schemas.lists import Lists
from schemas.opinion import MOST_FINDINGS
from schemas.order import OrderReader
from schemas.paths import Paths
from schemas.rules import sentences
from schemas.schematron.workers import Workers
from schemas.scrutiny import Scrutiny
from schemas.shape import shape_at
from schemas.sketch import MOST_TAGS, draw
from schemas.versions import Versions
from schemas.view import Node, XmlElement, line_of

if TYPE_CHECKING:
    from schemas.handbook.book import Books

SHARED = "gemeinsam"
"""Folder beside the standards whose schema files all bundles may use."""
SHIPPED = Path(__file__).parent / "bundles"
"""The bundles that come with the program."""


class _Shelf:
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
        self, bundle: Bundle, workers: Workers, forms: FormCache | None, earlier: "_Shelf | None" = None
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
class _Opened:
    """A document that passed the door. Implements `gateway.core.document.Document`."""

    content: bytes
    kind: MessageKind
    kopf: Nachrichtenkopf
    root: XmlElement
    node: Node
    shelf: _Shelf

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


class SchemaLibrary:
    """Implements `gateway.core.ports.IntakeSchemas` and `Handbooks` over bundles in folders. Safe to use from any
    thread.
    """

    def __init__(
        self,
        bundles: Sequence[Bundle],
        limits: Limits = DEFAULT_LIMITS,
        lists: Lists | None = None,
        earlier: "SchemaLibrary | None" = None,
        forms: FormCache | None = None,
    ) -> None:
        """`lists` are those that lie beside the bundles. What `earlier` has compiled of the same bundles is used
        again; `forms` is where what takes long to build is kept.
        """
        self._limits = limits
        self.bundles = tuple(bundles)
        self.lists = lists or Lists()
        known: Mapping[Bundle, _Shelf] = earlier.by_bundle if earlier else {}
        same_place = {bundle.folder: shelf for bundle, shelf in known.items()}
        self.workers: Workers = earlier.workers if earlier else Workers()
        self.by_bundle: Mapping[Bundle, _Shelf] = {
            each: known.get(each) or _Shelf(each, self.workers, forms, same_place.get(each.folder))
            for each in bundles
        }
        self._shelves = list(self.by_bundle.values())
        self._by_root: dict[str, list[tuple[_Shelf, MessageKind]]] = {}
        for shelf in self._shelves:
            for entry in shelf.bundle.spec.kinds:
                tag, kind = shelf.bundle.tag(entry), shelf.bundle.kind(entry)
                self._by_root.setdefault(tag, []).append((shelf, kind))
        self._versions = Versions(bundles)

    @classmethod
    def load(
        cls,
        folders: Sequence[Path],
        *,
        limits: Limits = DEFAULT_LIMITS,
        earlier: "SchemaLibrary | None" = None,
        forms: FormCache | None = None,
        trusted: Collection[Path] = (SHIPPED,),
    ) -> "SchemaLibrary":
        """Read every bundle below `folders` (`<standard>/<version>/bundle.toml`, none of a name that begins
        with a dot), and the code lists beside them (`codelists`). What `earlier` has read and compiled of the
        same files is used again; `forms` is where what takes long to build is kept. `trusted` are the folders
        whose Schematron may run in this process.

        Raises:
            ConfigurationInvalid: naming every fault of every bundle.
        """
        bundles: list[Bundle] = []
        problems: list[Problem] = []
        lists = Lists()
        try:
            lists = Lists.load(folders, earlier.lists if earlier else None)
        except ConfigurationInvalid as error:
            problems.extend(error.problems)
        for folder in folders:
            for path in sorted(folder.glob("[!.]*/[!.]*/bundle.toml")):
                try:
                    trust = folder in trusted
                    bundles.append(load_bundle(path.parent, folder / SHARED, lists, trusted=trust))
                except ConfigurationInvalid as error:
                    problems.extend(error.problems)
        problems.extend(_double_claims(bundles))
        if problems:
            raise ConfigurationInvalid(*problems)
        return cls(bundles, limits, lists, earlier, forms)

    def kinds(self) -> tuple[KnownKind, ...]:
        """Every message kind that is understood."""
        return tuple(bundle.known(entry) for bundle in self.bundles for entry in bundle.spec.kinds)

    def editions(self) -> tuple[Edition, ...]:
        """See `Handbooks.editions`."""
        return tuple(edition for shelf in self._shelves for edition in shelf.editions)

    def handbook(self, edition: Edition) -> Handbook | None:
        """See `Handbooks.handbook`."""
        shelf = next((each for each in self._shelves if edition in each.editions), None)
        return None if shelf is None else shelf.books.handbook(edition.known, self._limits)

    def deadlines(self) -> frozenset[str]:
        """The names of all deadlines that a tenant may set for itself."""
        return frozenset(
            rule.deadline for bundle in self.bundles for rule in bundle.spec.rules if rule.deadline
        )

    def warm(self, *, explanations: bool = False, rules: bool = False) -> None:
        """Compile every schema, so that no document waits for it. With `explanations` also what explains
        refusals: what is not kept takes some tenths of a second to some seconds per bundle. With `rules` also
        the Schematron, for which a process of its own may have to be started.

        Raises:
            ConfigurationInvalid: a schema does not compile.
        """
        for shelf in self._shelves:
            shelf.schema.warm(explanations=explanations)
            if rules:
                shelf.scrutiny.warm()

    @property
    def lacks_forms(self) -> bool:
        """Whether something is not kept although it could be."""
        return any(shelf.schema.second.is_missing for shelf in self._shelves)

    def build_forms(self) -> None:
        """Build what is not kept, and keep it."""
        for shelf in self._shelves:
            if shelf.schema.second.is_missing:
                shelf.schema.second.get()

    def load_forms(self) -> None:
        """Load, or else build, what is needed for every document and not only for those that are refused."""
        for shelf in self._shelves:
            shelf.schema.prepare()

    def open(self, content: bytes) -> Document:
        """Parse safely, identify by exactly one bundle, read the header facts. See `Schemas.open`."""
        node = read(content, self._limits)
        shelf, kind = self._identify(node, content)
        kopf = shelf.header.read(node, content)
        if isinstance(kopf, Missing):
            findings = shelf.books.placed(str(node.tag), shelf.schema.check(node, content))
            raise Refused(*_incomplete(kind, kopf, findings))
        return _Opened(content, kind, kopf, XmlElement(node), node, shelf)

    def check(self, document: Document, on: date, deadlines: Deadlines = no_deadlines) -> Verdict:
        """Hold a document against its version's window, its schema, its code lists and its rules. See
        `Schemas.check`.
        """
        if not isinstance(document, _Opened):
            return self.check(self.open(document.content), on, deadlines)
        findings = document.shelf.schema.check(document.node, document.content)
        return document.placed(_judge(document, on, deadlines, findings, self._versions))

    def glance(
        self, content: bytes, on: date, deadlines: Deadlines = no_deadlines
    ) -> tuple[Document, Verdict] | None:
        """What is said at once about a document. See `IntakeSchemas.glance`."""
        node = read(content, self._limits)
        shelf, kind = self._identify(node, content)
        if not shelf.is_quick:
            return None
        kopf = shelf.header.read(node, content)
        if isinstance(kopf, Missing) or not shelf.schema.accepts(node, content):
            return None
        document = _Opened(content, kind, kopf, XmlElement(node), node, shelf)
        verdict = _judge(document, on, deadlines, (), self._versions)
        if not document.is_placed_at_once(verdict):
            return None
        return document, document.placed(verdict)

    def sketch(self, content: bytes, findings: Sequence[Finding]) -> Sketch | None:
        """Draw a document without its values. See `IntakeSchemas.sketch`."""
        if content.count(b"<") > MOST_TAGS:
            return None
        try:
            return draw(read(content, self._limits), findings)
        except Refused:
            return None

    def _identify(self, node: Node, content: bytes) -> tuple[_Shelf, MessageKind]:
        candidates = self._by_root.get(str(node.tag), ())
        matching = [
            (shelf, kind)
            for shelf, kind in candidates
            if shelf.header.version(node, content) in {None, shelf.bundle.spec.version}
        ]
        match matching:
            case [only]:
                return only
            case []:
                claimants = [shelf.bundle for shelf, _ in candidates]
                raise Refused(self._versions.unknown(str(node.tag), claimants))
            case _:
                raise Refused(Refusal(RefusalCode.AMBIGUOUS_KIND))


def _has_findings(verdict: Verdict) -> bool:
    return bool(verdict.warnings) or any(each.findings for each in verdict.refusals)


def _judge(
    document: _Opened, on: date, deadlines: Deadlines, findings: tuple[Finding, ...], versions: Versions
) -> Verdict:
    """The verdict on a document against which its schema has these findings."""
    refusals = []
    bundle = document.shelf.bundle
    if not bundle.valid_on(on):
        refusals.append(versions.not_valid(bundle, document.kind, on))
    findings = _with_header(findings, _header_findings(document))
    if findings:
        refusals.append(_listed(RefusalCode.SCHEMA_INVALID, document.kind, findings))
    if not bundle.valid_on(on):
        # Its rules say nothing true about a day on which it is not in force.
        return Verdict(tuple(refusals))
    circumstances = Circumstances(on, document.kopf.test, deadlines(document.kopf.leser))
    beyond = document.shelf.scrutiny.judge(document.node, circumstances, findings)
    refusals += [_listed(each.code, document.kind, each.findings) for each in beyond.refusals]
    return Verdict(tuple(refusals), beyond.warnings[:MOST_FINDINGS])


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
    invalid = (_listed(RefusalCode.SCHEMA_INVALID, kind, findings),) if findings else ()
    if any(finding.rule == "cvc-namespace" for finding in findings):
        # The facts may well be there: they are looked for where the elements belong.
        return invalid
    facts = {"standard": kind.standard, "version": kind.version, "root": kind.root}
    places = {"missing": ", ".join(missing.places)}
    return (Refusal(RefusalCode.HEADER_INCOMPLETE, places | facts), *invalid)


def _listed(code: RefusalCode, kind: MessageKind, findings: tuple[Finding, ...]) -> Refusal:
    """The first findings, in the order of their lines, said to be the first where there are more."""
    facts = {"standard": kind.standard, "version": kind.version, "root": kind.root}
    facts["total"] = str(len(findings))
    if len(findings) > MOST_FINDINGS:
        facts |= {"total": f"> {MOST_FINDINGS}", "shown": str(MOST_FINDINGS)}
    return Refusal(code, facts, tuple(sorted(findings[:MOST_FINDINGS], key=lambda each: each.line or 0)))


_LESS_THAN_HEADER = {"cvc-pattern", "cvc-enumeration", "cvc-fixed", "cvc-length"}
"""Rules whose sentences say less about a value of the header than those of its own rules do."""


def _with_header(findings: tuple[Finding, ...], of_header: list[Finding]) -> tuple[Finding, ...]:
    """All findings. Where the schema, too, refuses a value of the header, its rule counts, with the better words."""
    better = {each.path: each for each in of_header}
    worded = [
        replace(better.pop(each.path), rule=each.rule)
        if each.rule in _LESS_THAN_HEADER and each.path in better
        else each
        for each in findings
    ]
    return (*worded, *better.values())


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
