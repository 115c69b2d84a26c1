"""Deliveries may be part of a trace."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Those from before are part of none."""
    op.add_column("deliveries", sa.Column("trace", sa.Text()))
