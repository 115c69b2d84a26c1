"""What the messages of one case have in common, as bundles say."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from lxml import etree

from schemas.bundle import BundleFile
from schemas.library import SHIPPED, SchemaLibrary
from schemas.order import OrderReader

SPEC = {
    "standard": "s",
    "version": "1",
    "namespace": "urn:s",
    "entry": ["s.xsd"],
    "valid_from": "2026-05-01",
    "title": {"de": "S", "en": "S"},
    "header": dict.fromkeys(
        ("nachrichten_uuid", "nachrichtentyp", "erstellungszeitpunkt", "leser_kennung", "autor_kennung"), "x"
    ),
}


def reader(order: object = None, kind_order: object = None) -> OrderReader:
    kinds = [
        {"root": "a", "service": "area/a", "de": "a", "en": "a"},
        {"root": "b", "service": "area/b", "de": "b", "en": "b", "order": kind_order},
    ]
    return OrderReader(BundleFile.model_validate({**SPEC, "kinds": kinds, "order": order}))


def key(of: OrderReader, text: str) -> str | None:
    return of.read(etree.fromstring(text), text.encode())


def test_messages_of_one_case_have_one_key_that_does_not_tell_it() -> None:
    by_case = reader("case", "file/number")
    first = key(by_case, '<m:a xmlns:m="urn:s"><case>K 1</case></m:a>')

    assert first == key(by_case, '<m:b xmlns:m="urn:s"><file><number> K 1 </number></file></m:b>')
    assert first != key(by_case, '<m:a xmlns:m="urn:s"><case>K 2</case></m:a>')
    assert first is not None
    assert len(first) == 32
    assert "K" not in first


@pytest.mark.parametrize(
    "text", ['<m:a xmlns:m="urn:s"/>', '<m:a xmlns:m="urn:s"><case> </case></m:a>', "<a/>"]
)
def test_what_has_no_case_has_no_key(text: str) -> None:
    assert key(reader("case"), text) is None


def test_a_bundle_that_says_nothing_orders_nothing() -> None:
    assert key(reader(), '<m:a xmlns:m="urn:s"><case>K 1</case></m:a>') is None


def test_messages_about_one_plot_are_of_one_case() -> None:
    library = SchemaLibrary.load([SHIPPED])
    keys: dict[str, set[str | None]] = {}
    for sample in (SHIPPED / "ab-liegenschaften/1.0/samples/valid").glob("*.xml"):
        keys.setdefault(first_plot(sample), set()).add(library.open(sample.read_bytes()).order_key)

    assert len(keys) > 1
    assert all(len(each) == 1 and None not in each for each in keys.values())
    assert len(set.union(*keys.values())) == len(keys)


def first_plot(sample: Path) -> str:
    root = ET.parse(sample).getroot()
    named = [*root.findall("flurstueck/flurstueckskennzeichen"), *root.findall("flurstueckskennzeichen")]
    return named[0].text or ""
