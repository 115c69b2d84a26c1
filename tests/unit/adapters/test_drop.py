import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from pydantic import ValidationError

from adapters.dispatch import Dispatch, Paper
from adapters.mapping import Payload
from adapters.transports.folders.drop import Drop, DropSettings, drop_of
from adapters.transports.folders.files import FileTransport, Settings
from gateway.core.message import Kommunikationspartner
from gateway.core.outcome import Failed, Pending
from tests.unit.adapters.builders import DELIVERY, a_destination, a_dispatch, surroundings


def settings(**said: object) -> DropSettings:
    return DropSettings.model_validate(said)


def names(drop: Drop) -> list[str]:
    return [file.name for file in drop.files]


def test_a_payload_comes_before_its_control_file() -> None:
    drop = drop_of(a_dispatch(), settings())
    assert names(drop) == [f"antrag-{DELIVERY}.xml", f"antrag-{DELIVERY}.ctl"]
    assert drop.folder == ""


def test_a_name_is_made_of_facts() -> None:
    dispatch = a_dispatch()
    kopf = replace(dispatch.message.kopf, leser=Kommunikationspartner("ags:12052000"))
    late = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    dispatch = replace(dispatch, message=replace(dispatch.message, kopf=kopf, received_at=late))
    wanted = settings(name="{date}_{ags}_{tenant}.{kind}-{art}-{delivery}")
    assert names(drop_of(dispatch, wanted))[0] == f"20260701_12052000_cottbus.a-antrag-{DELIVERY}.xml"


@pytest.mark.parametrize("folder", ["tenant", "ags"])
def test_files_may_lie_in_a_folder_for_each_recipient(folder: str) -> None:
    dispatch = a_dispatch()
    kopf = replace(dispatch.message.kopf, leser=Kommunikationspartner("ags:../../12052000/"))
    dispatch = replace(dispatch, message=replace(dispatch.message, kopf=kopf))
    drop = drop_of(dispatch, settings(subfolder=folder, name="{ags}{delivery}"))
    assert drop.folder == {"tenant": "cottbus", "ags": "_.._12052000_"}[folder]
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name) for name in names(drop))


@pytest.mark.parametrize(
    "name",
    [
        "{art}",
        "",
        "{familienname}-{delivery}",
        "../{delivery}",
        ".{delivery}",
        "{delivery!r}",
        "{delivery:>80}",
        "{delivery.__class__}",
        "{}-{delivery}",
        "{delivery",
        "ä{delivery}",
    ],
)
def test_a_name_that_could_meet_another_or_says_too_much_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        settings(name=name)


@pytest.mark.parametrize("suffix", ["", "xml", "json", "../x", ".ctl", "a b"])
def test_a_control_file_can_not_be_taken_for_a_payload(suffix: str) -> None:
    with pytest.raises(ValidationError):
        settings(control_suffix=suffix)


def test_fields_beside_a_document_stand_in_the_control_file() -> None:
    control = drop_of(a_dispatch(), settings()).files[-1]
    assert json.loads(control.content)["fields"] == {"ort": "Chóśebuz"}


def test_without_a_control_file_fields_have_a_file_of_their_own_and_the_payload_is_last() -> None:
    drop = drop_of(a_dispatch(), settings(control="off", original=True))
    assert names(drop) == [
        f"antrag-{DELIVERY}.original.xml",
        f"antrag-{DELIVERY}.json",
        f"antrag-{DELIVERY}.xml",
    ]
    assert drop.files[0].content == a_dispatch().message.content
    assert json.loads(drop.files[1].content) == {"ort": "Chóśebuz"}


def test_a_payload_that_is_the_message_itself_has_no_original_beside_it() -> None:
    dispatch = a_dispatch()
    original = Paper(dispatch.message.content, "application/xml", "xml")
    drop = drop_of(replace(dispatch, document=original), settings(original=True))
    assert names(drop) == [f"antrag-{DELIVERY}.xml", f"antrag-{DELIVERY}.ctl"]


def a_case() -> Dispatch:
    fields: Payload = {
        "ort": "Chóśebuz",
        "anzahl": 2,
        "notiz": "a=b\\c\r\nd",
        "person": [{"name": "A & B"}, {"name": "C"}],
        "inhalt": b"\xff",
        "fehlt": None,
    }
    return replace(a_dispatch(), fields=fields, operation="Anmelden")


def test_a_control_file_of_keys_and_values_has_one_line_for_each() -> None:
    wanted = settings(control="key-value", control_suffix="ok", original=True)
    control = drop_of(a_case(), wanted).files[-1]
    assert control.name == f"antrag-{DELIVERY}.ok"
    told = dict(line.split("=", 1) for line in control.content.decode().splitlines())
    assert told["delivery"] == DELIVERY
    assert told["test"] == "false"
    assert told["operation"] == "Anmelden"
    assert told["original"] == f"antrag-{DELIVERY}.original.xml"
    assert {name: value for name, value in told.items() if name.startswith("fields.")} == {
        "fields.ort": "Chóśebuz",
        "fields.anzahl": "2",
        "fields.notiz": r"a=b\\c\r\nd",
        "fields.person.1.name": "A & B",
        "fields.person.2.name": "C",
        "fields.inhalt": "/w==",
    }


def test_a_control_file_as_xml_has_an_element_for_each() -> None:
    control = drop_of(a_case(), settings(control="xml", control_suffix="meta.xml")).files[-1]
    root = ET.fromstring(control.content)
    assert root.findtext("delivery") == DELIVERY
    assert root.findtext("fields/ort") == "Chóśebuz"
    assert [each.text for each in root.findall("fields/person/name")] == ["A & B", "C"]
    assert root.findtext("test") == "false"


def test_the_same_delivery_makes_the_same_files() -> None:
    wanted = settings(control="xml", original=True)
    assert drop_of(a_case(), wanted) == drop_of(a_case(), wanted)


async def test_a_folder_for_each_tenant_must_be_there(tmp_path: Path) -> None:
    wanted = Settings.model_validate({"folder": tmp_path, "subfolder": "tenant"})
    transport = FileTransport(wanted, a_destination(), surroundings())
    outcome = await transport.send(a_dispatch())
    assert isinstance(outcome, Failed)
    assert outcome.cause.code == "folder-missing"
    (tmp_path / "cottbus").mkdir()
    assert await transport.send(a_dispatch()) == Pending()
    await transport.aclose()
    assert len([*(tmp_path / "cottbus").glob(f"*{DELIVERY}*")]) == 2
