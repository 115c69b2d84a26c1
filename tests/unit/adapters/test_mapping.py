import json
import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import zeep
from lxml import etree
from zeep.wsdl.utils import etree_to_string

from adapters import civil_status, finance, real_estate, registration, trade
from adapters.civil_status import mapping as civil_status_mapping
from adapters.finance import mapping as finance_mapping
from adapters.real_estate import mapping as real_estate_mapping
from adapters.registration import mapping as registration_mapping
from adapters.trade import mapping as trade_mapping
from gateway.core.ports import Consignment
from tests.unit.adapters.builders import SERVICES, a_consignment, a_consignment_of, samples

GOLDEN = Path(__file__).parent / "golden"
UNKNOWN = b"<etwas.neues.9999/>"


def soap(consignment: Consignment) -> bytes:
    call = registration_mapping.call(consignment)
    assert call
    client = zeep.Client(str(registration.WSDL))
    envelope = client.create_message(client.service, call.operation, **call.payload)
    etree.indent(envelope)
    return bytes(etree_to_string(envelope))


def finance_json(consignment: Consignment) -> bytes:
    return pretty(finance_mapping.vorgang(consignment))


def civil_status_json(consignment: Consignment) -> bytes:
    return pretty(civil_status_mapping.metadaten(consignment))


def trade_form(consignment: Consignment) -> bytes:
    drop = trade_mapping.drop(consignment)
    assert drop
    return drop.payload


def trade_original(consignment: Consignment) -> bytes:
    drop = trade_mapping.drop(consignment, "original")
    assert drop
    assert drop.payload == consignment.message.content
    return pretty([drop.payload_name, drop.control_name, json.loads(drop.control)])


def real_estate_json(consignment: Consignment) -> bytes:
    laid_out = real_estate_mapping.parcel(consignment)
    assert laid_out
    return pretty(json.loads(laid_out.body))


def real_estate_original(consignment: Consignment) -> bytes:
    laid_out = real_estate_mapping.parcel(consignment, "original")
    assert laid_out
    assert laid_out.body == consignment.message.content
    return pretty({name: value for name, value in asdict(laid_out).items() if name != "body"})


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
    golden = GOLDEN / f"{area}-{sample.stem}{'.xml' if area in WRITTEN_AS_XML else '.json'}"
    if "AMTSBOTE_WRITE_GOLDEN" in os.environ:
        golden.write_bytes(mapped)
    assert golden.read_bytes() == mapped


@pytest.mark.parametrize("sample", samples("registration"), ids=lambda sample: sample.stem)
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


def test_the_control_file_vouches_for_the_form() -> None:
    consignment = a_consignment_of(samples("trade", "anmeldung-voll")[0])
    form, original = trade_mapping.drop(consignment), trade_mapping.drop(consignment, "original")
    assert form
    assert original
    assert (form.payload_name, form.control_name) == (original.payload_name, original.control_name)
    assert json.loads(form.control) == json.loads(original.control) | {
        "size": len(form.payload),
        "sha256": sha256(form.payload).hexdigest(),
        "vordruck": "GewA1",
    }


def test_only_body_and_type_of_a_parcel_depend_on_the_payload() -> None:
    consignment = a_consignment_of(samples("real-estate")[0])
    as_json, original = (real_estate_mapping.parcel(consignment, form) for form in ("json", "original"))
    assert as_json
    assert original
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
    found = real_estate_mapping.flurstueckskennzeichen(kennzeichen)
    assert found == {"flurstueckskennzeichen": kennzeichen, "zerlegt": parts}


def test_every_service_of_our_bundles_has_a_mapping() -> None:
    mapped = {
        "registration": set(registration_mapping.MAPPINGS),
        "finance": set(finance_mapping.MAPPINGS),
        "civil-status": set(civil_status_mapping.MAPPINGS),
        "trade": set(trade_mapping.MAPPINGS),
        "real-estate": set(real_estate_mapping.MAPPINGS),
    }
    in_bundles: dict[str, set[str]] = {}
    for root, service in SERVICES.items():
        in_bundles.setdefault(service.partition("/")[0], set()).add(root)
    assert mapped == in_bundles


@pytest.mark.parametrize(
    "mapping",
    [
        registration_mapping.call,
        finance_mapping.vorgang,
        civil_status_mapping.metadaten,
        trade_mapping.drop,
        real_estate_mapping.parcel,
    ],
)
def test_an_unknown_kind_has_no_mapping(mapping: object) -> None:
    assert callable(mapping)
    assert mapping(a_consignment(UNKNOWN)) is None


def test_parcels_of_one_plot_belong_together_and_do_not_name_it() -> None:
    first, second = (
        real_estate_mapping.parcel(a_consignment_of(sample)) for sample in samples("real-estate")[:2]
    )
    again = real_estate_mapping.parcel(a_consignment_of(samples("real-estate")[0]))
    assert first
    assert second
    assert again
    assert first.order_key == again.order_key
    assert first.order_key
    assert first.order_key.encode() not in first.body


def test_every_adapter_shows_the_same_two_names() -> None:
    for adapter in (registration, civil_status, trade, finance, real_estate):
        assert adapter.Settings.model_config["extra"] == "forbid"
        assert callable(adapter.build)
