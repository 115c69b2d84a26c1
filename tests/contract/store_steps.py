"""Steps of the store's contract tests: how a delivery gets to where a test begins."""

from datetime import datetime, timedelta

from gateway.core.delivery import Claimed, Receipt, Settlement, Submission, Ticket
from gateway.core.message import Message
from gateway.core.outcome import Cause
from gateway.core.ports import Store
from gateway.core.status import DeliveryState
from gateway.core.tenants import SpecialistSystem
from tests.builders import NOON, a_message

LEASE = timedelta(minutes=2)
REPUBLISH = timedelta(minutes=5)
SECOND = timedelta(seconds=1)
BROKEN = Cause("http-503", "the system answered 503")
EINWOHNER = SpecialistSystem("einwohnerwesen", ("einwohner",))


def a_submission(
    message: Message | None = None, *, to: tuple[str, ...] = ("einwohner",), key: str | None = None
) -> Submission:
    return Submission(message or a_message(), to, key)


async def accepted(store: Store, *, tenant: str = "zossen", to: tuple[str, ...] = ("einwohner",)) -> Receipt:
    return await store.accept(a_submission(a_message(tenant=tenant), to=to))


async def taken(store: Store, *, now: datetime = NOON, limit: int = 100) -> list[Ticket]:
    return await store.take_due(now, limit, REPUBLISH)


async def ready(store: Store, *, to: tuple[str, ...] = ("einwohner",)) -> Ticket:
    """A ticket that is with the broker."""
    receipt = await accepted(store, to=to)
    view = await store.message(receipt.id)
    await taken(store)
    return Ticket(view.deliveries[0].id, 1, to[0])


async def claim(store: Store, ticket: Ticket, *, now: datetime = NOON) -> Claimed | None:
    return await store.claim(ticket, "worker-1", now, LEASE)


async def claimed(store: Store, *, now: datetime = NOON) -> Ticket:
    """A ticket whose delivery a worker holds."""
    ticket = await ready(store)
    assert await claim(store, ticket, now=now)
    return ticket


def an_end(
    ticket: Ticket,
    state: DeliveryState,
    *,
    outcome: str | None = None,
    at: datetime = NOON,
    due_at: datetime | None = None,
    cause: Cause | None = None,
) -> Settlement:
    return Settlement(ticket, state, outcome or state.value, NOON, at, due_at, cause)


async def ended(store: Store, state: DeliveryState) -> Ticket:
    """A ticket whose attempt ended in `state`."""
    ticket = await claimed(store)
    assert await store.settle(an_end(ticket, state, cause=BROKEN))
    return ticket
