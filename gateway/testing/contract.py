"""The contract of adapters: whatever the other side does becomes an outcome, and never an exception.

Describe a system in a class, and name it in a test class:

    class Kasse(HttpSystem): ...

    class TestKasse(AdapterContract):
        system = Kasse

What a system can't do its class leaves out: no test asks it to.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
import pytest_asyncio

from adapters import catalogue
from gateway.core.check import StepResult
from gateway.core.errors import Unavailable
from gateway.core.message import DeliveryId
from gateway.core.outcome import Cause, Delivered, Failed, Outcome, Pending, Rejected, Unclear
from gateway.core.ports import Adapter, Askable, Checkable, Collected, Collecting, Leftovers
from gateway.core.word import Inquiry, NotThere, Word
from gateway.testing.messages import DELIVERY, consignment_of, of_unknown_kind
from gateway.testing.stand_ins import NOW
from gateway.testing.system import HttpSystem, System
from gateway.testing.wire import http

Test = TypeVar("Test", bound=Callable[..., Any])

SECRET = "Geheim"  # noqa: S105 - a word that must not come back
"""Stands in whatever a system says; no outcome ever repeats it."""

PROXY_PAGE = f"<!DOCTYPE html><html><body>Bad Gateway: Frau {SECRET}</body></html>"


def needs(*abilities: str) -> Callable[[Test], Test]:
    """The test is for systems that can do this."""

    def marked(test: Test) -> Test:
        test.abilities = abilities  # type: ignore[attr-defined]  # read below, when the class is made
        return test

    return marked


class AdapterContract:
    """The suite. A subclass names its `system`."""

    system: ClassVar[type[System]]
    pytestmark: ClassVar = [pytest.mark.amtsbote, pytest.mark.asyncio]

    def __init_subclass__(cls) -> None:
        """Leave out the tests for what the system can't do."""
        super().__init_subclass__()
        for name in dir(cls):
            abilities = getattr(getattr(cls, name), "abilities", ())
            if not all(cls.system.can(ability) for ability in abilities):
                setattr(cls, name, None)

    @pytest_asyncio.fixture
    async def opened(self, tmp_path: Path) -> "AsyncIterator[Opened]":
        """The system at work, and the adapter of its destination."""
        system = self.system(tmp_path)
        async with system.running():
            faults = [*catalogue.faults(system.destination(), tmp_path)]
            assert faults == []
            adapter = catalogue.build(system.destination(), system.surroundings())
            yield Opened(system, adapter)
            await adapter.aclose()

    async def test_every_sample_arrives(self, opened: "Opened") -> None:
        for number, sample in enumerate(opened.system.samples()):
            delivery = DeliveryId(f"0199a1b2-0000-7000-8000-{number:012}")
            assert isinstance(await opened.deliver(sample, delivery), Delivered | Pending), sample.name

    async def test_a_delivery_arrives_once_under_its_id(self, opened: "Opened") -> None:
        assert isinstance(await opened.deliver(), Delivered | Pending)
        assert list(opened.system.arrivals()) == [DELIVERY]

    async def test_a_repetition_is_recognised_by_its_id(self, opened: "Opened") -> None:
        assert await opened.deliver() == await opened.deliver()
        assert set(opened.system.arrivals()) == {DELIVERY}

    async def test_a_setting_that_nobody_knows_is_named(self, opened: "Opened") -> None:
        known = opened.system.destination()
        wrong = opened.system.with_settings(known, {"no_such_setting": 1})
        places = [fault.place for fault in catalogue.faults(wrong, opened.system.folder)]
        assert ("settings", "no_such_setting") in places

    async def test_a_check_finds_it_well_and_sends_nothing(self, opened: "Opened") -> None:
        adapter = opened.adapter
        assert isinstance(adapter, Checkable)
        steps = [step async for step in adapter.check()]
        assert [step for step in steps if step.finding.result is StepResult.FAILED] == []
        assert list(opened.system.arrivals()) == []

    @needs("refuse")
    async def test_a_refusal_is_final(self, opened: "Opened") -> None:
        opened.system.refuse()
        assert isinstance(await opened.deliver(), Rejected)

    @needs("be_busy")
    async def test_who_is_busy_says_when_to_come_again(self, opened: "Opened") -> None:
        opened.system.be_busy()
        outcome = await opened.deliver()
        assert isinstance(outcome, Failed)
        assert outcome.retry_after in {timedelta(seconds=120), Unavailable.retry_after}

    @needs("go_away")
    async def test_who_is_not_there_got_nothing(self, opened: "Opened") -> None:
        opened.system.go_away()
        assert isinstance(await opened.deliver(), Failed)
        assert list(opened.system.arrivals()) == []

    @needs("go_away")
    async def test_a_check_finds_who_is_not_there(self, opened: "Opened") -> None:
        opened.system.go_away()
        adapter = opened.adapter
        assert isinstance(adapter, Checkable)
        results = [step.finding.result async for step in adapter.check()]
        assert StepResult.FAILED in results or set(results) == {StepResult.SKIPPED}

    @needs("answer")
    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            (None, "connection-lost"),
            (b"", "read-timeout"),
            (http(502, PROXY_PAGE, "text/html"), "http-502"),
            (http(200, PROXY_PAGE, "text/html"), "wrong-content-type"),
            (http(202), "no-receipt"),
            (http(500), "http-500"),
        ],
    )
    async def test_what_may_have_arrived_is_unclear(
        self, opened: "Opened", answer: bytes | None, code: str
    ) -> None:
        opened.system.answer(answer)
        outcome = await opened.deliver()
        assert isinstance(outcome, Unclear)
        assert outcome.cause.code == code
        assert list(opened.system.arrivals()) == [DELIVERY]

    @needs("say_yes_with_an_error_inside")
    async def test_a_success_with_an_error_inside_is_unclear(self, opened: "Opened") -> None:
        opened.system.say_yes_with_an_error_inside()
        assert isinstance(await opened.deliver(), Unclear)

    @needs("refuses_unknown_kinds")
    async def test_a_kind_without_mapping_is_rejected_before_anything_is_sent(self, opened: "Opened") -> None:
        sample = consignment_of(opened.sample().read_bytes(), bundles=opened.system.bundles)
        outcome = await opened.adapter.deliver(of_unknown_kind(sample))
        assert isinstance(outcome, Rejected)
        assert cause_of(outcome).code == "no-mapping"
        assert list(opened.system.arrivals()) == []

    async def test_asking_about_what_was_never_sent_finds_nothing(self, opened: "Opened") -> None:
        if isinstance(opened.adapter, Askable):
            assert await opened.adapter.ask(opened.inquiry()) in {None, NotThere()}
        assert list(opened.system.arrivals()) == []

    async def test_asking_about_what_was_sent_never_denies_it(self, opened: "Opened") -> None:
        outcome = await opened.deliver()
        assert isinstance(outcome, Delivered | Pending)
        if isinstance(opened.adapter, Askable):
            answer = await opened.adapter.ask(opened.inquiry(outcome.reference))
            assert answer is None or (isinstance(answer, Word) and answer.delivery == DELIVERY)
        assert list(opened.system.arrivals()) == [DELIVERY]

    @needs("leave_a_word")
    async def test_a_word_lies_ready_until_it_is_done(self, opened: "Opened") -> None:
        opened.system.leave_a_word(DELIVERY)
        (found,) = await opened.collected()
        assert found.word.delivery == DELIVERY
        (again,) = await opened.collected()
        await again.done()
        assert await opened.collected() == []

    @needs("leave_a_word")
    async def test_a_word_that_is_set_aside_comes_no_more(self, opened: "Opened") -> None:
        opened.system.leave_a_word(DELIVERY)
        (found,) = await opened.collected()
        await found.set_aside("unknown-delivery")
        assert await opened.collected() == []

    async def test_it_can_be_closed_twice(self, opened: "Opened") -> None:
        await opened.deliver()
        await opened.adapter.aclose()
        await opened.adapter.aclose()

    async def test_a_cancelled_attempt_leaves_neither_connection_nor_thread(self, opened: "Opened") -> None:
        before = set(threading.enumerate())
        system = opened.system
        if isinstance(system, HttpSystem):
            system.answer(b"")
        attempt = asyncio.create_task(opened.deliver())
        await (system.wire.arrived.wait() if isinstance(system, HttpSystem) else asyncio.sleep(0))
        attempt.cancel()
        await asyncio.gather(attempt, return_exceptions=True)
        if isinstance(system, HttpSystem):
            await system.wire.all_hung_up()
        await opened.adapter.aclose()
        for thread in set(threading.enumerate()) - before:
            thread.join(10)
        assert set(threading.enumerate()) <= before


class Opened:
    """A system at work, and the adapter that speaks to it."""

    def __init__(self, system: System, adapter: Adapter) -> None:
        self.system = system
        self.adapter = adapter

    def sample(self) -> Path:
        """The first of the samples."""
        samples = self.system.samples()
        assert samples, "the system has no samples"
        return samples[0]

    async def deliver(self, sample: Path | None = None, delivery: DeliveryId = DELIVERY) -> Outcome:
        """Deliver a sample; whatever came back, nothing of it is repeated."""
        content = (sample or self.sample()).read_bytes()
        consignment = consignment_of(content, bundles=self.system.bundles, delivery=delivery)
        outcome = await self.adapter.deliver(consignment)
        assert SECRET not in repr(outcome)
        return outcome

    async def collected(self) -> list[Collected]:
        """What lies ready."""
        assert isinstance(self.adapter, Collecting)
        return [each async for each in self.adapter.collect() if not isinstance(each, Leftovers)]

    def inquiry(self, reference: str | None = None) -> Inquiry:
        """A question about the first sample."""
        message = consignment_of(self.sample().read_bytes(), bundles=self.system.bundles).message
        uuid = message.kopf.nachrichten_uuid
        return Inquiry(
            DELIVERY,
            message.id,
            message.tenant,
            message.kind,
            uuid,
            test=False,
            since=NOW,
            reference=reference,
        )


def cause_of(outcome: Outcome) -> Cause:
    """Why a delivery did not succeed."""
    assert isinstance(outcome, Failed | Unclear | Rejected)
    return outcome.cause
