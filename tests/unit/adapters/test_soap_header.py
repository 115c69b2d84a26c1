"""A SOAP service that wants elements in the header, and whose names nobody would choose."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from adapters import catalogue
from adapters.mapping import Payload
from adapters.transports.soap.transport import NOT_MAPPABLE, TRANSPORT, Settings
from gateway.core.message import Kommunikationspartner
from gateway.core.outcome import Delivered, Outcome
from tests.unit.adapters.builders import DELIVERY, a_destination, a_dispatch, surroundings
from tests.unit.adapters.wire import Request, http, wire

WSDL = Path(__file__).parent / "fremd" / "altverfahren.wsdl"
SOAP = "{http://www.w3.org/2003/05/soap-envelope}"
OPERATION = "vorgang_anlegen_v2"
VORGANG: Payload = {
    "Vorgangs-ID": DELIVERY,
    "besitzer.name": "Chóśebuz",
    "Tier": [{"Ruf-Name": "Bello", "@art": "Hund"}],
}
KOPF = {"Aufruf-Kopf": {"mandant_nr": "$ags", "quell.system": "$delivery", "@fassung": "2"}}
MAPPING = f"""
[[kinds]]
root = "finanzen.hundesteueranmeldung.0401"
operation = "{OPERATION}"

[kinds.fields]
"Vorgangs-ID" = "$delivery"
"besitzer.name" = {{ value = "x" }}
"Tier/Ruf-Name" = {{ value = "x" }}
"Tier/@art" = {{ value = "x" }}
"""
ANSWER = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
    '<v:vorgang_anlegen_v2Response xmlns:v="http://altverfahren.example/ws/2011/07">'
    "<v:return><v:rc>0</v:rc><v:lfd-nr>A/17</v:lfd-nr></v:return></v:vorgang_anlegen_v2Response></s:Body></s:Envelope>"
)


def settings_of(url: str, header: object) -> dict[str, object]:
    settings: dict[str, object] = {
        "url": url,
        "wsdl": str(WSDL),
        "receipt": "return/lfd-nr",
        "status": "return/rc",
        "delivered": ["0"],
    }
    return settings if header is None else {**settings, "header": header}


async def sent(header: object) -> tuple[Outcome, list[Request]]:
    async with wire() as system:
        system.say(http(200, ANSWER, "application/soap+xml"))
        settings = Settings.model_validate(settings_of(system.url, header))
        transport = TRANSPORT.open(settings, a_destination(), surroundings())
        about = a_dispatch()
        kopf = replace(about.message.kopf, leser=Kommunikationspartner("ags:12072477"))
        message = replace(about.message, kopf=kopf)
        outcome = await transport.send(replace(about, message=message, fields=VORGANG, operation=OPERATION))
        await transport.aclose()
        return outcome, system.requests


async def test_the_header_says_what_the_settings_say_and_what_is_known_of_the_message() -> None:
    outcome, (request,) = await sent(KOPF)
    assert outcome == Delivered("A/17")
    root = etree.fromstring(request.body)
    kopf = root.find(f"{SOAP}Header/{{http://altverfahren.example/kopf}}Aufruf-Kopf")
    assert kopf is not None
    assert kopf.get("fassung") == "2"
    assert kopf.findtext("quell.system") == DELIVERY
    assert kopf.findtext("mandant_nr") == "12072477"
    tier = root.find(f"{SOAP}Body//{{http://altverfahren.example/ws/2011/07}}Tier")
    assert tier is not None
    assert tier.get("art") == "Hund"


async def test_without_anything_set_there_is_no_header() -> None:
    _, (request,) = await sent(None)
    assert b"Header" not in request.body


async def test_a_header_that_the_wsdl_does_not_describe_is_never_sent() -> None:
    outcome, requests = await sent({"Aufruf-Kopf": {"mandant_nr": "1", "niemals": "2"}})
    assert (outcome, requests) == (NOT_MAPPABLE, [])


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (None, ["demands the element Aufruf-Kopf in the SOAP header"]),
        ({}, []),
        (KOPF, []),
        ({"Kopf": {}}, ["knows no element Kopf in the SOAP header (known: Aufruf-Kopf)"]),
        (
            {"Aufruf-Kopf": {"mandant_nr": "1", "niemals": "2", "@fassung": "2"}},
            ["Aufruf-Kopf knows no field niemals", "Aufruf-Kopf demands the field quell.system"],
        ),
    ],
)
def test_the_check_of_the_configuration_tells_what_the_header_lacks(
    tmp_path: Path, header: Mapping[str, object] | None, told: list[str]
) -> None:
    (tmp_path / "alt.toml").write_text(MAPPING, encoding="utf-8")
    destination = replace(
        a_destination("finance", **settings_of("http://system", header)), transport="soap", payload="alt.toml"
    )
    faults = [str(each) for each in catalogue.faults(destination, tmp_path)]
    assert len(faults) == len(told), faults
    assert all(part in fault for part, fault in zip(told, faults, strict=True)), faults
