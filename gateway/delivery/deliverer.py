"""Delivery: claim -> ask -> open -> speak -> decide -> settle, for one ticket."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

import structlog
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_exponential

from gateway.answers.asking import answer_of, inquiry_of, system_of
from gateway.answers.receipts import Receipts
from gateway.core.breaker import sign
from gateway.core.delivery import Claimed, Settlement, Ticket
from gateway.core.errors import ForbiddenTransition, NotFound, Refused, StoreUnavailable, TooManyReplies
from gateway.core.outcome import Cause, Failed, Outcome, Rejected, Unclear
from gateway.core.ports import Adapter, Askable, Clock, Consignment, DeliveryStore, Schemas
from gateway.core.retry import Attempt, AwaitReceipt, Decision, Finish, Park, RetryPolicy, TryAgain, decide
from gateway.core.status import DeliveryState
from gateway.core.tenants import Destination
from gateway.core.word import NotThere, Word
from gateway.delivery.heartbeat import Lease, renewing
from gateway.telemetry import tracing, trail

log = structlog.get_logger()


RetryBy = Callable[[Destination, str, str], RetryPolicy]
"""(destination, tenant, service) -> how it is tried again."""


def its_own(destination: Destination, _tenant: str, _service: str) -> RetryPolicy:
    """What the destination says, whatever is delivered."""
    return destination.retry


class Deliverer:
    """The use case of a worker: one attempt to deliver."""

    def __init__(  # noqa: PLR0913 - wired in one place
        self,
        store: DeliveryStore,
        schemas: Schemas,
        adapters: Mapping[str, Adapter],
        destinations: Mapping[str, Destination],
        clock: Clock,
        receipts: Receipts,
        *,
        name: str,
        draw: Callable[[], float],
        retry: RetryBy = its_own,
    ) -> None:
        """`adapters` by destination name; `name` says who holds a lease; `draw` gives 0..1 for the jitter;
        `retry` says how a tenant's service is tried again at a destination.
        """
        self._retry = retry
        self._receipts = receipts
        self._store = store
        self._schemas = schemas
        self._adapters = adapters
        self._destinations = destinations
        self._clock = clock
        self._name = name
        self._draw = draw

    async def deliver(self, ticket: Ticket) -> Settlement | None:
        """Make one attempt and write down how it ended; None where the ticket was no longer good.

        Raises:
            StoreUnavailable: nothing was claimed, or the outcome could not be written for as long as an
                attempt may take; the delivery is then taken up again when its lease has run out.
        """
        destination = self._destinations[ticket.destination]
        started_at = self._clock.now()
        claimed = await self._store.claim(ticket, self._name, started_at, destination.lease)
        if claimed is None:
            return None
        trail.claimed(claimed)
        with tracing.attempt(claimed, started_at):
            settlement = await self._attempt(claimed, destination, started_at)
            tracing.decided(settlement)
        return settlement

    async def _attempt(
        self, claimed: Claimed, destination: Destination, started_at: datetime
    ) -> Settlement | None:
        ticket = claimed.ticket
        async with renewing(self._store, self._clock, ticket, destination.lease, started_at) as lease:
            doubt = await self._doubt(claimed, destination)
            if isinstance(doubt, Word):
                return await self._take(ticket, doubt, destination, started_at)
            outcome = doubt or await self._speak(claimed, destination, lease)
            finished_at = self._clock.now()
            trail.attempt_ended(outcome, started_at, finished_at)
            age = await age_of(self._store, outcome, destination, claimed.since, finished_at)
            askable = isinstance(self._adapters[destination.name], Askable)
            # Where it could be asked, and was spoken to all the same, the system has said that it has nothing.
            doubtful = claimed.doubtful and not askable
            attempt = Attempt(ticket.attempt, age, destination.idempotent, askable, self._draw(), doubtful)
            message = claimed.message
            policy = self._retry(destination, message.tenant, message.kind.service)
            decision = decide(outcome, attempt, policy)
            settlement = settlement_of(ticket, outcome, decision, started_at, finished_at, destination)
            await self._settle(settlement, destination.attempt_within)
        return replace(settlement, since=claimed.since)

    async def _doubt(self, claimed: Claimed, destination: Destination) -> Word | Unclear | None:
        """Ask about what an earlier attempt may have brought, before it is sent again; None: it can be sent."""
        adapter = self._adapters[destination.name]
        if not claimed.doubtful or not isinstance(adapter, Askable):
            return None
        answer = await answer_of(adapter, inquiry_of(claimed), destination)
        match answer:
            case Word():
                return answer
            case NotThere():
                return None
            case None:
                return Unclear(Cause("no-word", "the system could not tell whether it has the delivery"))
            case _:
                assert_never(answer)

    async def _take(
        self, ticket: Ticket, word: Word, destination: Destination, started_at: datetime
    ) -> Settlement | None:
        """Settle by the system's own word: it is there, and nothing is sent."""
        try:
            view = await self._receipts.take(word, system_of(destination), asked=True)
        except (NotFound, ForbiddenTransition, TooManyReplies):
            # The system's receipt came meanwhile and says more, or the system has said too much.
            return None
        return Settlement(
            ticket,
            view.state,
            view.state.value,
            started_at,
            self._clock.now(),
            cause=word.cause,
            reference=view.reference,
        )

    async def _speak(self, claimed: Claimed, destination: Destination, lease: Lease) -> Outcome:
        message = claimed.message
        if message.kopf.test and not destination.test:
            return Rejected(Cause("test-message", "a test message never goes to a productive system"))
        try:
            document = self._schemas.open(message.content)
            # Not kept here while the adapter speaks: of a large message the tree would be in memory beside what is sent.
            handed = [Consignment(claimed.ticket.delivery, claimed.ticket.attempt, message, document)]
            del document
        except Refused as refused:
            # Accepted once, unreadable now: a bundle is missing on this host. Somebody can mend that.
            return Failed(Cause("unreadable", f"the message can't be opened here: {refused}"))
        if not lease.held(self._clock.now()):
            # A process that stood still meanwhile must not begin what somebody else may have begun.
            return Failed(Cause("lease-expired", "the worker stood still before it could begin"))
        try:
            async with asyncio.timeout(destination.attempt_within.total_seconds()):
                with tracing.step("call", tracing.Kind.CALL, adapter=destination.adapter):
                    return await self._adapters[destination.name].deliver(handed.pop())
        except TimeoutError:
            return Unclear(Cause("no-answer", "the adapter did not come back in time"))
        except Exception as error:  # noqa: BLE001 - the port forbids it, so anything may come
            # An adapter must not raise: whatever it was, bytes may have arrived. The text of a foreign
            # exception may quote the message, so only its type is kept.
            kind = type(error).__name__
            log.error("adapter_raised", destination=destination.name, error=kind)  # noqa: TRY400 - no text
            return Unclear(Cause("adapter-fault", kind))

    async def _settle(self, settlement: Settlement, patience: timedelta) -> None:
        # What the system answered is precious: a short absence of the store must not turn it into a guess.
        async for turn in AsyncRetrying(
            retry=retry_if_exception_type(StoreUnavailable),
            wait=wait_exponential(multiplier=0.1, max=2),
            stop=stop_after_delay(patience.total_seconds()),
            reraise=True,
        ):
            with turn:
                held = await self._store.settle(settlement)
                if held:
                    return
                if settlement.state is DeliveryState.PENDING:
                    # Most often the system's receipt was faster than we are.
                    log.info("settled_meanwhile", **names_of(settlement))
                else:
                    log.warning("lease_lost", **names_of(settlement))


async def age_of(
    store: DeliveryStore, outcome: Outcome, destination: Destination, since: datetime, now: datetime
) -> timedelta:
    """The age of a delivery, as far as it counts for giving up."""
    if not isinstance(outcome, Failed | Unclear):
        return now - since  # nothing is given up
    try:
        return now - since - await store.held_back(destination.name, since, now)
    except StoreUnavailable:
        return timedelta(0)  # better one attempt too many than one too few


def settlement_of(
    ticket: Ticket,
    outcome: Outcome,
    decision: Decision,
    started_at: datetime,
    finished_at: datetime,
    destination: Destination,
) -> Settlement:
    """What is to be written of an attempt: its outcome, and what was decided about it."""
    state, due_at = _next(decision, finished_at, destination)
    return Settlement(
        ticket=ticket,
        state=state,
        outcome=type(outcome).__name__.lower(),
        started_at=started_at,
        finished_at=finished_at,
        due_at=due_at,
        cause=getattr(outcome, "cause", None),
        reference=getattr(outcome, "reference", None),
        sign=sign(outcome, destination.breaker),
    )


def _next(
    decision: Decision, now: datetime, destination: Destination
) -> tuple[DeliveryState, datetime | None]:
    match decision:
        case Finish():
            return DeliveryState.DELIVERED, None
        case AwaitReceipt(on_its_way):
            return DeliveryState.PENDING, now + destination.confirm_within if on_its_way else None
        case TryAgain(delay):
            return DeliveryState.QUEUED, now + delay
        case Park(state):
            return state, None
        case _:
            assert_never(decision)


def names_of(settlement: Settlement) -> dict[str, object]:
    """A settlement in a line of the log."""
    return {
        **trail.named(settlement.ticket),
        "outcome": settlement.outcome,
    }
