"""The stand-ins that speak HTTP, over real sockets: what they take, and what they know already."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.sandbox import Sandbox, SandboxSettings, System, sandbox
from schemas.door import parse
from tests.integration.sandbox.callers import (
    BASIC,
    Caller,
    a_delivery,
    an_envelope,
    counts_of,
    post_antrag,
    post_soap,
    post_vorgang,
)


@pytest.mark.parametrize("operation", ["AnmeldungEntgegennehmen", "AbmeldungEntgegennehmen"])
async def test_registration_confirms_an_envelope(client: httpx.AsyncClient, operation: str) -> None:
    delivery = a_delivery()

    answer = await post_soap(client, an_envelope(delivery, operation))

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    receipt = parse(answer.content).one("Body/Eingangsbestaetigung")
    assert receipt is not None
    assert receipt.text("status") == "angenommen"
    received = (await client.get("/sandbox/received", params={"delivery": delivery})).json()["registration"]
    assert received[0]["reference"] == receipt.text("aktenzeichen")
    assert received[0]["message"] == "9d2f1a52-3a52-4bd5-9d06-5a52b8f2a001"
    assert received[0]["kind"] == "0101"


async def test_registration_says_that_it_knows_a_repetition(client: httpx.AsyncClient) -> None:
    first, again = [parse((await post_soap(client, an_envelope("d1"))).content) for _ in range(2)]

    path = "Body/Eingangsbestaetigung/"
    assert again.text(path + "status") == "bereitsVorhanden"
    assert again.text(path + "aktenzeichen") == first.text(path + "aktenzeichen")


@pytest.mark.parametrize(
    "envelope",
    [
        "no xml",
        "<!DOCTYPE x [<!ENTITY e 'x'>]><x>&e;</x>",
        an_envelope("d1", "LoescheAlles"),
        an_envelope(""),
    ],
)
async def test_registration_answers_what_it_does_not_take_with_a_fault(
    client: httpx.AsyncClient, envelope: str
) -> None:
    answer = await post_soap(client, envelope)

    assert answer.status_code == 500
    assert parse(answer.content).text("Body/Fault/faultcode") == "soap:Client"
    assert (await counts_of(client, System.REGISTRATION))["deliveries"] == 0


async def test_registration_takes_no_other_media_type(client: httpx.AsyncClient) -> None:
    answer = await client.post("/registration/soap", content=an_envelope("d1"))

    assert answer.status_code == 415


async def test_registration_shows_its_wsdl_with_its_own_address(
    client: httpx.AsyncClient, running: Sandbox
) -> None:
    answer = await client.get("/registration/soap?wsdl")

    address = parse(answer.content).one("service/port/address")
    assert address is not None
    assert address.attribute("location") == f"{running.url}/registration/soap"


async def test_civil_status_gives_an_aktenzeichen(client: httpx.AsyncClient) -> None:
    answer = await post_antrag(client, "d1")

    assert answer.status_code == 201
    assert answer.json()["aktenzeichen"].startswith("StA-")


async def test_the_facts_of_the_head_are_written_down(client: httpx.AsyncClient) -> None:
    await post_vorgang(client, "d1")
    await post_antrag(client, "d1")

    received = (await client.get("/sandbox/received")).json()
    assert (received["finance"][0]["message"], received["finance"][0]["kind"]) == (
        "m1",
        "finanzen.sepamandat.0411",
    )
    assert received["civil_status"][0]["sha256"] == hashlib.sha256(b"<urkunde/>").hexdigest()


@pytest.mark.parametrize("parts", [["metadaten"], ["dokument"], []])
async def test_civil_status_wants_both_parts(client: httpx.AsyncClient, parts: list[str]) -> None:
    files: list[tuple[str, Any]] = [(part, (None, b"{}", "application/json")) for part in ["x", *parts]]
    answer = await client.post(
        "/civil-status/v1/antraege", files=files, headers={"Idempotency-Key": "d1"}, auth=BASIC
    )

    assert answer.status_code == 400


async def test_civil_status_takes_a_document_of_ten_megabytes(client: httpx.AsyncClient) -> None:
    files: list[tuple[str, Any]] = [
        ("metadaten", (None, b"{}", "application/json")),
        ("dokument", ("urkunde.xml", b"<u>" + b"x" * 10_000_000 + b"</u>", "application/xml")),
    ]
    answer = await client.post(
        "/civil-status/v1/antraege", files=files, headers={"Idempotency-Key": "d1"}, auth=BASIC
    )

    assert answer.status_code == 201


@pytest.mark.parametrize("token", ["sandbox", "wrong", "schön"])
async def test_finance_takes_its_token_and_no_other(client: httpx.AsyncClient, token: str) -> None:
    headers = {b"Idempotency-Key": b"d1", b"Authorization": f"Bearer {token}".encode()}
    answer = await client.post("/finance/v1/vorgaenge", json={}, headers=headers)

    assert answer.status_code == (201 if token == "sandbox" else 401)


async def test_without_the_right_password_nothing_is_taken(client: httpx.AsyncClient) -> None:
    answers = [
        await post_antrag(client, "d1", ("sandbox", "wrong")),
        await post_vorgang(client, "d1", ("sandbox", "wrong")),
        await client.post("/finance/v1/vorgaenge", json={}, headers={"Authorization": "Basic ???"}),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert all("www-authenticate" in answer.headers for answer in answers)


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ({"Content-Type": "application/json"}, b"{}"),
        ({"Content-Type": "text/plain", "Idempotency-Key": "d1"}, b"{}"),
        ({"Content-Type": "application/json", "Idempotency-Key": "d1"}, b"{"),
        ({"Content-Type": "application/json", "Idempotency-Key": "d1"}, b"[]"),
        ({"Content-Type": "application/json", "Idempotency-Key": "d1"}, b'{"nachrichtentyp": 7}'),
    ],
)
async def test_finance_refuses_what_it_does_not_understand(
    client: httpx.AsyncClient, headers: dict[str, str], content: bytes
) -> None:
    answer = await client.post("/finance/v1/vorgaenge", content=content, headers=headers, auth=BASIC)

    assert answer.status_code == 400


# --- repetitions ---------------------------------------------------------------------------------------


async def test_a_repetition_gets_the_first_answer_and_has_no_effect(caller: Caller) -> None:
    answers = await asyncio.gather(*(caller.post("d1") for _ in range(5)))

    assert len({answer.status_code for answer in answers}) == 1
    assert await caller.counts() == {
        "deliveries": 1,
        "taken": 1,
        "doubled": 0,
        "repeated": 4,
        "refused": 0,
    }


async def test_a_forgetful_system_has_a_second_effect(tmp_path: Path) -> None:
    settings = SandboxSettings(
        port=0, tls=False, sftp=False, folder=tmp_path, forgetful=frozenset({System.FINANCE})
    )
    async with sandbox(settings) as running, httpx.AsyncClient(base_url=running.url) as client:
        first, again = [(await post_vorgang(client, "d1")).json() for _ in range(2)]

        assert first != again
        assert (await counts_of(client, System.FINANCE))["doubled"] == 1


async def test_a_restarted_sandbox_remembers(settings: SandboxSettings) -> None:
    answers = []
    for _ in range(2):
        async with sandbox(settings) as running, httpx.AsyncClient(base_url=running.url) as client:
            answers.append((await post_vorgang(client, "d1")).json())
            counts = await counts_of(client, System.FINANCE)

    assert answers[0] == answers[1]
    assert (counts["taken"], counts["repeated"]) == (1, 1)


async def test_what_was_received_can_be_forgotten(caller: Caller) -> None:
    await caller.post("d1")

    assert (await caller.client.delete("/sandbox/received")).status_code == 204
    assert (await caller.counts())["deliveries"] == 0
