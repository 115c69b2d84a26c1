"""The stand-ins that speak HTTP, over real sockets: answers, repetitions, faults, a restart."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from gateway.sandbox import Sandbox, SandboxSettings, System, sandbox
from schemas.door import parse
from tests.integration.sandbox_support import until

BASIC = ("sandbox", "sandbox")
VORGANG = {"nachrichtenUUID": "m1", "nachrichtentyp": "finanzen.sepamandat.0411", "daten": {}}


@pytest.fixture
def settings(tmp_path: Path) -> SandboxSettings:
    return SandboxSettings(port=0, folder=tmp_path / "sandbox")


@pytest.fixture
async def running(settings: SandboxSettings) -> AsyncIterator[Sandbox]:
    async with sandbox(settings) as running:
        yield running


@pytest.fixture
async def client(running: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=running.url, timeout=10) as client:
        yield client


class Caller:
    """Posts a delivery to one system as an adapter would."""

    def __init__(self, client: httpx.AsyncClient, system: System) -> None:
        self.client = client
        self.system = system

    async def post(self, delivery: str) -> httpx.Response:
        match self.system:
            case System.REGISTRATION:
                return await post_soap(self.client, an_envelope(delivery))
            case System.CIVIL_STATUS:
                return await post_antrag(self.client, delivery)
            case _:
                return await post_vorgang(self.client, delivery)

    async def fault(self, fault: str, **rule: object) -> None:
        answer = await self.client.post(
            "/sandbox/faults", json={"system": self.system, "fault": fault, **rule}
        )
        assert answer.status_code == 201, answer.text

    async def counts(self) -> dict[str, int]:
        return await counts_of(self.client, self.system)


@pytest.fixture(params=[System.REGISTRATION, System.CIVIL_STATUS, System.FINANCE])
def caller(client: httpx.AsyncClient, request: pytest.FixtureRequest) -> Caller:
    return Caller(client, request.param)


def an_envelope(delivery: str, operation: str = "AnmeldungEntgegennehmen") -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
        <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
          <{operation} xmlns="urn:amtsbote:einwohnerdienst:1.0">
            <vorgang test="false">
              <vorgangsId>{delivery}</vorgangsId>
              <nachrichtenUUID>9d2f1a52-3a52-4bd5-9d06-5a52b8f2a001</nachrichtenUUID>
              <nachrichtentyp>0101</nachrichtentyp>
              <ags>12052000</ags>
            </vorgang>
            <person><familienname>Žurawina</familienname></person>
          </{operation}>
        </s:Body></s:Envelope>"""


async def post_soap(client: httpx.AsyncClient, envelope: str) -> httpx.Response:
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
    return await client.post("/registration/soap", content=envelope.encode(), headers=headers)


async def post_antrag(
    client: httpx.AsyncClient, delivery: str, auth: tuple[str, str] = BASIC
) -> httpx.Response:
    parts: list[tuple[str, Any]] = [
        ("metadaten", (None, b'{"nachrichtenUUID": "m1"}', "application/json")),
        ("dokument", ("urkunde.xml", b"<urkunde/>", "application/xml")),
    ]
    headers = {"Idempotency-Key": delivery}
    return await client.post("/civil-status/v1/antraege", files=parts, headers=headers, auth=auth)


async def post_vorgang(
    client: httpx.AsyncClient, delivery: str, auth: httpx.Auth | tuple[str, str] = BASIC
) -> httpx.Response:
    headers = {"Idempotency-Key": delivery}
    return await client.post("/finance/v1/vorgaenge", json=VORGANG, headers=headers, auth=auth)


async def counts_of(client: httpx.AsyncClient, system: System) -> dict[str, int]:
    summary = (await client.get("/sandbox/summary")).json()
    counts: dict[str, int] = summary["systems"][system]
    return counts


def a_delivery() -> str:
    return str(uuid4())


# --- what each endpoint takes --------------------------------------------------------------------------


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
    settings = SandboxSettings(port=0, folder=tmp_path, forgetful=frozenset({System.FINANCE}))
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


# --- faults --------------------------------------------------------------------------------------------


async def test_error_500_has_no_effect_before_the_work(caller: Caller) -> None:
    await caller.fault("error-500", times=2)

    assert [(await caller.post("d1")).status_code // 100 for _ in range(3)] == [5, 5, 2]
    assert (await caller.counts())["repeated"] == 0


async def test_unavailable_says_when_to_come_again(caller: Caller) -> None:
    await caller.fault("unavailable-503", seconds=7)

    answer = await caller.post("d1")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")


@pytest.mark.parametrize("when", ["before", "after"])
async def test_cut_ends_the_connection_without_an_answer(caller: Caller, when: str) -> None:
    await caller.fault("cut", when=when)

    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        await caller.post("d1")
    effects = (await caller.counts())["taken"]
    await caller.post("d1")

    assert effects == (1 if when == "after" else 0)
    assert (await caller.counts())["repeated"] == effects


async def test_refused_it_has_no_effect(caller: Caller) -> None:
    await caller.fault("refuse")

    answer = await caller.post("d1")

    assert answer.status_code == (500 if caller.system is System.REGISTRATION else 422)
    counts = await caller.counts()
    assert (counts["refused"], counts["taken"]) == (1, 0)


@pytest.mark.parametrize("status", [502, 200])
async def test_html_comes_instead_of_the_systems_answer(caller: Caller, status: int) -> None:
    await caller.fault("html", status=status, when="after")

    answer = await caller.post("d1")

    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert (await caller.counts())["taken"] == 1


async def test_stall_gives_no_answer_in_time(caller: Caller) -> None:
    await caller.fault("stall")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(caller.post("d1"), 0.3)
    assert (await caller.post("d1")).is_success


async def test_a_stall_that_is_over_ends_the_connection(caller: Caller) -> None:
    await caller.fault("stall", seconds=0.05)

    with pytest.raises(httpx.RemoteProtocolError):
        await caller.post("d1")


async def test_delayed_it_is_taken_all_the_same(caller: Caller) -> None:
    await caller.fault("delay", seconds=0.2)
    loop = asyncio.get_running_loop()
    before = loop.time()

    assert (await caller.post("d1")).is_success
    # Only a lower bound: a busy machine may take as long as it wants.
    assert loop.time() - before >= 0.2


async def test_forget_doubles_an_effect(caller: Caller) -> None:
    await caller.fault("forget", after=1)
    for _ in range(3):
        await caller.post("d1")

    counts = await caller.counts()
    assert (counts["taken"], counts["doubled"], counts["repeated"]) == (1, 1, 1)


async def test_the_refusal_of_the_wsdl_is_a_fault_with_its_code(client: httpx.AsyncClient) -> None:
    await Caller(client, System.REGISTRATION).fault("refuse")

    fault = parse((await post_soap(client, an_envelope("d1"))).content).one("Body/Fault")

    assert fault is not None
    assert fault.text("faultcode") == "soap:Client"
    assert fault.text("detail/FachlicherFehler/code") == "S999"


async def test_a_fault_strikes_what_it_matches_alone(client: httpx.AsyncClient) -> None:
    await Caller(client, System.REGISTRATION).fault("error-500", match="0101", times=None)
    await Caller(client, System.REGISTRATION).fault("cut", match="d2", times=None)

    assert (await post_soap(client, an_envelope("d2"))).status_code == 500
    assert (await post_vorgang(client, "d2")).status_code == 201


async def test_faults_are_listed_and_removed(client: httpx.AsyncClient) -> None:
    rule = {"system": "finance", "fault": "error-500", "times": 5}
    id = (await client.post("/sandbox/faults", json=rule)).json()["id"]
    await client.post("/sandbox/faults", json=rule)
    await post_vorgang(client, "d1")

    listed = (await client.get("/sandbox/faults")).json()["faults"]
    assert [(each["hits"], each["times"]) for each in listed] == [(1, 5), (0, 5)]
    assert (await client.delete(f"/sandbox/faults/{id}")).status_code == 204
    assert (await client.delete(f"/sandbox/faults/{id}")).status_code == 404
    assert (await client.delete("/sandbox/faults")).status_code == 204
    assert (await post_vorgang(client, "d1")).status_code == 201


@pytest.mark.parametrize(
    "rule",
    [{"system": "finance", "fault": "explode"}, {"system": "trade", "fault": "html"}, {"fault": "cut"}, []],
)
async def test_a_wrong_fault_is_refused_with_its_reason(client: httpx.AsyncClient, rule: object) -> None:
    answer = await client.post("/sandbox/faults", json=rule)

    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_faults_of_a_file_hold_from_the_start(tmp_path: Path) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text("[[faults]]\nsystem = 'finance'\nfault = 'unavailable-503'\n", encoding="utf-8")
    settings = SandboxSettings(port=0, folder=tmp_path / "sandbox", faults=faults)

    async with sandbox(settings) as running, httpx.AsyncClient(base_url=running.url) as client:
        statuses = [(await post_vorgang(client, "d1")).status_code for _ in range(2)]

    assert statuses == [503, 201]


# --- the sandbox itself --------------------------------------------------------------------------------


async def test_it_is_alive(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).status_code == 200


async def test_an_unknown_system_is_no_empty_list(client: httpx.AsyncClient) -> None:
    assert (await client.get("/sandbox/received", params={"system": "finanz"})).status_code == 422


async def test_it_ends_at_once_while_somebody_is_kept_waiting(settings: SandboxSettings) -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        async with asyncio.timeout(20), sandbox(settings) as running:
            client.base_url = httpx.URL(running.url)
            await Caller(client, System.FINANCE).fault("stall", seconds=3600)
            waiting = asyncio.create_task(post_vorgang(client, "d1"))
            await until(lambda: next(iter(running.desk.faults)).hits > 0)
        with pytest.raises(httpx.RemoteProtocolError):
            await waiting
