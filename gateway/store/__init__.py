"""The store: messages, deliveries and all that happened to them, in SQLite or PostgreSQL."""

from gateway.store.codec import PlainCodec
from gateway.store.store import SqlStore, upgrade
from gateway.store.translate import SchemaNotCurrent

__all__ = ["PlainCodec", "SchemaNotCurrent", "SqlStore", "upgrade"]
