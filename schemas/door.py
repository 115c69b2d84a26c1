"""The door for XML: bytes from outside become an element, or a refusal; nothing else happens on the way."""

import re
from codecs import getincrementaldecoder
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from gateway.core.document import Element
from gateway.core.errors import Refused
from gateway.core.refusal import Refusal, RefusalCode
from schemas.view import XmlElement

PARSER_DEPTH = 256
"""libxml2 itself stops at this depth as long as `huge_tree` is off."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large and how deep a document may be. A single value is limited to 10 MB by libxml2 itself."""

    max_bytes: int = 40_000_000
    max_tags: int = 2_000_000
    """Each tag may cost some 250 bytes of memory, however few it has in the document."""
    max_attributes: int = 1_000
    """Of one element. To list them takes lxml time with the square of their number."""
    max_depth: int = 100
    """Nesting of elements, 1 for a document that is its root alone."""


DEFAULT_LIMITS = Limits()


def parse(content: bytes, limits: Limits = DEFAULT_LIMITS) -> Element:
    """Read any XML safely, whatever it is.

    Raises:
        Refused: it is too large, too deep, not UTF-8, not well-formed, or carries a DOCTYPE.
    """
    return XmlElement(read(content, limits))


def read(content: bytes, limits: Limits) -> etree._Element:
    """As `parse`, for the rooms behind the door that work on the tree itself."""
    refuse_bytes(content, limits)
    parser = new_parser()
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Refused(_syntax_refusal(error, limits)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused(Refusal(RefusalCode.DOCTYPE_FORBIDDEN))
    if content.count(b"=") > limits.max_attributes and _more_attributes(root, most=limits.max_attributes):
        raise Refused(Refusal(RefusalCode.TOO_LARGE))
    if limits.max_depth < PARSER_DEPTH and _deeper_than(limits.max_depth)(root):
        raise Refused(_too_deep(limits))
    return root


def refuse_bytes(content: bytes, limits: Limits) -> None:
    """Refuse what no parser needs to see: size, encoding, DOCTYPE."""
    if len(content) > limits.max_bytes:
        raise Refused(Refusal(RefusalCode.TOO_LARGE, {"limit": _megabytes(limits.max_bytes)}))
    if len(content) > limits.max_tags and content.count(b"<") > limits.max_tags:
        raise Refused(Refusal(RefusalCode.TOO_LARGE))
    declared = _DECLARED_ENCODING.match(content)
    encoding = declared[1].lower() if declared else b"utf-8"
    if encoding not in {b"utf-8", b"us-ascii"} or not _decodes(content, encoding.decode()):
        raise Refused(Refusal(RefusalCode.NOT_UTF8))
    if _DOCTYPE.match(content):
        raise Refused(Refusal(RefusalCode.DOCTYPE_FORBIDDEN))
    if b"\0" in content:
        raise Refused(Refusal(RefusalCode.NOT_WELL_FORMED))
    start = _START.match(content)
    if start is None:
        raise Refused(Refusal(RefusalCode.NOT_WELL_FORMED, {"size": str(len(content))}))
    if start[1] != b"<":
        likely = "JSON" if start[1] in b"{[" else "Text"
        raise Refused(Refusal(RefusalCode.NOT_WELL_FORMED, {"likely": likely}))


def new_parser(schema: etree.XMLSchema | None = None) -> etree.XMLParser:
    """A parser for one document that loads nothing and expands nothing.

    Comments and processing instructions are left out of the tree: a comment inside a value would
    cut the value in two. The encoding is fixed, so that libxml2 does not guess another one.
    """
    return etree.XMLParser(
        encoding="UTF-8",
        schema=schema,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


_DECLARED_ENCODING = re.compile(
    rb"""(?:\xef\xbb\xbf)?<\?xml\s[^>]{0,200}?\bencoding\s*=\s*["']([^"'<>]{0,100})["']"""
)
_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*+(.)", re.DOTALL)
# Possessive quantifiers keep the scan of a hostile prolog linear.
_DOCTYPE = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s++|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)


def _decodes(content: bytes, encoding: str) -> bool:
    # UTF-16 and UTF-32 without a mark can be valid UTF-8, full of NUL characters.
    if content.startswith((b"\0", b"<\0")):
        return False
    try:
        if len(content) <= _PIECE:
            content.decode(encoding)
        else:
            _decode_in_pieces(content, encoding)
    except UnicodeDecodeError:
        return False
    return True


def _decode_in_pieces(content: bytes, encoding: str) -> None:
    """Of a long text, characters take up to four times the memory of its bytes, and nobody wants them here."""
    decoder, view = getincrementaldecoder(encoding)(), memoryview(content)
    for start in range(0, len(content), _PIECE):
        decoder.decode(view[start : start + _PIECE], final=start + _PIECE >= len(content))


_PIECE = 1 << 20


def _syntax_refusal(error: etree.XMLSyntaxError, limits: Limits) -> Refusal:
    # The message of libxml2 may quote content: only its code and place are used.
    if getattr(error, "code", None) == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        deep = "depth" in (error.msg or "").partition(":")[0]
        return _too_deep(limits) if deep else Refusal(RefusalCode.TOO_LARGE, {"limit": "10 MB"})
    line, column = error.position
    facts = {"line": str(line), "column": str(column)}
    opened = _OPENED.search(error.msg or "")
    if getattr(error, "code", None) == etree.ErrorTypes.ERR_TAG_NAME_MISMATCH and opened is not None:
        facts["opened"] = opened[1]
    return Refusal(RefusalCode.NOT_WELL_FORMED, facts)


_OPENED = re.compile(r" line (\d+) and ")


def _too_deep(limits: Limits) -> Refusal:
    return Refusal(RefusalCode.TOO_DEEP, {"limit": str(min(limits.max_depth, PARSER_DEPTH))})


_more_attributes = etree.XPath("boolean(descendant-or-self::*[count(@*) > $most])")


@lru_cache(maxsize=8)
def _deeper_than(depth: int) -> etree.XPath:
    return etree.XPath("boolean(" + "/*" * (depth + 1) + ")")


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:g} MB"
