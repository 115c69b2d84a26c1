"""Intake: from the bytes that a portal posted to a durable acceptance, or to every reason for refusal."""

import asyncio
from concurrent.futures import Executor
from datetime import date
from hashlib import sha256

from uuid_utils import uuid7

from gateway.clock import legal_date
from gateway.core.delivery import Receipt, Submission
from gateway.core.document import Document
from gateway.core.errors import Refused
from gateway.core.message import Message, MessageId
from gateway.core.ports import Clock, IntakeStore, Schemas
from gateway.core.refusal import Verdict
from gateway.core.routing import Route, route
from gateway.core.tenants import Directory, Portal
from gateway.disk import DiskFloor

INLINE_BYTES = 64 * 1024
"""Up to here reading a document takes about as long as handing it to another thread and back."""


class Intake:
    """The use case of a portal: submit a message."""

    def __init__(
        self,
        schemas: Schemas,
        directory: Directory,
        store: IntakeStore,
        clock: Clock,
        *,
        disk: DiskFloor,
        threads: Executor,
    ) -> None:
        self._schemas = schemas
        self._directory = directory
        self._store = store
        self._clock = clock
        self._disk = disk
        self._threads = threads

    async def submit(self, content: bytes, portal: Portal, idempotency_key: str | None = None) -> Receipt:
        """Check, route and keep a message; return only when it is safe on disk.

        Raises:
            Refused: with every reason that speaks against it.
            StoreUnavailable: nothing was accepted; the portal may try again.
        """
        self._disk.check()
        received_at = self._clock.now()
        on = legal_date(received_at)
        if len(content) <= INLINE_BYTES:
            document, verdict = self._read(content, on)
        else:
            loop = asyncio.get_running_loop()
            document, verdict = await loop.run_in_executor(self._threads, self._read, content, on)
        routed = route(document.kind, document.kopf, portal, self._directory)
        if not isinstance(routed, Route):
            raise Refused(*verdict.refusals, *routed)
        if verdict.refusals:
            raise Refused(*verdict.refusals)
        message = Message(
            id=MessageId(str(uuid7())),
            tenant=routed.tenant.key,
            portal=portal.name,
            kind=document.kind,
            kopf=document.kopf,
            content=content,
            sha256=sha256(content).hexdigest(),
            received_at=received_at,
        )
        return await self._store.accept(
            Submission(message, routed.destinations, idempotency_key, verdict.warnings)
        )

    def _read(self, content: bytes, on: date) -> tuple[Document, Verdict]:
        document = self._schemas.open(content)
        return document, self._schemas.check(document, on)
