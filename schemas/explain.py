"""Explaining: what xmlschema has to say about a document that libxml2 refuses. Never a value of it."""

import re
from collections.abc import Iterable, Iterator
from typing import cast

import xmlschema
from xmlschema import XMLSchemaValidationError
from xmlschema.validators import (
    XMLSchemaChildrenValidationError,
    XsdAnyAttribute,
    XsdAnyElement,
    XsdAssert,
    XsdAttribute,
    XsdAttributeGroup,
    XsdElement,
    XsdFacet,
    XsdGroup,
    XsdSimpleType,
    facets,
)

from gateway.core.refusal import Finding
from schemas.characters import faults
from schemas.content import Contents
from schemas.effort import Budget, caused_by_cutting, is_long, of_the_whole, shortened
from schemas.expected import FORMS, of_facet, of_type, several
from schemas.opinion import MOST_FINDINGS, MOST_NODES, Opinion
from schemas.paths import Paths, shorten
from schemas.rules import sentences
from schemas.shape import shape_at, shape_of, value_at
from schemas.view import Node, line_of, local_name, text_of


def explain(schema: xmlschema.XMLSchemaBase, root: Node, nodes: int = MOST_NODES) -> Opinion:
    """Let xmlschema look at a document, within limits, and tell every error it finds in our words."""
    budget = Budget(nodes)
    paths, contents = Paths(), Contents()
    root, cut, shorn = shortened(root) if is_long(root) else (root, frozenset(), frozenset())
    found: dict[tuple[str, str], Finding] = {}
    for error in schema.iter_errors(root, validation_hook=budget.spend):
        if cast("Node", error.elem) in shorn or caused_by_cutting(error, cut):
            continue
        if budget.exceeded and of_the_whole(error):
            continue
        dangling = [_finding("cvc-id", paths, *place) for place in budget.dangling(error)]
        for finding in dangling or _findings(error, root, paths, contents):
            found.setdefault((finding.path, finding.rule), finding)
        if len(found) > MOST_FINDINGS:
            break
    findings = sorted(_most_helpful(found.values()), key=lambda each: paths.order(each.path))
    return Opinion(tuple(findings), complete=not (budget.exceeded or cut), shorn=bool(shorn))


def _most_helpful(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Without what says less about the same value than another finding does."""
    by_path: dict[str, list[Finding]] = {}
    for each in findings:
        by_path.setdefault(each.path, []).append(each)
    for together in by_path.values():
        rules = {each.rule: each for each in together}
        datatype = rules.get("cvc-datatype")
        has_form = datatype is not None and datatype.expected in FORMS.values()
        is_empty = "cvc-min-length" in rules and rules["cvc-min-length"].found == ""
        weak = "cvc-datatype" if "cvc-pattern" in rules else None
        if has_form or is_empty or "cvc-enumeration" in rules:
            weak = "cvc-pattern"
        yield from (each for each in together if each.rule != weak)


def _findings(
    error: XMLSchemaValidationError, root: Node, paths: Paths, contents: Contents
) -> Iterator[Finding]:
    node: Node = root if error.elem is None else cast("Node", error.elem)
    match error, error.validator:
        case XMLSchemaChildrenValidationError(index=index), XsdGroup():
            fault = contents.fault(error)
            if fault is not None:
                place = node[index] if index < len(node) else node
                words = fault.de, fault.en, fault.other
                yield _finding(fault.rule, paths, place, expected=fault.expected, words=words)
        case _, XsdAttributeGroup() as group:
            yield from _attribute_findings(group, node, paths)
        case _, facets.XsdPatternFacets() as facet if facet.schema.target_namespace != _XSD:
            yield from _pattern_findings(facet, node, _attribute(error), paths)
        case _, validator:
            rule, expected = _rule(validator, node)
            yield _finding(rule, paths, node, _attribute(error), expected)


def _pattern_findings(
    facet: facets.XsdPatternFacets, node: Node, attribute: str | None, paths: Paths
) -> Iterator[Finding]:
    for rule, kinds in faults(value_at(node, attribute) or "", facet):
        words = ", ".join(kind.de for kind in kinds), ", ".join(kind.en for kind in kinds)
        expected = "NFC" if rule == "zeichen-nfc" else of_facet(facet)
        yield _finding(rule, paths, node, attribute, expected, words)


def _rule(validator: object, node: Node) -> tuple[str, str]:
    """Which rule a part of the schema stands for, and what it expects."""
    match validator:
        case XsdFacet() if validator.schema.target_namespace == _XSD:
            return "cvc-datatype", of_type(validator.parent)
        case XsdFacet():
            return _FACETS.get(type(validator), "cvc-schema"), of_facet(validator)
        case XsdElement():
            return _element_rule(validator, node)
        case XsdAttribute() if validator.fixed is not None:
            return "cvc-fixed", validator.fixed
        case XsdSimpleType() if of_type(validator) in {"ID", "IDREF", "IDREFS"}:
            return "cvc-id", ""
        case _:
            rule = next(
                (rule for part, rule in _PARTS.items() if isinstance(validator, part)), "cvc-datatype"
            )
            return rule, of_type(validator) if rule == "cvc-datatype" else ""


def _finding(
    rule: str,
    paths: Paths,
    node: Node,
    attribute: str | None = None,
    expected: str = "",
    words: tuple[str, ...] = (),
) -> Finding:
    name = shorten((attribute or local_name(node)).rpartition("}")[2])
    de, en = sentences(rule, name, *words)
    return Finding(
        path=paths.of(node, attribute),
        rule=rule.partition(":")[0],
        de=de,
        en=en,
        expected=expected,
        found=_shape(rule, node, attribute),
        line=line_of(node),
    )


def _shape(rule: str, node: Node, attribute: str | None) -> str | None:
    """The shape of the text that a finding is about; None where it is about elements or a missing attribute."""
    match rule.partition(":"):
        case "cvc-content", _, "text":
            return shape_of(text_of(node) or "")
        case "cvc-content", _, "simple" | "empty":
            return shape_at(node)
        case "cvc-content" | "cvc-namespace" | "cvc-element" | "cvc-attribute-missing", *_:
            return None
        case _:
            return shape_at(node, attribute)


_FACETS = {
    facets.XsdPatternFacets: "cvc-pattern",
    facets.XsdEnumerationFacets: "cvc-enumeration",
    facets.XsdLengthFacet: "cvc-length",
    facets.XsdMinLengthFacet: "cvc-min-length",
    facets.XsdMaxLengthFacet: "cvc-max-length",
    facets.XsdMinInclusiveFacet: "cvc-min-inclusive",
    facets.XsdMaxInclusiveFacet: "cvc-max-inclusive",
    facets.XsdMinExclusiveFacet: "cvc-min-exclusive",
    facets.XsdMaxExclusiveFacet: "cvc-max-exclusive",
    facets.XsdTotalDigitsFacet: "cvc-total-digits",
    facets.XsdFractionDigitsFacet: "cvc-fraction-digits",
    facets.XsdAssertionFacet: "cvc-assertion",
}
_PARTS: dict[type, str] = {
    XsdGroup: "cvc-content:text",
    XsdAnyElement: "cvc-wildcard",
    XsdAnyAttribute: "cvc-wildcard",
    XsdAssert: "cvc-assertion",
    xmlschema.XMLSchemaBase: "cvc-id",
}
"""Parts of a schema that stand for one rule. An error of the schema as a whole is a dangling IDREF."""


def _element_rule(declaration: XsdElement, node: Node) -> tuple[str, str]:
    """Which rule of an element declaration was broken: told by what stands there, not by the message."""
    declared = declaration.type
    attributes = {name.rpartition("}")[2] for name in _attributes(node) if name.startswith(_XSI)}
    simple = declared.is_simple() or declared.has_simple_content()
    cases = (
        ("cvc-nil", "nil" in attributes),
        ("cvc-type", "type" in attributes),
        ("cvc-content:empty", declared.is_empty() and bool((node.text or "").strip())),
        ("cvc-content:simple", simple and len(node) > 0),
        ("cvc-fixed", declaration.fixed is not None),
        ("cvc-element", declaration.abstract),
        ("cvc-identity", bool(declaration.identities or declaration.selected_by)),
    )
    rule = next((rule for rule, holds in cases if holds), "cvc-schema")
    return rule, (declaration.fixed or "") if rule == "cvc-fixed" else ""


_XSD = "http://www.w3.org/2001/XMLSchema"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def _attribute_findings(group: XsdAttributeGroup, node: Node, paths: Paths) -> Iterator[Finding]:
    present = _attributes(node)
    missing = [name for name in group.iter_required() if name not in present]
    if missing:
        yield _finding("cvc-attribute-missing", paths, node, expected=several(missing))
    for name in present:
        unknown = name not in group and None not in group and not name.startswith(_XSI)
        prohibited = name in group and group[name].use == "prohibited"
        if unknown or prohibited:
            yield _finding(
                "cvc-attribute-unknown", paths, node, name, several(each for each in group if each)
            )


def _attributes(node: Node) -> list[str]:
    return [str(name) for name in node.attrib]


_IN_ATTRIBUTE = re.compile(r"attribute ([^\s='\"]+)=")


def _attribute(error: XMLSchemaValidationError) -> str | None:
    if isinstance(error.validator, XsdAttribute):
        return error.validator.local_name
    # xmlschema tells the attribute's name only at the start of its reason; the value behind is left alone.
    match = _IN_ATTRIBUTE.match(error.reason or "")
    return match[1].rpartition(":")[2] if match else None
