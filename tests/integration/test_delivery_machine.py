"""Store, relay, worker and reaper together: nothing is lost, nothing twice, nothing out of its order.

Under crashes, frozen workers, lost tickets, outages, pauses, replays, withdrawals and a clock that jumps. The broker
of these tests is worse than a real one: it hands out any ticket at any time, hands it out again, confirms only some,
and forgets everything when told to.
"""

import asyncio
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.core.acts import Act, Dismiss, Pause, Replay, Resume
from gateway.core.breaker import BreakerState
from gateway.core.delivery import Submission, Ticket
from gateway.core.errors import NotReplayable
from gateway.core.message import DeliveryId
from gateway.core.status import FAILED, LETS_GO, UNDELIVERED, DeliveryState
from gateway.core.views import DeliveryView
from gateway.delivery.deliverer import Deliverer
from gateway.delivery.reaper import Reaper
from gateway.delivery.relay import Relay
from gateway.store import SqlStore, upgrade
from gateway.telemetry.metrics import Metrics
from tests.builders import FakeClock, a_message
from tests.integration.delivery_parts import AnySchemas, words_of
from tests.integration.machine_parts import (
    BEHAVIOURS,
    DESTINATIONS,
    AskedSystem,
    Crash,
    Impatient,
    System,
    WorstBroker,
)

Value = TypeVar("Value")

TROUBLE = ("wiped", "forgets in silence", "restart", "minutes", "hours", "days", "pause", "resume", "thaw")
OPERATOR = "operator:anna"
TENANTS = ("zossen", "cottbus")


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
        self.lines: defaultdict[tuple[str, str, str], list[DeliveryId]] = defaultdict(list)
        """Of every case at every destination the deliveries in the order of acceptance."""
        self.accepted: set[DeliveryId] = set()
        self.let_go: set[DeliveryId] = set()
        """Those that ended so that a later one of their case may follow."""
        self.doubling_accepted: Counter[str] = Counter()
        self.paused: dict[str, datetime] = {}
        self.standing_still: list[asyncio.Task[object]] = []

    @initialize()
    def open(self) -> None:
        file = self.folder / "store.db"
        shutil.copy(self.template, file)
        self.store = self.run(SqlStore.open(f"sqlite:///{file}", window=5))
        self.restart_relay()
        words = words_of(self.store, self.clock)
        self.deliverer = Deliverer(
            self.store,
            AnySchemas(),
            self.systems,
            DESTINATIONS,
            self.clock,
            words,
            name="worker",
            draw=lambda: 0.5,
        )
        self.reaper = Reaper(
            self.store, DESTINATIONS, self.clock, Metrics(), draw=lambda: 0.5, askable={"asked"}
        )
        for tenant in TENANTS:
            self.submit(fan_out=True, tenant=tenant, case="a")

    def run(self, work: Coroutine[Any, Any, Value]) -> Value:
        return self.loop.run_until_complete(work)

    # Few rules, each with much in it: hypothesis switches rules off per example, and all of these are needed.

    @rule(fan_out=st.booleans(), tenant=st.sampled_from(TENANTS), case=st.sampled_from([None, "a"]))
    def submit(self, fan_out: bool, tenant: str, case: str | None) -> None:
        destinations = ("recognising", "plain", "asked") if fan_out else ("plain",)
        message = replace(a_message(tenant=tenant, received_at=self.clock.now()), order_key=case)
        receipt = self.run(
            self.store.accept(Submission(message, destinations, ordered=frozenset(destinations)))
        )
        for each in self.run(self.store.message(receipt.id)).deliveries:
            self.accepted.add(each.id)
            if case is not None:
                self.lines[each.destination, tenant, case].append(each.id)

    @rule(confirms=st.sampled_from([0, 1, 1000]))
    def relay(self, confirms: int) -> None:
        self.broker.confirms = confirms
        self.run(self.relaying.publish_due())

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

    @rule(data=st.data(), event=st.sampled_from(TROUBLE), name=st.sampled_from(sorted(DESTINATIONS)))
    def trouble(self, data: st.DataObject, event: str, name: str) -> None:
        match event:
            case "wiped":
                self.broker.bag.clear()
                self.broker.generation += 1
            case "forgets in silence":
                self.broker.bag.clear()
            case "restart":
                self.restart_relay()
            case "minutes" | "hours" | "days":
                self.clock.advance(timedelta(**{event: 3}))
            case "pause":
                until = self.clock.now() + timedelta(hours=data.draw(st.integers(1, 40)))
                self.act(Pause(name, until, "machine", OPERATOR))
                self.paused[name] = until
            case "resume":
                self.act(Resume(name, OPERATOR))
                self.paused.pop(name, None)
            case _:
                self.thaw()
        self.run(self.reaper.reap())

    @rule(data=st.data(), wish=st.sampled_from(["replay", "replay anyway", "dismiss", "withdraw"]))
    def person(self, data: st.DataObject, wish: str) -> None:
        if wish == "withdraw":
            page = self.run(self.store.messages(None, limit=1000))
            message = data.draw(st.sampled_from(page.items))
            self.run(self.store.withdraw(message.id, message.portal, self.clock.now()))
            return
        failed = self.run(self.store.failed(limit=1000)).items
        if not failed:
            return
        delivery = data.draw(st.sampled_from(failed))
        if wish == "dismiss":
            self.act(Dismiss(delivery.id, OPERATOR, "machine"))
            return
        anyway = wish == "replay anyway"
        act = Replay(delivery.id, OPERATOR, "machine", anyway)
        if delivery.state in {DeliveryState.UNCLEAR, DeliveryState.EXPIRED} and not anyway:
            with pytest.raises(NotReplayable):
                self.act(act)
            return
        self.act(act)
        self.doubling_accepted[delivery.id] += delivery.state is DeliveryState.UNCLEAR

    def attempt(self, ticket: Ticket, behaviour: str) -> None:
        """Hand a ticket to a worker, and hold what the system sees of it against what it may see."""
        self.look()
        system = self.systems[ticket.destination]
        calls, effects = system.calls, system.effects[ticket.delivery]
        [stand] = self.run(self.store.destinations([ticket.destination], self.clock.now()))
        shut = stand.breaker is BreakerState.OPEN
        shut = shut or self.clock.now() < self.paused.get(ticket.destination, self.clock.now())
        system.behaviour = behaviour
        system.froze.clear()
        self.run(self.worker(ticket, system))
        assert not (shut and system.calls > calls), "a destination that shall get nothing was called"
        if system.effects[ticket.delivery] > effects == 0:
            self.check_order(ticket.delivery)

    async def worker(self, ticket: Ticket, system: System) -> None:
        """One attempt, until it has ended or stands still."""
        attempt = asyncio.ensure_future(self.deliverer.deliver(ticket))
        froze = asyncio.ensure_future(system.froze.wait())
        await asyncio.wait({attempt, froze}, return_when=asyncio.FIRST_COMPLETED)
        froze.cancel()
        if not attempt.done():
            self.standing_still.append(attempt)
            return
        try:
            await attempt
        except Crash:
            return

    def thaw(self) -> None:
        """All that stand still go on."""
        for system in self.systems.values():
            for event in system.frozen:
                event.set()
            system.frozen.clear()
        for attempt in self.standing_still:
            self.loop.run_until_complete(attempt)
        self.standing_still.clear()

    def restart_relay(self) -> None:
        self.relaying = Relay(Impatient(self.store), self.broker, self.clock, Metrics())  # type: ignore[arg-type]

    def act(self, act: Act) -> None:
        self.run(self.store.perform(act, self.clock.now()))

    def check_order(self, delivery: DeliveryId) -> None:
        for line in self.lines.values():
            if delivery in line:
                earlier = line[: line.index(delivery)]
                assert set(earlier) <= self.let_go, "a later message of a case has overtaken an earlier one"

    @invariant()
    def no_effect_without_permission(self) -> None:
        for name, system in self.systems.items():
            for delivery, effects in system.effects.items():
                # Who is asked first gets nothing twice, even where somebody would have taken that upon them.
                allowed = 1 + self.doubling_accepted[delivery] if name == "plain" else 1
                assert effects <= allowed, (name, delivery, effects)

    @invariant()
    def everything_has_its_place(self) -> None:
        """Who waits has a due time or waits for somebody; who failed has a reason; who ended without its destination
        has left nothing there.
        """
        for view in self.look().values():
            if view.state is DeliveryState.QUEUED:
                assert (view.due_at is None) != (view.waits_for is None), view
            if view.state in FAILED:
                assert view.code, view
            if view.state in {DeliveryState.EXPIRED, DeliveryState.WITHDRAWN}:
                assert not self.systems[view.destination].effects[view.id], view

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.settle_down()
            self.run(self.store.aclose())
        self.loop.close()
        shutil.rmtree(self.folder)

    def settle_down(self) -> None:
        """When all is well again, everything ends: delivered, given up with a reason, or waiting for a person."""
        self.thaw()
        self.broker.confirms = 1000
        self.clock.advance(timedelta(hours=40))
        for _ in range(200):
            self.run(self.relaying.publish_due())
            for ticket in self.broker.bag:
                self.attempt(ticket, "take")
            self.broker.bag.clear()
            self.run(self.reaper.reap())
            self.clock.advance(timedelta(minutes=30))
            if not any(self.moves(view) for view in self.look().values()):
                break
        views = self.look()
        assert views.keys() == self.accepted
        for view in views.values():
            assert not self.moves(view), view
            if view.state is DeliveryState.QUEUED:
                assert view.waits_for is not None
                assert views[view.waits_for].state in {DeliveryState.QUEUED, *FAILED - LETS_GO}, view
            else:
                assert view.state in {DeliveryState.DELIVERED} | FAILED | UNDELIVERED, view
            effects = self.systems[view.destination].effects[view.id]
            assert view.state is not DeliveryState.DELIVERED or effects >= 1, view

    @staticmethod
    def moves(view: DeliveryView) -> bool:
        return view.state is DeliveryState.CLAIMED or (
            view.state is DeliveryState.QUEUED and view.waits_for is None
        )

    def look(self) -> dict[DeliveryId, DeliveryView]:
        page = self.run(self.store.messages(None, limit=10_000))
        views = {each.id: each for message in page.items for each in message.deliveries}
        self.let_go |= {view.id for view in views.values() if view.state in LETS_GO}
        return views


class TestDeliveryMachine(DeliveryMachine.TestCase):  # type: ignore[misc, valid-type]  # made by hypothesis
    settings = settings(
        max_examples=30, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
    )

    @classmethod
    def setUpClass(cls) -> None:
        folder = Path(tempfile.mkdtemp(prefix="amtsbote-template-"))
        cls.addClassCleanup(shutil.rmtree, folder)
        DeliveryMachine.template = folder / "template.db"
        asyncio.run(upgrade(f"sqlite:///{DeliveryMachine.template}"))
