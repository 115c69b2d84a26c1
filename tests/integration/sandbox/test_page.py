"""The page for people: it tells what was received and how often, and sets and ends faults without a script."""

import re

import httpx
import pytest

from gateway.sandbox import Sandbox, System
from gateway.sandbox.faults import Fault, FaultRule, When
from tests.integration.sandbox.callers import Caller, an_envelope, post_soap, post_vorgang

GERMAN = {"Accept-Language": "de"}


async def test_it_tells_what_was_received_and_how_often(client: httpx.AsyncClient) -> None:
    await Caller(client, System.FINANCE).fault("forget", after=1)
    for _ in range(3):
        await post_vorgang(client, "d-finance")
    await post_soap(client, an_envelope("d-soap").replace("12052000", "14612000"))

    page = (await client.get("/", headers=GERMAN)).text

    finance, registration = row_of(page, "d-finance"), row_of(page, "d-soap")
    assert "doppelt (1)" in finance
    assert "Wiederholung erkannt (1)" in finance
    assert 'class="right">3<' in finance
    assert "KZ-" in finance
    assert "abgelehnt: EWO101" in registration
    assert "Žurawina" not in page


def row_of(page: str, delivery: str) -> str:
    rows: list[str] = re.findall(r"<tr.*?</tr>", page, re.DOTALL)
    (row,) = (row for row in rows if f'title="{delivery}"' in row)
    return row


async def test_one_system_alone_can_be_looked_at(client: httpx.AsyncClient) -> None:
    await post_vorgang(client, "d-finance")
    await post_soap(client, an_envelope("d-soap"))

    page = (await client.get("/?system=finance", headers=GERMAN)).text

    assert 'title="d-finance"' in page
    assert 'title="d-soap"' not in page


async def test_it_speaks_german_and_english(client: httpx.AsyncClient) -> None:
    german = (await client.get("/")).text
    english = (await client.get("/?lang=en")).text

    assert ('<html lang="de">' in german, "Störungen in Kraft" in german) == (True, True)
    assert ('<html lang="en">' in english, "Faults at work" in english) == (True, True)


async def test_nothing_but_its_own_style_is_loaded(client: httpx.AsyncClient) -> None:
    page = await client.get("/?live=1")

    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert re.findall(r'(?:src|href)="(http|//)', page.text) == []
    assert (await client.get("/sandbox/page.css")).headers["content-type"].startswith("text/css")
    assert 'http-equiv="refresh"' in page.text


async def test_what_comes_from_outside_is_only_text(client: httpx.AsyncClient) -> None:
    await post_vorgang(client, "<b>d</b>")

    page = (await client.get("/")).text

    assert "<b>" not in page
    assert "&lt;b&gt;d" in page


async def test_a_fault_is_set_and_ended(client: httpx.AsyncClient, running: Sandbox) -> None:
    form = {
        "system": "finance",
        "fault": "cut",
        "when": "after",
        "times": "0",
        "back": "/?lang=en&system=finance",
    }
    answer = await client.post("/sandbox/page/set", data=form | {"share": "", "match": " "})

    assert (answer.status_code, answer.headers["location"]) == (303, form["back"])
    (active,) = running.desk.faults
    assert active.rule == FaultRule(system=System.FINANCE, fault=Fault.CUT, when=When.AFTER, times=None)
    page = (await client.get("/", headers=GERMAN)).text
    assert "Verbindung bricht ab" in page
    assert "Zeitpunkt: nach der Bearbeitung" in page
    assert (await client.post("/sandbox/page/end", data={"id": str(active.id)})).status_code == 303
    assert not list(running.desk.faults)


async def test_all_faults_are_ended_at_once(client: httpx.AsyncClient, running: Sandbox) -> None:
    for _ in range(2):
        await client.post("/sandbox/page/set", data={"system": "finance", "fault": "cut"})
    await client.post("/sandbox/page/end", data={})

    assert not list(running.desk.faults)


async def test_a_wrong_fault_is_told_with_its_reason_and_kept_in_the_form(
    client: httpx.AsyncClient, running: Sandbox
) -> None:
    answer = await client.post(
        "/sandbox/page/set", data={"system": "trade", "fault": "html", "match": "abc"}, headers=GERMAN
    )

    assert answer.status_code == 422
    assert "Nicht eingerichtet" in answer.text
    assert "can show only" in answer.text
    assert 'name="match" value="abc"' in answer.text
    assert not list(running.desk.faults)


@pytest.mark.parametrize("path", ["/sandbox/page/set", "/sandbox/page/end"])
async def test_other_sites_set_nothing(client: httpx.AsyncClient, running: Sandbox, path: str) -> None:
    running.desk.faults.add(FaultRule(system=System.FINANCE, fault=Fault.CUT))
    answer = await client.post(
        path, data={"system": "finance", "fault": "cut"}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 403
    assert len(list(running.desk.faults)) == 1


async def test_nobody_is_sent_elsewhere(client: httpx.AsyncClient) -> None:
    answer = await client.post("/sandbox/page/end", data={"back": "https://elsewhere.example"})

    assert answer.headers["location"] == "/"
