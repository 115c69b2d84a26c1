"""The store: messages, deliveries and all that happened to them, in SQLite or PostgreSQL."""

from gateway.store.engine.codec import PlainCodec
from gateway.store.engine.translate import SchemaNotCurrent
from gateway.store.store import SqlStore, upgrade

__all__ = ["PlainCodec", "SchemaNotCurrent", "SqlStore", "upgrade"]
