"""Stylesheet: the model of a schema as XSLT that answers with a line for each check that speaks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from xml.sax.saxutils import quoteattr

from schemas.schematron.model import XSLT_VERSION, Binding, Check, Let, Pattern, Place, Rule, Schema
from schemas.schematron.xpath import last_names, outside_literals, substitute

PARAMETERS = ("heute", "test")
"""What rules may ask beside the document: the legal date as `YYYY-MM-DD`, and whether it is a test."""
_AT = "amtsbote-at"
_KIND = "amtsbote-kind"
_ALL = "amtsbote-all"


@dataclass(frozen=True, slots=True)
class Stylesheet:
    """A compiled schema. Its answer is text: for each check that speaks a line with the number of the check and
    the number of the element, both from the first, elements in document order; behind them the name of the
    attribute, where one is meant.
    """

    file: str
    binding: Binding
    text: str
    checks: tuple[Check, ...]
    namespaces: Mapping[str, str]
    parameters: frozenset[str]
    """Those of `PARAMETERS` that it takes: not those that the schema itself declares as variables."""
    origins: tuple[Place | None, ...]
    """Of each line of the text: what it was made of."""
    trusted: bool
    """Comes with the program. What does not may never run in this process."""

    @property
    def runs_here(self) -> bool:
        """Whether it may run in this process; otherwise it runs in one of its own."""
        return self.trusted and self.binding == "xslt1"

    def origin(self, line: int | None) -> Place | None:
        """Where in the schema a fault in this line of the stylesheet (1 is the first) comes from."""
        return self.origins[line - 1] if line and line <= len(self.origins) else None


def write(schema: Schema, *, trusted: bool) -> Stylesheet:
    """Turn a schema into a stylesheet in the XSLT of its query language."""
    return _Writer(schema, trusted=trusted).write()


class _Writer:
    def __init__(self, schema: Schema, *, trusted: bool) -> None:
        self._schema = schema
        self._trusted = trusted
        self._lines: list[str] = []
        self._origins: list[Place | None] = []
        self._checks: list[Check] = []

    def write(self) -> Stylesheet:
        schema = self._schema
        taken = {let.name for let in schema.lets}
        parameters = [name for name in PARAMETERS if name not in taken]
        spaces = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in schema.namespaces.items())
        version = XSLT_VERSION[schema.binding]
        # Our own elements are in the default namespace, which means nothing to names in expressions.
        self._put(f'<stylesheet xmlns="http://www.w3.org/1999/XSL/Transform" version="{version}"{spaces}>')
        self._put('<output method="text" encoding="UTF-8"/>')
        for name in parameters:
            self._put(f'<param name="{name}"/>')
        for foreign in schema.foreign:
            self._put(foreign.text, foreign.place)
        for let in schema.lets:
            self._let(let)
        patterns = _apart(schema.patterns, taken | set(PARAMETERS))
        for pattern in patterns:
            for let in pattern.lets:
                self._let(let)
        self._start(patterns)
        for number, pattern in enumerate(patterns):
            self._put(f'<template match="/|node()|@*" mode="p{number}" priority="-1"/>')
            for rank, rule in enumerate(pattern.rules):
                self._rule(rule, f"p{number}", len(pattern.rules) - rank)
        self._put("</stylesheet>")
        return Stylesheet(
            file=schema.file,
            binding=schema.binding,
            text="\n".join(self._lines) + "\n",
            checks=tuple(self._checks),
            namespaces=schema.namespaces,
            parameters=frozenset(parameters),
            origins=tuple(self._origins),
            trusted=self._trusted,
        )

    def _start(self, patterns: Sequence[Pattern]) -> None:
        named = _by_name(patterns, self._schema.namespaces)
        together = set(chain.from_iterable(named.values()))
        self._put('<template match="/">')
        if named:
            self._put(f'<apply-templates select="//*" mode="{_ALL}"/>')
        for number, pattern in enumerate(patterns):
            if f"p{number}" not in together:
                for line in _walk(pattern, f"p{number}"):
                    self._put(line)
        self._put("</template>")
        for line in _dispatch(named):
            self._put(line)

    def _rule(self, rule: Rule, mode: str, priority: int) -> None:
        match = quoteattr(rule.context)
        self._put(f'<template match={match} mode="{mode}" priority="{priority}">', rule.place)
        self._put(f'<param name="{_AT}" select="position()"/><param name="{_KIND}"/>')
        for let in rule.lets:
            self._let(let)
        for check in rule.checks:
            number = len(self._checks)
            self._checks.append(check)
            said = f"<value-of select=\"concat('{number} ', ${_AT})\"/>"
            said += f'<if test="${_KIND}"><value-of select="concat(\' \', local-name())"/></if>'
            said += "<text>&#10;</text>"
            test = quoteattr(check.test)
            line = (
                f"<if test={test}>{said}</if>"
                if check.reports
                else f"<choose><when test={test}/><otherwise>{said}</otherwise></choose>"
            )
            self._put(line, check.place)
        self._put("</template>")

    def _let(self, let: Let) -> None:
        typed = f" as={quoteattr(let.type)}" if let.type and self._schema.binding != "xslt1" else ""
        select = quoteattr(let.value)
        self._put(f"<variable name={quoteattr(let.name)}{typed} select={select}/>", let.place)

    def _put(self, text: str, origin: Place | None = None) -> None:
        self._lines.append(text)
        self._origins += [origin] * (text.count("\n") + 1)


def _by_name(patterns: Sequence[Pattern], namespaces: Mapping[str, str]) -> Mapping[str, Sequence[str]]:
    """By the name of elements the modes of all patterns that may be about them, as far as patterns tell by names."""
    written: dict[tuple[str, str], str] = {}
    modes: dict[str, list[str]] = {}
    for number, pattern in enumerate(patterns):
        names: dict[str, None] = {}
        for name in last_names(outside_literals(rule.context) for rule in pattern.rules):
            prefix, _, local = name.rpartition(":")
            # Two prefixes may mean the same.
            names[written.setdefault((namespaces.get(prefix, prefix), local), name)] = None
        for name in names:
            modes.setdefault(name, []).append(f"p{number}")
    return modes


def _dispatch(named: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What applies to each element the patterns that may be about it: all of them together go through the document
    once. Most elements are nobody's matter.
    """
    if named:
        yield f'<template match="/|node()|@*" mode="{_ALL}" priority="-1"/>'
    for name, modes in named.items():
        yield f'<template match="{name}" mode="{_ALL}">'
        at = f'<with-param name="{_AT}" select="position()"/>'
        yield from (f'<apply-templates select="." mode="{mode}">{at}</apply-templates>' for mode in modes)
        yield "</template>"


def _walk(pattern: Pattern, mode: str) -> Iterator[str]:
    """What applies the rules to every node that one of their contexts may match, each node once."""
    contexts = [outside_literals(rule.context) for rule in pattern.rules]
    if any(part.strip() in {"/", "root()"} for each in contexts for part in each.split("|")):
        yield f'<apply-templates select="/" mode="{mode}"/>'
    yield f'<apply-templates select="//*" mode="{mode}"/>'
    for select, signs in (("@*", ("@", "attribute")), ("text()", ("text", "node"))):
        if any(sign in each for each in contexts for sign in signs):
            kind = '<with-param name="amtsbote-kind" select="\'@\'"/>' if select == "@*" else ""
            at = f'<with-param name="{_AT}" select="position()"/>'
            yield f'<for-each select="//*"><apply-templates select="{select}" mode="{mode}">{at}{kind}</apply-templates></for-each>'


def _apart(patterns: Sequence[Pattern], taken: set[str]) -> list[Pattern]:
    """Variables of patterns are global in XSLT: those of a name that is taken get another."""
    used = set(taken)
    done = []
    for number, pattern in enumerate(patterns):
        renamed: dict[str, str] = {}
        for let in pattern.lets:
            if let.name in used:
                renamed[let.name] = f"{let.name}-amtsbote{number}"
            used.add(let.name)
        done.append(_renamed(pattern, renamed) if renamed else pattern)
    return done


def _renamed(pattern: Pattern, to: Mapping[str, str]) -> Pattern:
    everywhere = {name: f"${other}" for name, other in to.items()}

    def let(old: Let, values: Mapping[str, str]) -> Let:
        return replace(old, value=substitute(old.value, values))

    def rule(old: Rule) -> Rule:
        # A rule's own variable hides the pattern's.
        values = {name: to for name, to in everywhere.items() if name not in {each.name for each in old.lets}}
        return replace(
            old,
            context=substitute(old.context, everywhere),
            lets=tuple(let(each, values) for each in old.lets),
            checks=tuple(replace(each, test=substitute(each.test, values)) for each in old.checks),
        )

    lets = tuple(replace(let(each, everywhere), name=to.get(each.name, each.name)) for each in pattern.lets)
    return Pattern(lets, tuple(rule(each) for each in pattern.rules))
