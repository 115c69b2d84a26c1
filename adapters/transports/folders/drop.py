"""Drop: the files that tell a system about one delivery, their names and their order."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from string import Formatter
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from lxml import etree
from pydantic import AfterValidator, Field

from adapters.dispatch import Dispatch, as_json
from adapters.mapping import Payload, Value
from adapters.transports.settings import TransportSettings


@dataclass(frozen=True, slots=True)
class File:
    """A file by its name, without a folder."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Drop:
    """Files that belong together. The receiver goes by the last of them: when it is there, so are the others.

    The same delivery always makes the same names and the same bytes: that is how a repetition finds
    its own files.
    """

    files: tuple[File, ...]
    """In the order in which they are named."""
    folder: str = ""
    """Below the destination's folder; empty for that one itself."""


def _checked_name(pattern: str) -> str:
    facts = []
    for literal, fact, spec, conversion in Formatter().parse(pattern):
        if not _LITERAL.fullmatch(literal):
            raise ValueError("a name consists of letters, digits, dots, hyphens and facts in braces")
        if fact is not None:
            if fact not in FACTS or spec or conversion:
                raise ValueError(f"a fact is one of {', '.join(FACTS)}")
            facts.append(fact)
    if "delivery" not in facts:
        raise ValueError("without {delivery} two deliveries may get the same name")
    if pattern.startswith("."):
        raise ValueError("a name that begins with a dot is that of an unfinished file")
    return pattern


FACTS = ("delivery", "art", "tenant", "ags", "date", "kind")
"""What names of files are made of: nothing of it comes from the content of a message."""
_LITERAL = re.compile(r"[A-Za-z0-9._-]*", re.ASCII)


def _checked_suffix(suffix: str) -> str:
    if not _SUFFIX.fullmatch(suffix):
        raise ValueError("a suffix consists of letters and digits, with at most one dot between them")
    if suffix in {"xml", "json"}:
        raise ValueError("that is how payloads end")
    return suffix


_SUFFIX = re.compile(r"[A-Za-z0-9]{1,16}(\.[A-Za-z0-9]{1,16})?", re.ASCII)


class DropSettings(TransportSettings):
    """How files are called, and what lies beside the payload."""

    name: Annotated[str, AfterValidator(_checked_name)] = Field(
        "{art}-{delivery}",
        description="Name of the files, without suffix, of the facts `delivery`, `art`, `tenant`, `ags`, `date` (of "
        "acceptance, in Berlin) and `kind`.",
    )
    subfolder: Literal["tenant", "ags"] | None = Field(
        None, description="Files lie in a folder of this name below `folder`, which must exist, too."
    )
    control: Literal["json", "key-value", "xml", "off"] = Field(
        "json", description="Form of the control file that comes last."
    )
    control_suffix: Annotated[str, AfterValidator(_checked_suffix)] = Field(
        "ctl", description="Ends the name of the control file."
    )
    original: bool = Field(
        False, description="The message as it came lies beside the payload, as `<name>.original.xml`."
    )


def drop_of(dispatch: Dispatch, settings: DropSettings) -> Drop:
    """The content, what belongs to it, and a control file that vouches for it."""
    facts = _facts(dispatch)
    name = settings.name.format_map(facts)
    paper = dispatch.paper()
    payload = File(f"{name}.{paper.suffix}", paper.content)
    beside = []
    if settings.original and paper.content != dispatch.message.content:
        beside.append(File(f"{name}.original.xml", dispatch.message.content))
    if settings.control == "off":
        if dispatch.document and dispatch.fields:
            beside.append(File(f"{name}.json", as_json(dispatch.fields)))
        files = (*beside, payload)
    else:
        control = _CONTROL[settings.control](_told(dispatch, payload, beside))
        files = (*beside, payload, File(f"{name}.{settings.control_suffix}", control))
    return Drop(files, facts[settings.subfolder] if settings.subfolder else "")


def _facts(dispatch: Dispatch) -> dict[str, str]:
    message = dispatch.message
    facts = {
        "delivery": dispatch.delivery,
        "art": dispatch.name,
        "tenant": message.tenant,
        "ags": message.kopf.leser.schluessel,
        "date": message.received_at.astimezone(_BERLIN).strftime("%Y%m%d"),
        "kind": message.kind.root,
    }
    # Nothing in them is a part of a path, whatever a configuration or a message says.
    return {name: _UNFIT.sub("_", value).lstrip(".") for name, value in facts.items()}


_UNFIT = re.compile(r"[^A-Za-z0-9._-]", re.ASCII)
_BERLIN = ZoneInfo("Europe/Berlin")


def _told(dispatch: Dispatch, payload: File, beside: list[File]) -> Payload:
    """What the control file says."""
    message = dispatch.message
    told: Payload = {
        "delivery": dispatch.delivery,
        "message": message.id,
        "nachrichtenUUID": message.kopf.nachrichten_uuid,
        "tenant": message.tenant,
        "service": message.kind.service,
        "kind": message.kind.root,
        "test": message.kopf.test,
        "file": payload.name,
        "size": len(payload.content),
        "sha256": sha256(payload.content).hexdigest(),
        **dispatch.facts,
    }
    if dispatch.operation:
        told["operation"] = dispatch.operation
    if beside:
        told["original"] = beside[0].name
    if dispatch.document and dispatch.fields:
        told["fields"] = dispatch.fields
    return told


def _key_value(told: Payload) -> bytes:
    """Lines of `key=value` in UTF-8; what lies deeper has its path as key, with dots."""
    return "".join(f"{path}={_escaped(text)}\n" for path, text in _leaves("", told)).encode()


def _leaves(path: str, value: Value) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for name, inner in value.items():
                yield from _leaves(f"{path}.{name}" if path else name, inner)
        case list():
            for number, inner in enumerate(value, 1):
                yield from _leaves(f"{path}.{number}", inner)
        case None:
            pass
        case _:
            yield path, _text(value)


def _xml(told: Payload) -> bytes:
    """An element per field, without a namespace; a list is its element several times."""
    root = etree.Element("control")
    _write(root, told)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _write(parent: etree._Element, fields: Payload) -> None:
    for name, value in fields.items():
        for each in value if isinstance(value, list) else [value]:
            child = etree.SubElement(parent, name)
            if isinstance(each, dict):
                _write(child, each)
            elif each is not None:
                child.text = _text(each)


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


_CONTROL: Mapping[str, Callable[[Payload], bytes]] = {"json": as_json, "key-value": _key_value, "xml": _xml}
