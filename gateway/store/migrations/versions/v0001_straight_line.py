"""The tables of the straight line: messages, deliveries, what happened to them, keys and parcels."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "access_keys",
        sa.Column("id", _word(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("kind", _word(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("grants", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "events",
        sa.Column("id", _serial(), autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("tenant", _word()),
        sa.Column("message_id", _word()),
        sa.Column("delivery_id", _word()),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", _word(), nullable=False),
        sa.Column("attempt", sa.Integer()),
        sa.Column("code", sa.Text()),
        sa.Column("detail", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("events_message", "events", ["message_id", "id"])
    op.create_table(
        "messages",
        sa.Column("id", _word(), nullable=False),
        sa.Column("tenant", _word(), nullable=False),
        sa.Column("portal", _word(), nullable=False),
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("service", _word(), nullable=False),
        sa.Column("leistung", sa.Text()),
        sa.Column("nachrichten_uuid", _word(), nullable=False),
        sa.Column("nachrichtentyp", sa.Text(), nullable=False),
        sa.Column("erstellungszeitpunkt", sa.Text(), nullable=False),
        sa.Column("leser_kennung", sa.Text(), nullable=False),
        sa.Column("leser_verzeichnisdienst", sa.Text()),
        sa.Column("autor_kennung", sa.Text(), nullable=False),
        sa.Column("autor_verzeichnisdienst", sa.Text()),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("idempotency_key", _word()),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("messages_by_portal", "messages", ["portal", "received_at", "id"])
    op.create_index("messages_by_time", "messages", ["received_at", "id"])
    op.create_index(
        "messages_idempotency_key",
        "messages",
        ["portal", "idempotency_key"],
        unique=True,
        **_where("idempotency_key IS NOT NULL"),
    )
    op.create_index("messages_uuid", "messages", ["portal", "nachrichten_uuid"], unique=True)
    op.create_table(
        "pickups",
        sa.Column("delivery_id", _word(), nullable=False),
        sa.Column("message_id", _word(), nullable=False),
        sa.Column("tenant", _word(), nullable=False),
        sa.Column("destination", _word(), nullable=False),
        sa.Column("service", _word(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("order_key", _word()),
        sa.Column("codec", sa.Text(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.Column("lease_until", sa.BigInteger()),
        sa.PrimaryKeyConstraint("delivery_id"),
    )
    op.create_index("pickups_order", "pickups", ["destination", "tenant", "order_key", "delivery_id"])
    op.create_index("pickups_shelf", "pickups", ["destination", "delivery_id"])
    op.create_table(
        "contents",
        sa.Column("message_id", _word(), nullable=False),
        sa.Column("tenant", _word(), nullable=False),
        sa.Column("codec", sa.Text(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"]),
        sa.PrimaryKeyConstraint("message_id"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", _word(), nullable=False),
        sa.Column("message_id", _word(), nullable=False),
        sa.Column("tenant", _word(), nullable=False),
        sa.Column("destination", _word(), nullable=False),
        sa.Column("service", _word(), nullable=False),
        sa.Column("state", _word(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("published", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("claimed_by", sa.Text()),
        sa.Column("claimed_at", sa.BigInteger()),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text()),
        sa.Column("code", sa.Text()),
        sa.Column("detail", sa.Text()),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "deliveries_attention",
        "deliveries",
        ["updated_at", "id"],
        **_where("state IN ('parked', 'rejected', 'unclear')"),
    )
    op.create_index("deliveries_claimed", "deliveries", ["lease_until"], **_where("state = 'claimed'"))
    op.create_index(
        "deliveries_fresh",
        "deliveries",
        ["destination", "tenant", "due_at"],
        **_where("state = 'queued' AND published = 0"),
    )
    op.create_index("deliveries_message", "deliveries", ["message_id"])
    op.create_index("deliveries_pending", "deliveries", ["due_at"], **_where("state = 'pending'"))
    op.create_index(
        "deliveries_published",
        "deliveries",
        ["destination", "tenant", "due_at"],
        **_where("state = 'queued' AND published > 0"),
    )
    op.create_table(
        "attempts",
        sa.Column("delivery_id", _word(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tenant", _word(), nullable=False),
        sa.Column("outcome", _word(), nullable=False),
        sa.Column("code", sa.Text()),
        sa.Column("detail", sa.Text()),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"]),
        sa.PrimaryKeyConstraint("delivery_id", "number"),
    )
    if op.get_bind().dialect.name == "postgresql":
        # A queue leaves a dead row with every change of state: cleaned early, it stays fast.
        op.execute("ALTER TABLE deliveries SET (autovacuum_vacuum_scale_factor = 0.02)")


def _word() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _serial() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
