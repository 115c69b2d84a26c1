"""Checking: what can be said of the expressions of a schema before any document is there."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from lxml import etree

from gateway.core.errors import Problem
from schemas.schematron.model import Place, Schema
from schemas.schematron.stylesheet import PARAMETERS
from schemas.schematron.xpath import names

LOADING = frozenset(
    {
        *("document", "doc", "doc-available", "collection", "uri-collection", "json-doc", "transform"),
        *("unparsed-text", "unparsed-text-lines", "unparsed-text-available"),
        *("environment-variable", "available-environment-variables"),
    }
)
"""Functions that look beyond the message."""
_XPATH_1 = frozenset(
    {
        *("last", "position", "count", "id", "local-name", "namespace-uri", "name", "string", "concat"),
        *("starts-with", "contains", "substring-before", "substring-after", "substring", "string-length"),
        *("normalize-space", "translate", "boolean", "not", "true", "false", "lang", "number", "sum"),
        *("floor", "ceiling", "round", "key", "format-number", "current", "generate-id", "system-property"),
        *("element-available", "function-available"),
        *("text", "node", "comment", "processing-instruction"),
    }
)
_FUNCTIONS = "http://www.w3.org/2005/xpath-functions"
_EXSLT = frozenset(
    f"http://exslt.org/{name}"
    for name in ("common", "dates-and-times", "math", "sets", "strings", "regular-expressions")
)
"""Extensions that libxslt and lxml bring along."""

_NO_VARIABLES: AbstractSet[str] = frozenset()


def faults(schema: Schema) -> Iterator[Problem]:
    """Every expression that can't be right: its syntax and its names where XPath is 1.0, for which the engine
    says nothing until a document needs them; and in any XPath what would look beyond the message.
    """
    for expression, place, variables in _expressions(schema):
        for de, en in _faults(schema, expression, variables):
            yield Problem(place.file, place.line, de, en)


def _expressions(schema: Schema) -> Iterator[tuple[str, Place, AbstractSet[str]]]:
    lets = (*schema.lets, *(let for pattern in schema.patterns for let in pattern.lets))
    outer = frozenset({*PARAMETERS, *(let.name for let in lets)})
    for let in lets:
        yield let.value, let.place, outer
    for pattern in schema.patterns:
        for rule in pattern.rules:
            yield rule.context, rule.place, _NO_VARIABLES if schema.binding == "xslt1" else outer
            known = set(outer)
            for let in rule.lets:
                yield let.value, let.place, frozenset(known)
                known.add(let.name)
            for check in rule.checks:
                yield check.test, check.place, known


def _faults(schema: Schema, expression: str, variables: AbstractSet[str]) -> Iterator[tuple[str, str]]:
    found = list(names(expression))
    for each in found:
        if each.sort == "function" and _loads(each.text, schema.namespaces):
            yield (
                f"Die Funktion „{each.text}“ sieht über die Nachricht hinaus und ist nicht erlaubt",
                f"the function {each.text!r} looks beyond the message and is not allowed",
            )
    if schema.binding != "xslt1":
        return
    try:
        etree.XPath(expression, namespaces=dict(schema.namespaces) or None)
    except etree.XPathError as error:
        yield f"„{expression}“ ist kein gültiger XPath", f"{expression!r} is no XPath: {error}"
        return
    for each in found:
        if each.prefix and each.prefix not in {*schema.namespaces, "xml"}:
            de = f"Der Präfix „{each.prefix}“ ist nicht erklärt (sch:ns)"
            yield de, f"the prefix {each.prefix!r} is not declared (sch:ns)"
        elif each.sort == "variable" and variables is _NO_VARIABLES:
            de = f"In einem Kontext darf keine Variable stehen (XSLT 1.0): „{each.text}“"
            yield de, f"a context can't use variables in XSLT 1.0: {each.text!r}"
        elif each.sort == "variable" and each.text not in variables:
            yield f"Die Variable „{each.text}“ gibt es nicht", f"there is no variable {each.text!r}"
        elif each.sort == "function" and not _is_known(each.text, schema.namespaces):
            yield f"Die Funktion „{each.text}“ gibt es nicht", f"there is no function {each.text!r}"


def _loads(function: str, namespaces: Mapping[str, str]) -> bool:
    prefix, _, local = function.rpartition(":")
    return local in LOADING and (not prefix or prefix == "fn" or namespaces.get(prefix) == _FUNCTIONS)


def _is_known(function: str, namespaces: Mapping[str, str]) -> bool:
    prefix, _, local = function.rpartition(":")
    return namespaces.get(prefix) in _EXSLT if prefix else local in _XPATH_1 | LOADING
