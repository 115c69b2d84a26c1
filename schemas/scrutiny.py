"""Scrutiny: all that is held against a document beyond its schema, sorted into refusals and warnings."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from lxml import etree

from gateway.core.refusal import Finding, Refusal, RefusalCode, Verdict
from schemas.codelists import CodeBook, CodeList, CodeListEntry, ListFault, Reaction, load_list
from schemas.demands import Circumstances, Objection, RuleBook, RuleEntry, undeclared
from schemas.door import Limits, read
from schemas.explain import MOST_FINDINGS
from schemas.paths import Paths
from schemas.view import Node

_XSD = "{http://www.w3.org/2001/XMLSchema}"
MOST_ELEMENTS = 50_000
"""Up to so many elements rules and code lists are asked about a document that breaks its schema."""

_LIMITS = Limits(max_bytes=20_000_000, max_depth=200)


@dataclass(frozen=True, slots=True)
class Material:
    """What scrutiny is made of, read from a bundle's files. Equal where nothing has changed."""

    rules: tuple[RuleEntry, ...] = ()
    lists: tuple[tuple[CodeListEntry, CodeList | None], ...] = ()
    unknown_list: Reaction = "ignore"
    in_schema: frozenset[str] = frozenset()
    """Code lists that the schema itself fixes."""


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
) -> tuple[Material, Sequence[Fault]]:
    """Read the code lists and look whether every rule has a place in the schema."""
    faults: list[Fault] = []
    elements, in_schema = _declared(schema_files) if rules or unknown_list != "ignore" else ((), ())
    for number, step in undeclared(rules, elements):
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
            lists.append((entry, load_list(folder, shared, entry)))
        except ListFault as fault:
            faults.append(Fault(("code_lists", number, "file"), fault.de, fault.en))
    return Material(tuple(rules), tuple(lists), unknown_list, frozenset(in_schema)), faults


def _declared(schema_files: Iterable[Path]) -> tuple[Collection[str], Collection[str]]:
    """Names of all elements, and the code lists that are fixed, in schema files."""
    elements: set[str] = set()
    fixed: set[str] = set()
    for path in schema_files:
        root = read(path.read_bytes(), _LIMITS)
        elements.update(str(each.get("name")) for each in root.iter(f"{_XSD}element") if each.get("name"))
        for each in root.iter(f"{_XSD}attribute"):
            if each.get("name") == "listURI" and each.get("fixed"):
                fixed.add(str(each.get("fixed")).strip())
    return elements, fixed


class Scrutiny:
    """The rules and code lists of one bundle, ready for work. Safe to use from any number of threads."""

    def __init__(self, material: Material) -> None:
        self._rules = RuleBook(material.rules)
        self._codes = CodeBook(material.lists, material.unknown_list, material.in_schema)

    @property
    def needs_defaults(self) -> bool:
        """Whether attributes that the schema fixes must be in the tree: they name the code lists."""
        return bool(self._codes)

    def judge(self, root: Node, circumstances: Circumstances, known: Collection[Finding]) -> Verdict:
        """What speaks against a document, at places where the `known` findings do not speak already. Of a
        long document that they refuse anyway, they are enough: every element looked at costs memory.
        """
        if known and _is_long(root):
            return _NOTHING
        paths = Paths()
        taken = {finding.path for finding in known}
        found = chain(self._codes.objections(root, paths), self._rules.objections(root, circumstances, paths))
        new = islice((each for each in found if each.finding.path not in taken), MOST_FINDINGS + 1)
        return _verdict(list(new))


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
