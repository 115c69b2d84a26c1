"""Services and limits: what the HTTP API needs from the rest of the gateway, and how much it grants."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.api.handbook_pages import HandbookPages
from gateway.core.check import Checked
from gateway.core.delivery import Receipt
from gateway.core.ports import Authenticator, Clock, MessageQueries, PickupShelf, ReplyStore, WithdrawalStore
from gateway.core.refusal import Finding
from gateway.core.report import Report, Sketch
from gateway.core.tenants import Portal, SpecialistSystem
from gateway.core.views import DeliveryView
from gateway.core.word import Word
from gateway.reports.imprint import Imprint
from gateway.telemetry.metrics import Metrics

Check = Callable[[], Awaitable[None]]
"""A readiness check: it raises where something that we need does not answer."""


class Submissions(Protocol):
    """The use case behind `POST /v1/messages` and `POST /v1/validate`."""

    async def submit(self, content: bytes, portal: Portal, idempotency_key: str | None) -> Receipt:
        """Check, route and keep a message.

        Raises:
            Refused: with every reason that speaks against it.
            StoreUnavailable: nothing was accepted.
        """
        ...

    async def validate(self, content: bytes, portal: Portal) -> Report:
        """Say what `submit` would, and accept nothing."""
        ...

    async def sketch(self, content: bytes, findings: Sequence[Finding]) -> Sketch | None:
        """Draw a message without its values, the places of findings marked."""
        ...


class Words(Protocol):
    """The use case behind `POST /v1/receipts`."""

    async def take(self, word: Word, system: SpecialistSystem) -> DeliveryView:
        """Write down what a specialist system says.

        Raises:
            NotFound: no such delivery among the system's destinations.
            ForbiddenTransition: the delivery has ended otherwise.
            StoreUnavailable: nothing was written.
        """
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Whom the routes call."""

    intake: Submissions
    messages: MessageQueries
    receipts: Words
    replies: ReplyStore
    shelf: PickupShelf
    withdrawals: WithdrawalStore
    authenticator: Authenticator
    clock: Clock
    handbooks: HandbookPages
    checks: Mapping[str, Check] = field(default_factory=dict)
    """Readiness checks by the name under which `/health/ready` shows them."""
    destinations: Callable[[], Sequence[Checked]] = tuple
    """What was found last at the destinations, as far as this process looks at them."""
    metrics: Metrics = field(default_factory=Metrics)
    imprint: Imprint = field(default_factory=Imprint)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server stops: whoever waits for something is answered at once."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request, one portal and all together may use."""

    message_bytes: int = 10_000_000
    json_bytes: int = 64 * 1024
    """Largest body of the routes that take JSON."""
    chunk_seconds: float = 10.0
    """How long a sender may be silent in the middle of a body."""
    body_seconds: float = 60.0
    """How long a body may take in total."""
    requests_per_second: float = 1000.0
    """Per portal or specialist system, in the long run."""
    burst: int = 2000
    """Per portal or specialist system, at once."""
    pages_per_second: float = 50.0
    """Of the documentation, to all together, in the long run: they need no key."""
    pages_at_once: int = 200
    """Of the documentation, at once."""
    submissions: int = 256
    """Submissions that are checked and kept at the same time, of all portals; one alone gets half."""
    upload_bytes: int = 512_000_000
    """Bytes of bodies that come in several pieces, of all portals and systems; one alone gets half."""
    waiting: int = 500
    """Systems that wait for parcels at the same time; one more is answered at once."""
    check_seconds: float = 3.0
    """How long a readiness check may take."""

    @property
    def receipt_bytes(self) -> int:
        """Largest body of a receipt: its replies, in base64, are together as large as a message may be."""
        return self.json_bytes + self.message_bytes * 4 // 3

    @property
    def form_bytes(self) -> int:
        """Largest body of a receipt that has its replies beside it, as they are."""
        return self.json_bytes + self.message_bytes
