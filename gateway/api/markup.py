"""Markup: writes plain values as XML. It writes only; nothing here reads XML."""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from gateway.reports.characters import for_xml
from gateway.reports.fields import Value


def to_xml(name: str, namespace: str, value: Mapping[str, Value]) -> bytes:
    """Write a mapping as an element of a namespace, UTF-8.

    Keys become elements, the items of a list elements named `i` as RFC 9457 (appendix B) does it; None is
    left out. Characters that XML 1.0 can't carry become U+FFFD.
    """
    body = "".join(_element(key, item) for key, item in value.items())
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns={quoteattr(namespace)}>{body}</{name}>\n'
    return text.encode()


def _element(name: str, value: Value) -> str:
    if value is None:
        return ""
    return f"<{name}>{_content(value)}</{name}>"


def _content(value: Value) -> str:
    if isinstance(value, str):
        return escape(for_xml(value))
    if isinstance(value, Mapping):
        return "".join(_element(key, item) for key, item in value.items())
    if isinstance(value, Sequence):
        return "".join(_element("i", item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
