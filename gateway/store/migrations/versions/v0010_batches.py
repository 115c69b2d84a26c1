"""Deliveries are collected into batches."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Nothing is collected yet."""
    op.create_table(
        "batch_items",
        sa.Column("delivery_id", _word(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("tenant", _word(), nullable=False),
        sa.Column("destination", _word(), nullable=False),
        sa.Column("layout", _word(), nullable=False),
        sa.Column("codec", sa.Text(), nullable=False),
        sa.Column("bytes", sa.LargeBinary()),
        sa.Column("sums", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("batch", sa.BigInteger()),
        sa.Column("line", sa.Integer()),
        sa.PrimaryKeyConstraint("delivery_id", "since"),
    )
    where = "batch IS NULL"
    op.create_index(
        "batch_items_open",
        "batch_items",
        ["destination", "layout", "added_at"],
        postgresql_where=sa.text(where),
        sqlite_where=sa.text(where),
    )
    op.create_index("batch_items_line", "batch_items", ["destination", "batch", "line"], unique=True)
    op.create_table(
        "batches",
        sa.Column("destination", _word(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("state", _word(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("items", sa.BigInteger(), nullable=False),
        sa.Column("codec", sa.Text(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("written_at", sa.BigInteger()),
        sa.Column("code", sa.Text()),
        sa.PrimaryKeyConstraint("destination", "number"),
    )
    where = "state <> 'written'"
    op.create_index(
        "batches_open",
        "batches",
        ["destination", "number"],
        postgresql_where=sa.text(where),
        sqlite_where=sa.text(where),
    )
    op.create_table(
        "batch_orders",
        sa.Column("destination", _word(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("destination"),
    )


def _word() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
