"""What the services check, and what they tell when they are asked; OAuth2, answers that come later, SOAP 1.2."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from gateway.sandbox import Sandbox, SandboxSettings, System, sandbox
from schemas.door import parse
from tests.integration.sandbox.callers import (
    BASIC,
    VORGANG,
    Caller,
    an_envelope,
    counts_of,
    post_antrag,
    post_soap,
    post_vorgang,
)

V2 = "/finance/v2/vorgaenge"


# --- checks --------------------------------------------------------------------------------------------


async def test_registration_refuses_an_unknown_municipality(client: httpx.AsyncClient) -> None:
    answer = await post_soap(client, an_envelope("d1").replace("12052000", "14612000"))

    assert answer.status_code == 500
    fault = parse(answer.content)
    assert fault.text("Body/Fault/detail/FachlicherFehler/code") == "EWO101"
    assert (await counts_of(client, System.REGISTRATION))["refused"] == 1


@pytest.mark.parametrize(
    ("differing", "code"),
    [
        ({"ags": "14612000"}, "mandant-unbekannt"),
        ({"daten": {"mandat": {"iban": "DE00370400440532013000"}}}, "iban-ungueltig"),
        ({"daten": {"zahlung": {"betrag": 0}}}, "betrag-ungueltig"),
    ],
)
async def test_finance_refuses_with_its_own_code(
    client: httpx.AsyncClient, differing: dict[str, object], code: str
) -> None:
    headers = {"Idempotency-Key": "d1"}
    answer = await client.post("/finance/v1/vorgaenge", json=VORGANG | differing, headers=headers, auth=BASIC)

    assert (answer.status_code, answer.json()) == (422, {"code": code})
    received = (await client.get("/sandbox/received")).json()["finance"]
    assert (received[0]["effects"], received[0]["reason"]) == (0, code)


@pytest.mark.parametrize(
    ("metadaten", "dokument", "code"),
    [
        ({"ags": "14612000"}, b"<urkunde/>", "standesamt-unbekannt"),
        ({"sha256": hashlib.sha256(b"other").hexdigest()}, b"<urkunde/>", "pruefsumme-falsch"),
        ({}, b"<urkunde>", "dokument-unlesbar"),
    ],
)
async def test_civil_status_refuses_with_its_own_code(
    client: httpx.AsyncClient, metadaten: dict[str, str], dokument: bytes, code: str
) -> None:
    parts: list[tuple[str, Any]] = [
        ("metadaten", (None, orjson.dumps(metadaten), "application/json")),
        ("dokument", ("urkunde.xml", dokument, "application/xml")),
    ]
    answer = await client.post(
        "/civil-status/v1/antraege", files=parts, headers={"Idempotency-Key": "d1"}, auth=BASIC
    )

    assert (answer.status_code, answer.json()) == (422, {"code": code})


# --- asking --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [("/finance/v1/vorgaenge", "erledigt"), ("/civil-status/v1/antraege", "angenommen")],
)
async def test_a_service_tells_whether_it_knows_a_case(
    client: httpx.AsyncClient, path: str, status: str
) -> None:
    assert (await client.get(f"{path}/d1", auth=BASIC)).status_code == 404
    await post_vorgang(client, "d1")
    await post_antrag(client, "d1")

    answer = await client.get(f"{path}/d1", auth=BASIC)

    assert answer.status_code == 200
    assert answer.json()["status"] == status
    assert (await client.get(f"{path}/d1")).status_code == 401


async def test_a_service_tells_that_it_has_refused(client: httpx.AsyncClient) -> None:
    await Caller(client, System.FINANCE).fault("refuse")
    await post_vorgang(client, "d1")

    answer = await client.get("/finance/v1/vorgaenge/d1", auth=BASIC)

    assert answer.json() == {"status": "abgelehnt", "code": "abgelehnt"}


async def test_registration_tells_whether_it_knows_a_case(client: httpx.AsyncClient) -> None:
    before = parse((await post_soap(client, a_question("d1"))).content)
    receipt = parse((await post_soap(client, an_envelope("d1"))).content)
    after = parse((await post_soap(client, a_question("d1"))).content)

    path = "Body/Vorgangsstand/"
    assert (before.text(path + "status"), before.text(path + "aktenzeichen")) == ("unbekannt", None)
    assert after.text(path + "status") == "angenommen"
    assert after.text(path + "aktenzeichen") == receipt.text("Body/Eingangsbestaetigung/aktenzeichen")
    assert (await counts_of(client, System.REGISTRATION))["deliveries"] == 1


def a_question(delivery: str) -> str:
    return f"""<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
        <VorgangErfragen xmlns="urn:amtsbote:einwohnerdienst:1.0"><vorgangsId>{delivery}</vorgangsId>
        </VorgangErfragen></s:Body></s:Envelope>"""


# --- OAuth2 and answers that come later ----------------------------------------------------------------


async def a_token(client: httpx.AsyncClient) -> str:
    answer = await client.post(
        "/oauth2/token", data={"grant_type": "client_credentials"}, auth=("sandbox", "sandbox")
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["token_type"] == "Bearer"
    token: str = answer.json()["access_token"]
    return token


async def post_later(client: httpx.AsyncClient, token: str, delivery: str = "d1") -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": delivery}
    return await client.post(V2, json=VORGANG, headers=headers)


@pytest.mark.parametrize(
    ("form", "login", "error"),
    [
        ({"grant_type": "client_credentials"}, ("sandbox", "wrong"), "invalid_client"),
        ({"grant_type": "client_credentials"}, None, "invalid_client"),
        ({"grant_type": "password"}, ("sandbox", "sandbox"), "unsupported_grant_type"),
    ],
)
async def test_no_token_without_a_client(
    client: httpx.AsyncClient, form: dict[str, str], login: tuple[str, str] | None, error: str
) -> None:
    answer = await client.post("/oauth2/token", data=form, auth=login or httpx.Auth())

    assert answer.json() == {"error": error}
    assert answer.status_code == (400 if error == "unsupported_grant_type" else 401)


async def test_a_client_may_show_its_secret_in_the_form(client: httpx.AsyncClient) -> None:
    form = {"grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "sandbox"}

    assert (await client.post("/oauth2/token", data=form)).status_code == 200


async def test_only_a_token_opens_the_second_version(client: httpx.AsyncClient) -> None:
    assert (await post_later(client, "wrong")).status_code == 401
    assert (await client.post(V2, json=VORGANG, auth=BASIC)).status_code == 401
    assert (await post_later(client, await a_token(client))).status_code == 202


@pytest.mark.parametrize("way", ["client", "test"])
async def test_a_revoked_token_opens_nothing(client: httpx.AsyncClient, way: str) -> None:
    token = await a_token(client)
    if way == "client":
        await client.post("/oauth2/revoke", data={"token": token}, auth=("sandbox", "sandbox"))
    else:
        await client.delete("/sandbox/tokens")

    answer = await post_later(client, token)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_a_token_expires(settings: SandboxSettings) -> None:
    short = settings.model_copy(update={"token_seconds": 0.05})
    async with sandbox(short) as running, httpx.AsyncClient(base_url=running.url) as client:
        token = await a_token(client)
        await asyncio.sleep(0.06)

        assert (await post_later(client, token)).status_code == 401


@pytest.fixture
async def unhurried(settings: SandboxSettings) -> AsyncIterator[Sandbox]:
    async with sandbox(settings.model_copy(update={"processing_seconds": 3600})) as running:
        yield running


async def test_what_is_taken_in_says_where_to_ask(unhurried: Sandbox) -> None:
    async with httpx.AsyncClient(base_url=unhurried.url) as client:
        token = await a_token(client)
        first, again = [await post_later(client, token) for _ in range(2)]
        told = await client.get(first.headers["location"], headers={"Authorization": f"Bearer {token}"})

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.headers["location"] == f"{V2}/d1"
    assert first.json() == again.json()
    assert "idempotency-replayed" in again.headers
    assert told.json() == {"status": "in-bearbeitung"}


@pytest.mark.parametrize("refused", [False, True])
async def test_later_it_says_what_became_of_it(client: httpx.AsyncClient, *, refused: bool) -> None:
    if refused:
        await Caller(client, System.FINANCE).fault("refuse")
    headers = {"Authorization": f"Bearer {await a_token(client)}"}
    assert (await post_later(client, headers["Authorization"][7:])).status_code == 202
    told: dict[str, str] = {"status": "in-bearbeitung"}
    async with asyncio.timeout(20):
        while told["status"] == "in-bearbeitung":
            told = (await client.get(f"{V2}/d1", headers=headers)).json()

    if refused:
        assert told == {"status": "abgelehnt", "code": "abgelehnt"}
    else:
        assert told["status"] == "erledigt"
        assert told["kassenzeichen"].startswith("KZ-")


# --- SOAP 1.2 ------------------------------------------------------------------------------------------

SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"


async def post_soap12(client: httpx.AsyncClient, envelope: str) -> httpx.Response:
    content = envelope.replace("http://schemas.xmlsoap.org/soap/envelope/", SOAP_12)
    headers = {"Content-Type": 'application/soap+xml; charset=utf-8; action="x"'}
    return await client.post("/registration/soap12", content=content.encode(), headers=headers)


async def test_registration_also_speaks_soap_12(client: httpx.AsyncClient) -> None:
    answer = await post_soap12(client, an_envelope("d1"))

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/soap+xml")
    assert SOAP_12.encode() in answer.content
    assert parse(answer.content).text("Body/Eingangsbestaetigung/status") == "angenommen"


async def test_faults_of_soap_12_have_their_own_form(client: httpx.AsyncClient) -> None:
    answer = await post_soap12(client, an_envelope("d1", "LoescheAlles"))

    assert answer.status_code == 400
    assert parse(answer.content).text("Body/Fault/Code/Value") == "soap:Sender"
    await Caller(client, System.REGISTRATION).fault("error-500")
    failed = await post_soap12(client, an_envelope("d1"))
    assert (failed.status_code, parse(failed.content).text("Body/Fault/Code/Value")) == (
        500,
        "soap:Receiver",
    )


async def test_the_wsdl_of_soap_12_is_bound_to_it(client: httpx.AsyncClient, running: Sandbox) -> None:
    wsdl = (await client.get("/registration/soap12?wsdl")).content

    assert b"http://schemas.xmlsoap.org/wsdl/soap12/" in wsdl
    assert b'"http://schemas.xmlsoap.org/wsdl/soap/"' not in wsdl
    assert f"{running.url}/registration/soap12".encode() in wsdl


async def test_each_address_takes_its_own_version(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "text/xml"}
    answer = await client.post("/registration/soap12", content=an_envelope("d1"), headers=headers)

    assert answer.status_code == 415
