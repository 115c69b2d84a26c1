"""XTA: the mailbox of the civil status system, behind the operations of XTA 2.1.1 that a sender needs."""

import binascii
import hashlib
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway.core.document import Element
from gateway.core.errors import Refused
from gateway.sandbox.answers import Answered, answer
from gateway.sandbox.checks import is_served
from gateway.sandbox.desk import Desk
from gateway.sandbox.faults import Fault
from gateway.sandbox.journal import Arrival
from gateway.sandbox.settings import SandboxSettings
from gateway.sandbox.soap import SOAP_12, read_envelope
from gateway.sandbox.systems import System, Way
from gateway.sandbox.xta_replies import Replies
from gateway.sandbox.xta_words import NOT_BOOKED, Order, XtaVoice, fault, message_id, new_id, report, said
from schemas.door import parse

PATH = "/civil-status/xta"
VOICE = XtaVoice()


def routes(desk: Desk, settings: SandboxSettings) -> list[Route]:
    """`POST /civil-status/xta` takes all operations, of the management port, the send port and the mailbox."""
    mailbox = Mailbox(desk, settings)
    replies = Replies(desk, mailbox.folder, timedelta(seconds=settings.notice_seconds))

    async def call(request: Request) -> Response:
        if not SOAP_12.is_spoken(request):
            return PlainTextResponse(f"XTA is {SOAP_12.media_type}", 415)
        body = await request.body()
        envelope = read_envelope(body)
        action = (envelope.text("Header/Action") or "").rpartition("/")[2] if envelope else ""
        match action:
            case "CheckAccountActive" | "CreateMessageID":
                return said(message_id(new_id()) if action == "CreateMessageID" else "")
            case "SendMessage" if envelope:
                return await mailbox.take(envelope)
            case "GetTransportReport" if envelope:
                return mailbox.report(envelope.text("Body/MessageID") or "")
            case _:
                asked = replies.operations.get(action)
                return (
                    await asked(envelope)
                    if asked and envelope
                    else fault("ParameterIsNotValidException", "9020")
                )

    return [Route(PATH, call, methods=["POST"])]


class Mailbox:
    """What was handed over, by message id, and what is reported about it."""

    def __init__(self, desk: Desk, settings: SandboxSettings) -> None:
        self._desk = desk
        self._settings = settings
        self._late: dict[str, float] = {}
        """Seconds by which a rule delays the report on a delivery; it is forgotten with a restart."""

    async def take(self, envelope: Element) -> Response:
        """Take a message into the mailbox, once: the same id again is a fault of its own (9024)."""
        order = Order.read(envelope)
        content = _content(envelope)
        if order is None or content is None:
            return fault("ParameterIsNotValidException", "9020")
        root = _root_of(content)
        arrival = Arrival(
            System.CIVIL_STATUS,
            Way.XTA,
            order.delivery,
            hashlib.sha256(content).hexdigest(),
            message=order.message_id,
            kind=root or order.message_type,
        )
        # Before it is written down: a report must find what the journal knows.
        order.keep(self.folder)
        answered = await answer(self._desk, arrival, VOICE, self._check(order, root))
        self._note_lateness(arrival.delivery, answered)
        return answered.response

    def report(self, id: str) -> Response:
        """What became of a message: open at first, then green."""
        order = Order.find(self.folder, id)
        tallies = self._desk.journal.tallies[System.CIVIL_STATUS]
        tally = tallies.get(order.delivery) if order else None
        if order is None or tally is None or not tally.effects:
            return fault("InvalidMessageIDException", "9070")
        taken = datetime.fromisoformat(tally.first)
        late = self._late.get(order.delivery, 0.0)
        reported = taken + timedelta(seconds=self._settings.processing_seconds + late)
        return said(report(order, taken if datetime.now(UTC) >= reported else None))

    @property
    def folder(self) -> Path:
        """Where orders are kept."""
        return self._settings.folder / "xta"

    def _check(self, order: Order, root: str | None) -> str | None:
        if not is_served(order.reader_ags, self._settings.gemeinden):
            return NOT_BOOKED
        return "dokument-unlesbar" if root is None else None

    def _note_lateness(self, delivery: str, answered: Answered) -> None:
        match answered.rule.fault if answered.rule else None:
            case Fault.RECEIPT_NEVER:
                self._late[delivery] = timedelta(days=3650).total_seconds()
            case Fault.RECEIPT_LATE if answered.rule:
                self._late[delivery] = answered.rule.duration
            case _:
                pass


def _content(envelope: Element) -> bytes | None:
    """The message itself; None where there is none."""
    text = envelope.text("Body/GenericContentContainer/ContentContainer/Message")
    try:
        return b64decode("".join((text or "").split()), validate=True) or None
    except binascii.Error:
        return None


def _root_of(content: bytes) -> str | None:
    """The name of a document's root; None where it is no XML."""
    try:
        return parse(content).name
    except Refused:
        return None
