"""The Rueckweisung: a refusal as an XÖV message of the standard ab-rueckweisung."""

import re
from base64 import b64encode
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING
from uuid import uuid4

from gateway.core.document import Document
from gateway.core.errors import Refused
from gateway.core.message import Kommunikationspartner
from gateway.core.refusal import Finding, Refusal
from gateway.core.tenants import Portal
from gateway.reports.characters import as_name, for_xml
from gateway.reports.imprint import Imprint
from gateway.texts import Language
from gateway.texts.refusals import REFUSALS, explain

if TYPE_CHECKING:
    from jinja2 import Template

OTHER = "S999"
"""For what the list has no code for; its explanation is mandatory, and stands with every reason."""

_KENNUNG = re.compile(r"[a-z]{2,10}:[0-9A-Za-z._-]{1,60}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_VERZEICHNISDIENST = re.compile(r"[0-9A-Za-z._-]{1,50}")
_OF_XINNERES = re.compile(r"[A-Z]\d{3}")
_LONGEST_TEXT = 5000

# Possessive quantifiers keep the scan of a hostile prolog linear.
_FIRST_TAG = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s++|<\?.*?\?>|<!--.*?-->)*+<(?:[^\s<>/:]{1,200}:)?([^\s<>/:]{1,200})", re.DOTALL
)
_NEVER_REJECTED = re.compile(rb"rueckweisung|quittung|receipt|acknowledge?ment", re.IGNORECASE)


def rueckweisung(
    refused: Refused, content: bytes, portal: Portal, imprint: Imprint, *, instance: str, at: datetime
) -> bytes | None:
    """Write the rejection of a message; always in German, as the message is one between authorities.

    None where there must be none: the message is itself a rejection or a receipt, or nobody knows under
    which Kennung its sender can be named.
    """
    sender = _sender(refused.document, portal)
    if sender is None or answers_something(content):
        return None
    kopf = refused.document.kopf if refused.document is not None else None
    uuid = kopf.nachrichten_uuid if kopf is not None else ""
    verzeichnisdienst = sender.verzeichnisdienst or ""
    text = _template().render(
        imprint=imprint,
        sender=sender.kennung,
        verzeichnisdienst=verzeichnisdienst if _VERZEICHNISDIENST.fullmatch(verzeichnisdienst) else "DVDV",
        portal=portal.name,
        test=kopf is not None and kopf.test,
        uuid=str(uuid4()),
        at=at.isoformat(timespec="milliseconds"),
        refusals=refused.refusals,
        refused_uuid=uuid if _UUID.fullmatch(uuid) else None,
        original=b64encode(content).decode("ascii"),
        instance=instance,
        code=_code,
        explained=_Texts(imprint).explained,
        sentence=_Texts(imprint).sentence,
    )
    return text.encode()


def answers_something(content: bytes) -> bool:
    """Whether a message is a rejection or a receipt, told by the name of its root: such a one is never
    rejected, or two systems would answer each other for ever. Also told of what is not well-formed.
    """
    root = _FIRST_TAG.match(content)
    return root is not None and _NEVER_REJECTED.search(root[1]) is not None


def _sender(document: Document | None, portal: Portal) -> Kommunikationspartner | None:
    """The author, as far as the key may act for it; else the only one for whom the key may."""
    if document is not None and portal.acts_for(document.kopf.autor.kennung):
        autor = document.kopf.autor
        if _KENNUNG.fullmatch(autor.kennung):
            return autor
    own = [kennung for kennung in portal.autoren if _KENNUNG.fullmatch(kennung)]
    return Kommunikationspartner(own[0]) if len(own) == 1 and len(portal.autoren) == 1 else None


def _code(refusal: Refusal) -> str:
    code = refusal.xinneres or OTHER
    return code if _OF_XINNERES.fullmatch(code) else OTHER


class _Texts:
    """What is said in words. Where a kind is described is told only by an address that others can follow."""

    def __init__(self, imprint: Imprint) -> None:
        self._imprint = imprint

    def explained(self, refusal: Refusal) -> str:
        title = REFUSALS[refusal.code].title.speak(Language.DE)
        foreign = f" ({refusal.xinneres})" if refusal.xinneres and _code(refusal) == OTHER else ""
        text = f"{title}{foreign}. {explain(refusal, Language.DE)}"
        return self._described(text, self._imprint.of_reason(refusal))

    def sentence(self, finding: Finding, refusal: Refusal) -> str:
        return self._described(finding.de, self._imprint.of_finding(finding, refusal))

    def _described(self, text: str, address: str | None) -> str:
        return text if address is None or not self._imprint.travels else f"{text} Beschreibung: {address}"


def _content(value: object) -> str:
    """What stands in an element: never empty, not too long, nothing that XML can't carry."""
    text = for_xml(str(value))[:_LONGEST_TEXT]
    return text if text.strip() else "-"


@lru_cache(maxsize=1)
def _template() -> "Template":
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415 - with the first rejection

    environment = Environment(
        loader=FunctionLoader(
            lambda name: files("gateway.reports").joinpath(name).read_text(encoding="utf-8")
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"content": _content, "name": as_name}
    return environment.get_template("rueckweisung.xml.j2")
