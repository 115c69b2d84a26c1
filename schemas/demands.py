"""Demands: rules that a bundle names at paths, held against a document beyond its schema."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gateway.core.refusal import Finding, RefusalCode
from schemas import identifiers
from schemas.demand_texts import SENTENCES
from schemas.facts import Model
from schemas.paths import Paths, shorten
from schemas.shape import shape_at
from schemas.view import Node, line_of, local_name, text_of

_NAME = r"[^\W\d][\w.\-·]*"
_PATH = re.compile(rf"/?{_NAME}(?:/{_NAME})*(?:/@{_NAME})?\Z")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a rule may look at beside the value itself."""

    on: date
    """The legal date."""
    test: bool
    """The message carries the mark `test`."""
    deadlines: Mapping[str, int] = field(default_factory=dict)
    """Days of each deadline that the reader has set itself."""


@dataclass(frozen=True, slots=True)
class Objection:
    """A finding with the code of the refusal that it is a reason for; None: it is only a warning."""

    finding: Finding
    refusal: RefusalCode | None


Judge = Callable[[str, Circumstances], str | None]
"""Says which sentence is true of a value; None where nothing speaks against it."""


def _known_rule(name: str) -> str:
    if name not in RULES:
        raise ValueError(f"known rules are {', '.join(sorted(RULES))}")
    return name


def _readable_path(path: str) -> str:
    if not _PATH.match(path):
        raise ValueError("a path is local names joined by '/', perhaps with '/@attribute' at its end")
    return path


class RuleEntry(Model):
    """A table `[[rules]]` of a `bundle.toml`."""

    path: Annotated[str, AfterValidator(_readable_path)]
    """Local names, matched from the end (`halter/idnr`), with a leading `/` from the root element."""
    rule: Annotated[str, AfterValidator(_known_rule)]
    severity: Literal["error", "warning"] = "error"
    days: Annotated[int, Field(ge=0, le=36_500)] = 0
    """For rules about a span of days."""
    deadline: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")] | None = None
    """For rules about a span of days: under this name a tenant may set other days than `days`."""

    unknown: Literal["refuse", "warn", "ignore"] = "warn"
    """For `ags` and `ars`: a key that is well made and in no version of the official list, where that is known."""

    def days_in(self, circumstances: Circumstances) -> int:
        """The days that count: those that the reader has set, else those of the rule."""
        return circumstances.deadlines.get(self.deadline or "", self.days)


class RuleBook:
    """The rules of one bundle. Immutable; safe to use from any number of threads."""

    def __init__(
        self, entries: Sequence[RuleEntry], registers: Mapping[str, Collection[str]] = MappingProxyType({})
    ) -> None:
        """`registers`: the official lists that are known, by their identifiers, with the codes of all versions."""
        self._by_name: dict[str, list[_Placed]] = {}
        for entry in entries:
            placed = _Placed(entry, registers)
            self._by_name.setdefault(placed.name, []).append(placed)
        self._tags = tuple(f"{{*}}{name}" for name in self._by_name)

    def objections(self, root: Node, circumstances: Circumstances, paths: Paths) -> Iterator[Objection]:
        """What speaks against a document, in its order. A missing or empty value is the schema's matter."""
        for node in root.iter(*self._tags) if self._tags else ():
            for placed in self._by_name[local_name(node)]:
                value = placed.value(node)
                if not value:
                    continue
                sentence = placed.judge(value, circumstances)
                if sentence is not None:
                    yield _objection(placed, sentence, node, circumstances, paths)


class _Placed:
    """A rule at its path."""

    __slots__ = ("above", "anchored", "attribute", "entry", "judge", "name")

    def __init__(self, entry: RuleEntry, registers: Mapping[str, Collection[str]]) -> None:
        path, _, attribute = entry.path.partition("/@")
        self.entry = entry
        self.attribute = attribute or None
        self.anchored = path.startswith("/")
        *above, self.name = path.strip("/").split("/")
        self.above = above[::-1]
        self.judge = _registered(entry, RULES[entry.rule](entry), registers)

    def value(self, node: Node) -> str | None:
        """The value of an element of this name where it stands at this path."""
        current: Node | None = node
        for step in self.above:
            current = None if current is None else current.getparent()
            if current is None or local_name(current) != step:
                return None
        if self.anchored and current is not None and current.getparent() is not None:
            return None
        return text_of(node) if self.attribute is None else (node.get(self.attribute) or "").strip()


def _objection(
    placed: _Placed, sentence: str, node: Node, circumstances: Circumstances, paths: Paths
) -> Objection:
    text = SENTENCES[sentence]
    name = shorten(placed.attribute or local_name(node))
    days = str(placed.entry.days_in(circumstances))
    finding = Finding(
        path=paths.of(node, placed.attribute),
        rule=sentence,
        de=text.de.format(name=name, days=days),
        en=text.en.format(name=name, days=days),
        expected=text.expected.format(days=days),
        line=line_of(node),
        found=shape_at(node, placed.attribute),
    )
    is_error = placed.entry.severity == "error"
    if sentence in _UNREGISTERED:
        is_error = placed.entry.unknown == "refuse"
    return Objection(finding, RefusalCode.RULE_BROKEN if is_error else None)


def misplaced(entries: Sequence[RuleEntry]) -> Iterator[tuple[int, str]]:
    """Number and name of every setting that its rule does not know."""
    for number, entry in enumerate(entries):
        for setting in sorted(entry.model_fields_set & _RULES_WITH.keys()):
            if entry.rule not in _RULES_WITH[setting]:
                yield number, setting


def undeclared(entries: Sequence[RuleEntry], declared: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Number and name of every step of a rule's path that no schema file declares as an element."""
    names = frozenset(declared)
    for number, entry in enumerate(entries):
        for step in entry.path.partition("/@")[0].strip("/").split("/"):
            if step not in names:
                yield number, step


REGISTERS: Mapping[str, str] = MappingProxyType(
    {
        "ags": "urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:ags",
        "ars": "urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:rs",
    }
)
"""The official list of what a rule is about. The statistical office publishes it; it is not brought along."""

_UNREGISTERED = frozenset(f"{rule}-unbekannt" for rule in REGISTERS)


def _registered(entry: RuleEntry, well_made: Judge, registers: Mapping[str, Collection[str]]) -> Judge:
    """A rule that also asks the official list, where that is known."""
    codes = registers.get(REGISTERS.get(entry.rule, ""))
    if codes is None or entry.unknown == "ignore":
        return well_made

    def judge(text: str, circumstances: Circumstances) -> str | None:
        wrong = well_made(text, circumstances)
        if wrong is None and text not in codes and text != identifiers.UNKNOWN_PLACE:
            return f"{entry.rule}-unbekannt"
        return wrong

    return judge


def _made(sentence: str, well_made: Callable[[str], bool]) -> Callable[[RuleEntry], Judge]:
    return lambda _entry: lambda text, _circumstances: None if well_made(text) else sentence


def _idnr(text: str, circumstances: Circumstances) -> str | None:
    if not identifiers.is_idnr(text):
        return "idnr"
    return "idnr-test" if identifiers.is_test_idnr(text) and not circumstances.test else None


def _dated(sentence: str, wrong: Callable[[date, Circumstances], bool]) -> Judge:
    def judge(text: str, circumstances: Circumstances) -> str | None:
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            return None
        return sentence if wrong(day, circumstances) else None

    return judge


RULES: Mapping[str, Callable[[RuleEntry], Judge]] = MappingProxyType(
    {
        "ags": _made("ags", identifiers.is_ags),
        "ars": _made("ars", identifiers.is_ars),
        "idnr": lambda _entry: _idnr,
        "iban": _made("iban", identifiers.is_iban),
        "bic": _made("bic", identifiers.is_bic),
        "glaeubiger-id": _made("glaeubiger-id", identifiers.is_glaeubiger_id),
        "leitweg-id": _made("leitweg-id", identifiers.is_leitweg_id),
        "flurstueckskennzeichen": _made("flurstueckskennzeichen", identifiers.is_flurstueckskennzeichen),
        "chipnummer": _made("chipnummer", identifiers.is_chipnummer),
        "leistungsschluessel": _made("leistungsschluessel", identifiers.is_leistungsschluessel),
        "datum-nicht-kuenftig": lambda _entry: _dated("datum-kuenftig", lambda day, at: day > at.on),
        "datum-nicht-vergangen": lambda _entry: _dated("datum-vergangen", lambda day, at: day < at.on),
        "datum-hoechstens-vor": lambda entry: _dated(
            "datum-zu-frueh", lambda day, at: at.on - day > timedelta(days=entry.days_in(at))
        ),
        "datum-hoechstens-in": lambda entry: _dated(
            "datum-zu-spaet", lambda day, at: day - at.on > timedelta(days=entry.days_in(at))
        ),
    }
)
"""Rules by the name that a `bundle.toml` uses."""

_SPANS = frozenset({"datum-hoechstens-vor", "datum-hoechstens-in"})
_RULES_WITH: Mapping[str, Collection[str]] = MappingProxyType(
    {"days": _SPANS, "deadline": _SPANS, "unknown": frozenset(REGISTERS)}
)
"""Which rules know a setting."""
