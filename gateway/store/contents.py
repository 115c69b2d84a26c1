"""Contents: keeps the bytes of messages, without more copies of them than there must be."""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.store.engine.large import LARGE, insert_large
from gateway.store.engine.statement import Statement, Tx


@dataclass(frozen=True, slots=True)
class Content:
    """What a codec made of a message."""

    message: str
    tenant: str
    codec: str
    stored: bytes


def keep(tx: Tx, contents: Iterable[Content]) -> None:
    """Insert contents of messages that have none."""
    short = []
    for each in contents:
        texts = (each.message, each.tenant, each.codec)
        if len(each.stored) < LARGE:
            short.append((*texts, each.stored))
        else:
            insert_large(tx, "contents", ("message_id", "tenant", "codec", "bytes"), texts, each.stored)
    tx.each(_INSERT, short)


_INSERT = Statement("INSERT INTO contents (message_id, tenant, codec, bytes) VALUES (:p1, :p2, :p3, :p4)")
