"""Notes: what a bundle's rules demand at a row, in the words with which a message is refused."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType

from gateway.core.handbook import Condition, RuleNote
from schemas.demand_texts import SENTENCES
from schemas.demands import RuleEntry
from schemas.handbook.plan import Inside, Place
from schemas.schematron.model import NameOf, Sentence
from schemas.schematron.stylesheet import Stylesheet

MOST_CONDITIONS = 500

SENTENCES_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "idnr": ("idnr", "idnr-test"),
        "datum-nicht-kuenftig": ("datum-kuenftig",),
        "datum-nicht-vergangen": ("datum-vergangen",),
        "datum-hoechstens-vor": ("datum-zu-frueh",),
        "datum-hoechstens-in": ("datum-zu-spaet",),
    }
)
"""What a rule may find, where that is not of its own name alone."""


class Notes:
    """The rules of a bundle, by the rows that they hold at."""

    def __init__(self, rules: Iterable[RuleEntry], root: Inside, root_name: str) -> None:
        self._root = root
        self._root_name = root_name
        self._by_name: dict[str, list[RuleEntry]] = {}
        for entry in rules:
            self._by_name.setdefault(entry.path.rpartition("/")[2], []).append(entry)

    def at(self, place: Place, *, is_code: bool) -> Iterator[RuleNote]:
        """The rules that hold at a row, also those about the `code` in a code."""
        name = place.particle.name
        for entry in self._by_name.get(name, ()):
            if self._leads_to(entry.path, place):
                yield note_of(entry, name)
        for entry in self._by_name.get("code", ()) if is_code else ():
            if self._leads_to(entry.path.rpartition("/")[0], place):
                yield note_of(entry, "code")

    def _leads_to(self, path: str, place: Place) -> bool:
        """Whether a rule's path may end at a row, told from its last step backwards."""
        anchored = path.startswith("/")
        steps = path.strip("/").split("/")
        here = {id(place): place} if steps and place.particle.name == steps[-1] else {}
        for number, step in enumerate(reversed(steps[:-1]), start=2):
            below_root = any(each.owner is self._root for each in here.values())
            if below_root and step == self._root_name and number == len(steps):
                return True
            above = (found for each in here.values() for found in each.owner.found)
            here = {id(found): found for found in above if found.particle.name == step}
        return bool(here) and not anchored


def note_of(entry: RuleEntry, name: str) -> RuleNote:
    """A rule as readers are told about it."""
    sentences = [SENTENCES[each] for each in SENTENCES_OF.get(entry.rule, (entry.rule,)) if each in SENTENCES]
    facts = {"name": name, "days": str(entry.days)}
    return RuleNote(
        rule=entry.rule,
        severity=entry.severity,
        de=tuple(each.de.format_map(facts) for each in sentences),
        en=tuple(each.en.format_map(facts) for each in sentences),
        expected=next((each.expected.format_map(facts) for each in sentences if each.expected), ""),
        deadline=entry.deadline,
    )


def conditions_of(schematron: Iterable[Stylesheet]) -> tuple[Condition, ...]:
    """The rules of a bundle's Schematron schemas; a name that only a document knows is told as its path."""
    checks = (check for each in schematron for check in each.checks)
    return tuple(
        Condition(
            f"schematron:{check.id}",
            "error" if check.refuses else "warning",
            _told(check.texts.de),
            _told(check.texts.en),
        )
        for check in islice(checks, MOST_CONDITIONS)
    )


def _told(sentence: Sentence) -> str:
    return "".join((part.path or "…") if isinstance(part, NameOf) else part for part in sentence)
