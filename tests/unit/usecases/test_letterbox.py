"""Receipts over AMQP: each letter is taken once, or lies where people look, with its reason."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from gateway.answers import letterbox
from gateway.answers.letterbox import LetterboxReader, systems_by_user
from gateway.answers.receipts import Receipts
from gateway.core.errors import ForbiddenTransition, NotFound, StoreUnavailable, TooManyReplies
from gateway.core.ports import Letter
from gateway.core.tenants import Destination, SpecialistSystem
from gateway.core.views import DeliveryView
from gateway.core.word import CheckedReply, SpecialistStatus, Word
from gateway.telemetry.metrics import Metrics
from tests.builders import FakeClock
from tests.unit.api.fakes import DELIVERY, Now, a_delivery
from tests.unit.usecases.test_receipts import FakeSchemas

DESTINATIONS = [
    Destination("alkis", "real_estate", rabbitmq_user="kataster"),
    Destination("alb", "real_estate", rabbitmq_user="kataster"),
    Destination("gewerbe", "trade", rabbitmq_user="gewerbeamt"),
    Destination("einwohner", "registration"),
]
RECEIPT = {"delivery": DELIVERY, "status": "closed", "reference": "AZ 1"}


@dataclass(eq=False)
class FakeLetter:
    body: bytes = json.dumps(RECEIPT).encode()
    sender: str | None = "kataster"
    acked: int = 0
    refused: list[str] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def ack(self) -> None:
        self.acked += 1
        self.done.set()

    async def refuse(self, reason: str) -> None:
        self.refused.append(reason)
        self.done.set()


@dataclass
class FakeBox:
    lying: list[FakeLetter]

    @asynccontextmanager
    async def letters(self, prefetch: int) -> AsyncIterator[AsyncIterator[Letter]]:
        async def given() -> AsyncIterator[Letter]:
            for each in self.lying:
                yield each
            await asyncio.Event().wait()

        yield given()


@dataclass
class FailingStore:
    """Fails with `errors`, one after the other, then takes what comes."""

    errors: list[Exception] = field(default_factory=list)
    taken: list[tuple[Word, SpecialistSystem]] = field(default_factory=list)

    async def confirm(
        self,
        word: Word,
        system: SpecialistSystem,
        now: datetime,
        *,
        replies: Sequence[CheckedReply] = (),
        asked: bool = False,
    ) -> DeliveryView:
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append((word, system))
        return a_delivery()


def a_reader(store: FailingStore, *letters: FakeLetter, metrics: Metrics | None = None) -> LetterboxReader:
    metrics = metrics or Metrics()
    receipts = Receipts(store, FakeSchemas(), FakeClock(), metrics, slow=Now())
    return LetterboxReader(FakeBox(list(letters)), receipts, DESTINATIONS, metrics, largest=1000)


async def test_a_receipt_is_taken_for_all_destinations_of_its_sender() -> None:
    store, letter = FailingStore(), FakeLetter()

    await a_reader(store).take(letter)

    [(word, system)] = store.taken
    assert (word.delivery, word.status, word.reference) == (DELIVERY, SpecialistStatus.CLOSED, "AZ 1")
    assert system == SpecialistSystem("kataster", ("alkis", "alb"))
    assert (letter.acked, letter.refused) == (1, [])


@pytest.mark.parametrize(
    ("letter", "reason"),
    [
        (FakeLetter(sender=None), "no-user-id"),
        (FakeLetter(sender="somebody"), "unknown-user"),
        (FakeLetter(b" " * 1001), "too-large"),
        (FakeLetter(b"Erika"), "not-a-receipt"),
        (FakeLetter(b"[" * 900), "not-a-receipt"),
        (FakeLetter(b"{}"), "not-a-receipt"),
        (FakeLetter(json.dumps(RECEIPT | {"name": "Erika"}).encode()), "not-a-receipt"),
    ],
)
async def test_what_can_not_be_used_goes_to_where_people_look(letter: FakeLetter, reason: str) -> None:
    store, metrics = FailingStore(), Metrics()

    await a_reader(store, metrics=metrics).take(letter)

    assert (letter.acked, letter.refused, store.taken) == (0, [reason], [])
    assert metrics.registry.get_sample_value("amtsbote_receipts_dead_total", {"reason": reason}) == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (NotFound(), "unknown-delivery"),
        (ForbiddenTransition("closed", "refused"), "contradiction"),
        (TooManyReplies(), "too-many-replies"),
        (RuntimeError("a fault that quotes Erika"), "gateway-fault"),
    ],
)
async def test_what_the_store_does_not_take_goes_there_too(
    error: Exception, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    letter = FakeLetter()

    await a_reader(FailingStore([error])).take(letter)

    assert (letter.acked, letter.refused) == (0, [reason])
    assert "Erika" not in "".join(capsys.readouterr())


async def test_a_store_that_is_away_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letterbox, "PAUSE", 0.0)
    store, letter = FailingStore([StoreUnavailable(), StoreUnavailable()]), FakeLetter()

    await a_reader(store).take(letter)

    assert (len(store.taken), letter.acked, letter.refused) == (1, 1, [])


async def test_all_letters_are_read_and_none_stops_another() -> None:
    letters = [FakeLetter(), FakeLetter(b"Erika"), FakeLetter(sender="gewerbeamt")]
    store = FailingStore()
    reading = asyncio.create_task(a_reader(store, *letters).run())

    async with asyncio.timeout(60):
        for letter in letters:
            await letter.done.wait()
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)

    assert [(each.acked, each.refused) for each in letters] == [(1, []), (0, ["not-a-receipt"]), (1, [])]
    assert [system.destinations for _, system in store.taken] == [("alkis", "alb"), ("gewerbe",)]


def test_who_names_no_user_speaks_otherwise() -> None:
    assert systems_by_user(DESTINATIONS[3:]) == {}
