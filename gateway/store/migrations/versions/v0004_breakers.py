"""Breakers of destinations, and the incidents of those that were away."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create both tables; without a row a breaker is closed."""
    op.create_table(
        "gates",
        sa.Column("destination", _word(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text()),
        sa.Column("opened_at", sa.BigInteger()),
        sa.Column("probe_at", sa.BigInteger()),
        sa.Column("probes", sa.Integer(), nullable=False),
        sa.Column("probe", _word()),
        sa.Column("probe_attempt", sa.Integer()),
        sa.PrimaryKeyConstraint("destination"),
    )
    op.create_table(
        "incidents",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("destination", _word(), nullable=False),
        sa.Column("trouble", _word(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("affected", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("incidents_by_destination", "incidents", ["destination", "opened_at"])
    op.create_index(
        "incidents_open",
        "incidents",
        ["destination", "trouble"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )


def _word() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
