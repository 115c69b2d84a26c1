"""XTA, our own mailbox: fetches what specialist systems have sent back, and takes it away once it is safe."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from uuid import UUID

import structlog

from adapters.transports.http.exchange import ANSWER_TOO_LARGE
from adapters.transports.reference import reference_of
from adapters.transports.xta.answers import UNREADABLE, Said, SoapFault, is_message_id, moment_of, text_of
from adapters.transports.xta.words import META, OSCI, WSA, XTA, Element, Request
from gateway.core.message import DeliveryId
from gateway.core.outcome import Unclear
from gateway.core.ports import Clock, Collected, Leftovers, References
from gateway.core.word import Reply, SpecialistStatus, Word

log = structlog.get_logger()

AT_MOST = 50
"""Messages that one look at the mailbox lists, beside those that are known to be of no use."""
MOST_ANSWERED = 20
"""Ids in one message that are looked up."""
PATIENCE = timedelta(minutes=15)
"""After which a message that we can't use is told of: until then another destination may fetch it, where several
share the mailbox.
"""

Fetched = tuple[str, tuple[Reply, ...]]
"""The id of the fetch, which `close` wants, and what the message holds."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the list says about a message, before anybody fetches it."""

    message_id: str
    answers: tuple[str, ...]
    """Ids of the messages that it answers (`In-Reply-To`)."""
    delivery: DeliveryId | None
    """The process that the sender answers to (`ProcessRef`); None where it names none."""
    message_type: str
    reference: str | None
    """The sender's own name for the process."""
    at: datetime | None
    test: bool


class Letter:
    """A message out of the mailbox, as the port wants it. It lies there until it is done."""

    def __init__(
        self, word: Word, close: Callable[[], Awaitable[None]], leave: Callable[[str], None]
    ) -> None:
        self._word = word
        self._close = close
        self._leave = leave

    @property
    def word(self) -> Word:
        """What it says."""
        return self._word

    async def done(self) -> None:
        """Take it out of the mailbox."""
        await self._close()

    async def set_aside(self, reason: str) -> None:
        """Leave it in the mailbox, where a person finds it, and do not look at it again."""
        self._leave(reason)


@dataclass(frozen=True, slots=True)
class Left:
    """Why a message stays in the mailbox, and since when."""

    reason: str
    since: datetime


class Mailbox:
    """Reads one mailbox. What it can't use stays there, is told of as long as it lies there, and is looked at again
    only by the next process.
    """

    def __init__(
        self,
        call: Callable[[Request], Awaitable[object]],
        statuses: Callable[[str], SpecialistStatus],
        references: References,
        clock: Clock,
        *,
        test: bool,
        name: str,
    ) -> None:
        """`call` calls an operation and gives a `Said` where it went well; `statuses` knows what a message type
        means, `references` whose message ids are; `test` says whether test messages are for us, `name` whose
        mailbox it is.
        """
        self._call = call
        self._statuses = statuses
        self._references = references
        self._clock = clock
        self._test = test
        self._name = name
        self._left: dict[str, Left] = {}

    async def collect(
        self,
        list_: Callable[[int], Request],
        fetch: Callable[[str], Request],
        close: Callable[[str, str], Request],
    ) -> AsyncIterator[Collected | Leftovers]:
        """What lies ready now, oldest first, and at last what is of no use. Ends where the service does not answer.

        Raises:
            Unavailable: nobody can tell now whose a message id is.
        """
        # What lies there for good must not hide what comes after it.
        said = await self._call(list_(AT_MOST + len(self._left)))
        if not isinstance(said, Said):
            return
        found = envelopes_of(said)
        present = {each.message_id for each in found}
        self._left = {id_: left for id_, left in self._left.items() if id_ in present}
        for envelope in sorted(found, key=lambda each: each.at.timestamp() if each.at else 0):
            if envelope.message_id in self._left:
                continue
            delivery = await self._answered(envelope)
            if delivery is None or envelope.test != self._test:
                self._leave(envelope, "no-delivery" if delivery is None else "test-message")
                continue
            answer = await self._call(fetch(envelope.message_id))
            match answer:
                case Said():
                    fetched = fetched_of(answer)
                    if fetched is not None:
                        yield self._letter(envelope, delivery, fetched, close)
                        continue
                case SoapFault():
                    continue  # its turn comes again, and holds up no other
                case Unclear(cause) if cause.code in _HOPELESS:
                    pass
                case _:
                    return
            self._leave(envelope, "unreadable")
        yield self._leftovers()

    async def _answered(self, envelope: Envelope) -> DeliveryId | None:
        """Whom it answers: by the ids of our messages, which are surely ours, else by the process that it names."""
        for id_ in envelope.answers:
            delivery = await self._references.delivery_named(id_)
            if delivery is not None:
                return delivery
        return envelope.delivery

    def _leftovers(self) -> Leftovers:
        now = self._clock.now()
        ripe = [each for each in self._left.values() if now - each.since >= PATIENCE]
        latest = max(ripe, key=lambda each: each.since, default=None)
        return Leftovers(len(ripe), latest.reason if latest else "")

    def _letter(
        self,
        envelope: Envelope,
        delivery: DeliveryId,
        fetched: Fetched,
        close: Callable[[str, str], Request],
    ) -> Letter:
        request_id, replies = fetched
        status = self._statuses(envelope.message_type)
        word = Word(delivery, status, envelope.reference, at=envelope.at, replies=replies)

        async def closing() -> None:
            # Not confirmed: it lies there the next time again, and its word is known by then.
            await self._call(close(request_id, envelope.message_id))

        return Letter(word, closing, lambda reason: self._keep(envelope, reason))

    def _keep(self, envelope: Envelope, reason: str) -> None:
        self._left[envelope.message_id] = Left(reason, self._clock.now())

    def _leave(self, envelope: Envelope, reason: str) -> None:
        self._keep(envelope, reason)
        log.warning("word_set_aside", delivery=envelope.delivery, destination=self._name, reason=reason)


def envelopes_of(said: Said) -> list[Envelope]:
    """The metadata that `getStatusList` gives; an entry without an id is none."""
    status_list = said.one(f"{{{OSCI}}}MsgStatusList")
    orders = [] if status_list is None else status_list.findall(f"{{{META}}}MessageMetaData")
    return [envelope for order in orders if (envelope := _envelope(order)) is not None]


def _envelope(order: Element) -> Envelope | None:
    identification = f"{{{META}}}MsgIdentification"
    message_id = text_of(order, f"{identification}/{{{WSA}}}MessageID")
    if message_id is None or not is_message_id(message_id):
        return None
    process = f"{identification}/{{{META}}}ProcessRef/{{{META}}}"
    answers = [
        (each.text or "").strip() for each in order.iterfind(f"{identification}/{{{META}}}In-Reply-To")
    ]
    attributes = f"{{{META}}}DeliveryAttributes/{{{META}}}"
    moment = text_of(order, f"{attributes}Origin") or text_of(order, f"{attributes}Delivery")
    return Envelope(
        message_id,
        tuple(each for each in answers[:MOST_ANSWERED] if is_message_id(each)),
        _delivery(text_of(order, f"{process}Requester")),
        text_of(order, f"{{{META}}}Qualifier/{{{META}}}MessageType/code") or "",
        reference_of(text_of(order, f"{process}Responder")),
        moment_of(moment),
        order.get("TestMsg", "false").strip() in {"true", "1"},
    )


def fetched_of(said: Said) -> Fetched | None:
    """What `getMessage` gives: one message and its attachments. None where that is not what came."""
    header = said.header
    response = None if header is None else header.find(f"{{{OSCI}}}MsgBoxResponse")
    request_id = None if response is None else response.get("MsgBoxRequestID")
    body = said.one(f"{{{XTA}}}GenericContentContainer")
    container = None if body is None else body.find(f"{{{XTA}}}ContentContainer")
    if container is None or not request_id:
        return None
    parts = [each for each in container if each.tag in {f"{{{XTA}}}Message", f"{{{XTA}}}Attachment"}]
    replies = [_reply(said, each) for each in parts]
    whole = tuple(each for each in replies if each is not None)
    return (request_id, whole) if whole and len(whole) == len(parts) else None


def _reply(said: Said, part: Element) -> Reply | None:
    content = said.binary(part)
    if content is None:
        return None
    media_type = part.get("contentType", "").partition(";")[0].strip().lower()
    name = PurePath((part.get("filename") or "").replace("\\", "/")).name
    return Reply(media_type if _MEDIA_TYPE.fullmatch(media_type) else _BYTES, content, name or None)


def _delivery(text: str | None) -> DeliveryId | None:
    try:
        return DeliveryId(str(UUID(text))) if text else None
    except ValueError:
        return None


_HOPELESS = {UNREADABLE.cause.code, ANSWER_TOO_LARGE.cause.code}
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*", re.ASCII)
_BYTES = "application/octet-stream"
