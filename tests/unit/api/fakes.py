"""Fakes of all that the API calls, and a real server around it."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from gateway.api import HandbookPages, Limits, Services, create_app
from gateway.api.server import ApiServer, Bind
from gateway.core.delivery import Parcel, Receipt
from gateway.core.errors import ForbiddenTransition, NotFound
from gateway.core.handbook import (
    Content,
    Edition,
    Example,
    Form,
    Handbook,
    HeaderPlace,
    KnownKind,
    Row,
    Said,
    Section,
)
from gateway.core.incident import Incident
from gateway.core.message import DeliveryId, MessageId
from gateway.core.refusal import Finding
from gateway.core.report import Report, Sketch
from gateway.core.status import DeliveryState, MessageState
from gateway.core.tenants import Portal, SpecialistSystem
from gateway.core.views import DeliveryView, Depth, DestinationView, EventView, MessageView, Page, ReplyView
from gateway.core.word import MEANINGS, Reply, Standing, Weight, Word, weigh
from gateway.reports.imprint import Imprint
from tests.builders import ANMELDUNG, NOON, FakeClock

PORTAL_KEY = "Bearer portal"
OTHER_PORTAL_KEY = "Bearer other"
SYSTEM_KEY = "Bearer system"
MESSAGE = "0190f000-0000-7000-8000-000000000001"
CURSOR = "1762081200000000-0190f000-0000-7000-8000-000000000001"
DELIVERY = "0190f000-0000-7000-8000-00000000000a"

HOLDERS: dict[str, Portal | SpecialistSystem] = {
    PORTAL_KEY: Portal("landesportal", ("psw:01003110",)),
    OTHER_PORTAL_KEY: Portal("anderes", ("psw:01003111",)),
    SYSTEM_KEY: SpecialistSystem("liegenschaften", ("liegenschaft-zossen",)),
}


class FakeAuthenticator:
    async def authenticate(self, authorization: str | None) -> Portal | SpecialistSystem | None:
        return HOLDERS.get(authorization or "")


@dataclass
class FakeIntake:
    """Accepts everything once; what it should do instead is set as `instead`."""

    instead: Callable[[], None] = lambda: None
    submitted: list[tuple[bytes, str, str | None]] = field(default_factory=list)
    release: threading.Event | None = None
    """Where set, a submission waits for it."""

    report: Report = field(default_factory=lambda: a_report())  # noqa: PLW0108 - it stands below
    sketched: list[Sequence[Finding]] = field(default_factory=list)

    async def validate(self, content: bytes, portal: Portal) -> Report:
        self.instead()
        return self.report

    async def sketch(self, content: bytes, findings: Sequence[Finding]) -> Sketch | None:
        self.sketched.append(findings)
        return None

    async def submit(self, content: bytes, portal: Portal, idempotency_key: str | None) -> Receipt:
        self.instead()
        if self.release is not None:
            await asyncio.to_thread(self.release.wait, 10)
        repeated = any(content == before for before, _, _ in self.submitted)
        self.submitted.append((content, portal.name, idempotency_key))
        return Receipt(
            id=MessageId(MESSAGE),
            nachrichten_uuid="0b5c2f1e-7d0c-4b8a-9c1d-2f6f3a1f9e10",
            standard="ab-meldewesen",
            version="1.0",
            root="meldewesen.anmeldung.0101",
            service="registration/anmeldung",
            tenant="zossen",
            destinations=("einwohner", "statistik"),
            sha256=sha256(content).hexdigest(),
            received_at=NOON,
            repeated=repeated,
        )


def a_report() -> Report:
    return Report(ANMELDUNG, tenant="zossen", destinations=("einwohner",))


def a_delivery(state: DeliveryState = DeliveryState.PARKED) -> DeliveryView:
    return DeliveryView(
        id=DeliveryId(DELIVERY),
        message=MessageId(MESSAGE),
        tenant="zossen",
        portal="landesportal",
        service="registration/anmeldung",
        destination="liegenschaft-zossen",
        state=state,
        attempt=3,
        due_at=None,
        updated_at=NOON,
        code="http-503",
        detail="HTTP 503",
    )


def a_view() -> MessageView:
    return MessageView(
        id=MessageId(MESSAGE),
        nachrichten_uuid="0b5c2f1e-7d0c-4b8a-9c1d-2f6f3a1f9e10",
        standard="ab-meldewesen",
        version="1.0",
        root="meldewesen.anmeldung.0101",
        service="registration/anmeldung",
        tenant="zossen",
        portal="landesportal",
        sha256="0" * 64,
        size=8,
        received_at=NOON,
        state=MessageState.NEEDS_ATTENTION,
        deliveries=(a_delivery(),),
        timeline=(
            EventView(NOON, "received", "portal:landesportal"),
            EventView(
                NOON, "replayed", "operator:erika", "liegenschaft-zossen", 2, None, "Erika fragte nach"
            ),
        ),
    )


@dataclass
class FakeQueries:
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def message(self, id: MessageId, portal: str | None = None) -> MessageView:
        view = a_view()
        if id != view.id or portal != view.portal:
            raise NotFound
        return view

    async def messages(
        self,
        portal: str | None,
        *,
        since: datetime | None = None,
        state: MessageState | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[MessageView]:
        self.asked.append({"since": since, "state": state, "after": after, "limit": limit})
        views = (replace(a_view(), timeline=()),) if portal == "landesportal" else ()
        return Page(views, None if after or not views else CURSOR)

    async def failed(
        self, *, destination: str | None = None, after: str | None = None, limit: int = 100
    ) -> Page[DeliveryView]:
        return Page((a_delivery(),))

    async def incidents(self, *, open_only: bool = False, limit: int = 100) -> list[Incident]:
        return []

    async def destinations(self, names: Sequence[str], now: datetime) -> list[DestinationView]:
        return []

    async def depths(self, now: datetime) -> list[Depth]:
        return []


class FakeWithdrawals:
    """One delivery that goes back, and one for which it is too late."""

    async def withdraw(self, id: MessageId, portal: str, now: datetime) -> MessageView:
        view = a_view()
        if id != view.id or portal != view.portal:
            raise NotFound
        late = replace(a_delivery(DeliveryState.CLAIMED), destination="statistik")
        return replace(view, deliveries=(a_delivery(DeliveryState.WITHDRAWN), late))


class FakeReceipts:
    """One pending delivery."""

    def __init__(self) -> None:
        self.delivery = a_delivery(DeliveryState.PENDING)
        self.word: Word | None = None

    async def take(self, word: Word, system: SpecialistSystem) -> DeliveryView:
        if word.delivery != self.delivery.id or self.delivery.destination not in system.destinations:
            raise NotFound
        known = self.delivery.system_status
        if weigh(word, Standing(known, NOON) if known else None) is Weight.CONTRADICTION:
            raise ForbiddenTransition(str(known), word.status)
        state = MEANINGS[word.status].state
        self.delivery = replace(
            self.delivery, state=state, reference=word.reference, system_status=word.status, system_at=NOON
        )
        self.word = word
        return self.delivery


class FakeReplies:
    """One reply to one message."""

    reply = Reply("application/pdf", b"%PDF-1.7", "bescheid Göritz.pdf")

    def __init__(self) -> None:
        self.view = ReplyView(
            message=MessageId(MESSAGE),
            number=1,
            delivery=DeliveryId(DELIVERY),
            destination="liegenschaft-zossen",
            media_type=self.reply.media_type,
            size=len(self.reply.content),
            sha256=sha256(self.reply.content).hexdigest(),
            received_at=NOON,
        )

    async def replies(self, message: MessageId, portal: str) -> Sequence[ReplyView]:
        if message != MESSAGE or portal != "landesportal":
            raise NotFound
        return (self.view,)

    async def fetch_reply(
        self, message: MessageId, number: int, portal: str, now: datetime
    ) -> tuple[ReplyView, Reply]:
        if number != 1:
            raise NotFound
        [self.view] = [replace(view, fetched_at=now) for view in await self.replies(message, portal)]
        return self.view, self.reply


class FakeShelf:
    """One parcel, until it is leased."""

    def __init__(self) -> None:
        parcel = Parcel(
            delivery=DeliveryId(DELIVERY),
            message=MessageId(MESSAGE),
            tenant="zossen",
            service="real-estate/negativzeugnis",
            root="liegenschaften.negativzeugnis.0501",
            content_type="application/xml",
            body="<m>Chóśebuz</m>".encode(),
        )
        self.laid_out = [parcel]
        self.leased: dict[str, timedelta] = {}
        self.looks = 0
        self.on_look: dict[int, Callable[[], None]] = {}
        """What happens just before a look of this number, from 1."""

    async def ready(self, destination: str) -> None: ...

    async def offer(self, destination: str, parcel: Parcel) -> None:
        self.laid_out.append(parcel)

    async def lease(self, destination: str, now: datetime, duration: timedelta, limit: int) -> list[Parcel]:
        self.looks += 1
        if on_look := self.on_look.get(self.looks):
            on_look()
        taken, self.laid_out = self.laid_out[:limit], self.laid_out[limit:]
        self.leased |= {parcel.delivery: duration for parcel in taken}
        return taken

    async def extend(
        self, destination: str, delivery: DeliveryId, now: datetime, duration: timedelta
    ) -> None:
        if delivery not in self.leased:
            raise NotFound
        self.leased[delivery] = duration


class Now(Executor):
    """Does at once what it is given."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - as the base class has it
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def a_handbook(**changes: Any) -> Handbook:  # noqa: ANN401 - any field
    known = KnownKind(
        kind=ANMELDUNG,
        namespace="urn:amtsbote:schema:meldewesen:1.0",
        de="Anmeldung einer Wohnung",
        en="Registration of a residence",
        standard_de="Meldewesen",
        standard_en="Registration",
        valid_from=date(2026, 5, 1),
        valid_until=None,
    )
    row = Row(
        anchor="/person",
        name="person",
        form=Form.ELEMENT,
        depth=0,
        least=1,
        most=None,
        one_of=(),
        content=Content.ELEMENTS,
        type_name="PersonType",
        said=(Said("Wer einzieht.", "de"),),
    )
    section = Section("/", ANMELDUNG.root, is_type=False, said=(), rows=(row,))
    book = Handbook(
        known=known,
        header=(HeaderPlace("leser_kennung", "kopf/leser", None),),
        test="@test",
        demands=("zeitpunkt-zone",),
        explained=True,
        sections=(section,),
        values=(),
        types=(),
        conditions=(),
        left_out=0,
        example=Example("<a>&amp;</a>", is_valid=True),
        max_bytes=10_000_000,
        max_depth=100,
    )
    return replace(book, **changes)


@dataclass
class FakeHandbooks:
    """One kind; the handbook is made anew at each call."""

    stamp: str = "first"
    made: int = 0

    def editions(self) -> tuple[Edition, ...]:
        return (Edition(a_handbook().known, self.stamp),)

    def handbook(self, edition: Edition) -> Handbook | None:
        self.made += 1
        return a_handbook() if edition.stamp == self.stamp else None


async def fine() -> None:
    """A readiness check that finds nothing."""


def fake_services() -> Services:
    return Services(
        intake=FakeIntake(),
        messages=FakeQueries(),
        receipts=FakeReceipts(),
        replies=FakeReplies(),
        shelf=FakeShelf(),
        withdrawals=FakeWithdrawals(),
        authenticator=FakeAuthenticator(),
        clock=FakeClock(),
        handbooks=HandbookPages(FakeHandbooks(), Now(), Imprint()),
        checks={"store": fine},
    )


@contextmanager
def serving(services: Services, limits: Limits) -> Iterator[int]:
    """A real server on a port of its own, in a thread with its own event loop."""
    server = ApiServer(create_app(services, limits), Bind(port=0, graceful_seconds=1))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        yield asyncio.run(server.until_started())
    finally:
        server.stop()
        thread.join()
