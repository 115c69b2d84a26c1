"""Mapping files: by themselves, in the forms that the documentation shows, and over the wires of unseen systems."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

import adapters
from adapters import catalogue
from adapters.dispatch import Dispatch, Part
from adapters.mapping_file.load import MappingInvalid, load, reads_of
from adapters.mapping_file.model import MappingFile, Rule
from adapters.mapping_file.write import form_of
from gateway.core.message import DeliveryId
from gateway.core.outcome import Cause, Delivered, Outcome, Pending, Rejected
from gateway.core.ports import Consignment
from tests.unit.adapters.builders import (
    DELIVERY,
    Shelf,
    a_consignment,
    a_consignment_of,
    a_destination,
    samples,
    surroundings,
)
from tests.unit.adapters.test_soap_foreign import SOAP_12, WSDL, XML_12, envelope, ergebnis
from tests.unit.adapters.wire import Request, Wire, http, wire

PAGE = (Path(adapters.__file__).parents[1] / "docs" / "mapping-files.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"```toml\n# mappings/([a-z]+)\.toml\n(.*?)```", PAGE, re.DOTALL))
ANMELDUNG = samples("finance", "hundesteueranmeldung-voll")[0]
ZAHLUNG = samples("finance", "zahlungsmitteilung-voll")[0]


def mapping(text: str) -> MappingFile:
    return MappingFile.model_validate(tomllib.loads(text))


def fields_of(rules: str, message: str) -> object:
    """What a message of root `a` becomes, as it would look in JSON."""
    said = written(rules, message)
    assert isinstance(said, Dispatch)
    return json.loads(said.paper().content)


def written(rules: str, message: str) -> Dispatch | Rejected | None:
    file = mapping(f'[codes.tier]\nh = "Hund"\n[[kinds]]\nroot = "a"\n[kinds.fields]\n{rules}')
    return form_of(file).write(a_consignment(message.encode()))


@pytest.mark.parametrize(
    ("rule", "made"),
    [
        ('"b"', "Chóśebuz"),
        ('"/b"', "Chóśebuz"),
        ('"@art"', "x"),
        ('"d/@nr"', "7"),
        ('"fehlt"', None),
        ('{ path = ["fehlt", "b"] }', "Chóśebuz"),
        ('{ path = "fehlt", default = "ersatz" }', "ersatz"),
        ('{ path = "fehlt", default = 0 }', 0),
        ("{ value = true }", True),
        ('{ path = "zahl", type = "number" }', 42),
        ('{ path = "komma", type = "decimal" }', 19.5),
        ('{ path = "ja", type = "boolean" }', True),
        ('{ path = "nein", type = "boolean" }', False),
        ('{ path = "cent", type = "euro" }', "120.50"),
        ('{ path = "base", type = "bytes" }', "QQ=="),
        ('{ path = "tag", date = "ddMMyyyy" }', "12081984"),
        ('{ path = "tagzone", date = "dd.MM.yy" }', "12.08.84"),
        ('{ path = "moment", date = "dd.MM.yyyy HH:mm:ss" }', "01.07.2026 00:30:00"),
        ('{ path = "moment", date = "yyyy-MM-dd" }', "2026-07-01"),
        ('{ path = "alt", from = "ddMMyyyy", date = "yyyy-MM-dd" }', "1984-08-12"),
        ('{ path = "tier", codes = "tier" }', "Hund"),
        ('{ path = "b", codes = { "*" = "anderes" } }', "anderes"),
        ('{ path = "ja", codes = { 1 = "J" } }', "J"),
        ('{ path = "zahl", codes = { 42 = "7" }, type = "number" }', 7),
        ('{ path = "c", list = true }', ["1", "2"]),
        ('{ path = "c", list = true, type = "number" }', [1, 2]),
        ('{ path = "c", join = " und " }', "1 und 2"),
        ('{ path = "fehlt", join = "," }', None),
        ('{ each = "d", fields = { e = "e", nr = "@nr", oben = "/b", k = "$kind" } }', [{"e": "5", "nr": "7", "oben": "Chóśebuz", "k": "a"}]),
        ('{ each = "c", fields = { wert = { path = ".", type = "number" } } }', [{"wert": 1}, {"wert": 2}]),
        ('{ each = "fehlt", fields = { e = "e" } }', None),
        ('"$delivery"', DELIVERY),
        ('"$test"', False),
        ('"$tenant"', "cottbus"),
    ],
)  # fmt: skip
def test_a_rule_makes_a_field(rule: str, made: object) -> None:
    message = (
        '<a art="x"><b>Chóśebuz</b><c>1</c><c>2</c><d nr="7"><e>5</e></d><zahl>42</zahl><komma>19.5</komma>'
        "<ja>1</ja><nein>false</nein><cent>12050</cent><base>Q Q==</base><tag>1984-08-12</tag>"
        "<tagzone>1984-08-12+02:00</tagzone><moment>2026-06-30T22:30:00Z</moment><alt>12081984</alt>"
        "<tier>h</tier></a>"
    )
    assert fields_of(f'"ziel" = {rule}', message) == ({} if made is None else {"ziel": made})


def test_places_nest_in_the_order_of_the_file() -> None:
    made = fields_of('"x/b" = "b"\n"x/c/d" = "b"\n"y" = "b"\n"x/e" = "b"', "<a><b>1</b></a>")
    assert json.dumps(made) == '{"x": {"b": "1", "c": {"d": "1"}, "e": "1"}, "y": "1"}'


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ('{ path = "fehlt", required = true }', "mapping-missing"),
        ('{ each = "fehlt", fields = { e = "e" }, required = true }', "mapping-missing"),
        ('{ path = "b", codes = "tier" }', "mapping-unknown-code"),
        ('{ path = "b", type = "number" }', "mapping-wrong-form"),
        ('{ path = "b", type = "decimal" }', "mapping-wrong-form"),
        ('{ path = "b", type = "boolean" }', "mapping-wrong-form"),
        ('{ path = "b", type = "euro" }', "mapping-wrong-form"),
        ('{ path = "b", type = "bytes" }', "mapping-wrong-form"),
        ('{ path = "b", date = "ddMMyyyy" }', "mapping-wrong-form"),
        ('{ path = "tag", date = "ddMMyyyy" }', "mapping-wrong-form"),
        ('{ path = "b", from = "ddMMyyyy", date = "yyyy" }', "mapping-wrong-form"),
        ('{ each = "b", fields = { wert = { path = ".", type = "number" } } }', "mapping-wrong-form"),
    ],
)
def test_what_can_not_be_made_is_refused_without_a_value(rule: str, code: str) -> None:
    said = written(f'"ziel" = {rule}', "<a><b>Frau Geheim</b><tag>2026-02-30</tag></a>")
    assert isinstance(said, Rejected)
    assert said.cause.code == code
    assert said.cause.detail.startswith("ziel")
    assert "Geheim" not in repr(said)


def test_the_entry_of_a_version_goes_before_that_of_any() -> None:
    file = mapping(
        '[[kinds]]\nroot = "a"\n[kinds.fields]\nx = {value = "any"}\n'
        '[[kinds]]\nroot = "a"\nversion = "2.0"\n[kinds.fields]\nx = {value = "2.0"}'
    )
    for message, made in ((b"<a/>", "any"), (b'<a version="2.0"/>', "2.0"), (b'<a version="3.0"/>', "any")):
        said = form_of(file).write(a_consignment(message))
        assert isinstance(said, Dispatch)
        assert said.fields == {"x": made}
    assert form_of(file).write(a_consignment(b"<b/>")) is None
    only = mapping('[[kinds]]\nroot = "a"\nversion = "2.0"\n[kinds.fields]\nx = {value = 1}')
    assert form_of(only).write(a_consignment(b"<a/>")) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("kinds = [", None),
        ('[[kinds]]\nroot = "a"\n[kinds.fields]\nx = "a//b"', 4),
        ('[[kinds]]\nroot = "a"\n[kinds.fields]\nx = "a[1]"', 4),
        ('[[kinds]]\nroot = "a"\n[kinds.fields]\nx = "$unbekannt"', 4),
        ('[[kinds]]\nroot = "a"\n[kinds.fields]\n"x y" = "a"', 4),
        ('[[kinds]]\nroot = "a"\n[kinds.fields]\nx = { path = "a", value = 1 }', 4),
        ('[[kinds]]\nroot = "a"\n[kinds.fields]\nx = {}', 4),
        ('[[kinds]]\nroot = "a"\n[kinds.fields]\nx = { each = "a" }', 4),
        ('[[kinds]]\nroot = "a"\n[kinds.fields]\nx = { path = "a", date = "TT.MM.JJJJ" }', 4),
        ('[[kinds]]\nroot = "a"\n[kinds.fields]\nx = { path = "a", type = "zahl" }', 4),
        ('[[kinds]]\nroot = "a"\n[kinds.fields]\nx = { path = "a", codes = "fehlt" }', 4),
        ('[[kinds]]\nroot = "a"\n[kinds.fields]\nx = "a"\n"x/y" = "b"', 3),
        ('[[kinds]]\nroot = "a"\nfelder = 1\n[kinds.fields]\nx = "a"', 3),
        ('[[kinds]]\nroot = "a"\n[kinds.fields]\n[[kinds]]\nroot = "b"\n[kinds.fields]\nx = "a"', 3),
        ('[[kinds]]\nroot = "a"\n[kinds.fields]\nx = "a"\n[[kinds]]\nroot = "b"\n[kinds.fields]\nx = "?"', 8),
        ('[[kinds]]\nroot = "a"\n[kinds.fields.x]\neach = "a"\n[kinds.fields.x.fields]\ny = "?"', 6),
        (
            '[[kinds]]\nroot = "a"\n[kinds.fields]\nx = "a"\n[[kinds]]\nroot = "a"\n[kinds.fields]\nx = "a"',
            None,
        ),
        ("", None),
    ],
)
def test_what_a_file_can_not_say_is_told_with_its_line(tmp_path: Path, text: str, line: int | None) -> None:
    from gateway.config.places import source_of  # noqa: PLC0415  # what the check of the configuration does

    file = tmp_path / "mapping.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(MappingInvalid) as invalid:
        load(file)
    problems = [
        source_of(each.file).problem(each.place, each.de, each.en)
        for each in invalid.value.faults
        if each.file
    ]
    assert problems
    assert line is None or line in {each.line for each in problems}


def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    import os  # noqa: PLC0415

    file = tmp_path / "mapping.toml"
    for number, root in enumerate(("a", "b")):
        file.write_text(f'[[kinds]]\nroot = "{root}"\n[kinds.fields]\nx = "a"', encoding="utf-8")
        os.utime(file, ns=(number, number))
        assert load(file).kinds[0].root == root


def test_what_a_file_reads_is_told_from_the_root(tmp_path: Path) -> None:
    file = tmp_path / "mapping.toml"
    text = (
        '[[kinds]]\nroot = "a"\n[kinds.fields]\nx = "b/@c"\ny = "@d"\nz = "$test"\n'
        '[kinds.fields.r]\neach = "e/f"\n[kinds.fields.r.fields]\ns = "."\nt = ["g", "/h"]\nu = "@i"'
    )
    file.write_text(text.replace('["g", "/h"]', '{ path = ["g", "/h"] }'), encoding="utf-8")
    (kind,) = reads_of(file, load(file))
    assert [each.path for each in kind.reads] == ["b/@c", "./@d", "e/f", "e/f", "e/f/g", "h", "e/f/@i"]


# --- the examples of the documentation, over wires that nobody has seen ------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mappings").mkdir()
    for name, text in EXAMPLES.items():
        (tmp_path / "mappings" / f"{name}.toml").write_text(text, encoding="utf-8")
    return tmp_path


async def delivered(
    system: Wire, folder: Path, consignment: Consignment, payload: str, transport: str, **settings: object
) -> tuple[Outcome, list[Request]]:
    around = surroundings(folder)
    destination = replace(
        a_destination("finance", **{"url": system.url, **settings}),
        payload=f"mappings/{payload}.toml",
        transport=transport,
    )
    assert [*catalogue.faults(destination, folder)] == []
    adapter = catalogue.build(destination, around)
    outcome = await adapter.deliver(consignment)
    await adapter.aclose()
    return outcome, system.requests


async def test_an_unseen_soap_service_is_attached_by_settings_and_a_mapping_file(folder: Path) -> None:
    async with wire() as system:
        system.say(http(200, envelope(ergebnis("gebucht")), XML_12))
        outcome, (request,) = await delivered(
            system,
            folder,
            a_consignment_of(ANMELDUNG),
            "kasse",
            "soap",
            wsdl=str(WSDL),
            port="Neu",
            receipt="Ergebnis/Fallnummer",
            status="Ergebnis/Stand",
            delivered=["gebucht"],
        )
    assert outcome == Delivered("F-1")
    fall = etree.fromstring(request.body).find(f"{{{SOAP_12}}}Body/{{urn:fremd:kasse}}NeuerFall")
    assert fall is not None
    told = {etree.QName(each).localname: each.text for each in fall.iter() if not len(each)}
    assert told.pop("Original")
    assert told == {
        "Kennung": DELIVERY,
        "Mandant": "12062224",
        "Name": "Mustermann-Beispiel",
        "Geburtstag": "12081984",
        "Rufname": "Waldi vom Musterforst",
        "Hoehe": "38",
        "Gefaehrlich": "false",
    }
    schema = etree.parse(WSDL).find(".//{http://www.w3.org/2001/XMLSchema}schema")
    assert schema is not None
    etree.XMLSchema(schema).assertValid(fall)


BUCHUNG: Mapping[str, object] = {
    "@quelle": "amtsbote",
    "vorgang": DELIVERY,
    "nachricht": {"uuid": "057a5f00-b0d4-51e4-b690-cd36395d8131", "test": False},
    "betrag": "120.50",
    "mittel": "2",
    "waehrung": "978",
    "gebucht": "15.06.2026 09:27",
    "zahler": {
        "name": "Mustermann-Beispiel",
        "fruehereNamen": ["Probe", "Vorlage"],
        "vornamen": "Erika Sophie",
    },
    "kontakt": [
        {"art": "mail", "wert": "erika.mustermann@post.example", "vorgang": DELIVERY},
        {"art": "telefon", "wert": "+49 30 23125 217", "vorgang": DELIVERY},
    ],
}


async def test_an_unseen_rest_service_is_attached_by_settings_and_a_mapping_file(folder: Path) -> None:
    async with wire() as system:
        system.say(http(202, '{"buchung": {"nr": 17}}'))
        outcome, (request,) = await delivered(
            system,
            folder,
            a_consignment_of(ZAHLUNG),
            "buchung",
            "rest",
            method="PUT",
            receipt="buchung.nr",
            url=f"{system.url}/{{delivery}}",
        )
    assert outcome == Pending("17")
    assert request.path == f"/service/{DELIVERY}"
    assert json.loads(request.body) == BUCHUNG


async def test_a_rest_service_that_wants_xml_gets_its_own_elements(folder: Path) -> None:
    async with wire() as system:
        system.say(http(201, "<antwort><nr>17</nr></antwort>", "application/xml"))
        outcome, (request,) = await delivered(
            system,
            folder,
            a_consignment_of(ZAHLUNG),
            "buchung",
            "rest",
            body="document",
            answers="xml",
            receipt="nr",
        )
    assert outcome == Delivered("17")
    assert request.headers["content-type"] == "application/xml"
    root = etree.fromstring(request.body)
    assert (root.tag, root.get("quelle")) == ("{urn:beispiel:buchung}Buchung", "amtsbote")
    assert root.findtext("{*}nachricht/{*}test") == "false"
    assert [each.text for each in root.iter("{*}fruehereNamen")] == ["Probe", "Vorlage"]
    assert [each.text for each in root.findall("{*}kontakt/{*}art")] == ["mail", "telefon"]


async def test_a_system_that_fetches_by_itself_gets_what_the_mapping_file_makes(folder: Path) -> None:
    shelf = Shelf()
    destination = replace(a_destination("finance"), payload="mappings/buchung.toml", transport="pickup")
    assert [*catalogue.faults(destination, folder)] == []
    adapter = catalogue.build(destination, surroundings(folder, shelf))
    assert await adapter.deliver(a_consignment_of(ZAHLUNG)) == Pending()
    await adapter.aclose()
    parcel = shelf.parcels[DELIVERY]
    assert parcel.content_type == "application/xml"
    assert etree.fromstring(parcel.body).findtext("{*}betrag") == "120.50"


async def test_a_folder_gets_what_the_mapping_file_makes(folder: Path) -> None:
    text = EXAMPLES["buchung"].partition("[document]")
    without_document = text[0] + "[[kinds]]" + text[2].partition("[[kinds]]")[2]
    (folder / "mappings" / "json.toml").write_text(without_document, encoding="utf-8")
    (folder / "eingang").mkdir()
    for name in ("buchung", "json"):
        destination = replace(
            a_destination("finance", folder="eingang"), payload=f"mappings/{name}.toml", transport="files"
        )
        assert [*catalogue.faults(destination, folder)] == []
        adapter = catalogue.build(destination, surroundings(folder))
        consignment = a_consignment_of(ZAHLUNG, delivery=DeliveryId(f"{DELIVERY[:-4]}{name[:4]}"))
        assert await adapter.deliver(consignment) == Pending()
        await adapter.aclose()
    (as_xml,) = (folder / "eingang").glob("buchung-*.xml")
    assert etree.parse(as_xml).findtext("{*}betrag") == "120.50"
    (as_json,) = (folder / "eingang").glob("buchung-*.json")
    assert json.loads(as_json.read_bytes())["betrag"] == "120.50"


async def test_a_kind_without_an_entry_is_refused_before_anything_is_sent(folder: Path) -> None:
    async with wire() as system:
        outcome, requests = await delivered(system, folder, a_consignment_of(ANMELDUNG), "buchung", "rest")
    assert outcome == Rejected(Cause("no-mapping", "The adapter has no mapping for messages of this kind."))
    assert requests == []


SOAP = {"url": "http://system", "wsdl": str(WSDL), "port": "Neu", "receipt": "Ergebnis/Fallnummer"}


@pytest.mark.parametrize(
    ("change", "settings", "place", "en"),
    [
        (('"Kopf/Mandant"', '"Kopf/Mandat"'), {}, ("fields", "Kopf/Mandat"), "knows no field Kopf/Mandat"),
        (('"Kopf/Mandant"', '"Kopf/Mandat"'), {}, (), "demands the field Kopf/Mandant"),
        (('"Rufname"', '"Name"'), {}, ("fields", "Hund", "fields", "Name"), "knows no field Hund/Name"),
        (('"Rufname"', '"Name"'), {}, (), "demands the field Hund/Rufname"),
        (('"Original"', '"@art"'), {}, ("fields", "@art"), "knows no field @art"),
        (('"NeuerFall"', '"AlterFall"'), {}, ("operation",), "has no operation AlterFall"),
        (('"Original"', '"Kopf/Kennung/Teil"'), {}, ("fields", "Kopf/Kennung/Teil"), "knows no field Kopf/Kennung/"),
        (("", ""), {"operation": "FallErfragen"}, (), "demands the field Suche"),
    ],
)  # fmt: skip
def test_what_the_wsdl_does_not_know_or_misses_is_told_before_the_first_message(
    folder: Path,
    change: tuple[str, str],
    settings: Mapping[str, object],
    place: tuple[str | int, ...],
    en: str,
) -> None:
    text = EXAMPLES["kasse"].replace(*change) if change[0] else EXAMPLES["kasse"]
    if change[0] == '"Original"' and "Kennung" in change[1]:
        text = text.replace('"Kopf/Kennung" = "$delivery"\n', "")
    (folder / "mappings" / "kasse.toml").write_text(text, encoding="utf-8")
    destination = replace(
        a_destination("finance", **SOAP, **settings), payload="mappings/kasse.toml", transport="soap"
    )
    faults = [*catalogue.faults(destination, folder)]
    (found,) = [each for each in faults if en in each.en]
    assert found.place == ("kinds", 0, *place)
    assert found.file == folder / "mappings" / "kasse.toml"
    assert found.de


def test_what_is_usual_in_an_area_does_not_count_with_a_mapping_file(folder: Path) -> None:
    destination = replace(
        a_destination("registration", url="http://system"), payload="mappings/kasse.toml", transport="soap"
    )
    missing = {fault.place for fault in catalogue.faults(destination, folder)}
    assert missing == {("settings", "wsdl"), ("settings", "receipt")}


def test_a_form_says_which_parts_it_makes() -> None:
    kind = '[[kinds]]\nroot = "a"\n{}\n[kinds.fields]\nx = "b"'
    assert form_of(mapping(kind.format(""))).makes == {Part.FIELDS}
    assert form_of(mapping(kind.format('operation = "O"'))).makes == {Part.FIELDS, Part.OPERATION}
    beside = form_of(mapping('document = "original"\n' + kind.format("")))
    assert beside.makes == {Part.FIELDS, Part.DOCUMENT}
    said = beside.write(a_consignment(b"<a><b>1</b></a>"))
    assert isinstance(said, Dispatch)
    assert said.paper().content == b"<a><b>1</b></a>"


def test_what_may_stand_in_a_rule_is_documented() -> None:
    names = {setting.alias or name for name, setting in Rule.model_fields.items()}
    assert {name for name in names if f"`{name}`" not in PAGE} == set()
