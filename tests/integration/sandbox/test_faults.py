"""The faults of the stand-ins that speak HTTP, as somebody on the other end of the wire sees them."""

import asyncio
from pathlib import Path

import httpx
import pytest

from gateway.sandbox import SandboxSettings, System, sandbox
from schemas.door import parse
from tests.integration.sandbox.callers import Caller, an_envelope, post_soap, post_vorgang


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
    settings = SandboxSettings(port=0, tls=False, sftp=False, folder=tmp_path / "sandbox", faults=faults)

    async with sandbox(settings) as running, httpx.AsyncClient(base_url=running.url) as client:
        statuses = [(await post_vorgang(client, "d1")).status_code for _ in range(2)]

    assert statuses == [503, 201]
