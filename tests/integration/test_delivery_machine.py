"""Store, relay, worker and reaper together, under crashes, lost tickets and replays: nothing is lost, nothing twice.

The broker of these tests is worse than a real one: it hands out any ticket at any time, hands it out again, confirms
only some, and forgets everything when told to.
"""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.core.acts import Replay
from gateway.core.delivery import Submission, Ticket
from gateway.core.errors import NotReplayable
from gateway.core.message import DeliveryId
from gateway.core.outcome import Cause, Delivered, Failed, Outcome, Rejected, Unclear
from gateway.core.ports import Consignment
from gateway.core.status import DeliveryState
from gateway.core.tenants import Destination
from gateway.core.word import Answer, Inquiry, NotThere, SpecialistStatus, Word
from gateway.delivery import Deliverer, Reaper
from gateway.metrics import Metrics
from gateway.relay import Relay
from gateway.store import SqlStore, upgrade
from tests.builders import FakeClock, a_message
from tests.integration.delivery_parts import AnySchemas, words_of

RECOGNISING = Destination("recognising", "registration", idempotent=True)
PLAIN = Destination("plain", "registration")
ASKED = Destination("asked", "registration")
DESTINATIONS = {each.name: each for each in (RECOGNISING, PLAIN, ASKED)}
Value = TypeVar("Value")


class Crash(BaseException):
    """The worker's process ends here."""


class System:
    """A specialist system: what it does next is told beforehand; it counts the effects of each delivery."""

    def __init__(self, *, recognises: bool) -> None:
        self.recognises = recognises
        self.behaviour = "take"
        self.effects: Counter[str] = Counter()

    async def deliver(self, consignment: Consignment) -> Outcome:
        if self.behaviour in {"take", "cut after", "crash after"} and not (
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
            case _:
                raise Crash

    async def aclose(self) -> None: ...


class AskedSystem(System):
    """One that recognises nothing, and tells the truth about what it has where it can be reached."""

    async def ask(self, inquiry: Inquiry) -> Answer:
        match self.behaviour:
            case "busy" | "cut before" | "cut after":
                return None
            case "crash before" | "crash after":
                raise Crash
            case _ if self.effects[inquiry.delivery]:
                return Word(inquiry.delivery, SpecialistStatus.RECEIVED)
            case _:
                return NotThere()


BEHAVIOURS = ("take", "busy", "refuse", "cut before", "cut after", "crash before", "crash after")


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

    async def wait_due(self, timeout: timedelta) -> None: ...


class DeliveryMachine(RuleBasedStateMachine):
    """One store, one relay, workers that come and go."""

    template: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="amtsbote-machine-"))
        self.clock = FakeClock()
        self.broker = WorstBroker()
        self.systems = {
            "recognising": System(recognises=True),
            "plain": System(recognises=False),
            "asked": AskedSystem(recognises=False),
        }
        self.accepted = 0
        self.doubling_accepted: Counter[str] = Counter()

    @initialize()
    def open(self) -> None:
        file = self.folder / "store.db"
        shutil.copy(self.template, file)
        self.store = self.run(SqlStore.open(f"sqlite:///{file}", window=5))
        self.restart_relay()
        self.deliverer = Deliverer(
            self.store,
            AnySchemas(),
            self.systems,
            DESTINATIONS,
            self.clock,
            words_of(self.store, self.clock),
            name="worker",
            draw=lambda: 0.5,
        )
        self.reaper = Reaper(
            self.store, DESTINATIONS, self.clock, Metrics(), draw=lambda: 0.5, askable={"asked"}
        )
        self.submit(fan_out=True, tenant="zossen")
        self.submit(fan_out=True, tenant="cottbus")

    def run(self, work: Coroutine[Any, Any, Value]) -> Value:
        return self.loop.run_until_complete(work)

    @rule(fan_out=st.booleans(), tenant=st.sampled_from(["zossen", "cottbus"]))
    def submit(self, fan_out: bool, tenant: str) -> None:
        destinations = ("recognising", "plain", "asked") if fan_out else ("plain",)
        message = a_message(tenant=tenant, received_at=self.clock.now())
        self.run(self.store.accept(Submission(message, destinations)))
        self.accepted += len(destinations)

    @rule(confirms=st.sampled_from([0, 1, 1000]))
    def relay(self, confirms: int) -> None:
        self.broker.confirms = confirms
        self.run(self.relaying.publish_due())

    def restart_relay(self) -> None:
        self.relaying = Relay(Impatient(self.store), self.broker, self.clock, Metrics())  # type: ignore[arg-type]

    # Few rules, each with much in it: hypothesis switches rules off per example, and all of these are needed.
    @rule(data=st.data(), behaviour=st.sampled_from(BEHAVIOURS), again=st.booleans())
    def work(self, data: st.DataObject, behaviour: str, again: bool) -> None:
        if not self.broker.bag:
            self.run(self.relaying.publish_due())
        if not self.broker.bag:
            self.clock.advance(timedelta(minutes=10))
            self.run(self.reaper.reap())
            return
        ticket = data.draw(st.sampled_from(self.broker.bag))
        if not again:
            self.broker.bag.remove(ticket)
        self.attempt(ticket, behaviour)

    def attempt(self, ticket: Ticket, behaviour: str) -> None:
        self.systems[ticket.destination].behaviour = behaviour
        try:
            self.run(self.deliverer.deliver(ticket))
        except Crash:
            return

    @rule(event=st.sampled_from(["wiped", "forgets in silence", "restart", "minutes", "hours"]))
    def trouble(self, event: str) -> None:
        match event:
            case "wiped":
                self.broker.bag.clear()
                self.broker.generation += 1
            case "forgets in silence":
                self.broker.bag.clear()
            case "restart":
                self.restart_relay()
            case "minutes":
                self.clock.advance(timedelta(minutes=3))
            case _:
                self.clock.advance(timedelta(hours=10))
        self.run(self.reaper.reap())

    @rule(data=st.data(), accept_doubling=st.booleans())
    def replay(self, data: st.DataObject, accept_doubling: bool) -> None:
        waiting = self.run(self.store.failed()).items
        if not waiting:
            return
        delivery = data.draw(st.sampled_from(waiting))
        act = Replay(delivery.id, "operator:anna", "machine", accept_doubling)
        if delivery.state in {DeliveryState.UNCLEAR, DeliveryState.EXPIRED} and not accept_doubling:
            with pytest.raises(NotReplayable):
                self.run(self.store.perform(act, self.clock.now()))
            return
        self.run(self.store.perform(act, self.clock.now()))
        self.doubling_accepted[delivery.id] += delivery.state is DeliveryState.UNCLEAR

    @invariant()
    def no_effect_without_permission(self) -> None:
        for name, system in self.systems.items():
            for delivery, effects in system.effects.items():
                # Who is asked first gets nothing twice, even where somebody would have taken that upon them.
                allowed = 1 + self.doubling_accepted[delivery] if name == "plain" else 1
                assert effects <= allowed, (name, delivery, effects)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.settle_down()
            self.run(self.store.aclose())
        self.loop.close()
        shutil.rmtree(self.folder)

    def settle_down(self) -> None:
        """When all is well again, everything that was accepted ends: delivered, or waiting for a person."""
        self.broker.confirms = 1000
        for _ in range(200):
            self.run(self.relaying.publish_due())
            for ticket in self.broker.bag:
                self.attempt(ticket, "take")
            self.broker.bag.clear()
            self.run(self.reaper.reap())
            self.clock.advance(timedelta(minutes=30))
            if not set(self.states().values()) & {DeliveryState.QUEUED, DeliveryState.CLAIMED}:
                break
        states = self.states()
        assert len(states) == self.accepted
        assert set(states.values()) <= {
            DeliveryState.DELIVERED,
            DeliveryState.REJECTED,
            DeliveryState.UNCLEAR,
            DeliveryState.PARKED,
            DeliveryState.EXPIRED,
        }
        effects = sum((system.effects for system in self.systems.values()), Counter())
        for delivery, state in states.items():
            assert state is not DeliveryState.DELIVERED or effects[delivery] >= 1, delivery

    def states(self) -> dict[DeliveryId, DeliveryState]:
        page = self.run(self.store.messages(None, limit=10_000))
        return {each.id: each.state for message in page.items for each in message.deliveries}


class TestDeliveryMachine(DeliveryMachine.TestCase):  # type: ignore[misc, valid-type]  # made by hypothesis
    settings = settings(
        max_examples=30, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
    )

    @classmethod
    def setUpClass(cls) -> None:
        folder = Path(tempfile.mkdtemp(prefix="amtsbote-template-"))
        cls.addClassCleanup(shutil.rmtree, folder)
        DeliveryMachine.template = folder / "template.db"
        asyncio.run(upgrade(f"sqlite:///{DeliveryMachine.template}"))
