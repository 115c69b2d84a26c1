"""Mapping of trade: a message as the form that it stands for, filled in."""

from collections.abc import Iterable, Mapping

from lxml import etree

from adapters.dispatch import Dispatch, Paper
from adapters.mapping import Payload, Value, kopf_of, present
from adapters.trade.vordruck import GEWA1, GEWA2, GEWA3, WEITERLEITUNG, Feld, Gruppe, Vordruck, Zeile
from gateway.core.document import Element
from gateway.core.ports import Consignment

MAPPINGS: Mapping[str, Vordruck] = {
    "gewerbe.anmeldung.0301": GEWA1,
    "gewerbe.ummeldung.0302": GEWA2,
    "gewerbe.abmeldung.0303": GEWA3,
    "gewerbe.weiterleitung.0311": WEITERLEITUNG,
}
"""From the name of a message's root element to its form."""


def felder(consignment: Consignment) -> Dispatch | None:
    """The form as filled in, as a document; None for a kind of message that is not mapped."""
    vordruck = MAPPINGS.get(consignment.message.kind.root)
    if vordruck is None:
        return None
    return Dispatch(
        consignment.delivery,
        consignment.message,
        vordruck.art,
        document=Paper(gewerbeanzeige(consignment, vordruck), "application/xml", "xml"),
        facts={"vordruck": vordruck.name},
    )


def vorgang(consignment: Consignment) -> Dispatch | None:
    """The form as filled in, as fields; None for a kind of message that is not mapped."""
    vordruck = MAPPINGS.get(consignment.message.kind.root)
    if vordruck is None:
        return None
    facts = present(art=vordruck.art, vordruck=vordruck.name)
    fields = kopf_of(consignment) | facts | _filled(vordruck.zeilen, consignment.document.root)
    return Dispatch(consignment.delivery, consignment.message, vordruck.art, fields=fields)


def _filled(zeilen: Iterable[Zeile], source: Element) -> Payload:
    """`feld`: the texts by number, or by number and part with a dot between; `gruppe`: the like by name."""
    felder: dict[str, list[Value]] = {}
    gruppen: dict[str, list[Value]] = {}
    for zeile in zeilen:
        for found in source.all(zeile.path):
            match zeile:
                case Feld():
                    value = zeile.read(found)
                    if value is not None:
                        felder.setdefault(f"{zeile.nr}.{zeile.teil}" if zeile.teil else zeile.nr, []).append(
                            value
                        )
                case Gruppe():
                    gruppen.setdefault(zeile.name, []).append(_filled(zeile.zeilen, found))
    return present(feld=dict(felder), gruppe=dict(gruppen))


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
