"""Reading: a Schematron file becomes a model, its phases, abstract patterns and abstract rules resolved."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from lxml import etree

from gateway.core.errors import ConfigurationInvalid
from schemas.schematron import texts
from schemas.schematron.files import SCH, Files, Located
from schemas.schematron.model import Binding, Check, Foreign, Let, Pattern, Place, Rule, Schema
from schemas.schematron.xpath import is_steps, substitute

XSL = "{http://www.w3.org/1999/XSL/Transform}"
OLD = "{http://www.ascc.net/xml/schematron}"
BINDINGS: Mapping[str, Binding] = {
    "": "xslt1",
    **dict.fromkeys(("xslt", "xslt1", "xpath", "xpath1", "exslt"), "xslt1"),
    **dict.fromkeys(("xslt2", "xpath2"), "xslt2"),
    **dict.fromkeys(("xslt3", "xpath3", "xpath31"), "xslt3"),
}
_FOREIGN = frozenset(f"{XSL}{name}" for name in ("key", "function", "decimal-format"))
_IGNORED = frozenset({"title", "p", "properties", "fpi", "icon", "see"})
MOST_PARTS = 20_000
"""Checks, and uses of abstract rules: these may bring each other along again and again."""

Values = Mapping[str, str]
"""The parameters of an abstract pattern."""
_NONE: Values = {}


def read_schema(
    path: Path, folders: tuple[Path, ...], phase: str | None, *, refuses: bool, asked_by: Place
) -> Schema:
    """Read the schema in `path` in one phase; it may include files of `folders`. `refuses`: what an assertion
    does that says nothing about it.

    Raises:
        ConfigurationInvalid: naming every fault with file and line.
    """
    files = Files(folders)
    root = files.open(path, asked_by)
    schema = _Reader(files, phase, refuses=refuses).read(root, asked_by) if root is not None else None
    if files.problems or schema is None:
        raise ConfigurationInvalid(*dict.fromkeys(files.problems))
    return schema


class _Reader:
    """Reads one schema."""

    def __init__(self, files: Files, phase: str | None, *, refuses: bool) -> None:
        self._files = files
        self._phase = phase
        self._refuses = refuses
        self._abstract_rules: dict[str, Located] = {}
        self._diagnostics: dict[str, Located] = {}
        self._checks = 0
        self._parts = 0

    def read(self, root: Located, asked_by: Place) -> Schema | None:
        if root.node.tag != f"{SCH}schema":
            old = str(root.node.tag).startswith(OLD)
            hint = (" (alter Namensraum)", " (old namespace)") if old else ("", "")
            de, en = "Die Datei ist kein Schematron-Schema", "the file is no Schematron schema"
            self._fault(root, f"{de}{hint[0]}", f"{en}{hint[1]}")
            return None
        query = (root.node.get("queryBinding") or "").strip().lower()
        if query not in BINDINGS:
            de = f"Die Abfragesprache „{query}“ wird nicht unterstützt"
            self._fault(root, de, f"the query binding {query!r} is not supported")
            return None
        parts = _by_name(self._files.children(root))
        for name, found in parts.items():
            if name not in _KNOWN | _FOREIGN:
                self._unknown(found[0])
        self._collect(parts)
        chosen, lets = self._chosen(root, parts, asked_by)
        return Schema(
            file=str(root.files[-1]),
            binding=BINDINGS[query],
            namespaces=self._namespaces(root, BINDINGS[query], parts.get("ns", ())),
            lets=(*self._lets(parts.get("let", ()), _NONE), *lets),
            foreign=tuple(_foreign(each) for name in sorted(_FOREIGN) for each in parts.get(name, ())),
            patterns=tuple(self._patterns(parts.get("pattern", ()), chosen)),
        )

    def _collect(self, parts: "Mapping[str, list[Located]]") -> None:
        """What is referred to by its id from anywhere: abstract rules and diagnostics."""
        for group in (*parts.get("pattern", ()), *parts.get("rules", ())):
            for rule in self._files.children(group):
                if rule.name == "rule" and rule.node.get("abstract") == "true":
                    self._abstract_rules.setdefault(rule.node.get("id") or "", rule)
                elif rule.name == "diagnostics":
                    self._collect_diagnostics(rule)
        for group in parts.get("diagnostics", ()):
            self._collect_diagnostics(group)

    def _collect_diagnostics(self, group: Located) -> None:
        for each in self._files.children(group):
            if each.name == "diagnostic":
                self._diagnostics[each.node.get("id") or ""] = each

    def _chosen(
        self, root: Located, parts: "Mapping[str, list[Located]]", asked_by: Place
    ) -> tuple[frozenset[str] | None, tuple[Let, ...]]:
        """The patterns of the phase (None: all), and its variables."""
        default = root.node.get("defaultPhase")
        name = default if self._phase in {None, "#DEFAULT"} else self._phase
        if name in {None, "#ALL"}:
            return None, ()
        phase = next((each for each in parts.get("phase", ()) if each.node.get("id") == name), None)
        if phase is None:
            place = asked_by if self._phase else root.place
            de = f"Die Phase „{name}“ gibt es nicht"
            self._files.refuse(place, de, f"there is no phase {name!r}")
            return None, ()
        inside = _by_name(self._files.children(phase))
        ids = {each.node.get("id") for each in parts.get("pattern", ())}
        for active in inside.get("active", ()):
            if active.node.get("pattern") not in ids:
                pattern = active.node.get("pattern")
                de = f"Das Muster „{pattern}“ gibt es nicht"
                self._fault(active, de, f"there is no pattern {pattern!r}")
        chosen = frozenset(each.node.get("pattern") or "" for each in inside.get("active", ()))
        return chosen, tuple(self._lets(inside.get("let", ()), _NONE))

    def _namespaces(
        self, root: Located, binding: Binding, entries: "list[Located] | tuple[()]"
    ) -> dict[str, str]:
        found: dict[str, str] = {}
        for each in entries:
            prefix, uri = each.node.get("prefix") or "", each.node.get("uri") or ""
            if not prefix or not uri or found.setdefault(prefix, uri) != uri:
                de = f"Der Präfix „{prefix}“ steht für nichts oder für zweierlei"
                self._fault(each, de, f"the prefix {prefix!r} stands for nothing, or for two namespaces")
        if binding == "xslt1":
            return found
        # Schemas of XPath 2 count on the prefixes of their file, `xs` above all.
        return {prefix: uri for prefix, uri in root.node.nsmap.items() if prefix} | found

    def _patterns(
        self, patterns: "list[Located] | tuple[()]", chosen: frozenset[str] | None
    ) -> Iterator[Pattern]:
        abstract = {each.node.get("id") or "": each for each in patterns if _is_abstract(each)}
        for pattern in patterns:
            if _is_abstract(pattern) or (chosen is not None and pattern.node.get("id") not in chosen):
                continue
            model = pattern
            values: dict[str, str] = {}
            base = pattern.node.get("is-a")
            if base is not None:
                if base not in abstract:
                    de = f"Ein abstraktes Muster „{base}“ gibt es nicht"
                    self._fault(pattern, de, f"there is no abstract pattern {base!r}")
                    continue
                model = abstract[base]
                values = {**self._params(model), **self._params(pattern)}
            if model.node.get("documents") or pattern.node.get("documents"):
                de = "„documents“ wird nicht unterstützt: geprüft wird die Nachricht allein"
                self._fault(pattern, de, "'documents' is not supported: the message alone is checked")
            yield self._pattern(model, values)

    def _params(self, pattern: Located) -> dict[str, str]:
        return {
            each.node.get("name") or "": each.node.get("value") or ""
            for each in self._files.children(pattern)
            if each.name == "param"
        }

    def _pattern(self, pattern: Located, values: Values) -> Pattern:
        lets: list[Located] = []
        rules: list[Rule] = []
        for child in self._files.children(pattern):
            match child.name:
                case "let":
                    lets.append(child)
                case "rule" if child.node.get("abstract") == "true":
                    pass
                case "rule":
                    context = self._expression(child, "context", values)
                    found, checks = self._rule(child, values, ())
                    rules.append(Rule(context, tuple(found), tuple(checks), child.place))
                case "param" | "diagnostics":
                    pass
                case _:
                    self._unknown(child, ignored=_IGNORED)
        return Pattern(tuple(self._lets(lets, values)), tuple(rules))

    def _rule(self, rule: Located, values: Values, within: tuple[str, ...]) -> tuple[list[Let], list[Check]]:
        """The variables and checks of a rule, with those of the abstract rules that it extends in their place."""
        lets: list[Let] = []
        checks: list[Check] = []
        for child in self._files.children(rule):
            match child.name:
                case "let":
                    lets += self._lets([child], values)
                case "assert" | "report":
                    checks.append(self._check(child, rule, values))
                case "extends":
                    more = self._extended(child, values, within)
                    lets += more[0]
                    checks += more[1]
                case _:
                    self._unknown(child, ignored=_IGNORED)
        return lets, checks

    def _extended(
        self, extends: Located, values: Values, within: tuple[str, ...]
    ) -> tuple[list[Let], list[Check]]:
        name = extends.node.get("rule") or ""
        base = self._abstract_rules.get(name)
        if base is None or name in within:
            de = f"Eine abstrakte Regel „{name}“ gibt es nicht, oder sie erweitert sich selbst"
            self._fault(extends, de, f"there is no abstract rule {name!r}, or it extends itself")
            return [], []
        self._count(extends)
        return self._rule(base, values, (*within, name))

    def _check(self, check: Located, rule: Located, values: Values) -> Check:
        self._count(check)
        self._checks += 1
        id = check.node.get("id") or f"{check.files[-1].stem}-{self._checks}"
        wanted = (check.node.get("diagnostics") or "").split()
        missing = [each for each in wanted if each not in self._diagnostics]
        if missing:
            de = f"Den Text (diagnostic) „{missing[0]}“ gibt es nicht"
            self._fault(check, de, f"there is no diagnostic {missing[0]!r}")
        subject = substitute((check.node.get("subject") or rule.node.get("subject") or "").strip(), values)
        spoken = [self._diagnostics[each] for each in wanted if each in self._diagnostics]
        return Check(
            id=id,
            test=self._expression(check, "test", values),
            reports=check.name == "report",
            refuses=texts.refuses(check, rule, otherwise=self._refuses),
            texts=texts.texts(check, spoken, id),
            subject=subject if is_steps(subject) else None,
            place=check.place,
        )

    def _count(self, part: Located) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            self._fault(part, f"Mehr als {MOST_PARTS} Prüfungen", f"more than {MOST_PARTS} checks")
            raise ConfigurationInvalid(*self._files.problems)

    def _lets(self, lets: "list[Located] | tuple[()]", values: Values) -> Iterator[Let]:
        for each in lets:
            name = each.node.get("name")
            if not name:
                self._fault(each, "Der Variablen fehlt der Name", "the variable has no name")
                continue
            value = self._expression(each, "value", values)
            yield Let(name, value, each.node.get("as"), each.place)

    def _expression(self, located: Located, attribute: str, values: Values) -> str:
        text = (located.node.get(attribute) or "").strip()
        if not text:
            self._fault(located, f"„{attribute}“ fehlt", f"{attribute!r} is missing")
        return substitute(text, values)

    def _unknown(self, element: Located, ignored: frozenset[str] = frozenset()) -> None:
        """Refuse what would change the meaning of a schema if it were passed over."""
        name = element.name
        if name in ignored or (name.startswith("{") and not name.startswith(XSL)):
            return
        shown = name.rpartition("}")[2]
        de = f"Das Element „{shown}“ wird an dieser Stelle nicht unterstützt"
        self._fault(element, de, f"the element {shown!r} is not supported here")

    def _fault(self, where: Located, de: str, en: str) -> None:
        self._files.refuse(where.place, de, en)


_KNOWN = _IGNORED | {"ns", "let", "phase", "pattern", "rules", "diagnostics"}


def _by_name(elements: Iterator[Located]) -> dict[str, list[Located]]:
    found: dict[str, list[Located]] = {}
    for each in elements:
        found.setdefault(each.name, []).append(each)
    return found


def _is_abstract(pattern: Located) -> bool:
    return pattern.node.get("abstract") == "true"


def _foreign(element: Located) -> Foreign:
    node = element.node
    text = etree.tostring(node, encoding=str, with_tail=False)
    if None not in node.nsmap:
        # Names without a prefix mean nothing there, and would mean XSLT where it is put.
        text = re.sub(r"^<[^\s/>]+", r'\g<0> xmlns=""', text)
    return Foreign(text, element.place)
