"""The names under which deliveries were sent can be looked up."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0010"


def upgrade() -> None:
    """Ids that XTA services gave until now are taken over, as far as they have not been replaced."""
    op.create_table(
        "names",
        sa.Column("name", _word(), primary_key=True),
        sa.Column("delivery_id", _word(), sa.ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False),
        sa.Column("tenant", _word(), nullable=False),
    )
    op.create_index("names_delivery", "names", ["delivery_id"])
    op.execute(
        """INSERT INTO names (name, delivery_id, tenant) SELECT reference, min(id), min(tenant)
        FROM deliveries WHERE reference LIKE 'urn:de:xta:messageid:%' GROUP BY reference"""
    )


def _word() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
