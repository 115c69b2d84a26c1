"""Compiled schemas: libxml2 gives the verdict, xmlschema explains a refusal and is the second opinion."""

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import unquote, urlsplit

from lxml import etree

from gateway.core.errors import ConfigurationInvalid, Problem
from gateway.core.refusal import Finding
from schemas.apart import Apart
from schemas.closure import SchemaFiles, XsdVersion
from schemas.door import new_parser
from schemas.forms import FormCache
from schemas.opinion import MOST_FINDINGS, MOST_NODES, MOST_NODES_ALWAYS, NO_OPINION, Opinion
from schemas.paths import LONGEST_PATH, Paths, shorten
from schemas.rules import LIBXML2, sentences
from schemas.second import SecondForm
from schemas.view import Node, local_name

MOST_ERRORS = 20_000
MOST_STEPS = 100_000_000
"""libxml2 counts the siblings of every error that it places. Beyond so many errors, or errors times siblings,
it is not asked for places; that bounds its work to some tenths of a second. A document that has not even as many
tags and attributes is validated as it is; another is first read once more and validated as it is read, which costs
twice as much and tells how many errors there are in linear time.
"""

MOST_TEXT_STEPS = 20_000_000_000
"""While libxml2 validates as it reads, every reference, comment or section cuts a text, and for each piece
it goes through the text before it again: about a second. Beyond that the document is validated as it is.
"""


class _Error(NamedTuple):
    """An error of libxml2 without its message, which quotes values."""

    path: str
    type: int
    line: int | None


_COMPILING = threading.Lock()
_XSD = "{http://www.w3.org/2001/XMLSchema}"


class CompiledSchema:
    """The schema of one bundle. Safe to use from any number of threads."""

    def __init__(
        self,
        files: SchemaFiles,
        forms: FormCache | None = None,
        *,
        xsd: XsdVersion = "1.0",
        always_explain: bool = False,
        fill_in: bool = False,
    ) -> None:
        """`forms` is where what xmlschema builds is kept. `always_explain`: xmlschema is asked about every document,
        because of what libxml2 does not check. `fill_in`: checking adds to the tree the attributes that the
        schema fixes. A schema of XSD 1.1 is xmlschema's alone.
        """
        self._files = files
        self._always = always_explain
        self._fill_in = fill_in
        self._idle: deque[etree.XMLSchema] = deque()
        self.second = SecondForm(files, forms, xsd)
        self._apart = Apart(files, forms) if xsd == "1.1" else None

    def warm(self, *, explanations: bool) -> None:
        """Compile once, so that the first document need not wait; `explanations`: nor the first refusal.

        Raises:
            ConfigurationInvalid: the schema does not compile.
        """
        if self._apart is None:
            with self._borrowed():
                pass
        if explanations:
            self._must_be_taken()

    def prepare(self) -> None:
        """Have ready what is asked about every document beside libxml2, so that the first one need not wait."""
        if self._apart is not None:
            self._apart.start()
        elif self._always:
            self.second.get()

    def _must_be_taken(self) -> None:
        if self.second.get() is None and self._apart is not None:
            de, en = (
                "Der Prüfer für XSD 1.1 nimmt das Schema nicht",
                "xmlschema refuses the schema of XSD 1.1",
            )
            raise ConfigurationInvalid(Problem(str(self._files.folder), None, de, en))

    @property
    def is_quick(self) -> bool:
        """Whether libxml2 alone can accept a document."""
        return not self._always and self._apart is None

    def accepts(self, root: Node, content: bytes) -> bool:
        """What libxml2 alone says about a document, `root` being what `content` parses to. Only for one that
        `is_quick`.
        """
        return self._errors(root, content) is None

    def check(self, root: Node, content: bytes) -> tuple[Finding, ...]:
        """Every finding against a document, `root` being what `content` parses to. Empty: it is valid."""
        if self._apart is not None:
            return _alone(self._apart.opinion(content), root, "second-validator:effort")
        errors = self._errors(root, content)
        if errors is None:
            return self._second_look(root, content) if self._always else ()
        opinion = self._explain(root, content)
        if opinion.complete and not opinion.shorn:
            return opinion.findings
        return _together(opinion.findings, _plain_findings(errors)) or (_finding_at(root, "cvc-schema"),)

    def _second_look(self, root: Node, content: bytes) -> tuple[Finding, ...]:
        """What xmlschema finds in a document that libxml2 accepts. One that it can't look at as a whole is
        not accepted: nobody knows. Of long texts libxml2 has seen the whole.
        """
        return _alone(self._explain(root, content, MOST_NODES_ALWAYS), root, "second-validator")

    def _errors(self, root: Node, content: bytes) -> list[_Error] | None:
        """The errors that libxml2 sees, as far as it can be asked for them; None where it sees none."""
        with self._borrowed() as schema:
            if _too_many(_most_errors(content), root):
                if _is_cut_up(root, content):
                    errors = int(cast("float", _count(root)))
                else:
                    parser = new_parser(schema)
                    errors = 0
                    try:
                        etree.fromstring(content, parser)
                    except etree.XMLSyntaxError:
                        errors = len(parser.error_log)
                    else:
                        if not self._fill_in:
                            return None
                if _too_many(errors, root):
                    return []
            try:
                if schema.validate(root):
                    return None
            except etree.XMLSchemaValidateError:
                # libxml2 gives up on some patterns: it has no opinion then.
                return []
            return [
                _Error(entry.path or "/", entry.type, entry.line or None)
                for entry in cast("Iterable[Any]", schema.error_log)
            ]

    def _explain(self, root: Node, content: bytes, nodes: int = MOST_NODES) -> Opinion:
        # Who never explains anything does not wait for xmlschema to be imported.
        from schemas.look import look  # noqa: PLC0415

        form = self.second.get()
        return NO_OPINION if form is None else look(form, root, content, nodes)

    @contextmanager
    def _borrowed(self) -> Iterator[etree.XMLSchema]:
        """A compiled schema for this thread alone: two threads would mix up their errors."""
        try:
            schema = self._idle.pop()
        except IndexError:
            schema = self._compile()
        try:
            yield schema
        finally:
            self._idle.append(schema)

    def _compile(self) -> etree.XMLSchema:
        parser = new_parser()
        parser.resolvers.add(_OnlyOwnFiles(self._files.paths))
        with _COMPILING:
            try:
                driver = etree.fromstring(self._files.driver(), parser, base_url=self._files.base_url)
                if self._fill_in:
                    # lxml looks in this one document alone for whether there is anything to fill in.
                    etree.SubElement(driver, f"{_XSD}attribute", name="amtsbote.fill-in", default="")
                return etree.XMLSchema(driver, attribute_defaults=self._fill_in)  # type: ignore[call-arg]  # missing in lxml-stubs
            except etree.XMLSchemaParseError as error:
                raise ConfigurationInvalid(
                    *(
                        Problem(
                            unquote(urlsplit(entry.filename or "").path) or str(self._files.folder),
                            entry.line,
                            "Das Schema lässt sich nicht übersetzen",
                            f"the schema does not compile: {entry.message}",
                        )
                        for entry in error.error_log
                    )
                ) from None


class _OnlyOwnFiles(etree.Resolver):
    """Gives libxml2 the files of the bundle and nothing else."""

    def __init__(self, paths: frozenset[Path]) -> None:
        self._paths = paths

    def resolve(self, system_url: str, _public_id: str, context: Any) -> Any:  # type: ignore[override]  # noqa: ANN401 - lxml's signature
        path = Path(unquote(urlsplit(system_url).path))
        if path.resolve() not in self._paths:
            raise PermissionError(f"{system_url} is no file of the bundle")
        return self.resolve_filename(str(path), context)  # type: ignore[attr-defined]


_longer_list = etree.XPath("boolean(descendant-or-self::*[count(*) > $length])")


def _most_errors(content: bytes) -> int:
    """As many errors as a document can have at most: some two for each element, of which both tags count, and one
    for each attribute.
    """
    return content.count(b"<") + content.count(b"=")


def _too_many(errors: int, root: Node) -> bool:
    return errors > MOST_ERRORS or bool(_longer_list(root, length=MOST_STEPS // max(errors, 1)))


_count = etree.XPath("count(descendant-or-self::*)")
_longer_text = etree.XPath("boolean(descendant::text()[string-length() > $length])")


def _is_cut_up(root: Node, content: bytes) -> bool:
    pieces = content.count(b"&") + content.count(b"<!") + content.count(b"<?")
    if pieces * len(content) <= MOST_TEXT_STEPS:
        return False
    return bool(_longer_text(root, length=MOST_TEXT_STEPS // pieces))


def _plain_findings(errors: list[_Error]) -> tuple[Finding, ...]:
    """What libxml2 alone can tell: where, and which rule."""
    found: dict[tuple[str, str], Finding] = {}
    for entry in errors[: MOST_FINDINGS + 1]:
        rule = LIBXML2.get(entry.type, "cvc-schema")
        name = shorten(entry.path.rpartition("/")[2].lstrip("@").partition("[")[0])
        de, en = sentences(rule, name)
        finding = Finding(shorten(entry.path, LONGEST_PATH), rule.partition(":")[0], de, en, line=entry.line)
        found.setdefault((entry.path, rule), finding)
    return tuple(found.values())


def _together(explained: tuple[Finding, ...], plain: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The explained findings, and the plain ones at places that are not among them."""
    places = {finding.path.partition("/@")[0] for finding in explained}
    others = tuple(finding for finding in plain if finding.path.partition("/@")[0] not in places)
    if any(finding.rule == "cvc-namespace" for finding in explained):
        # libxml2 writes `*` for an element in a default namespace: the same cause, and a place without a name.
        others = tuple(each for each in others if each.rule != "cvc-content" or "*" not in each.path)
    return (explained + others)[: MOST_FINDINGS + 1]


def _alone(opinion: Opinion, root: Node, rule: str) -> tuple[Finding, ...]:
    """What counts where libxml2 has nothing against a document, or no say. One at which xmlschema can't look as a
    whole is not accepted, by that `rule`: nobody knows.
    """
    if opinion.findings or opinion.complete:
        return opinion.findings
    return (_finding_at(root, rule),)


def _finding_at(root: Node, rule: str) -> Finding:
    name = shorten(local_name(root))
    de, en = sentences(rule, name)
    return Finding(Paths().of(root), rule.partition(":")[0], de, en)
