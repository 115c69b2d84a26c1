"""Outcome: the closed set of answers that an adapter can give about one delivery."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a delivery did not succeed.

    `code` is stable and machine-readable (`http-503`, `connect-timeout`, `soap-fault:server`): failures
    with the same code are the same failure. `detail` is a short English sentence for a person. Neither
    ever holds a value of the message or a text that the other system made out of one.
    """

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The specialist system has taken the message and said so."""

    reference: str | None = None
    """The system's own reference for the case, where it gave one."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Handed over, not yet accepted: the system confirms later with a receipt."""

    reference: str | None = None
    on_its_way: bool = True
    """False: it waits on our side for others that go with it; the time to confirm begins when they go."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Certainly not delivered; worth another try."""

    cause: Cause
    retry_after: timedelta | None = None
    """How long the system asked us to wait."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Bytes may have arrived. Repeated only where the destination is declared idempotent, or says that it has nothing."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class Rejected:
    """The specialist system looked at the message and refused it for good."""

    cause: Cause


Outcome = Delivered | Pending | Failed | Unclear | Rejected
