"""What failed is found by its destination, and batches by their time, however many there are."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Indexes alone."""
    where = "state IN ('expired', 'parked', 'rejected', 'unclear')"
    op.create_index(
        "deliveries_failed",
        "deliveries",
        ["destination", "updated_at", "id"],
        postgresql_where=sa.text(where),
        sqlite_where=sa.text(where),
    )
    op.create_index("batches_by_time", "batches", ["closed_at"])
