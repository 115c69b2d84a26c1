"""Systems that nobody has seen, on a whole gateway: a message posted by a portal arrives in the system's own words."""

import json
from pathlib import Path

import pytest
from lxml import etree

from gateway.core.tenants import Destination
from gateway.testing import house, http, wire
from tests.unit.adapters.test_mapping_file import ANMELDUNG, EXAMPLES, ZAHLUNG
from tests.unit.adapters.test_soap_foreign import WSDL, envelope, ergebnis


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in EXAMPLES.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    return tmp_path


async def test_a_soap_service(folder: Path) -> None:
    content = ANMELDUNG.read_bytes()
    async with wire() as system:
        system.say(http(200, envelope(ergebnis("gebucht")), "application/soap+xml"))
        settings = {
            "url": system.url,
            "wsdl": str(WSDL),
            "port": "Neu",
            "receipt": "Ergebnis/Fallnummer",
            "status": "Ergebnis/Stand",
            "delivered": ["gebucht"],
        }
        destination = Destination("kasse", "finance", settings, transport="soap", payload="kasse.toml")
        async with house(folder, destination, content) as gateway:
            delivery = await gateway.delivery(await gateway.submit(content))
    assert (delivery["state"], delivery["reference"]) == ("delivered", "F-1")
    (request,) = [each for each in system.requests if each.method == "POST"]
    told = etree.fromstring(request.body)
    assert told.findtext(".//{urn:fremd:kasse}Rufname") == "Waldi vom Musterforst"
    assert told.findtext(".//{urn:fremd:kasse}Mandant") == "12062224"


async def test_a_rest_service(folder: Path) -> None:
    content = ZAHLUNG.read_bytes()
    async with wire() as system:
        system.say(http(200, '{"buchung": {"nr": 17, "stand": "ok"}}'))
        settings = {
            "url": f"{system.url}/{{delivery}}",
            "method": "PUT",
            "receipt": "buchung.nr",
            "status": "buchung.stand",
            "delivered": ["ok"],
        }
        destination = Destination("kasse", "finance", settings, transport="rest", payload="buchung.toml")
        async with house(folder, destination, content) as gateway:
            delivery = await gateway.delivery(await gateway.submit(content))
    assert (delivery["state"], delivery["reference"]) == ("delivered", "17")
    (request,) = [each for each in system.requests if each.method == "PUT"]
    told = json.loads(request.body)
    assert request.path.endswith(told["vorgang"])
    assert (told["betrag"], told["waehrung"]) == ("120.50", "978")
