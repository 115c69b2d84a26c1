"""What specialist systems say: their status, their words, their replies; whom to ask, and whose turn it is."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add it; of deliveries from before nothing is known that the tables do not say."""
    for column in _columns():
        op.add_column("deliveries", column)
    condition = sa.text("asked_at IS NOT NULL")
    op.create_index(
        "deliveries_asking",
        "deliveries",
        ["destination", "asked_at"],
        postgresql_where=condition,
        sqlite_where=condition,
    )
    # What waits for its receipt may be asked about from now on.
    op.execute("UPDATE deliveries SET asked_at = updated_at WHERE state = 'pending'")
    op.create_table(
        "words",
        sa.Column("id", _serial(), autoincrement=True, nullable=False),
        sa.Column("delivery_id", _word(), nullable=False),
        sa.Column("tenant", _word(), nullable=False),
        sa.Column("status", _word(), nullable=False),
        sa.Column("said_at", sa.BigInteger()),
        sa.Column("reference", sa.Text()),
        sa.Column("code", sa.Text()),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("words_delivery", "words", ["delivery_id", "id"])
    op.create_table("replies", *_reply())
    op.create_index("replies_once", "replies", ["delivery_id", "sha256"], unique=True)
    op.create_table(
        "turns",
        sa.Column("name", _word(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("system_status", _word()),
        sa.Column("system_at", sa.BigInteger()),
        sa.Column("doubtful", sa.Boolean()),
        sa.Column("asked_at", sa.BigInteger()),
        sa.Column("asked", sa.Integer()),
    ]


def _reply() -> list[Any]:
    return [
        sa.Column("message_id", _word(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tenant", _word(), nullable=False),
        sa.Column("delivery_id", _word(), nullable=False),
        sa.Column("destination", _word(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", _word(), nullable=False),
        sa.Column("standard", sa.Text()),
        sa.Column("version", sa.Text()),
        sa.Column("root", sa.Text()),
        sa.Column("service", sa.Text()),
        sa.Column("findings", sa.Text()),
        sa.Column("codec", sa.Text(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"]),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"]),
        sa.PrimaryKeyConstraint("message_id", "number"),
    ]


def _word() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _serial() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
