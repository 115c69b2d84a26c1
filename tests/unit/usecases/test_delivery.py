"""One attempt to deliver, and what becomes of overdue ones."""

import asyncio
import gc
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import pytest

from gateway.answers.receipts import Receipts
from gateway.core.breaker import Sign
from gateway.core.delivery import Claimed, Overdue, Settlement, Ticket
from gateway.core.document import Document
from gateway.core.errors import Refused, StoreUnavailable
from gateway.core.message import Message
from gateway.core.outcome import Cause, Delivered, Failed, Outcome, Pending, Rejected, Unclear
from gateway.core.ports import Consignment, Deadlines, no_deadlines
from gateway.core.refusal import Refusal, RefusalCode, Verdict
from gateway.core.status import DeliveryState
from gateway.core.tenants import Booking, Destination, Directory, SpecialistSystem, Tenant
from gateway.core.views import DeliveryView
from gateway.core.word import CheckedReply, Word
from gateway.delivery.deliverer import Deliverer, RetryBy, its_own
from gateway.delivery.reaper import Reaper
from gateway.telemetry.metrics import Metrics
from tests.builders import NOON, FakeClock, a_kopf, a_message, a_ticket
from tests.unit.api.fakes import Now

EINWOHNER = Destination("einwohner", "registration")


@dataclass
class FakeStore:
    message: Message | None
    settled: list[Settlement] = field(default_factory=list)
    outages: int = 0
    due: list[Overdue] = field(default_factory=list)
    away: timedelta = timedelta(0)
    beats: int = 0
    beaten: asyncio.Event = field(default_factory=asyncio.Event)
    lost: bool = False

    async def claim(self, ticket: Ticket, worker: str, now: datetime, lease: timedelta) -> Claimed | None:
        return Claimed(ticket, self.message, NOON - timedelta(hours=1)) if self.message else None

    async def renew(self, ticket: Ticket, now: datetime, lease: timedelta) -> bool:
        self.beats += 1
        self.beaten.set()
        return not self.lost

    async def settle(self, settlement: Settlement) -> bool:
        if self.outages:
            self.outages -= 1
            raise StoreUnavailable
        self.settled.append(settlement)
        return True

    async def held_back(self, destination: str, since: datetime, until: datetime) -> timedelta:
        return self.away

    async def overdue(self, now: datetime, limit: int) -> list[Overdue]:
        return self.due


class FakeWords:
    """Whoever asks in these tests has no answer to write down."""

    async def confirm(
        self,
        word: Word,
        system: SpecialistSystem,
        now: datetime,
        *,
        replies: Sequence[CheckedReply] = (),
        asked: bool = False,
    ) -> DeliveryView:
        raise AssertionError("nobody said a word")


@dataclass
class FakeAdapter:
    answer: Outcome | Exception
    seen: list[Consignment] = field(default_factory=list)

    async def deliver(self, consignment: Consignment) -> Outcome:
        self.seen.append(consignment)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def aclose(self) -> None: ...


class FakeDocument(Document):
    content = b""


class FakeSchemas:
    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken

    def open(self, content: bytes) -> Document:
        if self.broken:
            raise Refused(Refusal(RefusalCode.UNKNOWN_KIND))
        return FakeDocument()  # type: ignore[abstract]  # the adapter of these tests does not read it

    def check(self, document: Document, on: date, deadlines: Deadlines = no_deadlines) -> Verdict:
        return Verdict()


def a_deliverer(
    store: FakeStore,
    adapter: FakeAdapter,
    *,
    destination: Destination = EINWOHNER,
    lease: timedelta = EINWOHNER.lease,
    schemas: FakeSchemas | None = None,
    clock: FakeClock | None = None,
    retry: RetryBy = its_own,
) -> Deliverer:
    return Deliverer(
        store,
        schemas or FakeSchemas(),
        {"einwohner": adapter},
        {"einwohner": replace(destination, lease=lease)},
        clock or FakeClock(),
        Receipts(FakeWords(), FakeSchemas(), FakeClock(), Metrics(), slow=Now()),
        name="worker-1",
        draw=lambda: 0.5,
        retry=retry,
    )


async def attempt(
    answer: Outcome | Exception,
    *,
    destination: Destination = EINWOHNER,
    message: Message | None = None,
    schemas: FakeSchemas | None = None,
    outages: int = 0,
) -> tuple[Settlement | None, FakeStore, FakeAdapter]:
    store = FakeStore(message or a_message(), outages=outages)
    adapter = FakeAdapter(answer)
    deliverer = a_deliverer(store, adapter, destination=destination, schemas=schemas)
    return await deliverer.deliver(a_ticket()), store, adapter


async def test_what_the_system_took_is_delivered() -> None:
    settlement, store, _ = await attempt(Delivered("AZ-1"))

    assert settlement is not None
    assert store.settled == [settlement]
    assert (settlement.state, settlement.outcome, settlement.reference) == (
        DeliveryState.DELIVERED,
        "delivered",
        "AZ-1",
    )


async def test_handed_over_is_to_be_confirmed_in_time() -> None:
    settlement, _, _ = await attempt(Pending())

    assert settlement is not None
    assert settlement.state is DeliveryState.PENDING
    assert settlement.due_at == NOON + EINWOHNER.confirm_within


async def test_what_waits_here_for_others_has_no_time_to_be_confirmed_by_yet() -> None:
    settlement, _, _ = await attempt(Pending(on_its_way=False))

    assert settlement is not None
    assert (settlement.state, settlement.due_at) == (DeliveryState.PENDING, None)


async def test_a_failure_is_due_again_later() -> None:
    settlement, _, _ = await attempt(Failed(Cause("http-503"), timedelta(minutes=5)))

    assert settlement is not None
    assert (settlement.state, settlement.due_at) == (DeliveryState.QUEUED, NOON + timedelta(minutes=5))
    assert settlement.cause == Cause("http-503")


async def test_the_time_for_which_the_system_was_away_makes_no_delivery_older() -> None:
    week = EINWOHNER.retry.give_up_after
    clock = FakeClock(NOON + week)
    store = FakeStore(a_message(), away=timedelta(hours=1))
    patient = FakeStore(a_message(), away=timedelta(hours=2))
    broken = FakeAdapter(Failed(Cause("http-503")))

    await a_deliverer(store, broken, clock=clock).deliver(a_ticket())
    await a_deliverer(patient, broken, clock=clock).deliver(a_ticket())

    assert [each.state for each in store.settled] == [DeliveryState.EXPIRED]
    assert [each.state for each in patient.settled] == [DeliveryState.QUEUED]


async def test_a_service_may_have_its_own_time_to_give_up() -> None:
    booked = Booking("registration", ("einwohner",), give_up_after=timedelta(minutes=30))
    directory = Directory([Tenant("zossen", "Stadt Zossen", ("12072477",), (booked,))], [EINWOHNER])
    store = FakeStore(a_message())
    adapter = FakeAdapter(Failed(Cause("http-503")))

    await a_deliverer(store, adapter, retry=directory.retry).deliver(a_ticket())
    elsewhere = FakeStore(a_message(tenant="cottbus"))
    await a_deliverer(elsewhere, adapter, retry=directory.retry).deliver(a_ticket())

    assert [each.state for each in store.settled] == [DeliveryState.EXPIRED]
    assert [each.state for each in elsewhere.settled] == [DeliveryState.QUEUED]


async def test_what_an_attempt_tells_of_the_system_goes_along() -> None:
    taken, _, _ = await attempt(Delivered())
    broken, _, _ = await attempt(Failed(Cause("http-503"), timedelta(minutes=5)))
    ours, _, _ = await attempt(ValueError())

    assert taken is not None
    assert taken.sign == Sign(None, None, EINWOHNER.breaker)
    assert broken is not None
    assert broken.sign == Sign(Cause("http-503"), timedelta(minutes=5), EINWOHNER.breaker)
    assert ours is not None
    assert ours.sign is None


async def test_an_adapter_that_raises_is_unclear_and_its_text_is_not_kept() -> None:
    settlement, _, _ = await attempt(ValueError("Erika Mustermann"))

    assert settlement is not None
    assert settlement.state is DeliveryState.UNCLEAR
    assert settlement.cause == Cause("adapter-fault", "ValueError")


async def test_a_spent_ticket_reaches_no_adapter() -> None:
    adapter = FakeAdapter(Delivered())
    deliverer = a_deliverer(FakeStore(None), adapter)

    assert await deliverer.deliver(a_ticket()) is None
    assert adapter.seen == []


async def test_a_test_message_never_reaches_a_productive_system() -> None:
    settlement, _, adapter = await attempt(Delivered(), message=a_message(kopf=a_kopf(test=True)))

    assert settlement is not None
    assert settlement.state is DeliveryState.REJECTED
    assert adapter.seen == []


async def test_a_test_system_takes_a_test_message() -> None:
    settlement, _, _ = await attempt(
        Delivered(),
        message=a_message(kopf=a_kopf(test=True)),
        destination=Destination("einwohner", "registration", test=True),
    )

    assert settlement is not None
    assert settlement.state is DeliveryState.DELIVERED


async def test_a_message_that_can_not_be_opened_here_is_tried_again() -> None:
    settlement, _, adapter = await attempt(Delivered(), schemas=FakeSchemas(broken=True))

    assert settlement is not None
    assert (settlement.state, settlement.outcome) == (DeliveryState.QUEUED, "failed")
    assert adapter.seen == []


async def test_an_outcome_outlives_a_short_absence_of_the_store() -> None:
    settlement, store, adapter = await attempt(Delivered(), outages=3)

    assert store.settled == [settlement]
    assert len(adapter.seen) == 1


async def test_a_lease_is_renewed_for_as_long_as_the_system_takes() -> None:
    class Slow(FakeAdapter):
        async def deliver(self, consignment: Consignment) -> Outcome:
            while store.beats < 3:
                store.beaten.clear()
                await asyncio.wait_for(store.beaten.wait(), 30)
            return await super().deliver(consignment)

    store = FakeStore(a_message())
    deliverer = a_deliverer(store, Slow(Delivered()), lease=timedelta(milliseconds=30))

    settlement = await deliverer.deliver(a_ticket())

    assert settlement is not None
    assert settlement.state is DeliveryState.DELIVERED
    beats = store.beats
    await asyncio.sleep(0.05)
    assert store.beats == beats


async def test_who_lost_its_lease_renews_no_more_but_tells_what_the_system_said() -> None:
    class Slow(FakeAdapter):
        async def deliver(self, consignment: Consignment) -> Outcome:
            await asyncio.wait_for(store.beaten.wait(), 30)
            return await super().deliver(consignment)

    store = FakeStore(a_message(), lost=True)

    await a_deliverer(store, Slow(Delivered()), lease=timedelta(milliseconds=30)).deliver(a_ticket())

    assert [each.outcome for each in store.settled] == ["delivered"]
    assert store.beats == 1


async def test_a_worker_that_stood_still_since_its_claim_does_not_begin() -> None:
    clock = FakeClock()

    class StandStill(FakeSchemas):
        def open(self, content: bytes) -> Document:
            clock.advance(EINWOHNER.lease)
            return super().open(content)

    store, adapter = FakeStore(a_message()), FakeAdapter(Delivered())
    await a_deliverer(store, adapter, schemas=StandStill(), clock=clock).deliver(a_ticket())

    assert adapter.seen == []
    assert [(each.outcome, each.cause and each.cause.code) for each in store.settled] == [
        ("failed", "lease-expired")
    ]


@pytest.mark.parametrize(
    ("idempotent", "state"), [(True, DeliveryState.QUEUED), (False, DeliveryState.UNCLEAR)]
)
async def test_an_expired_lease_is_repeated_only_where_repeating_does_no_harm(
    idempotent: bool, state: DeliveryState
) -> None:
    store = FakeStore(
        None, due=[Overdue(a_ticket(), DeliveryState.CLAIMED, "zossen", "registration", NOON, NOON)]
    )
    destination = Destination("einwohner", "registration", idempotent=idempotent)

    await Reaper(store, {"einwohner": destination}, FakeClock(), Metrics(), draw=lambda: 0.5).reap()

    assert [each.state for each in store.settled] == [state]


async def test_a_receipt_that_never_came_is_unclear_even_where_repeating_does_no_harm() -> None:
    store = FakeStore(
        None, due=[Overdue(a_ticket(), DeliveryState.PENDING, "zossen", "registration", NOON, NOON)]
    )
    destination = Destination("einwohner", "registration", idempotent=True)

    await Reaper(store, {"einwohner": destination}, FakeClock(), Metrics(), draw=lambda: 0.5).reap()

    assert [(each.state, each.cause and each.cause.code) for each in store.settled] == [
        (DeliveryState.UNCLEAR, "not-confirmed")
    ]


async def test_what_is_overdue_at_a_destination_that_left_the_configuration_is_not_lost() -> None:
    store = FakeStore(
        None,
        due=[
            Overdue(a_ticket(destination="gone"), DeliveryState.CLAIMED, "zossen", "registration", NOON, NOON)
        ],
    )

    assert await Reaper(store, {}, FakeClock(), Metrics(), draw=lambda: 0.5).reap() == 1
    assert store.settled[0].state is DeliveryState.UNCLEAR


def test_outcome_names_are_those_of_the_closed_set() -> None:
    names = {kind.__name__.lower() for kind in (Delivered, Pending, Failed, Unclear, Rejected)}

    assert names == {"delivered", "pending", "failed", "unclear", "rejected"}


async def test_nobody_keeps_the_document_that_an_adapter_has_let_go() -> None:
    @dataclass
    class LetsGo(FakeAdapter):
        kept: bool = True

        async def deliver(self, consignment: Consignment) -> Outcome:
            document = weakref.ref(consignment.document)
            del consignment
            gc.collect()
            self.kept = document() is not None
            return Delivered("AZ-1")

    adapter = LetsGo(Delivered("AZ-1"))
    await a_deliverer(FakeStore(a_message()), adapter).deliver(a_ticket())

    assert not adapter.kept
