"""Contract of the store, breakers: a destination that is away gets one probe at a time, and one incident."""

import asyncio
from datetime import datetime, timedelta

from gateway.core.breaker import BreakerPolicy, BreakerState, Sign
from gateway.core.delivery import Settlement, Ticket
from gateway.core.incident import Incident, Trouble
from gateway.core.outcome import Cause
from gateway.core.ports import Store
from gateway.core.status import DeliveryState
from gateway.core.tenants import SpecialistSystem
from gateway.core.word import SpecialistStatus, Word
from gateway.store import SqlStore
from tests.builders import NOON
from tests.contract.store_steps import BROKEN, LEASE, REPUBLISH, SECOND, accepted, claim, taken

POLICY = BreakerPolicy(failures=3, first=timedelta(seconds=10))
PROBE_AT = NOON + POLICY.first
RETRY_AT = NOON + timedelta(hours=1)


def failed(ticket: Ticket, *, at: datetime = NOON) -> Settlement:
    sign = Sign(BROKEN, None, POLICY)
    return Settlement(ticket, DeliveryState.QUEUED, "failed", at, at, RETRY_AT, BROKEN, sign=sign)


def delivered(ticket: Ticket, *, at: datetime = NOON) -> Settlement:
    return Settlement(ticket, DeliveryState.DELIVERED, "delivered", at, at, sign=Sign(None, None, POLICY))


async def fail(store: Store, ticket: Ticket, *, at: datetime = NOON) -> None:
    assert await store.claim(ticket, "worker-1", at, LEASE)
    assert await store.settle(failed(ticket, at=at))


async def outage(store: Store, *, waiting: int = 5) -> list[Ticket]:
    """A destination whose breaker has just opened; the tickets that lay on its queue then."""
    for _ in range(3 + waiting):
        await accepted(store)
    tickets = await taken(store)
    for ticket in tickets[:3]:
        await fail(store, ticket)
    return tickets[3:]


async def probed(store: Store, *, now: datetime = PROBE_AT) -> Ticket:
    [probe] = await taken(store, now=now)
    assert await store.claim(probe, "worker-1", now, LEASE)
    return probe


async def breaker(store: Store) -> BreakerState:
    [view] = await store.destinations(["einwohner"], NOON)
    return view.breaker


async def test_failures_in_a_row_open_it_and_success_in_between_does_not(store: Store) -> None:
    for _ in range(5):
        await accepted(store)
    tickets = await taken(store)

    for ticket in tickets[:2]:
        await fail(store, ticket)
    await claim(store, tickets[2])
    await store.settle(delivered(tickets[2]))
    await fail(store, tickets[3])

    assert await breaker(store) is BreakerState.CLOSED
    assert await store.incidents() == []


async def test_nothing_is_published_or_claimed_for_an_open_breaker(store: Store) -> None:
    [*on_queue] = await outage(store)
    await accepted(store)

    assert await taken(store, now=PROBE_AT - SECOND) == []
    assert [await claim(store, ticket) for ticket in on_queue] == [None] * 5
    assert await breaker(store) is BreakerState.OPEN


async def test_other_destinations_flow(store: Store) -> None:
    await outage(store)
    await accepted(store, to=("gewerbe",))

    [ticket] = await taken(store)

    assert ticket.destination == "gewerbe"
    assert await claim(store, ticket) is not None


async def test_there_is_one_probe_at_a_time(stores: tuple[SqlStore, SqlStore]) -> None:
    await outage(stores[0])

    takes = await asyncio.gather(*(taken(stores[number % 2], now=PROBE_AT) for number in range(6)))

    [probe] = [ticket for tickets in takes for ticket in tickets]
    assert await breaker(stores[0]) is BreakerState.PROBING
    assert await stores[0].claim(probe, "worker-1", PROBE_AT, LEASE) is not None
    assert await taken(stores[1], now=PROBE_AT + LEASE / 2) == []


async def test_a_failed_probe_is_followed_by_another_one_after_a_longer_wait(store: Store) -> None:
    await outage(store)
    first = await probed(store)
    await store.settle(failed(first, at=PROBE_AT))

    assert await taken(store, now=PROBE_AT + 2 * POLICY.first - SECOND) == []
    second = await probed(store, now=PROBE_AT + 2 * POLICY.first)

    assert second.delivery != first.delivery


async def test_a_successful_probe_lets_everything_flow_also_what_waits_for_its_next_attempt(
    store: Store,
) -> None:
    await outage(store)
    probe = await probed(store)

    await store.settle(delivered(probe, at=PROBE_AT))

    assert await breaker(store) is BreakerState.CLOSED
    flowing = await taken(store, now=PROBE_AT)
    assert sorted(ticket.attempt for ticket in flowing) == [1, 1, 1, 1, 2, 2, 2]


async def test_waiting_uses_up_no_attempt(store: Store) -> None:
    on_queue = await outage(store)
    for ticket in on_queue:
        await claim(store, ticket)
    probe = await probed(store)
    await store.settle(delivered(probe, at=PROBE_AT))

    first_attempts = {each.delivery for each in await taken(store, now=PROBE_AT) if each.attempt == 1}

    assert first_attempts | {probe.delivery} == {ticket.delivery for ticket in on_queue}


async def test_a_ticket_from_before_is_good_again_once_the_breaker_is_closed(store: Store) -> None:
    on_queue = await outage(store)
    probe = await probed(store)
    await store.settle(delivered(probe, at=PROBE_AT))
    [other, *_] = [ticket for ticket in on_queue if ticket != probe]

    assert await claim(store, other, now=PROBE_AT) is not None


async def test_a_probe_that_was_given_back_makes_room_for_another(store: Store) -> None:
    await outage(store)
    [lost] = await taken(store, now=PROBE_AT)

    await store.give_back([lost], PROBE_AT)

    assert len(await taken(store, now=PROBE_AT)) == 1


async def test_a_probe_that_the_broker_lost_is_published_again(store: Store) -> None:
    await outage(store)
    [probe] = await taken(store, now=PROBE_AT)

    assert await taken(store, now=PROBE_AT + REPUBLISH) == [probe]
    assert await store.claim(probe, "worker-1", PROBE_AT + REPUBLISH, LEASE) is not None


async def test_a_probe_whose_worker_died_makes_room_for_another(store: Store) -> None:
    await outage(store)
    probe = await probed(store)
    gone = Cause("lease-expired")
    end = Settlement(probe, DeliveryState.UNCLEAR, "unclear", NOON, PROBE_AT + LEASE, cause=gone, reaped=True)

    assert await store.settle(end)

    assert len(await taken(store, now=PROBE_AT + LEASE)) == 1


async def test_an_outage_is_one_incident_that_opens_and_closes_once(store_url: str) -> None:
    told: list[Incident] = []
    async with await SqlStore.open(store_url, tell=told.append) as store:
        await outage(store, waiting=4)
        [opened] = await store.incidents(open_only=True)
        probe = await probed(store)
        await store.settle(failed(probe, at=PROBE_AT))
        again = await probed(store, now=PROBE_AT + timedelta(minutes=5))
        back = PROBE_AT + timedelta(minutes=6)
        await store.settle(delivered(again, at=back))
        [closed] = await store.incidents()

    assert opened == Incident("einwohner", Trouble.UNAVAILABLE, "http-503", NOON, None, 7)
    assert closed == Incident("einwohner", Trouble.UNAVAILABLE, "http-503", NOON, back, 6)
    assert [(each.opened_at, each.closed_at) for each in told] == [(NOON, None), (NOON, back)]


async def test_the_time_of_an_outage_is_known_afterwards(store: Store) -> None:
    await outage(store)
    probe = await probed(store)
    await store.settle(delivered(probe, at=PROBE_AT))
    day = timedelta(days=1)

    assert await store.held_back("einwohner", NOON - day, NOON + day) == POLICY.first
    assert await store.held_back("einwohner", PROBE_AT - 3 * SECOND, NOON + day) == 3 * SECOND
    assert await store.held_back("gewerbe", NOON - day, NOON + day) == timedelta(0)


async def test_missing_receipts_are_one_incident_until_the_system_confirms_again(store_url: str) -> None:
    told: list[Incident] = []
    late = NOON + timedelta(days=3)
    async with await SqlStore.open(store_url, tell=told.append) as store:
        for _ in range(3):
            await accepted(store)
        tickets = await taken(store)
        for ticket in tickets:
            await claim(store, ticket)
            await store.settle(
                Settlement(ticket, DeliveryState.PENDING, "pending", NOON, NOON, NOON + timedelta(hours=1))
            )
        for ticket in tickets[:2]:
            cause = Cause("not-confirmed")
            await store.settle(
                Settlement(ticket, DeliveryState.UNCLEAR, "unclear", NOON, late, cause=cause, reaped=True)
            )
        system = SpecialistSystem("einwohnerwesen", ("einwohner",))
        await store.confirm(Word(tickets[2].delivery, SpecialistStatus.RECEIVED), system, late + SECOND)
        [incident] = await store.incidents()

    assert incident == Incident("einwohner", Trouble.NOT_CONFIRMED, "not-confirmed", late, late + SECOND, 2)
    assert [each.closed_at for each in told] == [None, late + SECOND]


async def test_many_processes_count_together(stores: tuple[SqlStore, SqlStore]) -> None:
    for _ in range(12):
        await accepted(stores[0])
    tickets = await taken(stores[0])
    for number, ticket in enumerate(tickets):
        assert await stores[number % 2].claim(ticket, "worker", NOON, LEASE)

    await asyncio.gather(
        *(stores[number % 2].settle(failed(ticket)) for number, ticket in enumerate(tickets))
    )

    assert await breaker(stores[1]) is BreakerState.OPEN
    assert len(await stores[1].incidents()) == 1


async def test_answers_that_nobody_can_use_are_one_incident_until_they_are_gone(store: Store) -> None:
    later, gone = NOON + SECOND, NOON + 2 * SECOND
    await store.note_leftovers("standesamt", 0, "", NOON)
    assert await store.incidents() == []
    await store.note_leftovers("standesamt", 1, "no-delivery", NOON)
    await store.note_leftovers("standesamt", 3, "unreadable", later)
    assert await store.incidents(open_only=True) == [
        Incident("standesamt", Trouble.LEFTOVERS, "no-delivery", NOON, None, 3)
    ]
    await store.note_leftovers("standesamt", 0, "", gone)
    [closed] = await store.incidents()
    assert closed == Incident("standesamt", Trouble.LEFTOVERS, "no-delivery", NOON, gone, 3)
