"""A message keeps the warnings that it was accepted with."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; messages from before have no warnings."""
    op.add_column("messages", sa.Column("warnings", sa.Text()))
