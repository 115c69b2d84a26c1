"""Answers that are wrong in a special way, on every service that is called; each over a real socket."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.integration.sandbox.callers import Caller


@pytest.mark.parametrize("status", [401, 403, 404, 409, 429, 507])
async def test_any_status_can_be_answered(caller: Caller, status: int) -> None:
    await caller.fault("status", status=status)

    answer = await caller.post("d1")

    assert (answer.status_code, answer.content) == (status, b"")
    assert (await caller.counts())["taken"] == 0


async def test_a_redirect_leads_elsewhere(caller: Caller) -> None:
    await caller.fault("redirect", status=301)

    answer = await caller.post("d1")

    assert (answer.status_code, answer.headers["location"]) == (301, "/sandbox/elsewhere")


async def test_a_success_can_hold_an_error(caller: Caller) -> None:
    good = await caller.post("d0")
    await caller.fault("error-in-200")

    answer = await caller.post("d1")

    assert (answer.status_code, answer.headers["content-type"]) == (200, good.headers["content-type"])
    assert b"ehler" in answer.content
    assert b"-20" not in answer.content, "there is a reference"


async def test_a_success_can_lack_its_receipt(caller: Caller) -> None:
    good = await caller.post("d0")
    await caller.fault("no-receipt", when="after")

    answer = await caller.post("d1")

    assert (answer.status_code, answer.headers["content-type"]) == (
        good.status_code,
        good.headers["content-type"],
    )
    assert b"-20" not in answer.content, "there is a reference"
    assert (await caller.counts())["taken"] == 2


async def test_the_true_answer_can_come_under_a_wrong_type(caller: Caller) -> None:
    await caller.fault("wrong-content-type")

    answer, truth = await caller.post("d1"), await caller.post("d1")

    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.status_code == truth.status_code
    assert (await caller.counts())["taken"] == 1


async def test_an_answer_can_be_longer_than_anybody_wants(caller: Caller) -> None:
    await caller.fault("answer-too-large", size=100_000)

    assert len((await caller.post("d1")).content) > 100_000


async def test_the_time_to_come_again_can_be_a_date(caller: Caller) -> None:
    await caller.fault("unavailable-503", seconds=3600, retry_after="date")

    answer = await caller.post("d1")

    asked = parsedate_to_datetime(answer.headers["retry-after"]) - datetime.now(UTC)
    assert timedelta(minutes=30) < asked <= timedelta(hours=1)


@pytest.mark.parametrize("fault", ["cut", "stall"])
async def test_an_answer_breaks_off_in_the_middle(caller: Caller, fault: str) -> None:
    good = await caller.post("d1")
    await caller.fault(fault, when="during", seconds=0.05)

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await caller.post("d1")
    await caller.fault(fault, when="during", seconds=0.05)
    received = await begun(caller)

    assert received
    assert good.content.startswith(received)
    assert received != good.content
    assert (await caller.counts())["taken"] == 1


async def begun(caller: Caller) -> bytes:
    """What arrives of an answer before it breaks off."""
    received = b""
    try:
        async with caller.streamed("d1") as answer:
            async for chunk in answer.aiter_raw():
                received += chunk
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return received
    raise AssertionError("the answer was complete")


async def test_a_stall_in_the_middle_keeps_the_caller_waiting(caller: Caller) -> None:
    await caller.fault("stall", when="during")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(caller.post("d1"), 0.5)


async def test_a_slow_answer_comes_whole(caller: Caller) -> None:
    good = await caller.post("d1")
    await caller.fault("delay", when="during", seconds=0.05)

    assert len((await caller.post("d1")).content) >= len(good.content)
