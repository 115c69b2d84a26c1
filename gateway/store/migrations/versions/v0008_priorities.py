"""Deliveries have a priority."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Those from before are normal."""
    op.add_column("deliveries", sa.Column("priority", sa.Integer(), nullable=False, server_default="1"))
    op.drop_index("deliveries_fresh", "deliveries")
    op.create_index(
        "deliveries_fresh",
        "deliveries",
        ["destination", "tenant", "priority", "due_at"],
        **_where("state = 'queued' AND published = 0"),
    )


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
