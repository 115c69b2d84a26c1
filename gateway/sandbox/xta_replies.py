"""XTA replies: the mailbox of whoever has sent messages, in which the register office answers them."""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import quoteattr

from starlette.responses import Response

from gateway.core.document import Element
from gateway.sandbox.desk import Desk
from gateway.sandbox.journal import Entry, Result, Tally
from gateway.sandbox.notice import MEDIA_TYPE, Notice, notice_for
from gateway.sandbox.soap import SOAP_12
from gateway.sandbox.systems import System, Way
from gateway.sandbox.xta_words import META, OSCI, PREFIX, WSA, XTA, Order, fault, letter, said

REPLY = "reply-"
"""Begins what an id of a reply has that no other id has."""
CLOSED = ".closed"
"""Suffix of the file that says that a reply was fetched for good."""
MESSAGE_TYPE = "020901"


class Replies:
    """A reply follows each message that was taken. Everything is told by what lies on disk: nothing is forgotten."""

    def __init__(self, desk: Desk, folder: Path, delay: timedelta) -> None:
        self._desk = desk
        self._folder = folder
        self._delay = delay
        self.operations: Mapping[str, Callable[[Element], Awaitable[Response]]] = {
            "MsgBoxStatusListRequest": self.show,
            "MsgBoxFetchRequest": self.fetch,
            "MsgBoxCloseRequest": self.close,
        }
        """Of the mailbox's port, by the last part of their actions."""

    async def show(self, envelope: Element) -> Response:
        """`getStatusList`: metadata of what lies there for the author who asks, oldest first."""
        author = envelope.text("Header/Author/Identifier")
        wish = envelope.one("Body/MsgBoxStatusListRequest")
        at_most = (wish.attribute("maxListItems") if wish else None) or "100"
        orders = await asyncio.to_thread(self._answered, author)
        shown = orders[: int(at_most)] if at_most.isdecimal() else orders
        listed = "".join(letter(order, reply_id(order), MESSAGE_TYPE, taken) for order, taken in shown)
        return said(
            f'<o:MsgStatusList xmlns:o="{OSCI}" xmlns:m="{META}" xmlns:a="{WSA}">{listed}</o:MsgStatusList>'
        )

    async def fetch(self, envelope: Element) -> Response:
        """`getMessage`: one reply. It stays there until it is closed."""
        id_ = envelope.text("Body/MsgBoxFetchRequest/MsgSelector/MessageID") or ""
        author = envelope.text("Header/Author/Identifier")
        for order, _ in await asyncio.to_thread(self._answered, author):
            if reply_id(order) == id_:
                return _handed(id_, self._notice(order))
        return fault("InvalidMessageIDException", "9070")

    async def close(self, envelope: Element) -> Response:
        """`close`: the author has it safe."""
        author = envelope.text("Header/Author/Identifier")
        ids = {envelope.text("Body/MsgBoxCloseRequest/LastMsgReceived")}
        for order, _ in await asyncio.to_thread(self._answered, author):
            if reply_id(order) in ids:
                await asyncio.to_thread(order.file(self._folder).with_suffix(CLOSED).touch)
        return said("")

    def _answered(self, author: str | None) -> list[tuple[Order, datetime]]:
        """Orders of an author that were taken long enough ago, whose replies nobody has closed; oldest first."""
        now, found = datetime.now(UTC), []
        for file in self._folder.glob("*.json") if self._folder.is_dir() else ():
            order = Order.read_file(file)
            tally = self._tally(order) if order else None
            if order is None or tally is None or order.author != author or file.with_suffix(CLOSED).exists():
                continue
            taken = datetime.fromisoformat(tally.first)
            if tally.effects and now >= taken + self._delay:
                found.append((order, taken))
        return sorted(found, key=lambda each: each[1])

    def _tally(self, order: Order) -> Tally | None:
        return self._desk.journal.tallies[System.CIVIL_STATUS].get(order.delivery)

    def _notice(self, order: Order) -> Notice:
        tally = self._tally(order)
        assert tally is not None
        return notice_for(
            Entry(
                tally.first,
                System.CIVIL_STATUS,
                order.delivery,
                tally.message,
                tally.kind,
                tally.sha256,
                Result.TAKEN,
                1,
                tally.reference,
                Way.XTA,
            )
        )


def reply_id(order: Order) -> str:
    """The id of the reply to a message."""
    return f"{PREFIX}{REPLY}{order.message_id.removeprefix(PREFIX)}"


def _handed(id_: str, notice: Notice) -> Response:
    content = b64encode(notice.content).decode()
    head = (
        f'<o:MsgBoxResponse xmlns:o="{OSCI}" MsgBoxRequestID={quoteattr(id_)}>'
        "<o:ItemsPending>0</o:ItemsPending></o:MsgBoxResponse>"
    )
    body = (
        f'<x:GenericContentContainer xmlns:x="{XTA}"><x:ContentContainer><x:Message contentType="{MEDIA_TYPE}" '
        f'filename={quoteattr(notice.name)} size="{len(notice.content)}">{content}</x:Message>'
        "</x:ContentContainer></x:GenericContentContainer>"
    )
    return SOAP_12.envelope(body, head=head)
