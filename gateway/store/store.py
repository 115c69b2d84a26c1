"""SqlStore: the one store, for SQLite and PostgreSQL."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Literal, Self

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
from gateway.core.ports import NO_RATES, PayloadCodec
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
from gateway.store import (
    acts,
    attempt,
    batch_views,
    batches,
    claim,
    collected,
    depths,
    diagnosis,
    due,
    incidents,
    inquiry,
    pauses,
    receipt,
    reference,
    reply,
    shelf,
    views,
)
from gateway.store.accept import Accept
from gateway.store.engine.codec import PlainCodec
from gateway.store.engine.database import Database, Doorbell, sqlite_file
from gateway.store.engine.doorbell import LocalDoorbell, PostgresDoorbell
from gateway.store.engine.sqlite import SqliteDatabase
from gateway.store.engine.statement import Statement, Tx
from gateway.store.engine.times import maybe_moment, micros, moment
from gateway.store.engine.translate import SchemaNotCurrent
from gateway.store.engine.writer import BatchWriter
from gateway.store.retention import Remove
from gateway.store.schema import check_current, upgrade_database
from gateway.store.turns import Round
from gateway.store.withdraw import Withdraw

Mode = Literal["write", "read"]

DEFAULT_WINDOW = 500
DEFAULT_BATCH = 64
_PING = Statement("SELECT 1")


async def upgrade(url: str) -> None:
    """Bring the database behind `url` to the present shape of the tables; creates a SQLite file.

    Raises:
        StoreUnavailable: it can't be reached, or a server is writing to the SQLite file.
    """
    file = sqlite_file(url)
    if file is not None:
        await asyncio.to_thread(file.parent.mkdir, parents=True, exist_ok=True)
    database = await _connect(url, "write")
    try:
        await upgrade_database(database)
    finally:
        await database.aclose()


class SqlStore:
    """The one `Store`: it knows what is due.

    Changes are commands that a batch writer commits together; what is read runs beside them.
    """

    def __init__(
        self,
        database: Database,
        doorbell: Doorbell,
        *,
        codec: PayloadCodec,
        window: int,
        batch: int,
        tell: Callable[[Incident], None],
        commit: Callable[[int, float], None],
    ) -> None:
        self._database = database
        self._doorbell = doorbell
        self._codec = codec
        self._window = window
        self._round = Round()
        self._tell = tell
        self._writer = BatchWriter(
            self._write, lanes=database.lanes, size=batch, ring=doorbell.ring, observe=commit
        )

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        mode: Mode = "write",
        codec: PayloadCodec | None = None,
        window: int = DEFAULT_WINDOW,
        batch: int = DEFAULT_BATCH,
        tell: Callable[[Incident], None] = lambda _: None,
        commit: Callable[[int, float], None] = lambda _commands, _seconds: None,
    ) -> Self:
        """Open the database behind `sqlite:///path` or `postgresql://...`.

        One process at a time may write to a SQLite file; `mode="read"` opens it beside that one.
        `window` is how many tickets of a destination may be with the broker at once, `batch` how many
        commands share a transaction. `tell` hears of every incident that this store opens or closes,
        `commit` how many commands each transaction had and how long it took.

        Raises:
            StoreUnavailable: it can't be reached, or another process writes to the SQLite file.
            SchemaNotCurrent: its tables need `upgrade`.
        """
        file = sqlite_file(url)
        if file is not None and not await asyncio.to_thread(file.exists):
            raise SchemaNotCurrent(f"{file} does not exist: run `amtsbote db upgrade`")
        database = await _connect(url, mode)
        try:
            await check_current(database)
        except BaseException:
            await database.aclose()
            raise
        return cls(
            database,
            _doorbell(url),
            codec=codec or PlainCodec(),
            window=window,
            batch=batch,
            tell=tell,
            commit=commit,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Commit what is waiting, then close every connection."""
        await self._writer.aclose()
        await self._doorbell.aclose()
        await self._database.aclose()

    async def ping(self) -> None:
        """Raises:
        StoreUnavailable: the store does not answer in time.
        """
        await self._database.read(lambda tx: tx.run(_PING))

    @property
    def waiting(self) -> int:
        """Commands that no transaction has taken yet."""
        return self._writer.waiting

    @property
    def connections(self) -> int:
        """Connections to the database in use now; there are `most_connections`."""
        return self._database.in_use

    @property
    def most_connections(self) -> int:
        """Beyond them, whoever wants to read waits."""
        return self._database.connections

    async def _write(self, work: Callable[[Tx], list[Any]]) -> list[Any]:
        last: list[Tx] = []

        def noting(tx: Tx) -> list[Any]:
            last[:] = [tx]  # a transaction that collides is run again
            return work(tx)

        results = await self._database.write(noting)
        for tx in last:
            for incident in tx.told:
                self._tell(incident)
            if tx.rings:
                self._doorbell.ring()
        return results

    # --- intake ---------------------------------------------------------------------------------------

    async def accept(self, submission: Submission) -> Receipt:
        """Make a submission durable, once."""
        codec, stored = self._codec.encode(submission.message.content)
        return await self._writer.submit(Accept(submission, codec, stored))

    async def withdraw(self, id: MessageId, portal: str, now: datetime) -> MessageView:
        """Take a portal's message back from every destination that has not got it."""
        return await self._writer.submit(Withdraw(id, portal, now))

    # --- relay ----------------------------------------------------------------------------------------

    async def take_due(
        self, now: datetime, limit: int, republish_after: timedelta, rates: Mapping[str, Rate] = NO_RATES
    ) -> list[Ticket]:
        """Take what is due for publishing, in turn from every (destination, tenant)."""
        return await self._writer.submit(
            due.TakeDue(now, limit, republish_after, rates, self._window, self._round)
        )

    async def give_back(self, tickets: Sequence[Ticket], at: datetime) -> None:
        """Make taken tickets due again at a moment."""
        await self._writer.submit(due.GiveBack(tickets, at))

    async def republish_all(self, now: datetime) -> None:
        """Make every published and unclaimed delivery due again."""
        await self._writer.submit(due.RepublishAll(now))

    async def hasten(self, now: datetime, latest: datetime) -> int:
        """Make first tries due that would wait until after `latest`."""
        return await self._writer.submit(due.Hasten(now, latest))

    async def wait_due(self, timeout: timedelta) -> None:
        """Sleep until something may have become due, at most `timeout`."""
        seconds = timeout.total_seconds()
        # Room in a full window comes from claims, which do not ring: there are too many of them.
        await self._doorbell.wait(min(seconds, self._round.look_again or seconds))

    # --- delivery -------------------------------------------------------------------------------------

    async def claim(self, ticket: Ticket, worker: str, now: datetime, lease: timedelta) -> Claimed | None:
        """Take a delivery for this attempt by compare-and-set."""
        taken = await self._writer.submit(claim.Claim(ticket, worker, now, lease))
        if taken is None:
            return None
        row, delivery = taken
        return Claimed(
            ticket,
            claim.message(row, self._codec.decode(row.codec, row.bytes)),
            moment(delivery.since),
            delivery.reference,
            bool(delivery.doubtful),
        )

    async def renew(self, ticket: Ticket, now: datetime, lease: timedelta) -> bool:
        """Hold a claimed delivery for another lease."""
        return await self._writer.submit(claim.Renew(ticket, now, lease))

    async def settle(self, settlement: Settlement) -> bool:
        """Write how an attempt ended."""
        return await self._writer.submit(attempt.Settle(settlement))

    async def held_back(self, destination: str, since: datetime, until: datetime) -> timedelta:
        """For how long a destination got nothing."""
        return await self._database.read(lambda tx: incidents.held_back(tx, destination, since, until))

    async def reference(self, delivery: DeliveryId) -> str | None:
        """The system's own name for a delivery."""
        return await self._database.read(lambda tx: reference.known(tx, delivery))

    async def keep_reference(
        self, delivery: DeliveryId, name: str, instead_of: str | None = None
    ) -> str | None:
        """Keep a system's own name while the attempt is on its way."""
        return await self._writer.submit(reference.Keep(delivery, name, instead_of))

    async def delivery_named(self, name: str) -> DeliveryId | None:
        """Whose a kept name is, or was."""
        return await self._database.read(lambda tx: reference.named(tx, name))

    async def overdue(self, now: datetime, limit: int) -> list[Overdue]:
        """Claimed deliveries past their lease, and pending ones not confirmed in time."""
        return await self._database.read(lambda tx: attempt.overdue(tx, now, limit))

    async def confirm(
        self,
        word: Word,
        system: SpecialistSystem,
        now: datetime,
        *,
        replies: Sequence[CheckedReply] = (),
        asked: bool = False,
    ) -> DeliveryView:
        """Write a specialist system's own word."""
        stored = [reply.encoded(each, self._codec) for each in replies]
        return await self._writer.submit(receipt.Confirm(word, system, now, stored, asked))

    async def replies(self, message: MessageId, portal: str) -> Sequence[ReplyView]:
        """What the specialist systems have sent back for a message."""
        return (await self.message(message, portal)).replies

    async def fetch_reply(
        self, message: MessageId, number: int, portal: str, now: datetime
    ) -> tuple[ReplyView, Reply]:
        """One reply with its content; the first time is written down before it is given out."""
        row = await self._database.read(lambda tx: reply.load(tx, message, number, portal))
        view = reply.view(row)
        if view.fetched_at is None:
            fetched_at = await self._writer.submit(reply.Fetched(message, number, now))
            view = replace(view, fetched_at=maybe_moment(fetched_at))
        return view, reply.decoded(row, self._codec)

    async def take_inquiries(
        self, destination: str, now: datetime, every: timedelta, limit: int
    ) -> Sequence[Inquiry]:
        """Take the deliveries that a destination is to be asked about now."""
        return await self._writer.submit(inquiry.TakeInquiries(destination, now, every, limit))

    async def take_turn(self, name: str, holder: str, now: datetime, length: timedelta) -> bool:
        """Take one's turn with something that one process at a time may do, or keep it."""
        return await self._writer.submit(inquiry.TakeTurn(name, holder, now, length))

    async def note_leftovers(self, destination: str, number: int, code: str, now: datetime) -> None:
        """Open, renew or close the incident about answers that nobody can use."""
        await self._writer.submit(incidents.Leave(destination, number, code, now))

    # --- shelf ----------------------------------------------------------------------------------------

    async def ready(self, destination: str) -> None:  # noqa: ARG002 - one shelf for all
        """Find out whether something could be laid out now."""
        await self.ping()

    async def offer(self, destination: str, parcel: Parcel) -> None:
        """Lay a parcel out durably."""
        codec, stored = self._codec.encode(parcel.body)
        await self._writer.submit(shelf.Offer(destination, parcel, codec, stored))

    async def lease(self, destination: str, now: datetime, duration: timedelta, limit: int) -> list[Parcel]:
        """Hand out parcels, oldest first."""
        rows = await self._writer.submit(shelf.Lease(destination, now, duration, limit))
        return [shelf.parcel(row, self._codec.decode(row.codec, row.bytes)) for row in rows]

    async def extend(
        self, destination: str, delivery: DeliveryId, now: datetime, duration: timedelta
    ) -> None:
        """Keep a parcel longer."""
        await self._writer.submit(shelf.Extend(destination, delivery, now, duration))

    # --- batches --------------------------------------------------------------------------------------

    async def collect_item(self, item: BatchItem, layout: str, now: datetime) -> None:
        """Keep a delivery's line for the next batch of its destination."""
        codec, stored = self._codec.encode(item.line)
        await self._writer.submit(collected.Collect(item, layout, codec, stored, now))

    async def delivery_at(self, destination: str, number: int, line: int) -> DeliveryId | None:
        """Whose a place in a batch is."""
        return await self._database.read(lambda tx: batch_views.delivery_at(tx, destination, number, line))

    async def collections(self, destination: str) -> list[Collection]:
        """What is in no batch yet, by layouts."""
        return await self._database.read(lambda tx: collected.collected(tx, destination))

    async def collected_items(self, destination: str, layout: str, limit: int) -> list[BatchItem]:
        """What is in no batch yet, in the order of its coming."""
        rows = await self._database.read(lambda tx: collected.lines(tx, destination, layout, limit))
        return [collected.item(row, self._codec.decode(row.codec, row.bytes)) for row in rows]

    async def close_batch(
        self,
        batch: tuple[str, int],
        members: Sequence[DeliveryId],
        file: tuple[str, bytes],
        now: datetime,
    ) -> bool:
        """Fix members and file of a batch."""
        codec, stored = self._codec.encode(file[1])
        close = batches.Close(*batch, tuple(members), file[0], codec, stored, now)
        try:
            return await self._writer.submit(close)
        except batches.MembersChangedError:
            return False

    async def take_batch(self, destinations: Sequence[str], now: datetime, lease: timedelta) -> Batch | None:
        """A batch that is to be written."""
        row = await self._writer.submit(batches.Take(tuple(destinations), now, lease))
        if row is None:
            return None
        content = self._codec.decode(row.codec, row.bytes)
        return Batch(row.destination, row.number, BatchState(row.state), row.name, content)

    async def advance_batch(
        self, batch: Batch, state: BatchState, now: datetime, due: datetime, code: str | None = None
    ) -> bool:
        """Write down how far the writing of a batch has come."""
        step = batches.Advance(batch.destination, batch.number, state, now, due, code)
        return await self._writer.submit(step)

    async def finish_batch(self, batch: Batch, now: datetime, confirm_by: datetime | None) -> bool:
        """Write down that a batch is written."""
        return await self._writer.submit(batches.Finish(batch.destination, batch.number, now, confirm_by))

    async def batches(self, destination: str | None = None, limit: int = 100) -> list[BatchView]:
        """What collects, then batches, the latest first."""
        return await self._database.read(lambda tx: batch_views.views(tx, destination, limit))

    async def batch_members(self, destination: str, number: int) -> list[BatchMember]:
        """The items of a batch, in their order."""
        return await self._database.read(lambda tx: batch_views.members(tx, destination, number))

    # --- retention ------------------------------------------------------------------------------------

    async def remove(self, retention: Retention, now: datetime, limit: int) -> Removed:
        """Remove contents that are no longer kept."""
        return await self._writer.submit(Remove(retention, now, limit))

    # --- queries --------------------------------------------------------------------------------------

    async def message(self, id: MessageId, portal: str | None = None) -> MessageView:
        """One message with its timeline."""
        return await self._database.read(lambda tx: views.message(tx, id, portal))

    async def messages(
        self,
        portal: str | None,
        *,
        since: datetime | None = None,
        state: MessageState | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[MessageView]:
        """Messages, oldest first."""
        return await self._database.read(
            lambda tx: views.message_page(tx, portal, since, state, after, limit)
        )

    async def failed(
        self, *, destination: str | None = None, after: str | None = None, limit: int = 100
    ) -> Page[DeliveryView]:
        """Deliveries that need a person, oldest first."""
        return await self._database.read(lambda tx: views.failed_page(tx, destination, after, limit))

    async def depths(self, now: datetime) -> list[Depth]:
        """What is not delivered, by destination and state."""
        return await self._database.read(lambda tx: depths.depths(tx, micros(now)))

    async def diagnosis(self, now: datetime) -> Diagnosis:
        """Who works, and what nobody works on."""
        return await self._database.read(lambda tx: diagnosis.diagnosis(tx, micros(now)))

    async def incidents(self, *, open_only: bool = False, limit: int = 100) -> list[Incident]:
        """Outages of destinations, newest first."""
        return await self._database.read(lambda tx: incidents.incidents(tx, open_only=open_only, limit=limit))

    async def destinations(self, names: Sequence[str], now: datetime) -> list[DestinationView]:
        """Where these destinations stand."""
        return await self._database.read(lambda tx: pauses.views(tx, names, now))

    # --- keys and acts --------------------------------------------------------------------------------

    async def holder(self, key_id: str, secret_hash: str) -> Portal | SpecialistSystem | None:
        """Whose key this is."""
        return await self._database.read(lambda tx: acts.holder(tx, key_id, secret_hash))

    async def keys(self) -> list[KeyView]:
        """All keys, also revoked ones."""
        return await self._database.read(acts.keys)

    async def perform(self, act: Act, now: datetime) -> Performed:
        """Carry out a person's act together with its audit entry."""
        return await self._writer.submit(acts.Perform(act, now))


async def _connect(url: str, mode: Mode) -> Database:
    file = sqlite_file(url)
    if file is None:
        from gateway.store.engine.postgres import PostgresDatabase  # noqa: PLC0415 - without PostgreSQL, without asyncpg

        return PostgresDatabase(url)
    return await asyncio.to_thread(SqliteDatabase, file, writable=mode == "write")


def _doorbell(url: str) -> Doorbell:
    return LocalDoorbell() if sqlite_file(url) is not None else PostgresDoorbell(url)
