"""Look: xmlschema's opinion about a document, where it can be had in bounded time."""

import xmlschema
from lxml import etree

from schemas.explain import explain
from schemas.opinion import NO_OPINION, Opinion
from schemas.view import Node

MOST_ATTRIBUTES = 50
"""Of one element, up to which xmlschema is asked: for each one that is wrong it writes all of them down."""
MOST_NAMESPACE_STEPS = 3_000_000
"""Steps up to which xmlschema is asked. It collects for every element the namespaces in scope, and where an
element declares one, it collects them again for each of them: some tenths of a second.
"""


def look(form: xmlschema.XMLSchemaBase, root: Node, content: bytes, nodes: int) -> Opinion:
    """Let xmlschema look at a document of up to so many `nodes`, `root` being what `content` parses to."""
    if _has_many_attributes(root) or _has_many_namespaces(root, content):
        return NO_OPINION
    try:
        return explain(form, root, nodes)
    except (xmlschema.XMLSchemaException, RecursionError, ArithmeticError):
        return NO_OPINION


_has_many_attributes = etree.XPath(f"boolean(descendant-or-self::*[count(@*) > {MOST_ATTRIBUTES}])")


def _has_many_namespaces(root: Node, content: bytes) -> bool:
    declarations = content.count(b"xmlns")
    if declarations**3 + declarations * content.count(b"<") <= MOST_NAMESPACE_STEPS:
        return False
    steps = 0
    for node in root.iter():
        parent = node.getparent()
        inherited = {} if parent is None else parent.nsmap
        in_scope = node.nsmap
        steps += len(in_scope) if in_scope == inherited else len(in_scope) ** 2
        if steps > MOST_NAMESPACE_STEPS:
            return True
    return False
