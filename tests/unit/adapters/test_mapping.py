import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import zeep
from lxml import etree
from zeep.wsdl.utils import etree_to_string

from adapters import catalogue, registration
from adapters.civil_status import mapping as civil_status_mapping
from adapters.dispatch import Dispatch
from adapters.finance import mapping as finance_mapping
from adapters.real_estate import grundstueck
from adapters.real_estate import mapping as real_estate_mapping
from adapters.registration import mapping as registration_mapping
from adapters.trade import mapping as trade_mapping
from adapters.transports.folders.drop import DropSettings, drop_of
from adapters.transports.pickup import parcel_of
from gateway.core.ports import Consignment
from tests.unit.adapters.builders import (
    BUNDLES,
    SERVICES,
    a_consignment,
    a_consignment_of,
    dispatch_of,
    samples,
)

GOLDEN = Path(__file__).parent / "golden"
UNKNOWN = b"<etwas.neues.9999/>"


def soap(consignment: Consignment) -> bytes:
    call = worded("registration", consignment)
    client = zeep.Client(str(registration.WSDL))
    envelope = client.create_message(client.service, call.operation, **(call.fields or {}))
    etree.indent(envelope)
    return bytes(etree_to_string(envelope))


DROPPED = DropSettings.model_validate({})


def finance_json(consignment: Consignment) -> bytes:
    return pretty(worded("finance", consignment).fields)


def civil_status_json(consignment: Consignment) -> bytes:
    antrag = worded("civil-status", consignment)
    assert antrag.paper().content == consignment.message.content
    return pretty(antrag.fields)


def trade_form(consignment: Consignment) -> bytes:
    return worded("trade", consignment).paper().content


def trade_original(consignment: Consignment) -> bytes:
    drop = drop_of(worded("trade", consignment, "original"), DROPPED)
    payload, control = drop.files
    assert payload.content == consignment.message.content
    return pretty([payload.name, control.name, json.loads(control.content)])


def real_estate_json(consignment: Consignment) -> bytes:
    return pretty(json.loads(parcel_of(worded("real-estate", consignment)).body))


def real_estate_original(consignment: Consignment) -> bytes:
    laid_out = parcel_of(worded("real-estate", consignment, "original"))
    assert laid_out.body == consignment.message.content
    return pretty({name: value for name, value in asdict(laid_out).items() if name != "body"})


def worded(area: str, consignment: Consignment, payload: str = "") -> Dispatch:
    dispatch = dispatch_of(area, consignment, payload)
    assert dispatch
    return dispatch


def pretty(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"


AREAS = {
    "registration": soap,
    "finance": finance_json,
    "civil-status": civil_status_json,
    "trade": trade_form,
    "trade-original": trade_original,
    "real-estate": real_estate_json,
    "real-estate-original": real_estate_original,
}
WRITTEN_AS_XML = {"registration", "trade"}
REWORDED = ["registration", "finance", "trade", "real-estate"]


@pytest.mark.parametrize(
    ("area", "sample"),
    [(area, sample) for area in AREAS for sample in samples(area.removesuffix("-original"))],
    ids=lambda value: value.stem if isinstance(value, Path) else value,
)
def test_every_sample_is_mapped_as_written_down(area: str, sample: Path) -> None:
    mapped = AREAS[area](a_consignment_of(sample))
    golden = GOLDEN / f"{area}-{stem(sample)}{'.xml' if area in WRITTEN_AS_XML else '.json'}"
    if "AMTSBOTE_WRITE_GOLDEN" in os.environ:
        golden.write_bytes(mapped)
    assert golden.read_bytes() == mapped


def stem(sample: Path) -> str:
    """What tells a sample from all others of its area: its name, and the version where that is a later one."""
    version = sample.parents[2].name
    return sample.stem if version == "1.0" else f"{sample.stem}-{version}"


@pytest.mark.parametrize("sample", samples("registration"), ids=stem)
def test_what_registration_sends_is_valid_by_its_own_wsdl(sample: Path) -> None:
    (schema,) = etree.parse(registration.WSDL).iter("{http://www.w3.org/2001/XMLSchema}schema")
    valid = etree.XMLSchema(etree.fromstring(etree.tostring(schema)))
    (body,) = etree.fromstring(soap(a_consignment_of(sample)))
    valid.assertValid(etree.ElementTree(body[0]))


@pytest.mark.parametrize(
    ("area", "sample"),
    [(area, sample) for area in REWORDED for sample in samples(area)],
    ids=lambda value: value.stem if isinstance(value, Path) else value,
)
def test_what_is_reworded_loses_nothing(area: str, sample: Path) -> None:
    mapped = AREAS[area](a_consignment_of(sample)).decode()
    lost = [value for value in leaves(ET.parse(sample).getroot()) if not said(value, mapped)]
    assert lost == []


def leaves(element: ET.Element) -> Iterator[str]:
    """Every text of a message's body; of a code only the code itself, not the label beside it."""
    children = [child for child in element if child.tag != "nachrichtenkopf.g2g"]
    if any(child.tag == "code" for child in children):
        children = [child for child in children if child.tag == "code"]
    for child in children:
        yield from leaves(child)
    if not children and (element.text or "").strip():
        yield (element.text or "").strip()


def said(value: str, mapped: str) -> bool:
    # A truth value of XSD may be written as 1 or 0; base64 may be broken into lines.
    alternatives = {value, "".join(value.split()), {"1": "true", "0": "false"}.get(value, value)}
    escaped = {json.dumps(each, ensure_ascii=False)[1:-1] for each in alternatives}
    escaped |= {each.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for each in alternatives}
    return any(each in mapped for each in escaped)


@pytest.mark.parametrize(
    ("area", "name"),
    [
        ("registration", "Chóśebuz"),
        ("finance", "Chóśebuz"),
        ("trade", "Chóśebuz"),
        ("trade", "Markojska Góla"),
        ("real-estate", "Chóśebuz"),
        ("real-estate", "Markojska Góla"),
    ],
)
def test_every_letter_survives(area: str, name: str) -> None:
    mapped = b"".join(AREAS[area](a_consignment_of(sample)) for sample in samples(area, "*-zeichen")).decode()
    assert name in mapped


@pytest.mark.parametrize("sample", samples("trade"), ids=lambda sample: sample.stem)
def test_a_form_says_each_text_once(sample: Path) -> None:
    form = ET.fromstring(trade_form(a_consignment_of(sample)))
    said = [feld.text or "" for feld in form.iter("feld")]
    assert sorted(said) == sorted(leaves(ET.parse(sample).getroot()))


@pytest.mark.parametrize("sample", samples("trade"), ids=lambda sample: sample.stem)
def test_a_form_says_the_same_in_fields(sample: Path) -> None:
    consignment = a_consignment_of(sample)
    form = ET.fromstring(trade_form(consignment))
    fields = worded("trade", consignment, "vorgang").fields
    assert fields
    assert (fields["vordruck"], fields["vorgangsId"]) == (form.get("vordruck"), consignment.delivery)
    assert filled(fields) == written(form)


def written(element: ET.Element) -> object:
    feld: dict[str, list[str]] = {}
    gruppe: dict[str, list[object]] = {}
    for each in element:
        if each.tag == "feld":
            teil = each.get("teil")
            number = each.get("nr", "") + (f".{teil}" if teil else "")
            feld.setdefault(number, []).append(each.text or "")
        else:
            gruppe.setdefault(each.get("name", ""), []).append(written(each))
    return {"feld": feld, "gruppe": gruppe}


def filled(found: Mapping[str, object]) -> object:
    gruppe = found.get("gruppe", {})
    assert isinstance(gruppe, dict)
    return {
        "feld": found.get("feld", {}),
        "gruppe": {name: [filled(each) for each in inner] for name, inner in gruppe.items()},
    }


def test_the_control_file_vouches_for_the_form() -> None:
    consignment = a_consignment_of(samples("trade", "anmeldung-voll")[0])
    form, original = (
        drop_of(worded("trade", consignment, payload), DROPPED).files for payload in ("", "original")
    )
    assert form[0].name != original[0].name
    assert json.loads(form[1].content) == json.loads(original[1].content) | {
        "file": form[0].name,
        "size": len(form[0].content),
        "sha256": sha256(form[0].content).hexdigest(),
        "vordruck": "GewA1",
    }


def test_only_body_and_type_of_a_parcel_depend_on_the_payload() -> None:
    consignment = a_consignment_of(samples("real-estate")[0])
    as_json, original = (parcel_of(worded("real-estate", consignment, each)) for each in ("", "original"))
    assert (as_json.content_type, original.content_type) == ("application/json", "application/xml")
    assert replace(as_json, body=original.body, content_type=original.content_type) == original


@pytest.mark.parametrize(
    ("kennzeichen", "parts"),
    [
        (
            "121234007000450003__",
            {"land": "12", "gemarkung": "1234", "flur": 7, "zaehler": 45, "nenner": 3},
        ),
        ("120000001001200001__", {"land": "12", "gemarkung": "0000", "flur": 1, "zaehler": 120, "nenner": 1}),
        ("121234___00120______", {"land": "12", "gemarkung": "1234", "zaehler": 120}),
        ("12123400700046000002", {"land": "12", "gemarkung": "1234", "flur": 7, "zaehler": 46, "folge": 2}),
    ],
)
def test_a_flurstueckskennzeichen_is_taken_apart(kennzeichen: str, parts: dict[str, object]) -> None:
    found = grundstueck.flurstueckskennzeichen(kennzeichen)
    assert found == {"flurstueckskennzeichen": kennzeichen, "zerlegt": parts}


def test_every_service_of_our_bundles_has_a_mapping() -> None:
    mapped = {
        "registration": set().union(*registration_mapping.MAPPINGS.values()),
        "finance": set(finance_mapping.MAPPINGS),
        "civil-status": set(civil_status_mapping.MAPPINGS),
        "trade": set(trade_mapping.MAPPINGS),
        "real-estate": set(real_estate_mapping.MAPPINGS),
    }
    in_bundles: dict[str, set[str]] = {}
    for root, service in SERVICES.items():
        in_bundles.setdefault(service.partition("/")[0], set()).add(root)
    assert mapped == in_bundles


def test_every_version_of_registration_has_a_mapping_of_its_own_and_no_other_has() -> None:
    in_bundles = {
        spec["version"]: {kind["root"] for kind in spec["kinds"]}
        for path in BUNDLES.glob("ab-meldewesen/*/bundle.toml")
        for spec in (tomllib.loads(path.read_text(encoding="utf-8")),)
    }
    mapped = {version: set(kinds) for version, kinds in registration_mapping.MAPPINGS.items()}
    assert mapped == in_bundles

    (letter,) = BUNDLES.glob("ab-meldewesen/1.1/samples/valid/anmeldung-klein.xml")
    later = letter.read_bytes().replace(b'version="1.1">', b'version="1.2">')
    assert dispatch_of("registration", a_consignment(letter.read_bytes()))
    assert dispatch_of("registration", a_consignment(later)) is None


def test_both_versions_of_registration_say_the_same_to_the_system() -> None:
    with_sperre = b"""<meldewesen.anmeldung.0101 version="1.0">
        <bisherigeWohnung><auszugsdatum>2026-11-01</auszugsdatum><beibehalten>false</beibehalten></bisherigeWohnung>
        <bisherigeWohnung><beibehalten>true</beibehalten><kuenftigerStatus><code>NW</code></kuenftigerStatus></bisherigeWohnung>
        <person><sperre><code>AS</code></sperre><sperre><code>PW</code></sperre></person>
        </meldewesen.anmeldung.0101>"""
    without = b"""<meldewesen.anmeldung.0101 version="1.1">
        <bisherigeWohnung><aufgegeben><auszugsdatum>2026-11-01</auszugsdatum></aufgegeben></bisherigeWohnung>
        <bisherigeWohnung><beibehalten><kuenftigerStatus><code>NW</code></kuenftigerStatus></beibehalten></bisherigeWohnung>
        <person><auskunftssperre><code>AS</code></auskunftssperre><widerspruch><code>PW</code></widerspruch></person>
        </meldewesen.anmeldung.0101>"""
    assert in_words(with_sperre) == in_words(without)

    unbekannt = b"""<meldewesen.abmeldung.0103 version="1.0"><verzug>
        <unbekannt><ags>99999999</ags><bemerkung>auf See</bemerkung></unbekannt>
        </verzug></meldewesen.abmeldung.0103>"""
    ohne = b"""<meldewesen.abmeldung.0103 version="1.1"><verzug>
        <ohneFesteWohnung><erlaeuterung>auf See</erlaeuterung></ohneFesteWohnung>
        </verzug></meldewesen.abmeldung.0103>"""
    assert in_words(unbekannt) == in_words(ohne)


def in_words(content: bytes) -> tuple[str | None, object]:
    call = worded("registration", a_consignment(content))
    return call.operation, call.fields


@pytest.mark.parametrize("area", ["registration", "finance", "civil-status", "trade", "real-estate"])
def test_an_unknown_kind_has_no_mapping_and_passes_as_it_is(area: str) -> None:
    assert dispatch_of(area, a_consignment(UNKNOWN)) is None
    assert worded(area, a_consignment(UNKNOWN), "original").paper().content == UNKNOWN


def test_parcels_of_one_plot_belong_together_and_do_not_name_it() -> None:
    plots = {order_key(sample): first_plot(sample) for sample in samples("real-estate")}
    keys = {first_plot(sample): order_key(sample) for sample in samples("real-estate")}
    assert len(plots) == len(keys) > 1
    assert all(key and plot not in key for key, plot in plots.items())


def test_messages_of_every_kind_about_one_plot_have_one_order_key() -> None:
    on_one_plot = [
        sample for sample in samples("real-estate") if first_plot(sample) == "121234007000450003__"
    ]
    assert {sample.stem.partition("-")[0] for sample in on_one_plot} == {
        root.split(".")[1] for root in real_estate_mapping.MAPPINGS
    }
    assert len({order_key(sample) for sample in on_one_plot}) == 1


def order_key(sample: Path) -> str | None:
    return worded("real-estate", a_consignment_of(sample)).message.order_key


def first_plot(sample: Path) -> str:
    """The first plot that a message names outside of what it says about neighbours."""
    root = ET.parse(sample).getroot()
    named = [*root.findall("flurstueckskennzeichen"), *root.findall("flurstueck/flurstueckskennzeichen")]
    return named[0].text or ""


@pytest.mark.parametrize("name", catalogue.adapters())
def test_every_adapter_can_be_built_as_it_is_usual(name: str) -> None:
    kind = catalogue.adapter(name)
    assert name.replace("_", "-") == kind.area
    assert {kind.payload, "original"} <= set(kind.forms)
    assert kind.transport in catalogue.transports()
