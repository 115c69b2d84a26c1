"""Ports: what the core and the use cases need from the world outside, as Protocols.

Whoever implements one passes its contract suite in `tests/contract`.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol, runtime_checkable

from gateway.core.acts import Act
from gateway.core.batch import Batch, BatchItem, BatchMember, BatchState, BatchView, Collection
from gateway.core.check import Step
from gateway.core.delivery import (
    Claimed,
    Overdue,
    Parcel,
    Receipt,
    Settlement,
    Submission,
    Ticket,
)
from gateway.core.document import Document
from gateway.core.handbook import Edition, Handbook
from gateway.core.incident import Incident
from gateway.core.message import DeliveryId, Kommunikationspartner, Message, MessageId
from gateway.core.outcome import Cause, Outcome
from gateway.core.rate import Rate
from gateway.core.refusal import Finding, Verdict
from gateway.core.report import Sketch
from gateway.core.status import MessageState
from gateway.core.tenants import Portal, SpecialistSystem
from gateway.core.views import (
    DeliveryView,
    Depth,
    DestinationView,
    Diagnosis,
    KeyView,
    MessageView,
    Page,
    Performed,
    ReplyView,
)
from gateway.core.word import Answer, CheckedReply, Inquiry, Reply, Word


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


# --- XML ---------------------------------------------------------------------------------------------


Deadlines = Callable[[Kommunikationspartner], Mapping[str, int]]
"""The days of the deadlines that a message's reader has set itself, by the names that rules give them."""


def no_deadlines(_leser: Kommunikationspartner) -> Mapping[str, int]:
    """Every recipient goes by the days of the rules."""
    return {}


class Schemas(Protocol):
    """The only door for XML."""

    def open(self, content: bytes) -> Document:
        """Parse safely, identify by exactly one bundle, read the header facts.

        Raises:
            Refused: not well-formed, not UTF-8, DOCTYPE, too deep, unknown or ambiguous kind,
                header facts missing (then together with the schema's findings).
        """
        ...

    def check(self, document: Document, on: date, deadlines: Deadlines = no_deadlines) -> Verdict:
        """Hold a document against its version's validity window on a legal date (Europe/Berlin), against
        its schema, the code lists and the rules of its bundle. `deadlines`: those of its reader, which count
        in place of the days of the rules.
        """
        ...


class IntakeSchemas(Schemas, Protocol):
    """`Schemas` for intake, which answers many portals at once and explains refusals to people."""

    def glance(
        self, content: bytes, on: date, deadlines: Deadlines = no_deadlines
    ) -> tuple[Document, Verdict] | None:
        """What `open` and `check` say, where that takes little time for a small document. None where they have
        to explain what is wrong, or where a bundle has its documents looked at by more than a fast validator:
        then they are asked in a thread, from the start, because a tree belongs to the thread that parsed it.

        Raises:
            Refused: as `open` does, without findings.
        """
        ...

    def sketch(self, content: bytes, findings: Sequence[Finding]) -> Sketch | None:
        """Draw a document without its values, with the places of findings marked. None where it can't be
        read, or is too large to be looked at.
        """
        ...


class Handbooks(Protocol):
    """What is known about each kind of message, for those who write them."""

    def editions(self) -> Sequence[Edition]:
        """The handbooks that there are, one for each kind."""
        ...

    def handbook(self, edition: Edition) -> Handbook | None:
        """One of them; None where there is no such edition any more. Takes up to a second: not for an event
        loop.
        """
        ...


# --- specialist systems ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Consignment:
    """What an adapter gets to deliver."""

    delivery: DeliveryId
    """Goes along as the idempotency key: the same on every attempt."""
    attempt: int
    message: Message
    document: Document
    """The message's content, parsed for reading."""


class Adapter(Protocol):
    """Speaks to one specialist system. Never raises for what the other side does."""

    async def deliver(self, consignment: Consignment) -> Outcome: ...

    async def aclose(self) -> None: ...


@runtime_checkable
class Askable(Protocol):
    """What an adapter can do beside delivering where its system can be asked. Whoever has an adapter finds out
    by `isinstance`; an adapter whose system can't tell has no such method.
    """

    async def ask(self, inquiry: Inquiry) -> Answer:
        """Ask what became of a delivery: the system's word on it, `NotThere` only where the system says for
        sure that it has never seen it, None where it could not tell now. Changes nothing over there, and
        never raises for what the other side does.
        """
        ...


class Collected(Protocol):
    """A word that lay ready to be collected. Neither done nor set aside, it lies there the next time again."""

    @property
    def word(self) -> Word: ...

    async def done(self) -> None:
        """It is safe in the store: take it away, or mark it."""
        ...

    async def set_aside(self, reason: str) -> None:
        """It can't be used, for a reason that is a short code: put it where a person finds it."""
        ...


@runtime_checkable
class Collecting(Protocol):
    """What an adapter can do beside delivering where its system leaves its words somewhere: a return folder, a
    mailbox. Found out like `Askable`. One process at a time collects for a destination.
    """

    def collect(self) -> AsyncIterator[Collected]:
        """What lies ready now, oldest first; ends when there is nothing more. What can't be read as a word at
        all the adapter sets aside by itself. Never raises for what the other side does.
        """
        ...


@runtime_checkable
class Checkable(Protocol):
    """What an adapter can do beside delivering where its way to the system can be looked at."""

    def check(self) -> AsyncIterator[Step]:
        """Look at one thing after the other; what comes after a failure is skipped. Sends no message, changes
        nothing over there, and never raises for what the other side does.
        """
        ...


class Pickup(Protocol):
    """Where messages are laid out for a specialist system that fetches them by itself."""

    async def ready(self, destination: str) -> None:
        """Find out whether something could be laid out now.

        Raises:
            Unavailable: it could not.
        """
        ...

    async def offer(self, destination: str, parcel: Parcel) -> None:
        """Lay a parcel out durably. Offering the same delivery again does no harm: the system
        recognises it by its id.

        Raises:
            ParcelTooLarge: never laid out.
            Unavailable: not laid out, or unknown whether it was.
        """
        ...


class References(Protocol):
    """The systems' own names for deliveries, where a name must be safe before a message leaves under it: what is
    kept here survives the attempt and the worker.
    """

    async def reference(self, delivery: DeliveryId) -> str | None:
        """The name that is known.

        Raises:
            Unavailable: nobody can tell now.
        """
        ...

    async def keep_reference(
        self, delivery: DeliveryId, name: str, instead_of: str | None = None
    ) -> str | None:
        """Keep a name durably where `instead_of` is known until now. Returns what is known afterwards: another
        name where somebody else was faster, None where there is no such delivery.

        Raises:
            Unavailable: kept, or not.
        """
        ...


class Batches(Protocol):
    """Where deliveries are collected for systems that take many of them in one file."""

    async def collect_item(self, item: BatchItem, layout: str, now: datetime) -> None:
        """Keep a delivery's line durably for the next batch of its destination. Again changes nothing, until a
        person replays the delivery: then it is collected for a later batch.

        Raises:
            Unavailable: kept, or not.
        """
        ...

    async def delivery_at(self, destination: str, number: int, line: int) -> DeliveryId | None:
        """Whose a place in a batch is, lines counted from 1; None where there is no such place.

        Raises:
            Unavailable: nobody can tell now.
        """
        ...


@runtime_checkable
class Batching(Protocol):
    """What an adapter can do beside delivering where its system takes many deliveries in one file. Found out like
    `Askable`. No method raises for what the other side does.
    """

    @property
    def layout(self) -> str:
        """Tells the layout by which it writes lines from every other."""
        ...

    @property
    def largest(self) -> int:
        """How many items a batch has at most."""
        ...

    def is_due(self, collection: Collection, now: datetime) -> bool:
        """Whether what has been collected is to be closed now."""
        ...

    def file(self, number: int, closed_at: datetime, items: Sequence[BatchItem]) -> tuple[str, bytes]:
        """Name and content of a batch's file. Depend on nothing but the arguments."""
        ...

    async def prepare(self, batch: Batch) -> Cause | None:
        """Bring the file to the system under a name by which nobody takes it; again writes it anew. None where it
        is there.
        """
        ...

    async def release(self, batch: Batch) -> Cause | None:
        """Give the prepared file its name. What is not there under the earlier one has got it before: also where
        the system has taken it since. None where it has its name.
        """
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What `bootstrap` hands every adapter beside its destination."""

    clock: Clock
    pickup: Pickup
    references: References
    batches: Batches
    folder: Path
    """Relative folders of a destination's settings are meant from here."""
    config_folder: Path
    """Where the configuration lies: relative files of a destination's settings (certificates, descriptions of
    services) are meant from here.
    """


# --- broker ------------------------------------------------------------------------------------------


class Handed(Protocol):
    """A ticket in the hands of a consumer. Neither acked nor put back, it comes again.

    Neither method raises for what happens to the broker: where an ack does not arrive the ticket comes
    again, and the store knows by then that it is done.
    """

    @property
    def ticket(self) -> Ticket: ...

    async def ack(self) -> None:
        """Done with it. Only after the outcome is committed."""
        ...

    async def put_back(self) -> None:
        """Not now: to the queue again."""
        ...


class Broker(Protocol):
    """Carries tickets that are ready, one queue per destination, at least once."""

    @property
    def generation(self) -> int:
        """Changes whenever what was published may have been lost, e.g. after a reconnect."""
        ...

    async def publish(self, tickets: Sequence[Ticket]) -> frozenset[Ticket]:
        """Put tickets on their queues and wait for the confirms.

        Returns those that were confirmed. The others may have arrived all the same. A ticket for a
        destination that the broker does not know is not confirmed and hinders no other.

        Raises:
            BrokerUnavailable: none can be confirmed now.
        """
        ...

    def consume(self, destination: str, prefetch: int) -> AbstractAsyncContextManager[AsyncIterator[Handed]]:
        """Consume a destination's queue with at most `prefetch` tickets in hand. The iterator outlives
        broken connections and ends only when the context is left.
        """
        ...

    async def ping(self) -> None:
        """Raises:
        BrokerUnavailable: the broker does not answer in time.
        """
        ...


class Letter(Protocol):
    """A receipt of a specialist system in hand. Neither acked nor refused, it comes again."""

    sender: str | None
    """Who sent it, as the broker has made sure; None where the sender did not say."""
    body: bytes

    async def ack(self) -> None:
        """It is safe in the store."""
        ...

    async def refuse(self, reason: str) -> None:
        """It can't be used, for a reason that is a short code: to where people look for such."""
        ...


class Letterbox(Protocol):
    """Where receipts of specialist systems arrive that do not come over HTTP."""

    def letters(self, prefetch: int) -> AbstractAsyncContextManager[AsyncIterator[Letter]]:
        """Letters as they come, at most `prefetch` in hand, until the context is left."""
        ...


# --- store -------------------------------------------------------------------------------------------
# Every method that writes returns only when the change is durable, and raises StoreUnavailable where it
# can't be made so.


NO_RATES: Mapping[str, Rate] = {}


class IntakeStore(Protocol):
    async def accept(self, submission: Submission) -> Receipt:
        """Make a message, its deliveries and its timeline entry durable in one commit.

        The same (portal, nachrichten_uuid) or (portal, idempotency_key) again with the same content
        gives the first receipt with `repeated`, also at the same moment in several processes.

        Raises:
            Refused: ALREADY_USED, the UUID or the key was used for other content.
        """
        ...


class WithdrawalStore(Protocol):
    async def withdraw(self, id: MessageId, portal: str, now: datetime) -> MessageView:
        """Take a portal's message back from every destination that certainly has not got it and gets it from
        nobody at this moment; the others stay as they are. Again changes nothing.

        Raises:
            NotFound: there is none, or another portal sent it.
        """
        ...


class RelayStore(Protocol):
    async def take_due(
        self, now: datetime, limit: int, republish_after: timedelta, rates: Mapping[str, Rate] = NO_RATES
    ) -> list[Ticket]:
        """Take deliveries that are due for publishing, round-robin over destinations and tenants.

        A taken one is due again after `republish_after` (doubled with each time) unless it is claimed
        before: what the broker lost is published again. At most a window of tickets per destination is
        on its queue at a time, and no more than its rate allows, for all relays together; nothing while
        it is paused, and only a probe now and then while it is away.
        """
        ...

    async def give_back(self, tickets: Sequence[Ticket], at: datetime) -> None:
        """Make taken tickets due again at a moment: their publishing was not confirmed."""
        ...

    async def republish_all(self, now: datetime) -> None:
        """Make every published and unclaimed delivery due again: the broker may have lost them."""
        ...

    async def wait_due(self, timeout: timedelta) -> None:
        """Sleep until something may have become due, at most `timeout`."""
        ...


class DeliveryStore(Protocol):
    async def claim(self, ticket: Ticket, worker: str, now: datetime, lease: timedelta) -> Claimed | None:
        """Take a delivery for this attempt by compare-and-set; None where somebody else has it, or had."""
        ...

    async def renew(self, ticket: Ticket, now: datetime, lease: timedelta) -> bool:
        """Hold a claimed delivery for another `lease` from now. False where this attempt has ended: it is not
        held any more.
        """
        ...

    async def settle(self, settlement: Settlement) -> bool:
        """Write how an attempt ended. False where the lease was lost in the meantime: then only the
        timeline gets an entry.
        """
        ...

    async def held_back(self, destination: str, since: datetime, until: datetime) -> timedelta:
        """For how long between two moments a destination got nothing, because it was away."""
        ...

    async def overdue(self, now: datetime, limit: int) -> list[Overdue]:
        """Claimed deliveries whose lease has run out, and pending ones not confirmed in time."""
        ...


class ReceiptStore(Protocol):
    async def confirm(
        self,
        word: Word,
        system: SpecialistSystem,
        now: datetime,
        *,
        replies: Sequence[CheckedReply] = (),
        asked: bool = False,
    ) -> DeliveryView:
        """Write a specialist system's own word, in whatever state it finds the delivery. The same word again
        changes nothing, and a late one leaves the status as it is. `replies`: those of the word, checked;
        `asked`: it was the answer to a question, so that the system is asked again until it says that the
        matter is closed.

        Raises:
            NotFound: no such delivery among the system's destinations.
            ForbiddenTransition: the delivery has ended otherwise.
        """
        ...


class ReplyStore(Protocol):
    async def replies(self, message: MessageId, portal: str) -> Sequence[ReplyView]:
        """What the specialist systems have sent back for a message, in the order of arrival.

        Raises:
            NotFound: the portal has sent no such message.
        """
        ...

    async def fetch_reply(
        self, message: MessageId, number: int, portal: str, now: datetime
    ) -> tuple[ReplyView, Reply]:
        """One reply with its content. The first time is written down, as proof that the portal has it.

        Raises:
            NotFound: the portal has sent no such message, or it has no such reply.
        """
        ...


class InquiryStore(Protocol):
    async def take_inquiries(
        self, destination: str, now: datetime, every: timedelta, limit: int
    ) -> Sequence[Inquiry]:
        """Take the deliveries that a destination is to be asked about now, those first that wait longest: what
        is pending or unclear, and what became known by asking and is not closed. None is given to two who ask at once,
        and none while the destination is paused. The
        next question about each is `every` later, then twice as long, up to about a day.
        """
        ...


class TurnStore(Protocol):
    async def take_turn(self, name: str, holder: str, now: datetime, length: timedelta) -> bool:
        """Take one's turn with something that one process at a time may do, for `length` from now, or keep it;
        False where another holder's turn has not run out.
        """
        ...


class PickupShelf(Pickup, Protocol):
    """A `Pickup` in the store, emptied over HTTP; a confirmation takes a parcel off the shelf."""

    async def lease(self, destination: str, now: datetime, duration: timedelta, limit: int) -> list[Parcel]:
        """Hand out parcels, oldest first; what is not confirmed by then is handed out again. A parcel is
        held back while an earlier one with the same order key is still on the shelf.
        """
        ...

    async def extend(
        self, destination: str, delivery: DeliveryId, now: datetime, duration: timedelta
    ) -> None:
        """Keep a parcel longer.

        Raises:
            NotFound: no such parcel is leased.
        """
        ...


class BatchStore(Batches, Protocol):
    async def collections(self, destination: str) -> list[Collection]:
        """What is in no batch yet: one for each layout by which lines were written."""
        ...

    async def collected_items(self, destination: str, layout: str, limit: int) -> list[BatchItem]:
        """What is in no batch yet, in the order of its coming."""
        ...

    async def close_batch(
        self,
        batch: tuple[str, int],
        members: Sequence[DeliveryId],
        file: tuple[str, bytes],
        now: datetime,
    ) -> bool:
        """Fix members and file of a batch, by destination and number, in one commit. False where somebody else has
        closed one meanwhile, or taken a member: then nothing has changed.
        """
        ...

    async def take_batch(self, destinations: Sequence[str], now: datetime, lease: timedelta) -> Batch | None:
        """A batch that is to be written, the earlier of a destination before the later; nobody else gets it while
        the lease lasts.
        """
        ...

    async def advance_batch(
        self, batch: Batch, state: BatchState, now: datetime, due: datetime, code: str | None = None
    ) -> bool:
        """Write down how far the writing has come, and from when it is to be gone on with. False where it is
        further already.
        """
        ...

    async def batches(self, destination: str | None = None, limit: int = 100) -> list[BatchView]:
        """What collects, then batches, the latest first."""
        ...

    async def batch_members(self, destination: str, number: int) -> list[BatchMember]:
        """The items of a batch, in their order.

        Raises:
            NotFound: there is no such batch.
        """
        ...


class MessageQueries(Protocol):
    async def message(self, id: MessageId, portal: str | None = None) -> MessageView:
        """One message with its timeline, only if `portal` sent it (None: whoever sent it).

        Raises:
            NotFound: there is none.
        """
        ...

    async def messages(
        self,
        portal: str | None,
        *,
        since: datetime | None = None,
        state: MessageState | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[MessageView]:
        """Messages, oldest first; `after` is `Page.next` of the page before."""
        ...

    async def failed(
        self, *, destination: str | None = None, after: str | None = None, limit: int = 100
    ) -> Page[DeliveryView]:
        """Deliveries that need a person, oldest first."""
        ...

    async def depths(self, now: datetime) -> list[Depth]:
        """What is not delivered, by destination and state."""
        ...

    async def incidents(self, *, open_only: bool = False, limit: int = 100) -> list[Incident]:
        """Outages of destinations, newest first."""
        ...

    async def destinations(self, names: Sequence[str], now: datetime) -> list[DestinationView]:
        """Where these destinations stand."""
        ...


class KeyStore(Protocol):
    async def holder(self, key_id: str, secret_hash: str) -> Portal | SpecialistSystem | None:
        """Whose key this is; None where it is unknown, wrong or revoked."""
        ...

    async def keys(self) -> list[KeyView]: ...


class ActStore(Protocol):
    async def perform(self, act: Act, now: datetime) -> Performed:
        """Carry out a person's act and write its audit entry in the same commit.

        Raises:
            NotFound: it is about something that does not exist.
            NotReplayable: the delivery is not in a state to be replayed.
            ForbiddenTransition: the delivery is not in a state to be dismissed.
        """
        ...


class Store(
    IntakeStore,
    WithdrawalStore,
    RelayStore,
    DeliveryStore,
    References,
    ReceiptStore,
    ReplyStore,
    InquiryStore,
    TurnStore,
    PickupShelf,
    BatchStore,
    MessageQueries,
    KeyStore,
    ActStore,
    Protocol,
):
    """The one store: it knows what is due."""

    async def diagnosis(self, now: datetime) -> Diagnosis:
        """Who works, and what nobody works on."""
        ...

    async def ping(self) -> None:
        """Raises:
        StoreUnavailable: the store does not answer in time.
        """
        ...

    async def aclose(self) -> None: ...


class PayloadCodec(Protocol):
    """How payload bytes go into the store and come out of it (plain today; encryption keeps the seam)."""

    def encode(self, content: bytes) -> tuple[str, bytes]:
        """The name of the codec and key, and the bytes to keep."""
        ...

    def decode(self, codec: str, stored: bytes) -> bytes: ...


class Authenticator(Protocol):
    """Who is asking. An API key today; mutual TLS and OAuth2 answer the same question."""

    async def authenticate(self, authorization: str | None) -> Portal | SpecialistSystem | None: ...
