"""Related: answers of several MIME parts (multipart/related): an envelope, and what travels beside it (MTOM, SwA)."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from email import message_from_bytes

from lxml import etree

from adapters.transports.http.outcomes import Answer

RELATED = "multipart/related"
INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"


def unpacked(answer: Answer) -> tuple[bytes | None, Mapping[str, bytes]]:
    """The envelope, and every part by its Content-ID; an answer that is one piece is its own envelope.

    The envelope is the part that `start` names (RFC 2387, section 3.2), else the first. None where there is none.
    """
    if answer.media_type != RELATED:
        return answer.content, {}
    head = f"Content-Type: {answer.headers.get('Content-Type', '')}\r\n\r\n".encode("latin-1", "replace")
    message = message_from_bytes(head + answer.content)
    contents = {
        _id(part["Content-ID"]): part.get_payload(decode=True)
        for part in message.walk()
        if not part.is_multipart()
    }
    parts = {name: content for name, content in contents.items() if isinstance(content, bytes)}
    first = next(iter(parts.values()), None) if message.is_multipart() else None
    return parts.get(_id(message.get_param("start")), first), parts


def as_one_piece(answer: Answer, media_type: str) -> Answer | None:
    """The same with everything inside of its envelope, in base64; None where that can't be had."""
    envelope, parts = unpacked(answer)
    if envelope is None:
        return None
    try:
        root = etree.fromstring(envelope, _parser())
    except (etree.XMLSyntaxError, ValueError):
        return None
    for include in list(root.iter(INCLUDE)):
        holder = include.getparent()
        content = parts.get(str(include.get("href", "")).removeprefix("cid:"))
        if holder is None or content is None:
            return None
        holder.remove(include)
        holder.text = b64encode(content).decode()
    return replace(answer, media_type=media_type, content=etree.tostring(root))


def _id(name: object) -> str:
    return str(name or "").strip("<> ")


def _parser() -> etree.XMLParser:
    # One for each answer: a parser belongs to the thread that made it.
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
