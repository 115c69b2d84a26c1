"""Status: the states of a delivery and of a message, and the one table of allowed transitions."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from gateway.core.errors import ForbiddenTransition


class DeliveryState(StrEnum):
    """Where one (message, destination) stands."""

    QUEUED = "queued"
    """Waits for its first or next attempt, not before its due time."""
    CLAIMED = "claimed"
    """A worker holds it under a lease and is talking to the specialist system."""
    PENDING = "pending"
    """Handed over; the specialist system has not confirmed yet."""
    DELIVERED = "delivered"
    """The specialist system has it. Nothing but its own later refusal changes that."""
    REJECTED = "rejected"
    """The specialist system refused it for good. A person may replay it."""
    UNCLEAR = "unclear"
    """It may have arrived; nobody repeats it without asking or deciding."""
    PARKED = "parked"
    """Certainly not delivered, and no further attempt is planned: the cause lies with the gateway, or with
    this one message. A person may replay it."""
    EXPIRED = "expired"
    """Certainly not delivered within the time granted. The sender is told; a person may still replay it."""
    WITHDRAWN = "withdrawn"
    """Its portal took it back before any system had it. Final."""
    DISMISSED = "dismissed"
    """A person has decided that it is not delivered. Only the system's own word changes that."""


class MessageState(StrEnum):
    """Where a message stands as a whole, seen over all its deliveries."""

    IN_DELIVERY = "in-delivery"
    """At least one delivery is still under way, and none needs a person."""
    DELIVERED = "delivered"
    """Every destination has it."""
    NEEDS_ATTENTION = "needs-attention"
    """At least one delivery is rejected, unclear or parked."""
    UNDELIVERED = "undelivered"
    """Nothing is under way any more, and at least one destination does not get it: expired, withdrawn, dismissed."""


_S = DeliveryState

TRANSITIONS: Mapping[DeliveryState, frozenset[DeliveryState]] = MappingProxyType(
    {
        # A receipt may overtake the worker: it settles a delivery in whatever state it finds it.
        _S.QUEUED: frozenset({_S.CLAIMED, _S.DELIVERED, _S.REJECTED, _S.WITHDRAWN}),
        _S.CLAIMED: frozenset(
            {_S.QUEUED, _S.PENDING, _S.DELIVERED, _S.REJECTED, _S.UNCLEAR, _S.PARKED, _S.EXPIRED}
        ),
        _S.PENDING: frozenset({_S.DELIVERED, _S.REJECTED, _S.UNCLEAR}),
        # What it has confirmed, a system may still give up as unusable.
        _S.DELIVERED: frozenset({_S.REJECTED}),
        _S.REJECTED: frozenset({_S.QUEUED, _S.WITHDRAWN, _S.DISMISSED}),
        _S.UNCLEAR: frozenset({_S.QUEUED, _S.DELIVERED, _S.REJECTED, _S.DISMISSED}),
        _S.PARKED: frozenset({_S.QUEUED, _S.DELIVERED, _S.REJECTED, _S.WITHDRAWN, _S.DISMISSED}),
        _S.EXPIRED: frozenset({_S.QUEUED, _S.DELIVERED, _S.REJECTED, _S.WITHDRAWN, _S.DISMISSED}),
        _S.WITHDRAWN: frozenset(),
        _S.DISMISSED: frozenset({_S.DELIVERED}),
    }
)
"""From each state to the states that may follow it."""

NEEDS_A_PERSON = frozenset({_S.REJECTED, _S.UNCLEAR, _S.PARKED})
"""States in which nothing moves until somebody acts."""

FAILED = NEEDS_A_PERSON | {_S.EXPIRED}
"""The failed-message list: what needs a person, and what the sender was told that it has failed."""

UNDELIVERED = frozenset({_S.EXPIRED, _S.WITHDRAWN, _S.DISMISSED})
"""Ends in which the destination does not have the message."""

REPLAYABLE = frozenset(state for state, to in TRANSITIONS.items() if _S.QUEUED in to) - {_S.CLAIMED}
"""States from which a person may send a delivery on its way again."""

WITHDRAWABLE = frozenset(state for state, to in TRANSITIONS.items() if _S.WITHDRAWN in to)
"""States in which no system has the message, so that its portal may take it back."""

LETS_GO = UNDELIVERED | {_S.DELIVERED}
"""Ends after which a later message of the same case may follow. Whatever else became of the earlier one, somebody
still has to decide about it.
"""

DISMISSABLE = frozenset(state for state, to in TRANSITIONS.items() if _S.DISMISSED in to)
"""States from which a person may close a delivery for good."""


def check_transition(before: DeliveryState, after: DeliveryState) -> None:
    """Hold a change of state against the table.

    Raises:
        ForbiddenTransition: the table does not allow it.
    """
    if after not in TRANSITIONS[before]:
        raise ForbiddenTransition(before, after)


def message_state(deliveries: Iterable[DeliveryState]) -> MessageState:
    """Derive a message's state from its deliveries: what needs a person wins, then what is under way."""
    states = set(deliveries)
    if states & NEEDS_A_PERSON:
        return MessageState.NEEDS_ATTENTION
    if states <= {DeliveryState.DELIVERED}:
        return MessageState.DELIVERED
    if states <= UNDELIVERED | {DeliveryState.DELIVERED}:
        return MessageState.UNDELIVERED
    return MessageState.IN_DELIVERY
