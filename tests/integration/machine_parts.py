"""Parts of the delivery machine: systems that misbehave as they are told, and the worst of all brokers."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from gateway.core.breaker import BreakerPolicy
from gateway.core.delivery import Ticket
from gateway.core.outcome import Cause, Delivered, Failed, Outcome, Rejected, Unclear
from gateway.core.ports import Consignment
from gateway.core.retry import RetryPolicy
from gateway.core.tenants import Destination
from gateway.core.word import Answer, Inquiry, NotThere, SpecialistStatus, Word
from gateway.store import SqlStore

_BREAKER = BreakerPolicy(failures=2, first=timedelta(minutes=1), longest=timedelta(minutes=10))
_RETRY = RetryPolicy(give_up_after=timedelta(days=1))
RECOGNISING = Destination(
    "recognising", "registration", idempotent=True, ordered=True, breaker=_BREAKER, retry=_RETRY
)
PLAIN = Destination("plain", "registration", ordered=True, breaker=_BREAKER, retry=_RETRY)
ASKED = Destination("asked", "registration", ordered=True, breaker=_BREAKER, retry=_RETRY)
DESTINATIONS = {each.name: each for each in (RECOGNISING, PLAIN, ASKED)}

BEHAVIOURS = ("take", "busy", "refuse", "cut before", "cut after", "crash before", "crash after", "freeze")


class Crash(BaseException):
    """The worker's process ends here."""


class System:
    """A specialist system: what it does next is told beforehand; it counts the effects of each delivery."""

    def __init__(self, *, recognises: bool) -> None:
        self.recognises = recognises
        self.behaviour = "take"
        self.effects: Counter[str] = Counter()
        self.calls = 0
        self.frozen: list[asyncio.Event] = []
        """One for each worker that stands still since its message has arrived here."""
        self.froze = asyncio.Event()

    async def deliver(self, consignment: Consignment) -> Outcome:
        self.calls += 1
        if self.behaviour in {"take", "cut after", "crash after", "freeze"} and not (
            self.recognises and self.effects[consignment.delivery]
        ):
            self.effects[consignment.delivery] += 1
        match self.behaviour:
            case "take":
                return Delivered()
            case "busy":
                return Failed(Cause("http-503"))
            case "refuse":
                return Rejected(Cause("http-422"))
            case "cut before" | "cut after":
                return Unclear(Cause("connection-lost"))
            case "freeze":
                thaw = asyncio.Event()
                self.frozen.append(thaw)
                self.froze.set()
                await thaw.wait()
                return Delivered()
            case _:
                raise Crash

    async def aclose(self) -> None: ...


class AskedSystem(System):
    """One that recognises nothing, and tells the truth about what it has where it can be reached."""

    async def ask(self, inquiry: Inquiry) -> Answer:
        self.calls += 1
        match self.behaviour:
            case "busy" | "cut before" | "cut after":
                return None
            case "crash before" | "crash after":
                raise Crash
            case _ if self.effects[inquiry.delivery]:
                return Word(inquiry.delivery, SpecialistStatus.RECEIVED)
            case _:
                return NotThere()


class WorstBroker:
    """Keeps a bag of tickets."""

    def __init__(self) -> None:
        self.generation = 0
        self.bag: list[Ticket] = []
        self.confirms = 1000

    async def publish(self, tickets: Sequence[Ticket]) -> frozenset[Ticket]:
        self.bag += tickets
        return frozenset(tickets[: self.confirms])

    async def ping(self) -> None: ...


class Impatient:
    """The store as a relay sees it, without the sleep until something is due."""

    def __init__(self, store: SqlStore) -> None:
        self.take_due = store.take_due
        self.give_back = store.give_back
        self.republish_all = store.republish_all
        self.hasten = store.hasten

    async def wait_due(self, timeout: timedelta) -> None: ...
