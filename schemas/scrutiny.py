"""Scrutiny: all that is held against a document beyond its schema, sorted into refusals and warnings."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from lxml import etree

from gateway.core.refusal import Finding, Refusal, RefusalCode, Verdict
from schemas.codelists import CodeBook, CodeListEntry, Reaction, load_list
from schemas.declared import declared_in
from schemas.demands import REGISTERS, Circumstances, Objection, RuleBook, RuleEntry, misplaced, undeclared
from schemas.genericode import CodeList, ListFault
from schemas.lists import InstalledList, Lists, in_order
from schemas.opinion import MOST_FINDINGS
from schemas.paths import Paths
from schemas.schematron.rulings import Ruling
from schemas.schematron.stylesheet import Stylesheet
from schemas.schematron.workers import Workers
from schemas.view import Node

MOST_ELEMENTS = 50_000
"""Up to so many elements rules and code lists are asked about a document that breaks its schema."""


@dataclass(frozen=True, slots=True)
class Material:
    """What scrutiny is made of, read from a bundle's files. Equal where nothing has changed."""

    rules: tuple[RuleEntry, ...] = ()
    lists: tuple[tuple[CodeListEntry, CodeList | None], ...] = ()
    unknown_list: Reaction = "ignore"
    in_schema: frozenset[tuple[str, str | None]] = frozenset()
    """Code lists that the schema itself fixes, with their version where it fixes that too."""
    enumerated: frozenset[str] = frozenset()
    """Those whose codes the schema itself enumerates."""
    installed: tuple[CodeList, ...] = ()
    """Code lists that lie beside the bundles."""
    schematron: tuple[Stylesheet, ...] = ()

    def versions(self, uri: str) -> Mapping[str, CodeList]:
        """The versions of a list whose codes are known, those that the bundle declares last."""
        installed = sorted(self.installed, key=lambda each: in_order(each.version))
        found = {each.version: each for each in installed if each.uri == uri}
        for entry, codes in self.lists:
            if entry.uri == uri and codes is not None:
                found.pop(entry.version, None)
                found[entry.version] = codes
        return found


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an entry of `bundle.toml`: its place there, and why."""

    place: tuple[str, int, str]
    de: str
    en: str


def collect(
    folder: Path,
    shared: Path,
    rules: Sequence[RuleEntry],
    code_lists: Sequence[CodeListEntry],
    unknown_list: Reaction,
    schema_files: Iterable[Path],
    known: Lists,
) -> tuple[Material, Sequence[Fault]]:
    """Read the code lists and look whether every rule has a place in the schema."""
    faults: list[Fault] = []
    declared = declared_in(schema_files)
    for number, setting in misplaced(rules):
        name = rules[number].rule
        de = f"Die Regel „{name}“ kennt keine Angabe „{setting}“"
        faults.append(Fault(("rules", number, setting), de, f"the rule {name!r} knows no {setting!r}"))
    for number, step in undeclared(rules, declared.elements):
        de = f"Kein Schema des Pakets kennt ein Element „{step}“"
        faults.append(
            Fault(("rules", number, "path"), de, f"no schema of the bundle has an element {step!r}")
        )
    lists: list[tuple[CodeListEntry, CodeList | None]] = []
    seen: set[tuple[str, str]] = set()
    for number, entry in enumerate(code_lists):
        if (entry.uri, entry.version) in seen:
            faults.append(
                Fault(("code_lists", number, "uri"), "Die Codeliste steht zweimal da", "is there twice")
            )
        seen.add((entry.uri, entry.version))
        try:
            lists.append((entry, load_list(folder, shared, entry, known)))
        except ListFault as fault:
            faults.append(Fault(("code_lists", number, "file"), fault.de, fault.en))
    last = {entry.uri: entry for entry in code_lists}
    installed = tuple(_as_declared(each, last.get(each.list.uri), known) for each in known.installed.values())
    material = Material(
        tuple(rules), tuple(lists), unknown_list, declared.code_lists, declared.enumerated, installed
    )
    return material, faults


def _registers(material: Material) -> Mapping[str, Collection[str]]:
    """The official lists that rules ask, with the codes of all known versions."""
    known = [*material.installed, *(found for _, found in material.lists if found is not None)]
    lists = {uri: [each.codes for each in known if each.uri == uri] for uri in REGISTERS.values()}
    return {uri: frozenset().union(*codes) for uri, codes in lists.items() if codes}


def _as_declared(found: InstalledList, entry: CodeListEntry | None, known: Lists) -> CodeList:
    """An installed list with the codes of the column in which the bundle has those of its own version."""
    try:
        return found.list if entry is None else known.read(found.path, entry.columns)
    except ListFault:
        return found.list


class Scrutiny:
    """The rules and code lists of one bundle, ready for work. Safe to use from any number of threads."""

    def __init__(self, material: Material, workers: Workers | None = None) -> None:
        """`workers` are those that others use too."""
        self._rules = RuleBook(material.rules, _registers(material))
        self._codes = CodeBook(material.lists, material.unknown_list, material.in_schema, material.installed)
        self._has_defaults = bool(self._codes) and bool(material.in_schema)
        self._rulings = tuple(Ruling(each, workers or Workers()) for each in material.schematron)

    @property
    def needs_defaults(self) -> bool:
        """Whether attributes that the schema fixes must be in the tree: they name the code lists."""
        return self._has_defaults

    @property
    def is_quick(self) -> bool:
        """Whether all is asked in this process."""
        return all(each.is_quick for each in self._rulings)

    def warm(self) -> None:
        """Compile the Schematron, so that no document waits for it.

        Raises:
            ConfigurationInvalid: it does not compile.
        """
        for each in self._rulings:
            each.warm()

    def judge(self, root: Node, circumstances: Circumstances, known: Collection[Finding]) -> Verdict:
        """What speaks against a document, at places where the `known` findings do not speak already. Of a
        long document that they refuse anyway, they are enough: every element looked at costs memory.

        What relates one field to another is asked only where schema and code lists accept all: otherwise it
        would blame fields that are right for a neighbour that is not.
        """
        if known and _is_long(root):
            return _NOTHING
        paths = Paths()
        taken = {finding.path for finding in known}
        codes = list(_first(self._codes.objections(root, paths)))
        sound = not known and all(each.refusal is None for each in codes)
        related = (each.objections(root, circumstances, paths) for each in self._rulings if sound)
        found = chain(codes, self._rules.objections(root, circumstances, paths), *related)
        return _verdict(list(_first(each for each in found if each.finding.path not in taken)))


def _first(objections: Iterable[Objection]) -> Iterator[Objection]:
    """As many as are listed and one more, of refusals and of warnings: many of these hide none of those."""
    left = {True: MOST_FINDINGS + 1, False: MOST_FINDINGS + 1}
    for each in objections:
        refuses = each.refusal is not None
        if left[refuses]:
            left[refuses] -= 1
            yield each
        if not left[True]:
            return


def _verdict(objections: Sequence[Objection]) -> Verdict:
    if not objections:
        return _NOTHING
    by_code: dict[RefusalCode, list[Finding]] = {}
    for each in objections:
        if each.refusal is not None:
            by_code.setdefault(each.refusal, []).append(each.finding)
    refusals = tuple(Refusal(code, findings=tuple(findings)) for code, findings in by_code.items())
    return Verdict(refusals, tuple(each.finding for each in objections if each.refusal is None))


_NOTHING = Verdict()
_is_long = etree.XPath(f"boolean(descendant-or-self::*[{MOST_ELEMENTS}])")
