"""The library: every installed bundle; it opens documents and holds them against their schemas."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path

from gateway.core.document import Document
from gateway.core.errors import ConfigurationInvalid, Problem, Refused
from gateway.core.handbook import Edition, Handbook, KnownKind
from gateway.core.message import MessageKind
from gateway.core.ports import Deadlines, no_deadlines
from gateway.core.refusal import Finding, Refusal, RefusalCode, Verdict
from gateway.core.report import Sketch
from schemas.bundle import Bundle, load_bundle
from schemas.door import DEFAULT_LIMITS, Limits, read
from schemas.forms import FormCache
from schemas.header import Missing
from schemas.judging import incomplete, judge
from schemas.lists import Lists
from schemas.schematron.workers import Workers
from schemas.shelf import Opened, Shelf
from schemas.sketch import MOST_TAGS, draw
from schemas.versions import Versions
from schemas.view import Node, XmlElement

SHARED = "gemeinsam"
"""Folder beside the standards whose schema files all bundles may use."""
SHIPPED = Path(__file__).parent / "bundles"
"""The bundles that come with the program."""


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
        known: Mapping[Bundle, Shelf] = earlier.by_bundle if earlier else {}
        same_place = {bundle.folder: shelf for bundle, shelf in known.items()}
        self.workers: Workers = earlier.workers if earlier else Workers()
        self.by_bundle: Mapping[Bundle, Shelf] = {
            each: known.get(each) or Shelf(each, self.workers, forms, same_place.get(each.folder))
            for each in bundles
        }
        self._shelves = list(self.by_bundle.values())
        self._by_root: dict[str, list[tuple[Shelf, MessageKind]]] = {}
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
            raise Refused(*incomplete(kind, kopf, findings))
        return Opened(content, kind, kopf, XmlElement(node), node, shelf)

    def check(self, document: Document, on: date, deadlines: Deadlines = no_deadlines) -> Verdict:
        """Hold a document against its version's window, its schema, its code lists and its rules. See
        `Schemas.check`.
        """
        if not isinstance(document, Opened):
            return self.check(self.open(document.content), on, deadlines)
        findings = document.shelf.schema.check(document.node, document.content)
        return document.placed(judge(document, on, deadlines, findings, self._versions))

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
        document = Opened(content, kind, kopf, XmlElement(node), node, shelf)
        verdict = judge(document, on, deadlines, (), self._versions)
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

    def _identify(self, node: Node, content: bytes) -> tuple[Shelf, MessageKind]:
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
