"""Contract of the store, words and replies: what specialist systems say is kept, once and in its order."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from gateway.core.acts import Replay
from gateway.core.delivery import Ticket
from gateway.core.errors import ForbiddenTransition, NotFound, TooManyReplies
from gateway.core.message import MessageId
from gateway.core.ports import Store
from gateway.core.refusal import Finding
from gateway.core.status import DeliveryState
from gateway.core.views import DeliveryView, MessageView
from gateway.core.word import MOST_REPLIES, CheckedReply, Reply, SpecialistStatus, Word, refusal_cause
from gateway.store import SqlStore
from gateway.store import reply as stored_replies
from tests.builders import ANMELDUNG, NOON
from tests.contract.store_steps import EINWOHNER, SECOND, accepted, an_end, claim, ended, ready, taken

S = SpecialistStatus
HOUR = timedelta(hours=1)
BOTH = replace(EINWOHNER, destinations=("einwohner", "gewerbe"))


def a_word(ticket: Ticket, status: SpecialistStatus, **more: object) -> Word:
    return replace(Word(ticket.delivery, status), **more)  # type: ignore[arg-type]  # any field of a word


def a_reply(content: bytes = b"%PDF-1.7", *, name: str | None = "Bescheid Göritz.pdf") -> CheckedReply:
    return CheckedReply(Reply("application/pdf", content, name), sha256(content).hexdigest())


async def said(
    store: Store, ticket: Ticket, *statuses: SpecialistStatus, at: timedelta = timedelta(0)
) -> DeliveryView:
    for status in statuses:
        view = await store.confirm(a_word(ticket, status), EINWOHNER, NOON + at)
    return view


async def seen(store: Store, ticket: Ticket) -> MessageView:
    page = await store.messages(None)
    [id_] = [view.id for view in page.items for part in view.deliveries if part.id == ticket.delivery]
    return await store.message(id_)


async def told(store: Store, ticket: Ticket) -> list[tuple[str, str | None]]:
    """The lines of the timeline that a system's words have left, with their codes."""
    view = await seen(store, ticket)
    return [(event.action, event.code) for event in view.timeline if event.actor == "system:einwohnerwesen"]


async def test_a_word_confirms_and_its_status_is_shown(store: Store) -> None:
    ticket = await ended(store, DeliveryState.PENDING)
    word = a_word(ticket, S.IN_PROGRESS, reference="AZ 1", at=NOON - HOUR)

    view = await store.confirm(word, EINWOHNER, NOON)

    assert (view.state, view.reference) == (DeliveryState.DELIVERED, "AZ 1")
    assert (view.system_status, view.system_at) == (S.IN_PROGRESS, NOON - HOUR)
    assert await told(store, ticket) == [("confirmed", "in-progress")]


async def test_a_matter_goes_on_after_the_delivery(store: Store) -> None:
    ticket = await ended(store, DeliveryState.PENDING)

    view = await said(store, ticket, S.RECEIVED, S.IN_PROGRESS, S.WAITING, S.IN_PROGRESS, S.CLOSED)

    assert (view.state, view.system_status) == (DeliveryState.DELIVERED, S.CLOSED)
    assert await told(store, ticket) == [
        ("confirmed", "received"),
        ("status", "in-progress"),
        ("status", "waiting"),
        ("status", "in-progress"),
        ("status", "closed"),
    ]


async def test_what_was_delivered_at_once_may_still_be_refused(store: Store) -> None:
    ticket = await ended(store, DeliveryState.DELIVERED)

    view = await store.confirm(
        a_word(ticket, S.REFUSED, cause=refusal_cause("plot-unknown")), EINWOHNER, NOON
    )

    assert (view.state, view.code) == (DeliveryState.REJECTED, "plot-unknown")
    assert [part.id for part in (await store.failed()).items] == [ticket.delivery]
    assert await told(store, ticket) == [("rejected", "plot-unknown")]


async def test_a_status_never_goes_backwards_and_never_in_silence(store: Store) -> None:
    ticket = await ended(store, DeliveryState.PENDING)
    await said(store, ticket, S.WAITING)

    for _ in range(2):
        view = await said(store, ticket, S.RECEIVED, at=HOUR)

    assert (view.system_status, view.system_at) == (S.WAITING, NOON)
    assert await told(store, ticket) == [("confirmed", "waiting"), ("late-status", "received")]


async def test_a_word_that_came_again_after_others_is_known_by_its_moment(store: Store) -> None:
    ticket = await ended(store, DeliveryState.PENDING)
    words = [
        a_word(ticket, status, at=NOON + minutes * timedelta(minutes=1))
        for minutes, status in enumerate((S.WAITING, S.IN_PROGRESS, S.WAITING))
    ]
    for word in (*words, *words):
        view = await store.confirm(word, EINWOHNER, NOON + HOUR)

    assert view.system_at == words[-1].at
    assert [action for action, _ in await told(store, ticket)] == ["confirmed", "status", "status"]


async def test_the_same_status_with_a_new_reference_is_told(store: Store) -> None:
    ticket = await ended(store, DeliveryState.PENDING)
    await said(store, ticket, S.RECEIVED)

    for _ in range(2):
        view = await store.confirm(a_word(ticket, S.RECEIVED, reference="AZ 2"), EINWOHNER, NOON)

    assert view.reference == "AZ 2"
    assert await told(store, ticket) == [("confirmed", "received"), ("status", "received")]


@pytest.mark.parametrize(
    ("first", "then"),
    [(S.CLOSED, S.REFUSED), (S.REFUSED, S.CLOSED), (S.REFUSED, S.RECEIVED)],
)
async def test_a_contradiction_changes_nothing(
    store: Store, first: SpecialistStatus, then: SpecialistStatus
) -> None:
    ticket = await ended(store, DeliveryState.PENDING)
    before = await said(store, ticket, first)

    with pytest.raises(ForbiddenTransition):
        await store.confirm(a_word(ticket, then), EINWOHNER, NOON, replies=[a_reply()])

    after = await seen(store, ticket)
    assert after.deliveries == (before,)
    assert after.replies == ()


async def test_what_the_adapter_said_for_good_is_not_undone_by_a_receipt(store: Store) -> None:
    ticket = await ended(store, DeliveryState.REJECTED)

    with pytest.raises(ForbiddenTransition):
        await said(store, ticket, S.RECEIVED)


async def test_a_replay_begins_anew_with_what_the_system_says(store: Store) -> None:
    ticket = await ended(store, DeliveryState.PENDING)
    await said(store, ticket, S.REFUSED)

    act = Replay(ticket.delivery, "operator:test", "mended")
    replayed = await store.perform(act, NOON + HOUR)
    again = await said(store, ticket, S.RECEIVED, at=2 * HOUR)

    assert isinstance(replayed, DeliveryView)
    assert replayed.system_status is None
    assert (again.state, again.system_status) == (DeliveryState.DELIVERED, S.RECEIVED)


@pytest.mark.parametrize(
    ("state", "outcome", "doubtful"),
    [("queued", "failed", False), ("queued", "unclear", True)],
)
async def test_a_claim_tells_whether_an_earlier_attempt_may_have_arrived(
    store: Store, state: str, outcome: str, doubtful: bool
) -> None:
    ticket = await ready(store)
    await claim(store, ticket)
    end = an_end(ticket, DeliveryState(state), outcome=outcome, due_at=NOON)
    await store.settle(replace(end, reference="AZ 7"))

    [second] = await taken(store)
    held = await claim(store, second)

    assert held is not None
    assert (held.doubtful, held.reference) == (doubtful, "AZ 7")


@pytest.mark.parametrize(("state", "doubtful"), [("unclear", True), ("parked", False)])
async def test_a_replay_keeps_the_doubt_only_where_there_is_one(
    store: Store, state: str, doubtful: bool
) -> None:
    ticket = await ended(store, DeliveryState(state))
    await store.perform(Replay(ticket.delivery, "operator:test", "again", accept_doubling=True), NOON)

    [second] = await taken(store)
    held = await claim(store, second)

    assert held is not None
    assert held.doubtful is doubtful


# --- replies -----------------------------------------------------------------------------------------


async def test_a_reply_is_kept_with_what_the_schemas_say_and_fetched_as_it_came(store: Store) -> None:
    ticket = await ended(store, DeliveryState.PENDING)
    finding = Finding("/m", "cvc-content", "unerwartet", "unexpected")
    content = "<m>Chóśebuz</m>".encode()
    reply = CheckedReply(Reply("application/xml", content), "a" * 64, ANMELDUNG, (finding,))

    await store.confirm(a_word(ticket, S.CLOSED), EINWOHNER, NOON, replies=[a_reply(), reply])

    id_ = (await seen(store, ticket)).id
    first, second = await store.replies(id_, "landesportal")
    assert (first.number, first.media_type, first.size, first.valid) == (1, "application/pdf", 8, None)
    assert second.kind is not None
    assert (second.number, second.kind.root, second.findings) == (2, ANMELDUNG.root, (finding,))
    assert second.valid is False
    assert (await store.fetch_reply(id_, 1, "landesportal", NOON))[1] == a_reply().reply
    assert (await store.fetch_reply(id_, 2, "landesportal", NOON))[1] == reply.reply


async def test_what_has_no_room_is_refused_as_a_whole_and_repetitions_take_none(store: Store) -> None:
    ticket = await ended(store, DeliveryState.PENDING)
    many = [a_reply(f"{number}".encode()) for number in range(MOST_REPLIES)]
    await store.confirm(a_word(ticket, S.IN_PROGRESS), EINWOHNER, NOON, replies=many)

    with pytest.raises(TooManyReplies):
        await store.confirm(
            a_word(ticket, S.CLOSED), EINWOHNER, NOON, replies=[many[0], a_reply(b"one more")]
        )
    view = await store.confirm(a_word(ticket, S.WAITING), EINWOHNER, NOON, replies=many[:2])

    assert view.system_status is S.WAITING
    id_ = (await seen(store, ticket)).id
    assert len(await store.replies(id_, "landesportal")) == MOST_REPLIES


async def test_replies_that_are_too_large_together_are_refused(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_replies, "MOST_REPLY_BYTES", 10)
    ticket = await ended(store, DeliveryState.PENDING)
    await store.confirm(a_word(ticket, S.IN_PROGRESS), EINWOHNER, NOON, replies=[a_reply(b"123456")])

    with pytest.raises(TooManyReplies):
        await store.confirm(a_word(ticket, S.CLOSED), EINWOHNER, NOON, replies=[a_reply(b"12345")])
    await store.confirm(a_word(ticket, S.CLOSED), EINWOHNER, NOON, replies=[a_reply(b"1234")])


async def test_the_first_fetch_is_written_down_once(stores: tuple[SqlStore, SqlStore]) -> None:
    ticket = await ended(stores[0], DeliveryState.PENDING)
    await stores[0].confirm(a_word(ticket, S.CLOSED), EINWOHNER, NOON, replies=[a_reply()])
    id_ = (await seen(stores[0], ticket)).id
    assert (await stores[0].replies(id_, "landesportal"))[0].fetched_at is None

    fetched = await asyncio.gather(
        *(
            stores[number % 2].fetch_reply(id_, 1, "landesportal", NOON + number * SECOND)
            for number in range(1, 9)
        )
    )

    assert len({view.fetched_at for view, _ in fetched}) == 1
    timeline = (await stores[0].message(id_)).timeline
    [proof] = [event for event in timeline if event.action == "reply-fetched"]
    assert (proof.actor, proof.detail, proof.destination) == ("portal:landesportal", "1", "einwohner")
    assert (await stores[0].replies(id_, "landesportal"))[0].fetched_at == proof.at


async def test_only_the_portal_that_sent_the_message_gets_its_replies(store: Store) -> None:
    ticket = await ended(store, DeliveryState.PENDING)
    await store.confirm(a_word(ticket, S.CLOSED), EINWOHNER, NOON, replies=[a_reply()])
    id_ = (await seen(store, ticket)).id

    with pytest.raises(NotFound):
        await store.replies(id_, "anderes")
    with pytest.raises(NotFound):
        await store.fetch_reply(id_, 1, "anderes", NOON)
    with pytest.raises(NotFound):
        await store.fetch_reply(id_, 2, "landesportal", NOON)
    with pytest.raises(NotFound):
        await store.fetch_reply(MessageId(ticket.delivery), 1, "landesportal", NOON)
    assert "reply-fetched" not in [event.action for event in (await store.message(id_)).timeline]


async def test_the_same_reply_again_is_kept_once_and_a_later_one_is_added(store: Store) -> None:
    ticket = await ended(store, DeliveryState.PENDING)
    for replies in ([a_reply()], [a_reply()], [a_reply(), a_reply(b"second")]):
        await store.confirm(a_word(ticket, S.CLOSED), EINWOHNER, NOON, replies=replies)

    view = await seen(store, ticket)

    assert [reply.number for reply in view.replies] == [1, 2]
    assert [event.detail for event in view.timeline if event.action == "reply"] == ["1", "2"]


async def test_systems_that_answer_at_once_get_numbers_of_their_own(
    stores: tuple[SqlStore, SqlStore],
) -> None:
    receipt = await accepted(stores[0], to=("einwohner", "gewerbe"))
    parts = (await stores[0].message(receipt.id)).deliveries

    await asyncio.gather(
        *(
            stores[number % 2].confirm(
                Word(parts[number % 2].id, S.RECEIVED), BOTH, NOON, replies=[a_reply(b"%d" % number)]
            )
            for number in range(10)
        )
    )

    view = await stores[0].message(receipt.id)
    assert [reply.number for reply in view.replies] == list(range(1, 11))
    assert {reply.destination for reply in view.replies} == {"einwohner", "gewerbe"}
