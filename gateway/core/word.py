"""Word: what a specialist system says about one delivery, by itself or when it is asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum, auto
from types import MappingProxyType

from gateway.core.message import DeliveryId, MessageId, MessageKind
from gateway.core.outcome import Cause
from gateway.core.refusal import Finding
from gateway.core.status import DeliveryState


class SpecialistStatus(StrEnum):
    """Where the specialist system itself says that the matter stands."""

    RECEIVED = "received"
    """Eingegangen: the system has the message safe."""
    IN_PROGRESS = "in-progress"
    """In Bearbeitung: somebody, or the system itself, works on it."""
    WAITING = "waiting"
    """Wartet: for the citizen, for another office, for a payment."""
    CLOSED = "closed"
    """Abgeschlossen, whatever the decision was: an application that is turned down is closed, with a notice."""
    REFUSED = "refused"
    """Abgelehnt: the system does not take the message, or gives it up as unusable. No decision on the matter."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a status says about the delivery."""

    state: DeliveryState
    """DELIVERED where it confirms the delivery, REJECTED where it refuses it."""
    rank: int
    """A status of a lower rank came earlier in the life of the matter."""
    final: bool = False
    """Nothing follows it."""


_S = SpecialistStatus

MEANINGS: Mapping[SpecialistStatus, Meaning] = MappingProxyType(
    {
        _S.RECEIVED: Meaning(DeliveryState.DELIVERED, 1),
        _S.IN_PROGRESS: Meaning(DeliveryState.DELIVERED, 2),
        _S.WAITING: Meaning(DeliveryState.DELIVERED, 2),
        _S.CLOSED: Meaning(DeliveryState.DELIVERED, 3, final=True),
        _S.REFUSED: Meaning(DeliveryState.REJECTED, 3, final=True),
    }
)
"""The one table of what the statuses mean: all but REFUSED confirm the delivery."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A document that the system sends back: a notice, a certificate. Byte for byte as it came."""

    media_type: str
    """`type/subtype`, lower case, without parameters."""
    content: bytes
    name: str | None = None
    """The name of its file, without a folder, where it has one."""


@dataclass(frozen=True, slots=True)
class Word:
    """What a specialist system says about one delivery. Every part of it is fit to be shown and logged,
    except the content and the names of its replies.
    """

    delivery: DeliveryId
    status: SpecialistStatus
    reference: str | None = None
    """The system's own name for the case: printable, at most 200 characters."""
    cause: Cause | None = None
    """Why it was refused, as `refusal_cause` makes it; None for every other status."""
    at: datetime | None = None
    """When the system came to that status, as it says itself, aware; None where it does not say."""
    replies: tuple[Reply, ...] = ()


MOST_REPLIES = 50
"""Kept of one delivery: a system that sends more of them does not know what it does."""
MOST_REPLY_BYTES = 200_000_000
"""Kept of one delivery, in all its replies together."""


@dataclass(frozen=True, slots=True)
class CheckedReply:
    """A reply, and what the schemas say of it. It is kept even where that is nothing good."""

    reply: Reply
    sha256: str
    kind: MessageKind | None = None
    """What it is, where it is XML that a bundle knows."""
    findings: tuple[Finding, ...] = ()
    """What speaks against it: empty where it is valid, or of no known kind."""


NO_CODE = "refused-without-reason"
_SAFE_CODE = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}", re.ASCII)


def refusal_cause(code: str | None) -> Cause:
    """Why a system refused, by a code of its own list. What has not the form of a short code is left out: it may
    hold values of the message.
    """
    lowered = code.strip().lower().replace("_", "-") if code else ""
    return Cause(lowered if _SAFE_CODE.fullmatch(lowered) else NO_CODE)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What a system is asked about: one delivery, without its content."""

    delivery: DeliveryId
    message: MessageId
    tenant: str
    kind: MessageKind
    nachrichten_uuid: str
    test: bool
    since: datetime
    """Not before this moment was it handed over: its acceptance, or its latest replay."""
    reference: str | None = None
    """The system's own name for the case, as far as it is known."""


@dataclass(frozen=True, slots=True)
class NotThere:
    """The system says for sure that it has never seen the delivery: sending it is no repetition."""


Answer = Word | NotThere | None
"""None: the system could not tell now."""


class Weight(Enum):
    """What a word is worth beside the status that is known already."""

    NEW = auto()
    """It says something new: the status becomes its own."""
    SAME = auto()
    """The same status again; its replies and its reference may be new."""
    LATE = auto()
    """It tells of an earlier time and came late: kept in the history, the status stays."""
    CONTRADICTION = auto()
    """It denies what the system has said for good."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The latest status that a system has given a delivery, and when it came to it."""

    status: SpecialistStatus
    at: datetime


def weigh(word: Word, standing: Standing | None) -> Weight:
    """Hold a word against what the system has said before: no status ever goes backwards in silence.

    Ways overtake each other, so a status of a lower rank, or of an earlier moment, is late news. It is a
    contradiction only where the system had refused the delivery: then what says otherwise must name an earlier
    moment.
    """
    if standing is None:
        return Weight.NEW
    if word.status is standing.status:
        return Weight.SAME
    said, known = MEANINGS[word.status], MEANINGS[standing.status]
    if known.final:
        earlier = said.rank < known.rank and (
            said.state is known.state or (word.at is not None and word.at <= standing.at)
        )
        return Weight.LATE if earlier else Weight.CONTRADICTION
    overtaken = said.rank == known.rank and word.at is not None and word.at < standing.at
    return Weight.LATE if overtaken or said.rank < known.rank else Weight.NEW
