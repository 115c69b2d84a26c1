"""Intake: from the bytes that a portal posted to a durable acceptance, or to every reason for refusal."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from datetime import date
from hashlib import sha256

import structlog
from uuid_utils import uuid7

from gateway.clock import legal_date
from gateway.core.delivery import Receipt, Submission
from gateway.core.document import Document
from gateway.core.errors import Refused
from gateway.core.message import Message, MessageId
from gateway.core.ports import Clock, IntakeSchemas, IntakeStore
from gateway.core.refusal import Finding, Verdict
from gateway.core.report import Report, Sketch
from gateway.core.routing import Route, route
from gateway.core.tenants import Directory, Portal
from gateway.core.trace import TRACEPARENT, kept
from gateway.disk import DiskFloor
from gateway.telemetry import tracing

log = structlog.get_logger()

INLINE_BYTES = 64 * 1024
"""Up to here a glance at a document takes about as long as handing it to another thread and back."""


class Intake:
    """The use case of a portal: submit a message."""

    def __init__(
        self,
        schemas: IntakeSchemas,
        directory: Directory,
        store: IntakeStore,
        clock: Clock,
        *,
        disk: DiskFloor,
        threads: Executor,
        slow: Executor,
    ) -> None:
        """`threads` take large documents, `slow` those that more than a glance is needed for: so that who sends
        many of these holds up nobody who does not.
        """
        self._schemas = schemas
        self._directory = directory
        self._store = store
        self._clock = clock
        self._disk = disk
        self._threads = threads
        self._slow = slow

    async def submit(self, content: bytes, portal: Portal, idempotency_key: str | None = None) -> Receipt:
        """Check, route and keep a message; return only when it is safe on disk.

        Raises:
            Refused: with every reason that speaks against it.
            StoreUnavailable: nothing was accepted; the portal may try again.
        """
        log.info("message_received", bytes=len(content))
        self._disk.check()
        received_at = self._clock.now()
        with tracing.step("examine"):
            document, verdict = await self._examine(content, legal_date(received_at))
        routed = route(document.kind, document.kopf, portal, self._directory)
        if not isinstance(routed, Route):
            raise Refused(*routed, *verdict.refusals, document=document)
        if verdict.refusals:
            raise Refused(*verdict.refusals, document=document)
        message = Message(
            id=MessageId(str(uuid7())),
            tenant=routed.tenant.key,
            portal=portal.name,
            kind=document.kind,
            kopf=document.kopf,
            content=content,
            sha256=sha256(content).hexdigest(),
            received_at=received_at,
            order_key=document.order_key,
        )
        try:
            with tracing.step("commit"):
                receipt = await self._store.accept(
                    Submission(
                        message,
                        routed.destinations,
                        idempotency_key,
                        verdict.warnings,
                        ordered=self._directory.ordered(routed.destinations),
                        priority=routed.priority,
                        trace=kept(TRACEPARENT.get()),
                    )
                )
        except Refused as refused:
            raise Refused(*refused.refusals, document=document) from None
        log.info(
            "message_accepted",
            message=receipt.id,
            tenant=receipt.tenant,
            service=receipt.service,
            destinations=receipt.destinations,
            repeated=receipt.repeated,
        )
        return receipt

    async def validate(self, content: bytes, portal: Portal) -> Report:
        """Say what `submit` would, and accept nothing. Whether the message had been sent before is not asked."""
        try:
            document, verdict = await self._examine(content, legal_date(self._clock.now()))
        except Refused as refused:
            return Report(None, refused.refusals)
        report = Report(document.kind, verdict.refusals, warnings=verdict.warnings)
        return report.on_route(route(document.kind, document.kopf, portal, self._directory))

    async def sketch(self, content: bytes, findings: Sequence[Finding]) -> Sketch | None:
        """Draw a message without its values, the places of findings marked."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._slow, self._schemas.sketch, content, findings)

    async def _examine(self, content: bytes, on: date) -> tuple[Document, Verdict]:
        loop, glance = asyncio.get_running_loop(), self._schemas.glance
        deadlines = self._directory.deadlines
        if len(content) <= INLINE_BYTES:
            examined = glance(content, on, deadlines)
        else:
            examined = await loop.run_in_executor(self._threads, glance, content, on, deadlines)
        if examined is None:
            examined = await loop.run_in_executor(self._slow, self._read, content, on)
        return examined

    def _read(self, content: bytes, on: date) -> tuple[Document, Verdict]:
        document = self._schemas.open(content)
        return document, self._schemas.check(document, on, self._directory.deadlines)
