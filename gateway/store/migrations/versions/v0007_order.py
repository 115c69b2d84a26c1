"""Messages of one case stay in order where a destination asks for it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Messages from before belong to no case."""
    op.add_column("messages", sa.Column("order_key", _word()))
    op.add_column("deliveries", sa.Column("order_key", _word()))
    op.add_column("deliveries", sa.Column("place", sa.BigInteger()))
    op.add_column("deliveries", sa.Column("waits_for", _word()))
    op.create_index(
        "deliveries_line",
        "deliveries",
        ["destination", "tenant", "order_key", "place"],
        **_where("place IS NOT NULL"),
    )
    op.create_index("deliveries_behind", "deliveries", ["waits_for"], **_where("waits_for IS NOT NULL"))


def _word() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
