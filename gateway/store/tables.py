"""Tables: the present shape of the store. The migrations lead there; a test holds the two together."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

metadata = MetaData()

# Ids and names compare byte by byte: faster on PostgreSQL, and the order that SQLite has.
Word = Text().with_variant(Text(collation="C"), "postgresql")
Moment = BigInteger()
"""Microseconds since 1970 in UTC."""
Serial = BigInteger().with_variant(Integer(), "sqlite")

messages = Table(
    "messages",
    metadata,
    Column("id", Word, primary_key=True),
    Column("tenant", Word, nullable=False),
    Column("portal", Word, nullable=False),
    Column("standard", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("root", Text, nullable=False),
    Column("service", Word, nullable=False),
    Column("leistung", Text),
    Column("nachrichten_uuid", Word, nullable=False),
    Column("nachrichtentyp", Text, nullable=False),
    Column("erstellungszeitpunkt", Text, nullable=False),
    Column("leser_kennung", Text, nullable=False),
    Column("leser_verzeichnisdienst", Text),
    Column("autor_kennung", Text, nullable=False),
    Column("autor_verzeichnisdienst", Text),
    Column("test", Boolean, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("idempotency_key", Word),
    Column("received_at", Moment, nullable=False),
    Column("warnings", Text),
    Column("order_key", Word),
    Index("messages_uuid", "portal", "nachrichten_uuid", unique=True),
    Index(
        "messages_idempotency_key",
        "portal",
        "idempotency_key",
        unique=True,
        postgresql_where=text("idempotency_key IS NOT NULL"),
        sqlite_where=text("idempotency_key IS NOT NULL"),
    ),
    Index("messages_by_portal", "portal", "received_at", "id"),
    Index("messages_by_time", "received_at", "id"),
)

contents = Table(
    "contents",
    metadata,
    Column("message_id", Word, ForeignKey("messages.id"), primary_key=True),
    Column("tenant", Word, nullable=False),
    Column("codec", Text, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
)


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Word, primary_key=True),
    Column("message_id", Word, ForeignKey("messages.id"), nullable=False),
    Column("tenant", Word, nullable=False),
    Column("destination", Word, nullable=False),
    Column("service", Word, nullable=False),
    Column("state", Word, nullable=False),
    Column("attempt", Integer, nullable=False),
    # 0 high, 1 normal, 2 low
    Column("priority", Integer, nullable=False, server_default="1"),
    # Where it is recorded (W3C Trace Context).
    Column("trace", Text),
    # queued: not before, or when published to be published again; pending: to be confirmed until.
    Column("due_at", Moment),
    # How often the present attempt was given to the broker.
    Column("published", Integer, nullable=False),
    Column("lease_until", Moment),
    Column("claimed_by", Text),
    Column("claimed_at", Moment),
    Column("since", Moment, nullable=False),
    Column("reference", Text),
    Column("code", Text),
    Column("detail", Text),
    Column("updated_at", Moment, nullable=False),
    # What the specialist system itself said last, and when it came to that.
    Column("system_status", Word),
    Column("system_at", Moment),
    # An attempt may have reached the system without its saying so.
    Column("doubtful", Boolean),
    # As long as the system may be asked: when it was last, or when there began to be a reason, and how often.
    Column("asked_at", Moment),
    Column("asked", Integer),
    # Where the destination wants the messages of a case in order: the case, the place in its line as long as
    # others wait behind, and whom it waits for itself. Whoever waits for another has no due time.
    Column("order_key", Word),
    Column("place", BigInteger),
    Column("waits_for", Word),
    Index("deliveries_message", "message_id"),
    Index("deliveries_line", "destination", "tenant", "order_key", "place", **_where("place IS NOT NULL")),
    Index("deliveries_behind", "waits_for", **_where("waits_for IS NOT NULL")),
    # One partial index per question, so that finished deliveries cost nothing.
    Index(
        "deliveries_fresh",
        "destination",
        "tenant",
        "priority",
        "due_at",
        **_where("state = 'queued' AND published = 0"),
    ),
    Index(
        "deliveries_published",
        "destination",
        "tenant",
        "due_at",
        **_where("state = 'queued' AND published > 0"),
    ),
    Index("deliveries_claimed", "lease_until", **_where("state = 'claimed'")),
    Index("deliveries_pending", "due_at", **_where("state = 'pending'")),
    Index("deliveries_asking", "destination", "asked_at", **_where("asked_at IS NOT NULL")),
    Index(
        "deliveries_attention",
        "updated_at",
        "id",
        **_where("state IN ('expired', 'parked', 'rejected', 'unclear')"),
    ),
    Index(
        "deliveries_failed",
        "destination",
        "updated_at",
        "id",
        **_where("state IN ('expired', 'parked', 'rejected', 'unclear')"),
    ),
    Index("deliveries_undelivered", "message_id", **_where("state IN ('dismissed', 'expired', 'withdrawn')")),
)

attempts = Table(
    "attempts",
    metadata,
    Column("delivery_id", Word, ForeignKey("deliveries.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("tenant", Word, nullable=False),
    Column("outcome", Word, nullable=False),
    Column("code", Text),
    Column("detail", Text),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment, nullable=False),
    PrimaryKeyConstraint("delivery_id", "number"),
)

# What specialist systems have said, with what makes one word the same as another.
words = Table(
    "words",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("delivery_id", Word, ForeignKey("deliveries.id"), nullable=False),
    Column("tenant", Word, nullable=False),
    Column("status", Word, nullable=False),
    Column("said_at", Moment),
    Column("reference", Text),
    Column("code", Text),
    Column("actor", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Index("words_delivery", "delivery_id", "id"),
)

replies = Table(
    "replies",
    metadata,
    Column("message_id", Word, ForeignKey("messages.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("tenant", Word, nullable=False),
    Column("delivery_id", Word, ForeignKey("deliveries.id"), nullable=False),
    Column("destination", Word, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Word, nullable=False),
    # The kind where it is XML that a bundle knows, and then what speaks against it, as JSON.
    Column("standard", Text),
    Column("version", Text),
    Column("root", Text),
    Column("service", Text),
    Column("findings", Text),
    Column("codec", Text, nullable=False),
    # The name of the file goes with the content: it may hold a person's.
    Column("bytes", LargeBinary, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("fetched_at", Moment),
    PrimaryKeyConstraint("message_id", "number"),
    Index("replies_once", "delivery_id", "sha256", unique=True),
    # A codec `removed` says that the content is no longer kept.
    Index("replies_fetched", "fetched_at", **_where("codec <> 'removed' AND fetched_at IS NOT NULL")),
    Index("replies_unfetched", "received_at", **_where("codec <> 'removed' AND fetched_at IS NULL")),
)

# Names under which deliveries were sent, for answers that quote them.
names = Table(
    "names",
    metadata,
    Column("name", Word, primary_key=True),
    Column("delivery_id", Word, ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False),
    Column("tenant", Word, nullable=False),
    Index("names_delivery", "delivery_id"),
)

# Work of which only one process at a time does its part.
turns = Table(
    "turns",
    metadata,
    Column("name", Word, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Moment, nullable=False),
)

# The timeline outlives what it tells of, so it refers to messages without a foreign key.
events = Table(
    "events",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("tenant", Word),
    Column("message_id", Word),
    Column("delivery_id", Word),
    Column("actor", Text, nullable=False),
    Column("action", Word, nullable=False),
    Column("attempt", Integer),
    Column("code", Text),
    Column("detail", Text),
    Index("events_message", "message_id", "id"),
)

access_keys = Table(
    "access_keys",
    metadata,
    Column("id", Word, primary_key=True),
    Column("secret_hash", Text, nullable=False),
    Column("kind", Word, nullable=False),
    Column("holder", Text, nullable=False),
    # JSON: for a portal autoren, tenants and services; for a specialist system destinations.
    Column("grants", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

# What keeps tickets from going out. No row: nothing does.
gates = Table(
    "gates",
    metadata,
    Column("destination", Word, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("code", Text),
    Column("opened_at", Moment),
    Column("probe_at", Moment),
    Column("probes", Integer, nullable=False),
    # The delivery and the attempt that are to find out whether the system works again.
    Column("probe", Word),
    Column("probe_attempt", Integer),
    Column("paused_until", Moment),
    # Of its rate: how far into the future the allowance is used up.
    Column("used_until", Moment),
)

pauses = Table(
    "pauses",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("destination", Word, nullable=False),
    Column("paused_at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("ended_at", Moment),
    Index("pauses_by_destination", "destination", "paused_at"),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("destination", Word, nullable=False),
    Column("trouble", Word, nullable=False),
    Column("code", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("affected", Integer, nullable=False),
    Index("incidents_by_destination", "destination", "opened_at"),
    Index("incidents_open", "destination", "trouble", unique=True, **_where("closed_at IS NULL")),
)

pickups = Table(
    "pickups",
    metadata,
    Column("delivery_id", Word, primary_key=True),
    Column("message_id", Word, nullable=False),
    Column("tenant", Word, nullable=False),
    Column("destination", Word, nullable=False),
    Column("service", Word, nullable=False),
    Column("root", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("test", Boolean, nullable=False),
    Column("order_key", Word),
    Column("codec", Text, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("lease_until", Moment),
    Index("pickups_shelf", "destination", "delivery_id"),
    Index("pickups_order", "destination", "tenant", "order_key", "delivery_id"),
)

batch_items = Table(
    "batch_items",
    metadata,
    Column("delivery_id", Word, nullable=False),
    # The start of the delivery's run: what a person replays is another item.
    Column("since", Moment, nullable=False),
    Column("tenant", Word, nullable=False),
    Column("destination", Word, nullable=False),
    Column("layout", Word, nullable=False),
    Column("codec", Text, nullable=False),
    # The line; none once the batch is written.
    Column("bytes", LargeBinary),
    Column("sums", Text, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("batch", BigInteger),
    Column("line", Integer),
    PrimaryKeyConstraint("delivery_id", "since"),
    Index("batch_items_open", "destination", "layout", "added_at", **_where("batch IS NULL")),
    Index("batch_items_line", "destination", "batch", "line", unique=True),
)

batches = Table(
    "batches",
    metadata,
    Column("destination", Word, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("state", Word, nullable=False),
    Column("name", Text, nullable=False),
    Column("items", BigInteger, nullable=False),
    Column("codec", Text, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("closed_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("lease_until", Moment),
    Column("written_at", Moment),
    Column("code", Text),
    PrimaryKeyConstraint("destination", "number"),
    Index("batches_kept", "written_at", **_where("codec <> 'removed' AND state = 'written'")),
    Index("batches_open", "destination", "number", **_where("state <> 'written'")),
    Index("batches_by_time", "closed_at"),
)

batch_orders = Table(
    "batch_orders",
    metadata,
    Column("destination", Word, primary_key=True),
    Column("at", Moment, nullable=False),
)
