"""Asking and collecting over the real store: the use cases with a system that answers as a test wants."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from gateway.answers.asking import system_of
from gateway.answers.collecting import TURN, Collector
from gateway.answers.inquiry import Inquirer
from gateway.core.acts import Pause
from gateway.core.delivery import Ticket
from gateway.core.incident import Trouble
from gateway.core.message import DeliveryId
from gateway.core.outcome import Delivered, Outcome
from gateway.core.ports import Askable, Collected, Collecting, Consignment, Leftovers, Store
from gateway.core.status import DeliveryState
from gateway.core.tenants import Destination
from gateway.core.views import DeliveryView
from gateway.core.word import Answer, Inquiry, NotThere, SpecialistStatus, Word, refusal_cause
from gateway.delivery.deliverer import Deliverer
from gateway.delivery.reaper import Reaper
from gateway.store import SqlStore
from gateway.telemetry.metrics import Metrics
from tests.builders import NOON, FakeClock, a_ticket
from tests.contract.store_steps import an_end, claimed, ended, taken
from tests.integration.delivery_parts import AnySchemas, words_of

S = SpecialistStatus
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EINWOHNER = Destination(
    "einwohner", "registration", ask_every=MINUTE, collect_every=MINUTE, attempt_within=5 * MINUTE
)


@dataclass
class SilentSystem:
    """Takes what it gets, and is never asked."""

    outcome: Outcome = field(default_factory=Delivered)
    sent: list[DeliveryId] = field(default_factory=list)

    async def deliver(self, consignment: Consignment) -> Outcome:
        self.sent.append(consignment.delivery)
        return self.outcome

    async def aclose(self) -> None: ...


@dataclass
class AskedSystem(SilentSystem):
    """Answers one question after the other; the last answer again and again."""

    answers: deque[SpecialistStatus | NotThere | Exception | None] = field(default_factory=deque)
    asked: list[Inquiry] = field(default_factory=list)
    wrong: DeliveryId | None = None

    async def ask(self, inquiry: Inquiry) -> Answer:
        self.asked.append(inquiry)
        answer = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if not isinstance(answer, SpecialistStatus):
            return answer
        cause = refusal_cause("gone") if answer is S.REFUSED else None
        return Word(self.wrong or inquiry.delivery, answer, "AZ 1", cause)


@dataclass
class Letter:
    word: Word
    box: "LeavingSystem"

    async def done(self) -> None:
        self.box.done.append(self.word)
        self.box.lying.remove(self.word)

    async def set_aside(self, reason: str) -> None:
        self.box.aside.append((self.word, reason))
        self.box.lying.remove(self.word)


@dataclass
class LeavingSystem(SilentSystem):
    """Leaves its words in a box; breaks off before the word whose number is `breaks_at`."""

    lying: list[Word] = field(default_factory=list)
    done: list[Word] = field(default_factory=list)
    aside: list[tuple[Word, str]] = field(default_factory=list)
    breaks_at: int | None = None
    left: int = 0

    async def collect(self) -> AsyncIterator[Collected | Leftovers]:
        for number, word in enumerate(list(self.lying)):
            if number == self.breaks_at:
                raise RuntimeError("a fault that quotes Erika")
            yield Letter(word, self)
        yield Leftovers(self.left, "no-delivery" if self.left else "")


class Desk:
    """The use cases of one process."""

    def __init__(
        self, store: SqlStore, system: SilentSystem, clock: FakeClock | None = None, name: str = "one"
    ) -> None:
        self.clock = clock or FakeClock()
        self.metrics = Metrics()
        adapters, destinations = {"einwohner": system}, {"einwohner": EINWOHNER}
        words = words_of(store, self.clock)
        parts = (store, words, adapters, destinations, self.clock, self.metrics)
        self.inquirer = Inquirer(*parts)
        self.collector = Collector(*parts, name=name)
        self.deliverer = Deliverer(
            store, AnySchemas(), adapters, destinations, self.clock, words, name=name, draw=lambda: 0.5
        )
        self.reaper = Reaper(
            store, destinations, self.clock, self.metrics, draw=lambda: 0.5, askable={"einwohner"}
        )

    def count(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, {"destination": "einwohner", **labels}) or 0


def asked_system(*answers: SpecialistStatus | NotThere | Exception | None) -> AskedSystem:
    return AskedSystem(answers=deque(answers))


async def delivery(store: Store, ticket: Ticket) -> DeliveryView:
    page = await store.messages(None)
    return next(part for view in page.items for part in view.deliveries if part.id == ticket.delivery)


async def doubtful(store: Store) -> Ticket:
    """A ticket for the second attempt, after one that may have arrived."""
    ticket = await claimed(store)
    end = an_end(ticket, DeliveryState.QUEUED, outcome="unclear", due_at=NOON)
    assert await store.settle(replace(end, reference="AZ 0"))
    [second] = await taken(store)
    return second


def test_what_a_system_can_do_is_what_its_adapter_has() -> None:
    assert isinstance(asked_system(None), Askable)
    assert not isinstance(asked_system(None), Collecting)
    assert isinstance(LeavingSystem(), Collecting)
    assert not isinstance(SilentSystem(), Askable)


# --- before a repetition ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state"),
    [(S.IN_PROGRESS, DeliveryState.DELIVERED), (S.REFUSED, DeliveryState.REJECTED)],
)
async def test_what_is_there_already_is_not_sent_again(
    store: SqlStore, status: SpecialistStatus, state: DeliveryState
) -> None:
    system = asked_system(status)
    ticket = await doubtful(store)

    settlement = await Desk(store, system).deliverer.deliver(ticket)

    view = await delivery(store, ticket)
    assert settlement is not None
    assert (settlement.state, settlement.outcome) == (state, state.value)
    assert (view.state, view.system_status, view.reference) == (state, status, "AZ 1")
    assert system.sent == []
    [inquiry] = system.asked
    assert (inquiry.delivery, inquiry.reference, inquiry.since) == (ticket.delivery, "AZ 0", NOON)


async def test_what_is_not_there_is_sent(store: SqlStore) -> None:
    system = asked_system(NotThere())
    ticket = await doubtful(store)

    await Desk(store, system).deliverer.deliver(ticket)

    assert system.sent == [ticket.delivery]
    assert (await delivery(store, ticket)).state is DeliveryState.DELIVERED


@pytest.mark.parametrize("answer", [None, RuntimeError("a fault that quotes Erika")])
async def test_while_the_system_can_not_tell_nothing_is_sent_and_it_is_asked_again(
    store: SqlStore, answer: Exception | None
) -> None:
    system = asked_system(answer, S.RECEIVED)
    desk = Desk(store, system)
    ticket = await doubtful(store)

    settlement = await desk.deliverer.deliver(ticket)

    assert settlement is not None
    assert (settlement.state, settlement.cause and settlement.cause.code) == (DeliveryState.QUEUED, "no-word")
    desk.clock.advance(DAY)
    [third] = await taken(store, now=desk.clock.now())
    await desk.deliverer.deliver(third)
    assert system.sent == []
    assert (await delivery(store, ticket)).state is DeliveryState.DELIVERED


async def test_a_word_on_another_delivery_counts_for_none(store: SqlStore) -> None:
    system = asked_system(S.RECEIVED)
    system.wrong = a_ticket().delivery
    ticket = await doubtful(store)

    settlement = await Desk(store, system).deliverer.deliver(ticket)

    assert settlement is not None
    assert settlement.state is DeliveryState.QUEUED
    assert system.sent == []


async def test_what_certainly_did_not_arrive_is_sent_without_asking(store: SqlStore) -> None:
    system = asked_system(S.RECEIVED)
    ticket = await claimed(store)
    await store.settle(an_end(ticket, DeliveryState.QUEUED, outcome="failed", due_at=NOON))
    [second] = await taken(store)

    await Desk(store, system).deliverer.deliver(second)

    assert (system.asked, system.sent) == ([], [ticket.delivery])


async def test_a_system_that_can_not_be_asked_gets_the_repetition(store: SqlStore) -> None:
    system = SilentSystem()
    ticket = await doubtful(store)

    await Desk(store, system).deliverer.deliver(ticket)

    assert system.sent == [ticket.delivery]


async def test_a_lost_worker_is_no_case_for_a_person_where_the_system_can_be_asked(store: SqlStore) -> None:
    system = asked_system(S.RECEIVED)
    desk = Desk(store, system)
    ticket = await claimed(store)
    desk.clock.advance(DAY)

    assert await desk.reaper.reap() == 1

    assert (await delivery(store, ticket)).state is DeliveryState.QUEUED
    desk.clock.advance(DAY)
    [second] = await taken(store, now=desk.clock.now())
    await desk.deliverer.deliver(second)
    assert (await delivery(store, ticket)).state is DeliveryState.DELIVERED
    assert system.sent == []


# --- what waits for its receipt -----------------------------------------------------------------------


async def test_a_pending_delivery_is_asked_about_until_the_matter_is_closed(store: SqlStore) -> None:
    system = asked_system(None, NotThere(), S.RECEIVED, S.RECEIVED, S.CLOSED)
    desk = Desk(store, system)
    ticket = await ended(store, DeliveryState.PENDING)
    statuses: list[tuple[DeliveryState, SpecialistStatus | None]] = []
    for _ in range(8):
        if await desk.inquirer.ask_due("einwohner"):
            view = await delivery(store, ticket)
            statuses.append((view.state, view.system_status))
        desk.clock.advance(HOUR)

    assert statuses == [
        (DeliveryState.PENDING, None),
        (DeliveryState.PENDING, None),
        (DeliveryState.DELIVERED, S.RECEIVED),
        (DeliveryState.DELIVERED, S.RECEIVED),
        (DeliveryState.DELIVERED, S.CLOSED),
    ]
    assert [
        desk.count("amtsbote_inquiries_total", answer=each) for each in ("word", "not-there", "none")
    ] == [
        3,
        1,
        1,
    ]


async def test_the_distances_between_questions_grow_up_to_a_day(store: SqlStore) -> None:
    system = asked_system(None)
    desk = Desk(store, system)
    await ended(store, DeliveryState.PENDING)
    doubled = [2**number * MINUTE for number in range(11)]

    for distance in (*doubled, doubled[-1], doubled[-1]):
        desk.clock.advance(distance - SECOND)
        assert await desk.inquirer.ask_due("einwohner") == 0
        desk.clock.advance(SECOND)
        assert await desk.inquirer.ask_due("einwohner") == 1

    assert DAY / 2 < doubled[-1] <= DAY


@pytest.mark.parametrize("status", [S.RECEIVED, S.CLOSED])
async def test_what_was_confirmed_by_a_receipt_is_not_asked_about(
    store: SqlStore, status: SpecialistStatus
) -> None:
    desk = Desk(store, asked_system(S.CLOSED))
    ticket = await ended(store, DeliveryState.PENDING)
    await store.confirm(Word(ticket.delivery, status), system_of(EINWOHNER), NOON)
    desk.clock.advance(DAY)

    assert await desk.inquirer.ask_due("einwohner") == 0


async def test_what_nobody_knew_is_settled_by_a_late_answer(store: SqlStore) -> None:
    system = asked_system(NotThere(), S.CLOSED)
    desk = Desk(store, system)
    ticket = await ended(store, DeliveryState.UNCLEAR)

    desk.clock.advance(HOUR)
    await desk.inquirer.ask_due("einwohner")
    assert (await delivery(store, ticket)).state is DeliveryState.UNCLEAR
    desk.clock.advance(HOUR)
    await desk.inquirer.ask_due("einwohner")

    assert (await delivery(store, ticket)).state is DeliveryState.DELIVERED


async def test_many_processes_ask_about_each_delivery_once(stores: tuple[SqlStore, SqlStore]) -> None:
    tickets = {(await ended(stores[0], DeliveryState.PENDING)).delivery for _ in range(12)}
    clock = FakeClock(NOON + 2 * MINUTE)
    system = asked_system(None)
    desks = [Desk(stores[number % 2], system, clock) for number in range(6)]

    for _ in range(3):
        await asyncio.gather(*(desk.inquirer.ask_due("einwohner") for desk in desks))

    assert len(system.asked) == 12
    assert {inquiry.delivery for inquiry in system.asked} == tickets


async def test_while_a_destination_is_paused_its_system_is_left_alone(store: SqlStore) -> None:
    desk = Desk(store, asked_system(None))
    await ended(store, DeliveryState.PENDING)
    await store.perform(Pause("einwohner", NOON + DAY, "update of the system", "operator:anna"), NOON)

    desk.clock.advance(HOUR)
    assert await desk.inquirer.ask_due("einwohner") == 0
    desk.clock.advance(DAY)
    assert await desk.inquirer.ask_due("einwohner") == 1


async def test_a_matter_without_news_for_a_year_is_asked_about_no_more(store: SqlStore) -> None:
    desk = Desk(store, asked_system(None))
    await ended(store, DeliveryState.PENDING)
    desk.clock.advance(366 * DAY)

    assert await desk.inquirer.ask_due("einwohner") == 0


async def test_a_contradicting_answer_changes_nothing(store: SqlStore) -> None:
    system = asked_system(S.RECEIVED, S.REFUSED, S.CLOSED)
    desk = Desk(store, system)
    ticket = await ended(store, DeliveryState.PENDING)
    for _ in range(8):
        await desk.inquirer.ask_due("einwohner")
        desk.clock.advance(HOUR)

    assert (await delivery(store, ticket)).system_status is S.REFUSED
    assert len(system.asked) == 2


async def test_what_is_not_confirmed_in_time_is_counted_and_waits_for_a_person(store: SqlStore) -> None:
    desk = Desk(store, asked_system(None))
    ticket = await claimed(store)
    end = an_end(ticket, DeliveryState.PENDING, due_at=NOON + DAY)
    await store.settle(end)
    desk.clock.advance(DAY)

    await desk.reaper.reap()

    assert (await delivery(store, ticket)).code == "not-confirmed"
    assert (await delivery(store, ticket)).state is DeliveryState.UNCLEAR
    assert desk.count("amtsbote_not_confirmed_total") == 1
    assert desk.count("amtsbote_leases_lost_total") == 0


# --- what lies in a box -------------------------------------------------------------------------------


async def test_words_are_taken_in_and_only_then_taken_away(store: SqlStore) -> None:
    first, second = await ended(store, DeliveryState.PENDING), await ended(store, DeliveryState.PENDING)
    words = [
        Word(first.delivery, S.RECEIVED, "AZ 1"),
        Word(second.delivery, S.REFUSED, None, refusal_cause("x")),
    ]
    system = LeavingSystem(lying=list(words))
    desk = Desk(store, system)

    assert await desk.collector.collect("einwohner") == 2

    assert (system.done, system.lying) == (words, [])
    assert (await delivery(store, first)).state is DeliveryState.DELIVERED
    assert (await delivery(store, second)).state is DeliveryState.REJECTED
    assert desk.count("amtsbote_words_collected_total", result="taken") == 2


async def test_what_can_not_be_used_is_set_aside_with_its_reason(store: SqlStore) -> None:
    ticket = await ended(store, DeliveryState.PENDING)
    unknown = Word(a_ticket().delivery, S.RECEIVED)
    words = [Word(ticket.delivery, S.CLOSED), Word(ticket.delivery, S.REFUSED), unknown]
    system = LeavingSystem(lying=list(words))

    assert await Desk(store, system).collector.collect("einwohner") == 1

    assert system.done == words[:1]
    assert system.aside == [(words[1], "contradiction"), (unknown, "unknown-delivery")]


async def test_what_a_fault_interrupts_lies_there_the_next_time(store: SqlStore) -> None:
    tickets = [await ended(store, DeliveryState.PENDING) for _ in range(2)]
    system = LeavingSystem(lying=[Word(each.delivery, S.RECEIVED) for each in tickets], breaks_at=1)
    desk = Desk(store, system)

    assert await desk.collector.collect("einwohner") == 1
    system.breaks_at = None
    assert await desk.collector.collect("einwohner") == 1

    assert system.lying == []


async def test_one_process_at_a_time_collects(stores: tuple[SqlStore, SqlStore]) -> None:
    ticket = await ended(stores[0], DeliveryState.PENDING)
    clock = FakeClock()
    system = LeavingSystem()
    one, two = Desk(stores[0], system, clock, "one"), Desk(stores[1], system, clock, "two")
    await one.collector.collect("einwohner")
    system.lying.append(Word(ticket.delivery, S.RECEIVED))

    assert await two.collector.collect("einwohner") == 0
    clock.advance(TURN + EINWOHNER.collect_every)
    assert await two.collector.collect("einwohner") == 1
    assert await one.collector.collect("einwohner") == 0


async def test_a_turn_is_kept_by_its_holder_and_taken_by_one_of_many(
    stores: tuple[SqlStore, SqlStore],
) -> None:
    turns = await asyncio.gather(
        *(stores[number % 2].take_turn("x", f"process-{number}", NOON, MINUTE) for number in range(8))
    )

    assert sum(turns) == 1
    holder = f"process-{turns.index(True)}"
    assert await stores[0].take_turn("x", holder, NOON + 30 * SECOND, MINUTE)
    assert not await stores[0].take_turn("x", "another", NOON + MINUTE, MINUTE)
    assert await stores[0].take_turn("x", "another", NOON + 90 * SECOND, MINUTE)
    assert await stores[0].take_turn("y", holder, NOON, MINUTE)


async def test_what_nobody_can_use_is_an_incident_as_long_as_it_lies_there(store: SqlStore) -> None:
    system = LeavingSystem(left=2)
    desk = Desk(store, system)
    assert await desk.collector.collect("einwohner") == 0
    [incident] = await store.incidents(open_only=True)
    assert (incident.trouble, incident.code, incident.affected) == (Trouble.LEFTOVERS, "no-delivery", 2)
    system.left = 0
    await desk.collector.collect("einwohner")
    assert await store.incidents(open_only=True) == []
