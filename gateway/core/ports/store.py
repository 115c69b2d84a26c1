"""Store: one for everything, and what each use case needs of it.

Every method that writes returns only when the change is durable, and raises StoreUnavailable where it can't be
made so.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from gateway.core.acts import Act
from gateway.core.batch import Batch, BatchItem, BatchMember, BatchState, BatchView, Collection
from gateway.core.delivery import (
    Claimed,
    Overdue,
    Parcel,
    Receipt,
    Settlement,
    Submission,
    Ticket,
)
from gateway.core.incident import Incident
from gateway.core.message import DeliveryId, MessageId
from gateway.core.ports.systems import Batches, Pickup, References
from gateway.core.rate import Rate
from gateway.core.retention import Removed, Retention
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
from gateway.core.word import CheckedReply, Inquiry, Reply, Word

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

    async def hasten(self, now: datetime, latest: datetime) -> int:
        """Make first tries due that would wait until after `latest`; gives how many.

        A first try waits for no moment: whoever wrote such a one had a wrong clock.
        """
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
            TooManyReplies: there is no room for these replies beside those that it has; nothing was written.
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


class CollectorStore(TurnStore, Protocol):
    async def note_leftovers(self, destination: str, number: int, code: str, now: datetime) -> None:
        """Have it known how many answers to a destination nobody can use: an incident as long as there are any,
        which is told once when it opens and once when it closes.
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
        further already. With a `code`, why it could not be written, an incident is open until it is.
        """
        ...

    async def finish_batch(self, batch: Batch, now: datetime, confirm_by: datetime | None) -> bool:
        """Write down that its file has its name. Its items are to be confirmed until `confirm_by`; None: what is
        written counts as delivered. False where somebody else has written it down before.
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


class RetentionStore(Protocol):
    async def remove(self, retention: Retention, now: datetime, limit: int) -> Removed:
        """Remove the contents of replies and batch files that are no longer kept, at most `limit` of each kind, and
        write each down. Any number of processes may do so at once.
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
    RetentionStore,
    ReplyStore,
    InquiryStore,
    CollectorStore,
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
