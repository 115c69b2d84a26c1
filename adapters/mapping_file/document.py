"""Document: fields as XML, with the element names of the system that gets it."""

from base64 import b64encode
from typing import Any

from lxml import etree

from adapters.mapping import Payload, Value


def document_of(fields: Payload, element: str, namespace: str | None) -> bytes:
    """UTF-8, every element in one namespace or in none. A list becomes an element for each of its entries; names
    with `@` become attributes.
    """
    prefixes: Any = {None: namespace} if namespace else {}  # lxml's types know no default namespace
    root = etree.Element(_named(element, namespace), nsmap=prefixes)
    _fill(root, fields, namespace)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _fill(parent: etree._Element, fields: Payload, namespace: str | None) -> None:
    for name, value in fields.items():
        if name.startswith("@"):
            parent.set(name[1:], _written(value))
            continue
        for entry in value if isinstance(value, list) else [value]:
            child = etree.SubElement(parent, _named(name, namespace))
            if isinstance(entry, dict):
                _fill(child, entry, namespace)
            else:
                child.text = _written(entry)


def _named(name: str, namespace: str | None) -> str:
    return f"{{{namespace}}}{name}" if namespace else name


def _written(value: Value) -> str:
    match value:
        case bool():
            return str(value).lower()
        case bytes():
            return b64encode(value).decode()
        case _:
            return str(value)
