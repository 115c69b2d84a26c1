"""Acts: what a person may do to the gateway, as values. Each is written with its audit entry in one commit."""

from dataclasses import dataclass
from datetime import datetime

from gateway.core.message import DeliveryId
from gateway.core.tenants import Portal, SpecialistSystem


@dataclass(frozen=True, slots=True)
class Replay:
    """Send one delivery on its way again. The message keeps its id, the history stays."""

    delivery: DeliveryId
    actor: str
    reason: str
    accept_doubling: bool = False
    """The person has made sure, or accepts, that it may arrive twice: an unclear delivery, or an expired one
    whose sender was told so.
    """


@dataclass(frozen=True, slots=True)
class Dismiss:
    """Close a failed delivery for good: it is not delivered. The history stays."""

    delivery: DeliveryId
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class AddKey:
    """Issue an access key; the store keeps only the hash of its secret."""

    id: str
    """Public part of the key."""
    secret_hash: str
    """SHA-256 of the secret part, 64 hexadecimal digits."""
    holder: Portal | SpecialistSystem
    actor: str


@dataclass(frozen=True, slots=True)
class RevokeKey:
    """Make an access key unusable from now on."""

    id: str
    actor: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Deliver nothing to a destination until a moment; intake goes on. It ends by itself."""

    destination: str
    until: datetime
    reason: str
    actor: str


@dataclass(frozen=True, slots=True)
class Resume:
    """End the pause of a destination before its time."""

    destination: str
    actor: str


@dataclass(frozen=True, slots=True)
class CloseBatch:
    """Have what was collected for a destination until now written, without waiting for its time."""

    destination: str
    reason: str
    actor: str


Act = Replay | Dismiss | AddKey | RevokeKey | Pause | Resume | CloseBatch
