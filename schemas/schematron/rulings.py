"""Rulings: the Schematron schemas that a bundle names, read from its files and held against documents."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import structlog
from lxml import etree

from gateway.core.errors import ConfigurationInvalid
from schemas.demands import Circumstances, Objection
from schemas.facts import Model, Text
from schemas.paths import Paths
from schemas.schematron.checking import faults
from schemas.schematron.engine import CompileFailed, Engine, EvaluationFailed, Parameters
from schemas.schematron.findings import failure, objections, read_answer
from schemas.schematron.libxslt import Libxslt
from schemas.schematron.model import Place
from schemas.schematron.reading import read_schema
from schemas.schematron.stylesheet import Stylesheet, write
from schemas.schematron.workers import Remote, Workers
from schemas.view import Node

log = structlog.get_logger()

MOST_ELEMENTS_HERE = 5_000
"""A document of more is judged where a limit of time holds, whatever the rules: the time of a rule may grow with
the square of what a message repeats, and nobody can end it in a thread."""


class SchematronEntry(Model):
    """A table `[[schematron]]` of a `bundle.toml`."""

    file: Text
    phase: Text | None = None
    severity: Literal["error", "warning"] = "error"
    """Of assertions that say nothing about it."""


def load_schematron(
    folder: Path, shared: Path, entry: SchematronEntry, asked_by: Place, *, trusted: bool
) -> Stylesheet:
    """Read and compile a Schematron schema. What is not `trusted`, or needs XPath 2, is only written as a
    stylesheet: the process that runs it compiles it when it is warmed up.

    Raises:
        ConfigurationInvalid: naming every fault with file and line.
    """
    refuses = entry.severity == "error"
    path = folder / entry.file
    schema = read_schema(path, (folder, shared), entry.phase, refuses=refuses, asked_by=asked_by)
    found = tuple(faults(schema))
    if found:
        raise ConfigurationInvalid(*found)
    stylesheet = write(schema, trusted=trusted)
    if stylesheet.runs_here:
        try:
            _try(stylesheet)
        except CompileFailed as failed:
            raise failed.named(stylesheet) from None
    return stylesheet


def _try(stylesheet: Stylesheet) -> None:
    """Compile a stylesheet of XSLT 1.0, and have it look at something: of variables that need each other, or of
    functions in them with too few arguments, libxslt says nothing before.
    """
    engine = Libxslt(stylesheet.text)
    engine.warm()
    known: Parameters = {"heute": "2000-01-01", "test": False}
    try:
        engine.run(etree.Element("probe"), {name: known[name] for name in stylesheet.parameters})
    except EvaluationFailed as failed:
        raise CompileFailed([(None, f"its variables can't be evaluated ({failed})")]) from None


class Ruling:
    """One schema, ready for work. Safe to use from any number of threads."""

    def __init__(self, stylesheet: Stylesheet, workers: Workers) -> None:
        self._stylesheet = stylesheet
        self._apart: Engine = Remote(stylesheet, workers)
        self._engine: Engine = Libxslt(stylesheet.text) if stylesheet.runs_here else self._apart

    @property
    def is_quick(self) -> bool:
        """Whether no other process is asked."""
        return self._stylesheet.runs_here

    def warm(self) -> None:
        """Compile, so that no document waits for it.

        Raises:
            ConfigurationInvalid: naming the places in the schema.
        """
        try:
            self._engine.warm()
        except CompileFailed as failed:
            raise failed.named(self._stylesheet) from None

    def objections(self, root: Node, circumstances: Circumstances, paths: Paths) -> Iterator[Objection]:
        """What speaks against a document that its XML Schema and the code lists accept, in its order."""
        known: Parameters = {"heute": circumstances.on.isoformat(), "test": circumstances.test}
        taken = {name: value for name, value in known.items() if name in self._stylesheet.parameters}
        try:
            engine = self._apart if _is_long(root) else self._engine
            spoken = read_answer(self._stylesheet, engine.run(root, taken))
        except (EvaluationFailed, CompileFailed) as failed:
            cause = str(failed) if isinstance(failed, EvaluationFailed) else type(failed).__name__
            log.error("schematron_failed", file=self._stylesheet.file, cause=cause)  # noqa: TRY400 - its trace may quote content
            yield failure(root, paths)
            return
        yield from objections(self._stylesheet, spoken, root, paths)


_is_long = etree.XPath(f"boolean(descendant-or-self::*[{MOST_ELEMENTS_HERE + 1}])")
