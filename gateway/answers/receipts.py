"""Receipts: from a specialist system's word, however it came, to what is written down of it."""

import asyncio
from concurrent.futures import Executor
from dataclasses import replace
from datetime import date
from hashlib import sha256

import structlog

from gateway.clock import legal_date
from gateway.core.errors import Refused
from gateway.core.message import MessageKind
from gateway.core.ports import Clock, ReceiptStore, Schemas
from gateway.core.refusal import Finding, Refusal, RefusalCode
from gateway.core.status import DeliveryState
from gateway.core.tenants import SpecialistSystem
from gateway.core.views import DeliveryView
from gateway.core.word import CheckedReply, Reply, Word
from gateway.telemetry import tracing
from gateway.telemetry.metrics import Metrics
from gateway.texts import Language
from gateway.texts.refusals import explain

log = structlog.get_logger()

MOST_FINDINGS = 50
"""Kept of one reply."""


class Receipts:
    """The use case of a specialist system: say what became of a delivery."""

    def __init__(
        self, store: ReceiptStore, schemas: Schemas, clock: Clock, metrics: Metrics, *, slow: Executor
    ) -> None:
        """`slow` takes replies that are XML: to check one may need more than a moment."""
        self._store = store
        self._schemas = schemas
        self._clock = clock
        self._metrics = metrics
        self._slow = slow

    async def take(self, word: Word, system: SpecialistSystem, *, asked: bool = False) -> DeliveryView:
        """Check the replies and write everything down in one commit; `asked`: it was the answer to a question.

        Raises:
            NotFound: no such delivery among the system's destinations.
            ForbiddenTransition: the delivery has ended otherwise.
            TooManyReplies: the delivery has no room for so many replies.
            StoreUnavailable: nothing was written.
        """
        now = self._clock.now()
        if word.at is not None and word.at > now:
            # A clock that is ahead over there must not make what follows look late.
            word = replace(word, at=now)
        loop, on = asyncio.get_running_loop(), legal_date(now)
        checked = [
            await loop.run_in_executor(self._slow, self._check, reply, on)
            if is_xml(reply.media_type)
            else CheckedReply(reply, _digest(reply))
            for reply in word.replies
        ]
        view = await self._store.confirm(word, system, now, replies=checked, asked=asked)
        self._metrics.receipts.labels(view.destination, word.status).inc()
        if view.state is DeliveryState.DELIVERED and view.since is not None and view.updated_at == now:
            self._metrics.delivered(view.destination, now - view.since)
        tracing.receipt(view, word.status, now)
        log.info(
            "word_taken",
            message=view.message,
            delivery=view.id,
            tenant=view.tenant,
            destination=view.destination,
            status=word.status,
            state=view.state,
            replies=len(checked),
            invalid=sum(bool(each.findings) for each in checked),
        )
        return view

    def _check(self, reply: Reply, on: date) -> CheckedReply:
        kind, refusals = self._examine(reply.content, on)
        findings = tuple(finding for refusal in refusals for finding in _findings(refusal))
        return CheckedReply(reply, _digest(reply), kind, findings[:MOST_FINDINGS])

    def _examine(self, content: bytes, on: date) -> tuple[MessageKind | None, tuple[Refusal, ...]]:
        try:
            document = self._schemas.open(content)
        except Refused as refused:
            if any(each.code is RefusalCode.UNKNOWN_KIND for each in refused.refusals):
                # No message of ours: a system may send whatever XML it likes.
                return None, ()
            return refused.document.kind if refused.document else None, refused.refusals
        return document.kind, self._schemas.check(document, on).refusals


def is_xml(media_type: str) -> bool:
    """Whether a media type without parameters says XML (RFC 7303)."""
    return media_type in {"application/xml", "text/xml"} or media_type.endswith("+xml")


def _digest(reply: Reply) -> str:
    return sha256(reply.content).hexdigest()


def _findings(refusal: Refusal) -> tuple[Finding, ...]:
    """The places that a refusal names, or itself where it names none."""
    whole = Finding("/", refusal.code, explain(refusal, Language.DE), explain(refusal, Language.EN))
    return refusal.findings or (whole,)
