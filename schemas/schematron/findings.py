"""Findings: what a stylesheet has answered becomes places and texts. Values of the document stay out of it."""

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from lxml import etree

from gateway.core.refusal import Finding, RefusalCode
from schemas.demands import Objection
from schemas.paths import Paths, shorten
from schemas.schematron.engine import EvaluationFailed
from schemas.schematron.model import Check, NameOf, Sentence
from schemas.schematron.stylesheet import Stylesheet
from schemas.schematron.texts import ELLIPSIS
from schemas.shape import shape_at
from schemas.view import Node, line_of, local_name

FAILED = "schematron-failed"
"""The rule of the finding that says that a schema gave no answer."""


class Spoken(NamedTuple):
    """A check that spoke, in the order of the document."""

    at: int
    """Number of the element, 1 for the root."""
    check: int
    attribute: str
    """Its local name; empty where the element itself is meant."""


def read_answer(stylesheet: Stylesheet, answer: str) -> list[Spoken]:
    """The lines of an answer, in the order of the document.

    Raises:
        EvaluationFailed: it is none.
    """
    try:
        spoken = sorted(_line(*line.split(" ")) for line in answer.splitlines())
    except (ValueError, TypeError):
        raise EvaluationFailed("answer") from None
    checks = range(len(stylesheet.checks))
    if not all(each.at > 0 and each.check in checks for each in spoken):
        raise EvaluationFailed("answer")
    return spoken


def _line(check: str, at: str, attribute: str = "") -> Spoken:
    return Spoken(int(at), int(check), attribute)


def objections(stylesheet: Stylesheet, spoken: list[Spoken], root: Node, paths: Paths) -> Iterator[Objection]:
    """What speaks against a document, one after the other: whoever has enough need not ask for the rest."""
    nodes = enumerate(root.iter("*"), start=1)
    position, node = next(nodes)
    for each in spoken:
        while position < each.at:
            position, node = next(nodes, (each.at, node))
        check = stylesheet.checks[each.check]
        finding = _finding(check, node, each.attribute or None, stylesheet, paths)
        yield Objection(finding, RefusalCode.RULE_BROKEN if check.refuses else None)


def failure(root: Node, paths: Paths) -> Objection:
    """What is said of a document about which a schema gave no answer."""
    de = "Regeln dieses Standards ließen sich auf die Nachricht nicht anwenden."
    en = "Rules of this standard could not be applied to the message."
    return Objection(Finding(paths.of(root), FAILED, de, en, line=line_of(root)), RefusalCode.RULE_BROKEN)


def _finding(
    check: Check, node: Node, attribute: str | None, stylesheet: Stylesheet, paths: Paths
) -> Finding:
    place, place_attribute = node, attribute
    if check.subject is not None and attribute is None:
        place, place_attribute = _at(node, check.subject, stylesheet) or (node, None)
    spoken = attribute or local_name(node)
    return Finding(
        path=paths.of(place, place_attribute),
        rule=f"schematron:{check.id}",
        de=_said(check.texts.de, node, spoken, stylesheet),
        en=_said(check.texts.en, node, spoken, stylesheet),
        line=line_of(place),
        found=shape_at(place, place_attribute),
    )


def _at(node: Node, steps: str, stylesheet: Stylesheet) -> tuple[Node, str | None] | None:
    """The first element or attribute on a path of steps."""
    try:
        found = etree.XPath(steps, namespaces=dict(stylesheet.namespaces) or None)(node)
    except etree.XPathError:
        return None
    for each in found if isinstance(found, list) else ():
        if isinstance(each, etree._Element):  # noqa: SLF001 - lxml's own type
            return each, None
        parent = cast("Any", each).getparent()
        if parent is not None:
            return parent, cast("Any", each).attrname
    return None


def _said(sentence: Sentence, node: Node, spoken: str, stylesheet: Stylesheet) -> str:
    return "".join(_part(part, node, spoken, stylesheet) for part in sentence)


def _part(part: str | NameOf, node: Node, spoken: str, stylesheet: Stylesheet) -> str:
    match part:
        case str():
            return part
        case NameOf(path=None):
            return shorten(spoken)
        case NameOf(path=str() as path):
            found = _at(node, path, stylesheet)
            return ELLIPSIS if found is None else shorten(found[1] or local_name(found[0]))
        case _:
            raise AssertionError(part)
