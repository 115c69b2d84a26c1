"""Deliveries may expire, be withdrawn by their portal or dismissed by a person."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """What has expired is listed with what failed; what ended without its destination is found by message."""
    op.drop_index("deliveries_attention", "deliveries")
    op.create_index(
        "deliveries_attention",
        "deliveries",
        ["updated_at", "id"],
        **_where("state IN ('expired', 'parked', 'rejected', 'unclear')"),
    )
    op.create_index(
        "deliveries_undelivered",
        "deliveries",
        ["message_id"],
        **_where("state IN ('dismissed', 'expired', 'withdrawn')"),
    )


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
