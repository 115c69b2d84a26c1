"""Contract of the store, intake: accepted once, durable, and refused where it must be."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.acts import AddKey
from gateway.core.errors import Refused
from gateway.core.message import MessageId
from gateway.core.ports import Store
from gateway.core.refusal import Finding, RefusalCode
from gateway.core.status import MessageState
from gateway.store import SqlStore
from tests.builders import NOON, a_kopf, a_message, a_portal
from tests.contract.store_steps import a_submission, accepted

ROOT = Path(__file__).parents[2]


async def test_a_receipt_says_what_was_accepted(store: Store) -> None:
    message = a_message()

    receipt = await store.accept(a_submission(message, to=("einwohner", "statistik")))

    assert receipt.id == message.id
    assert receipt.nachrichten_uuid == message.kopf.nachrichten_uuid
    assert receipt.destinations == ("einwohner", "statistik")
    assert receipt.sha256 == message.sha256
    assert not receipt.repeated


async def test_a_message_has_one_delivery_per_destination_and_a_timeline(store: Store) -> None:
    receipt = await accepted(store, to=("einwohner", "statistik"))

    view = await store.message(receipt.id)

    assert [delivery.destination for delivery in view.deliveries] == ["einwohner", "statistik"]
    assert view.state is MessageState.IN_DELIVERY
    assert [(event.action, event.actor) for event in view.timeline] == [("received", "portal:landesportal")]


async def test_the_same_submission_again_gets_the_first_receipt(store: Store) -> None:
    message = a_message()
    first = await store.accept(a_submission(message, to=("einwohner", "statistik")))

    again = replace(message, id=MessageId(a_message().id))
    second = await store.accept(a_submission(again, to=("einwohner", "statistik")))

    assert second == replace(first, repeated=True)


async def test_warnings_stay_with_the_message_and_its_receipt(store: Store) -> None:
    late = Finding("/m/einzugsdatum", "datum-zu-frueh", "spät „ä“", "late", "", 7, "9999-99-99")
    old = Finding("/m/kanal/@listVersionID", "codeliste-fassung", "alt", "old", "3 | 4")
    submission = replace(a_submission(key="k-1"), warnings=(late, old))
    first = await store.accept(submission)

    second = await store.accept(replace(submission, warnings=()))
    view = await store.message(first.id)
    page = await store.messages(None)

    assert first.warnings == (late, old)
    assert second == replace(first, repeated=True)
    assert view.warnings == (late, old)
    assert [each.warnings for each in page.items] == [(late, old)]
    assert (await store.accept(a_submission())).warnings == ()


async def test_the_same_idempotency_key_gets_the_first_receipt(store: Store) -> None:
    first = await store.accept(a_submission(a_message(), key="k-1"))

    second = await store.accept(a_submission(a_message(), key="k-1"))

    assert second == replace(first, repeated=True)


async def test_a_uuid_used_for_other_content_is_refused(store: Store) -> None:
    message = a_message()
    await store.accept(a_submission(message))

    with pytest.raises(Refused) as refused:
        await store.accept(a_submission(a_message(content=b"<other/>", kopf=message.kopf)))

    [refusal] = refused.value.refusals
    assert (refusal.code, refusal.facts) == (RefusalCode.ALREADY_USED, {"by": "uuid"})


async def test_an_idempotency_key_used_for_other_content_is_refused(store: Store) -> None:
    await store.accept(a_submission(key="k-1"))

    with pytest.raises(Refused) as refused:
        await store.accept(a_submission(a_message(content=b"<other/>"), key="k-1"))

    assert refused.value.refusals[0].facts == {"by": "idempotency-key"}


async def test_two_portals_may_use_the_same_uuid_and_key(store: Store) -> None:
    kopf = a_kopf()
    one = await store.accept(a_submission(a_message(kopf=kopf, portal="a"), key="k"))
    other = await store.accept(a_submission(a_message(kopf=kopf, portal="b", content=b"<o/>"), key="k"))

    assert not one.repeated
    assert not other.repeated


async def test_the_same_submission_32_times_at_once_is_one_message(stores: tuple[SqlStore, SqlStore]) -> None:
    kopf = a_kopf()
    submissions = [a_submission(a_message(kopf=kopf), key="k") for _ in range(32)]

    receipts = await asyncio.gather(
        *(stores[number % 2].accept(submission) for number, submission in enumerate(submissions))
    )

    assert len({receipt.id for receipt in receipts}) == 1
    assert [receipt.repeated for receipt in receipts].count(False) == 1
    assert len((await stores[0].messages(None)).items) == 1
    assert [each.number for each in await stores[1].depths(NOON)] == [1]


async def test_uuids_and_keys_that_cross_at_once_leave_no_half_message(
    stores: tuple[SqlStore, SqlStore],
) -> None:
    kopfs = [a_kopf() for _ in range(4)]
    submissions = [
        a_submission(a_message(kopf=kopfs[number % 4]), key=f"k-{number // 4 % 3}") for number in range(24)
    ]

    receipts = await asyncio.gather(
        *(stores[number % 2].accept(submission) for number, submission in enumerate(submissions))
    )

    new = {receipt.id for receipt in receipts if not receipt.repeated}
    assert {receipt.id for receipt in receipts} == new
    assert {view.id for view in (await stores[0].messages(None)).items} == new


async def test_a_command_that_fails_does_not_fail_its_neighbours(store: Store) -> None:
    key = AddKey("abcdefghijkl", "0" * 64, a_portal(), "operator:test")
    await store.perform(key, NOON)

    broken, *receipts = await asyncio.gather(
        store.perform(key, NOON), *(accepted(store) for _ in range(10)), return_exceptions=True
    )

    assert isinstance(broken, Exception)
    assert not any(isinstance(receipt, BaseException) for receipt in receipts)
    assert len((await store.messages(None)).items) == 10


async def test_a_refused_submission_does_not_fail_its_neighbours(store: Store) -> None:
    message = a_message()
    await store.accept(a_submission(message))
    other = a_submission(a_message(content=b"<other/>", kopf=message.kopf))

    refused, *receipts = await asyncio.gather(
        store.accept(other), *(accepted(store) for _ in range(10)), return_exceptions=True
    )

    assert isinstance(refused, Refused)
    assert not any(isinstance(receipt, BaseException) for receipt in receipts)


async def test_callers_that_are_cancelled_leave_their_batch_whole(store: Store) -> None:
    messages = [a_message() for _ in range(20)]
    callers = [asyncio.create_task(store.accept(a_submission(message))) for message in messages]
    await asyncio.sleep(0)

    for caller in callers[::2]:
        caller.cancel()
    results = await asyncio.gather(*callers, return_exceptions=True)

    assert all(isinstance(result, asyncio.CancelledError) for result in results[::2])
    kept = {view.id: view for view in (await store.messages(None)).items}
    assert {message.id for message in messages[1::2]} <= kept.keys()
    assert all(len(view.deliveries) == 1 for view in kept.values())


async def test_what_was_accepted_survives_the_sudden_death_of_the_process(store_url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.contract.store_dying",
        store_url,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()

    receipts = output.decode().split()
    async with await SqlStore.open(store_url) as store:
        kept = [await store.message(MessageId(id)) for id in receipts]

    assert process.returncode == 9
    assert len(receipts) >= 10
    assert all(len(view.deliveries) == 2 for view in kept)
