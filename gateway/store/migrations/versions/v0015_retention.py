"""What is no longer kept is found by its time."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Indexes alone."""
    _index("replies_fetched", "replies", "fetched_at", "codec <> 'removed' AND fetched_at IS NOT NULL")
    _index("replies_unfetched", "replies", "received_at", "codec <> 'removed' AND fetched_at IS NULL")
    _index("batches_kept", "batches", "written_at", "codec <> 'removed' AND state = 'written'")


def _index(name: str, table: str, column: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, [column], postgresql_where=condition, sqlite_where=condition)
