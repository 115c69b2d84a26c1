"""Letterbox: receipts that specialist systems send over AMQP, taken like those over HTTP."""

import asyncio
from collections.abc import Iterable, Mapping

import orjson
import structlog
from pydantic import ValidationError

from gateway.answers.receipt_form import SystemReceipt
from gateway.answers.receipts import Receipts
from gateway.core.errors import ForbiddenTransition, NotFound, StoreUnavailable, TooManyReplies
from gateway.core.ports import Letter, Letterbox
from gateway.core.tenants import Destination, SpecialistSystem
from gateway.core.word import Word
from gateway.telemetry.metrics import Metrics

log = structlog.get_logger()

AT_ONCE = 16
"""Receipts that one process works on at the same time: they share the store's commits."""
PAUSE = 1.0
LONGEST_PAUSE = 30.0
"""Seconds between two tries while the store is away."""


class LetterboxReader:
    """The use case that reads what systems have sent. Any number of processes share the letters."""

    def __init__(
        self,
        box: Letterbox,
        receipts: Receipts,
        destinations: Iterable[Destination],
        metrics: Metrics,
        *,
        largest: int,
    ) -> None:
        """`destinations` name the users that may speak for them; `largest` is the size of a letter, in bytes."""
        self._box = box
        self._receipts = receipts
        self._systems = systems_by_user(destinations)
        self._metrics = metrics
        self._largest = largest

    async def run(self) -> None:
        """Read until cancelled. What is in hand then comes again."""
        async with self._box.letters(AT_ONCE) as letters, asyncio.TaskGroup() as group:
            async for letter in letters:
                # At most so many as are in hand, which the box sees to.
                group.create_task(self.take(letter))

    async def take(self, letter: Letter) -> None:
        """Take one letter; waits for a store that is away, because a letter put back too often counts as dead."""
        said = self._read(letter)
        try:
            reason = said if isinstance(said, str) else await self._write(*said)
        except Exception as error:  # noqa: BLE001 - one letter must not stop all others
            # The text of a foreign exception may quote the letter, so only its type is kept.
            log.error("receipt_fault", sender=letter.sender, error=type(error).__name__)  # noqa: TRY400
            reason = "gateway-fault"
        if reason is None:
            await letter.ack()
            return
        log.warning("receipt_dead", sender=letter.sender, reason=reason)
        self._metrics.receipts_dead.labels(reason).inc()
        await letter.refuse(reason)

    def _read(self, letter: Letter) -> tuple[Word, SpecialistSystem] | str:
        """What a letter says and who says it; else why it can't be used."""
        if letter.sender is None:
            return "no-user-id"
        system = self._systems.get(letter.sender)
        if system is None:
            return "unknown-user"
        if len(letter.body) > self._largest:
            return "too-large"
        try:
            return SystemReceipt.model_validate(orjson.loads(letter.body)).spoken(), system
        except (orjson.JSONDecodeError, ValidationError):
            # What pydantic says of a fault quotes the body.
            return "not-a-receipt"

    async def _write(self, word: Word, system: SpecialistSystem) -> str | None:
        """Write it down; else why it can't be."""
        pause = PAUSE
        while True:
            try:
                await self._receipts.take(word, system)
            except NotFound:
                return "unknown-delivery"
            except ForbiddenTransition:
                return "contradiction"
            except TooManyReplies:
                return "too-many-replies"
            except StoreUnavailable:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return None


def systems_by_user(destinations: Iterable[Destination]) -> Mapping[str, SpecialistSystem]:
    """The specialist systems that speak over RabbitMQ, by their users there, each for all its destinations."""
    names: dict[str, tuple[str, ...]] = {}
    for each in destinations:
        if each.rabbitmq_user is not None:
            names[each.rabbitmq_user] = (*names.get(each.rabbitmq_user, ()), each.name)
    return {user: SpecialistSystem(user, each) for user, each in names.items()}
