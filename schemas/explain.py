"""Explaining: what xmlschema has to say about a document that libxml2 refuses. Never a value of it."""

import re
from collections.abc import Iterable, Iterator, Sized
from copy import deepcopy
from typing import cast

import xmlschema
from lxml import etree
from xmlschema import XMLSchemaStopValidation, XMLSchemaValidationError
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
from schemas.expected import FORMS, of_facet, of_type, several
from schemas.opinion import MOST_FINDINGS, MOST_NODES, Opinion
from schemas.paths import Paths, shorten
from schemas.rules import sentences
from schemas.shape import shape_at, shape_of, value_at
from schemas.view import Node, line_of, local_name, text_of

LONG_LIST = 2_000
"""Children of one element. xmlschema's work on a wrong list grows with the square of its length, so that of
a longer one only the first `KEPT` are looked at."""
KEPT = 200
LONG_TEXT = 200_000
"""Characters of one text or attribute. To match a pattern against a text takes some 180 bytes of memory for each
of them, so that of a longer one only the start is looked at, and what is said about it is not believed."""


def explain(schema: xmlschema.XMLSchemaBase, root: Node, nodes: int = MOST_NODES) -> Opinion:
    """Let xmlschema look at a document, within limits, and tell every error it finds in our words."""
    budget = _Budget(nodes)
    paths, contents = Paths(), Contents()
    root, cut, shorn = _shortened(root) if _is_long(root) else (root, frozenset(), frozenset())
    found: dict[tuple[str, str], Finding] = {}
    for error in schema.iter_errors(root, validation_hook=budget.spend):
        if cast("Node", error.elem) in shorn or _caused_by_cutting(error, cut):
            continue
        if budget.exceeded and _of_the_whole(error):
            continue
        for finding in budget.references(error, paths) or _findings(error, root, paths, contents):
            found.setdefault((finding.path, finding.rule), finding)
        if len(found) > MOST_FINDINGS:
            break
    findings = sorted(_most_helpful(found.values()), key=lambda each: paths.order(each.path))
    return Opinion(tuple(findings), complete=not (budget.exceeded or cut), shorn=bool(shorn))


_is_long = etree.XPath(
    f"boolean(descendant-or-self::*[count(*) > {LONG_LIST} or @*[string-length() > {LONG_TEXT}]]"
    f" | descendant::text()[string-length() > {LONG_TEXT}])"
)
_with_long_texts = etree.XPath(
    f"descendant-or-self::*[text()[string-length() > {LONG_TEXT}] or @*[string-length() > {LONG_TEXT}]]"
)


def _shortened(root: Node) -> tuple[Node, frozenset[Node], frozenset[Node]]:
    """A copy in which long lists and long texts end early, the elements whose lists those are, and those whose
    texts.
    """
    copied = deepcopy(root)
    cut = frozenset(node for node in copied.iter() if len(node) > LONG_LIST)
    for node in cut:
        del node[KEPT:]
    shorn = frozenset(cast("list[Node]", _with_long_texts(copied)))
    for node in shorn:
        node.text = (node.text or "")[:LONG_TEXT]
        for child in node:
            child.tail = (child.tail or "")[:LONG_TEXT]
        for name, value in node.attrib.items():
            node.set(name, value[:LONG_TEXT])
    return copied, cut, shorn


def _caused_by_cutting(error: XMLSchemaValidationError, cut: frozenset[Node]) -> bool:
    """Whether an error may only be there because lists end early: something is missing, or a reference
    leads to what was cut off.
    """
    if not cut:
        return False
    match error, error.validator:
        case XMLSchemaChildrenValidationError(index=index), _:
            return cast("Node", error.elem) in cut and index >= KEPT
        case _, xmlschema.XMLSchemaBase():
            return True
        case _, XsdElement() as declaration:
            return bool(declaration.identities)
        case _:
            return False


def _of_the_whole(error: XMLSchemaValidationError) -> bool:
    """Whether an error is about references, which are judged at the end of a document alone."""
    return isinstance(error.validator, xmlschema.XMLSchemaBase)


class _Budget:
    """Stops xmlschema before a hostile document makes it work for minutes, and remembers on the way where
    references to an ID are: xmlschema itself does not tell.
    """

    def __init__(self, nodes: int) -> None:
        self._left = nodes
        self.exceeded = False
        self._references: dict[str, list[tuple[Node, str | None]]] = {}
        self._referring: dict[int, tuple[tuple[str, ...], bool]] = {}
        """By declaration: its attributes that refer to an ID, and whether its content does."""

    def references(self, error: XMLSchemaValidationError, paths: Paths) -> list[Finding]:
        """Each place from which an ID is referred to that is nowhere, where an error is about that."""
        match = _NOT_FOUND.match(error.reason or "") if _of_the_whole(error) else None
        places = self._references.get(match[2], []) if match else []
        return [_finding("cvc-id", paths, node, attribute) for node, attribute in places[: MOST_FINDINGS + 1]]

    def spend(self, element: Sized, declaration: object) -> bool:
        if isinstance(declaration, XsdElement):
            self._remember(cast("Node", element), declaration)
        # Unknown children are never announced: they are paid for by their parent.
        self._left -= 1 + len(element) + len(cast("Node", element).attrib)
        if self._left < 0:
            self.exceeded = True
            raise XMLSchemaStopValidation
        return False

    def _remember(self, node: Node, declaration: XsdElement) -> None:
        known = self._referring.get(id(declaration))
        if known is None:
            declared = declaration.type
            attributes = getattr(declared, "attributes", None) or {}
            names = tuple(
                name
                for name, each in attributes.items()
                if name and _is_reference(getattr(each, "type", None))
            )
            content = declared if declared.is_simple() else getattr(declared, "content", None)
            known = self._referring[id(declaration)] = names, _is_reference(content)
        names, in_content = known
        for name in names:
            for identifier in (node.get(name) or "").split():
                self._references.setdefault(identifier, []).append((node, name))
        if in_content:
            for identifier in (node.text or "").split():
                self._references.setdefault(identifier, []).append((node, None))


_NOT_FOUND = re.compile(r"IDREF (['\"])(.*)\1 not found", re.DOTALL)
"""The identifier stands nowhere else in the error. It never leaves this module."""


def _is_reference(declared: object) -> bool:
    """Whether a simple type is IDREF, or a list of them."""
    return isinstance(declared, XsdSimpleType) and any(
        base.name in {f"{{{_XSD}}}IDREF", f"{{{_XSD}}}IDREFS"} for base in _bases(declared)
    )


def _bases(declared: XsdSimpleType) -> Iterator[XsdSimpleType]:
    current: object = declared
    while isinstance(current, XsdSimpleType):
        yield current
        current = current.base_type or getattr(current, "item_type", None)


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
