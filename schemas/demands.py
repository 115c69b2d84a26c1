"""Demands: rules that a bundle names at paths, held against a document beyond its schema."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gateway.core.refusal import Finding, RefusalCode
from schemas import identifiers
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


class RuleBook:
    """The rules of one bundle. Immutable; safe to use from any number of threads."""

    def __init__(self, entries: Sequence[RuleEntry]) -> None:
        self._by_name: dict[str, list[_Placed]] = {}
        for entry in entries:
            placed = _Placed(entry)
            self._by_name.setdefault(placed.steps[-1], []).append(placed)
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
                    yield _objection(placed, sentence, node, paths)


class _Placed:
    """A rule at its path."""

    __slots__ = ("anchored", "attribute", "entry", "judge", "steps")

    def __init__(self, entry: RuleEntry) -> None:
        path, _, attribute = entry.path.partition("/@")
        self.entry = entry
        self.attribute = attribute or None
        self.anchored = path.startswith("/")
        self.steps = tuple(path.strip("/").split("/"))
        self.judge = RULES[entry.rule](entry)

    def value(self, node: Node) -> str | None:
        """The value at this path where an element of its last name stands there."""
        current: Node | None = node
        for step in reversed(self.steps):
            if current is None or local_name(current) != step:
                return None
            current = current.getparent()
        if self.anchored and current is not None:
            return None
        return text_of(node) if self.attribute is None else (node.get(self.attribute) or "").strip()


def _objection(placed: _Placed, sentence: str, node: Node, paths: Paths) -> Objection:
    text = SENTENCES[sentence]
    name = shorten(placed.attribute or local_name(node))
    days = str(placed.entry.days)
    finding = Finding(
        path=paths.of(node, placed.attribute),
        rule=sentence,
        de=text.de.format(name=name, days=days),
        en=text.en.format(name=name, days=days),
        expected=text.expected,
        line=line_of(node),
        found=shape_at(node, placed.attribute),
    )
    return Objection(finding, RefusalCode.RULE_BROKEN if placed.entry.severity == "error" else None)


def undeclared(entries: Sequence[RuleEntry], declared: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Number and name of every step of a rule's path that no schema file declares as an element."""
    names = frozenset(declared)
    for number, entry in enumerate(entries):
        for step in entry.path.partition("/@")[0].strip("/").split("/"):
            if step not in names:
                yield number, step


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is wrong, in German and English, and the form that is expected."""

    de: str
    en: str
    expected: str = ""


SENTENCES: Mapping[str, Sentence] = MappingProxyType(
    {
        "ags": Sentence(
            "„{name}“ ist kein Amtlicher Gemeindeschlüssel.",
            "'{name}' is not a municipality's key (AGS).",
            "LLRKKGGG: 8 Ziffern / digits, Land 01-16, Brandenburg 120.....; 99999999: unbekannt / unknown",
        ),
        "ars": Sentence(
            "„{name}“ ist kein Amtlicher Regionalschlüssel.",
            "'{name}' is not a regional key (ARS).",
            "LLRKKVVVVGGG: 12 Ziffern / digits, Land 01-16",
        ),
        "idnr": Sentence(
            "„{name}“ ist keine steuerliche Identifikationsnummer: Die Prüfziffer stimmt nicht.",
            "'{name}' is not a tax identification number: its check digit is wrong.",
            "11 Ziffern / digits, ISO 7064 MOD 11,10",
        ),
        "idnr-test": Sentence(
            "„{name}“ ist eine Identifikationsnummer für Tests; sie ist nur in Nachrichten mit dem Attribut test "
            "erlaubt.",
            "'{name}' is an identification number for tests; it is allowed only in messages with the attribute "
            "test.",
            "11 Ziffern / digits, 1-9 zuerst / first",
        ),
        "iban": Sentence(
            "„{name}“ ist keine IBAN: Die Prüfziffern oder die Länge stimmen nicht.",
            "'{name}' is not an IBAN: its check digits or its length are wrong.",
            "DE + 20 Ziffern / digits, mod 97",
        ),
        "bic": Sentence("„{name}“ ist kein BIC.", "'{name}' is not a BIC.", "AAAALLOO[FFF]: 8 | 11"),
        "glaeubiger-id": Sentence(
            "„{name}“ ist keine Gläubiger-Identifikationsnummer: Die Prüfziffern stimmen nicht.",
            "'{name}' is not a SEPA creditor identifier: its check digits are wrong.",
            "DEppZZZnnnnnnnnnnn: 18 Zeichen / characters, mod 97",
        ),
        "leitweg-id": Sentence(
            "„{name}“ ist keine Leitweg-ID: Die Form oder die Prüfziffern stimmen nicht.",
            "'{name}' is not a Leitweg-ID: its form or its check digits are wrong.",
            "Grobadresse[-Feinadresse]-pp, mod 97",
        ),
        "flurstueckskennzeichen": Sentence(
            "„{name}“ ist kein Flurstückskennzeichen.",
            "'{name}' is not the identifier of a cadastral parcel.",
            "LLGGGGFFFZZZZZNNNNFF: 20 Zeichen / characters, _ = fehlt / missing",
        ),
        "chipnummer": Sentence(
            "„{name}“ ist keine Chipnummer eines Tieres.",
            "'{name}' is not the number of an animal's transponder.",
            "15 Ziffern / digits, ISO 11784",
        ),
        "leistungsschluessel": Sentence(
            "„{name}“ ist kein Leistungsschlüssel.",
            "'{name}' is not a LeiKa key.",
            "99 + 12 Ziffern / digits",
        ),
        "datum-kuenftig": Sentence(
            "Das Datum in „{name}“ liegt in der Zukunft.",
            "The date in '{name}' is in the future.",
            "heute oder früher / today or earlier",
        ),
        "datum-zu-frueh": Sentence(
            "Das Datum in „{name}“ liegt mehr als {days} Tage zurück.",
            "The date in '{name}' is more than {days} days ago.",
        ),
        "datum-zu-spaet": Sentence(
            "Das Datum in „{name}“ liegt mehr als {days} Tage in der Zukunft.",
            "The date in '{name}' is more than {days} days ahead.",
        ),
    }
)


def _made(sentence: str, well_made: Callable[[str], bool]) -> Callable[[RuleEntry], Judge]:
    return lambda _entry: lambda text, _circumstances: None if well_made(text) else sentence


def _idnr(text: str, circumstances: Circumstances) -> str | None:
    if not identifiers.is_idnr(text):
        return "idnr"
    return "idnr-test" if identifiers.is_test_idnr(text) and not circumstances.test else None


def _dated(sentence: str, wrong: Callable[[date, date], bool]) -> Judge:
    def judge(text: str, circumstances: Circumstances) -> str | None:
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            return None
        return sentence if wrong(day, circumstances.on) else None

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
        "datum-nicht-kuenftig": lambda _entry: _dated("datum-kuenftig", lambda day, on: day > on),
        "datum-hoechstens-vor": lambda entry: _dated(
            "datum-zu-frueh", lambda day, on: on - day > timedelta(days=entry.days)
        ),
        "datum-hoechstens-in": lambda entry: _dated(
            "datum-zu-spaet", lambda day, on: day - on > timedelta(days=entry.days)
        ),
    }
)
"""Rules by the name that a `bundle.toml` uses."""
