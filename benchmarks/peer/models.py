"""Models: one table, because each message has one receiver."""

from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import DateTime, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class State(StrEnum):
    RECEIVED = "received"
    DELIVERED = "delivered"
    FAILED = "failed"


def now() -> datetime:
    """In UTC."""
    return datetime.now(UTC)


class Base(DeclarativeBase):
    pass


class Message(Base):
    """A message of a portal, and what became of it."""

    __tablename__ = "messages"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    nachrichten_uuid: Mapped[UUID] = mapped_column(unique=True)
    recipient: Mapped[str] = mapped_column(String(8))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    state: Mapped[str] = mapped_column(String(16), default=State.RECEIVED, index=True)
    delivered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
