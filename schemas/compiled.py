"""Compiled schemas: libxml2 gives the verdict, xmlschema explains a refusal and is the second opinion."""

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import unquote, urlsplit

import xmlschema
from lxml import etree

from gateway.core.errors import ConfigurationInvalid, Problem
from gateway.core.refusal import Finding
from schemas.closure import SchemaFiles
from schemas.door import new_parser
from schemas.explain import MOST_FINDINGS, MOST_NODES, Opinion, explain
from schemas.paths import LONGEST_PATH, shorten
from schemas.rules import LIBXML2, sentences
from schemas.view import Node, local_name

SMALL = 32_000
"""Bytes up to which a parsed document is validated as it is. The time that libxml2 needs to write errors
down grows with the square of their number there, which only a small document can't abuse; a larger one
is read once more, validated as it is read, which costs half as much again and is linear.
"""
MOST_ERRORS = 20_000
MOST_STEPS = 100_000_000
"""libxml2 counts the siblings of every error that it places. Beyond so many errors, or errors times siblings,
it is not asked for places; that bounds its work to some tenths of a second.
"""

MOST_TEXT_STEPS = 20_000_000_000
"""While libxml2 validates as it reads, every reference, comment or section cuts a text, and for each piece
it goes through the text before it again: about a second. Beyond that the document is validated as it is.
"""
MOST_ATTRIBUTES = 50
"""Of one element, up to which xmlschema is asked: for each one that is wrong it writes all of them down."""
MOST_NAMESPACE_STEPS = 3_000_000
"""Steps up to which xmlschema is asked. It collects for every element the namespaces in scope, and where an
element declares one, it collects them again for each of them: some tenths of a second.
"""


class _Error(NamedTuple):
    """An error of libxml2 without its message, which quotes values."""

    path: str
    type: int
    line: int | None


MOST_NODES_ALWAYS = 200_000
"""As `MOST_NODES`, where xmlschema has a say in every verdict: some seconds of work for the largest."""

_COMPILING = threading.Lock()
_XSD = "{http://www.w3.org/2001/XMLSchema}"


class CompiledSchema:
    """The schema of one bundle. Safe to use from any number of threads."""

    def __init__(self, files: SchemaFiles, *, always_explain: bool = False, fill_in: bool = False) -> None:
        """`always_explain`: xmlschema is asked about every document, because of what libxml2 does not check.
        `fill_in`: checking adds to the tree the attributes that the schema fixes.
        """
        self._files = files
        self._always = always_explain
        self._fill_in = fill_in
        self._idle: deque[etree.XMLSchema] = deque()
        self._building = threading.Lock()
        self._built = False
        self._explaining: xmlschema.XMLSchemaBase | None = None

    def warm(self, *, explanations: bool) -> None:
        """Compile once, so that the first document need not wait; `explanations`: nor the first refusal.

        Raises:
            ConfigurationInvalid: libxml2 does not take the schema.
        """
        with self._borrowed():
            pass
        if explanations:
            self.explaining()

    def check(self, root: Node, content: bytes) -> tuple[Finding, ...]:
        """Every finding against a document, `root` being what `content` parses to. Empty: it is valid."""
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
        opinion = self._explain(root, content, MOST_NODES_ALWAYS)
        if opinion.findings or opinion.complete:
            return opinion.findings
        return (_finding_at(root, "second-validator"),)

    def _errors(self, root: Node, content: bytes) -> list[_Error] | None:
        """The errors that libxml2 sees, as far as it can be asked for them; None where it sees none."""
        with self._borrowed() as schema:
            if len(content) > SMALL:
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
        schema = self.explaining()
        if schema is None or _has_many_attributes(root) or _has_many_namespaces(root, content):
            return Opinion((), complete=False)
        try:
            return explain(schema, root, nodes)
        except (xmlschema.XMLSchemaException, RecursionError, ArithmeticError):
            return Opinion((), complete=False)

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

    def explaining(self) -> xmlschema.XMLSchemaBase | None:
        """What explains refusals. Built at the first one: that takes a tenth of a second to some seconds.
        None where xmlschema does not take the schema.
        """
        with self._building:
            if not self._built:
                try:
                    self._explaining = xmlschema.XMLSchema10(
                        self._files.driver().decode(),
                        base_url=self._files.base_url,
                        allow="local",
                        defuse="always",
                    )
                except xmlschema.XMLSchemaException:
                    self._explaining = None
                self._built = True
        return self._explaining


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


def _too_many(errors: int, root: Node) -> bool:
    return errors > MOST_ERRORS or bool(_longer_list(root, length=MOST_STEPS // max(errors, 1)))


_has_many_attributes = etree.XPath(f"boolean(descendant-or-self::*[count(@*) > {MOST_ATTRIBUTES}])")


def _has_many_namespaces(root: Node, content: bytes) -> bool:
    declarations = content.count(b"xmlns")
    if declarations**3 + declarations * content.count(b"<") <= MOST_NAMESPACE_STEPS:
        return False
    steps = 0
    for node in root.iter():
        parent = node.getparent()
        inherited = {} if parent is None else parent.nsmap
        in_scope = node.nsmap
        steps += len(in_scope) if in_scope == inherited else len(in_scope) ** 2
        if steps > MOST_NAMESPACE_STEPS:
            return True
    return False


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
    return (explained + others)[: MOST_FINDINGS + 1]


def _finding_at(root: Node, rule: str) -> Finding:
    name = shorten(local_name(root))
    de, en = sentences(rule, name)
    return Finding(f"/{name}", rule, de, en)
