"""Mapping of trade: a message as two files, a payload for the register and a control file that vouches for it."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Literal

import orjson
from lxml import etree

from adapters.mapping import kopf_of
from adapters.trade.vordruck import GEWA1, GEWA2, GEWA3, WEITERLEITUNG, Feld, Gruppe, Vordruck, Zeile
from adapters.transports.files import Drop
from gateway.core.document import Element
from gateway.core.ports import Consignment

PayloadForm = Literal["felder", "original"]
"""`felder`: the numbered fields of a form. `original`: the message byte for byte, for a register that has a
reader of its own for the standard.
"""

MAPPINGS: Mapping[str, Vordruck] = {
    "gewerbe.anmeldung.0301": GEWA1,
    "gewerbe.ummeldung.0302": GEWA2,
    "gewerbe.abmeldung.0303": GEWA3,
    "gewerbe.weiterleitung.0311": WEITERLEITUNG,
}
"""From the name of a message's root element to its form."""


def drop(consignment: Consignment, payload: PayloadForm = "felder") -> Drop | None:
    """Both files; None for a kind of message that is not mapped.

    Nothing in them depends on the attempt or on the clock, so that a repetition makes the same bytes.
    """
    vordruck = MAPPINGS.get(consignment.message.kind.root)
    if vordruck is None:
        return None
    match payload:
        case "felder":
            return _drop(consignment, vordruck, gewerbeanzeige(consignment, vordruck), vordruck=vordruck.name)
        case "original":
            return _drop(consignment, vordruck, consignment.message.content)


def gewerbeanzeige(consignment: Consignment, vordruck: Vordruck) -> bytes:
    """The form as filled in by a message: one XML, UTF-8, of `feld` and `gruppe`."""
    kopf = {name: _written(value) for name, value in kopf_of(consignment).items()}
    anzeige = etree.Element("gewerbeanzeige", {"vordruck": vordruck.name, **kopf})
    _fill(anzeige, vordruck.zeilen, consignment.document.root)
    return etree.tostring(anzeige, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _fill(parent: etree._Element, zeilen: Iterable[Zeile], source: Element) -> None:
    for zeile in zeilen:
        for found in source.all(zeile.path):
            match zeile:
                case Feld():
                    _write(parent, zeile, zeile.read(found))
                case Gruppe():
                    _fill(etree.SubElement(parent, "gruppe", name=zeile.name), zeile.zeilen, found)


def _write(parent: etree._Element, feld: Feld, value: str | None) -> None:
    if value is None:
        return
    facts = {"nr": feld.nr, "name": feld.name} | ({"teil": feld.teil} if feld.teil else {})
    etree.SubElement(parent, "feld", facts).text = value


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _drop(consignment: Consignment, form: Vordruck, content: bytes, **more: str) -> Drop:
    message = consignment.message
    name = f"{form.art}-{consignment.delivery}"
    control = {
        "delivery": consignment.delivery,
        "message": message.id,
        "nachrichtenUUID": message.kopf.nachrichten_uuid,
        "tenant": message.tenant,
        "service": message.kind.service,
        "kind": message.kind.root,
        "test": message.kopf.test,
        "file": f"{name}.xml",
        "size": len(content),
        "sha256": sha256(content).hexdigest(),
        **more,
    }
    return Drop(f"{name}.xml", content, f"{name}.ctl", orjson.dumps(control))
