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
    """Certainly not delivered, and no further attempt is planned. A person may replay it."""


class MessageState(StrEnum):
    """Where a message stands as a whole, seen over all its deliveries."""

    IN_DELIVERY = "in-delivery"
    """At least one delivery is still under way, and none needs a person."""
    DELIVERED = "delivered"
    """Every destination has it."""
    NEEDS_ATTENTION = "needs-attention"
    """At least one delivery is rejected, unclear or parked."""


_S = DeliveryState

TRANSITIONS: Mapping[DeliveryState, frozenset[DeliveryState]] = MappingProxyType(
    {
        # A receipt may overtake the worker: it settles a delivery in whatever state it finds it.
        _S.QUEUED: frozenset({_S.CLAIMED, _S.DELIVERED, _S.REJECTED}),
        _S.CLAIMED: frozenset({_S.QUEUED, _S.PENDING, _S.DELIVERED, _S.REJECTED, _S.UNCLEAR, _S.PARKED}),
        _S.PENDING: frozenset({_S.DELIVERED, _S.REJECTED, _S.UNCLEAR}),
        # What it has confirmed, a system may still give up as unusable.
        _S.DELIVERED: frozenset({_S.REJECTED}),
        _S.REJECTED: frozenset({_S.QUEUED}),
        _S.UNCLEAR: frozenset({_S.QUEUED, _S.DELIVERED, _S.REJECTED}),
        _S.PARKED: frozenset({_S.QUEUED, _S.DELIVERED, _S.REJECTED}),
    }
)
"""From each state to the states that may follow it."""

NEEDS_A_PERSON = frozenset({_S.REJECTED, _S.UNCLEAR, _S.PARKED})
"""States in which nothing moves until somebody acts: the failed-message list."""

REPLAYABLE = frozenset(state for state, to in TRANSITIONS.items() if _S.QUEUED in to) - {_S.CLAIMED}
"""States from which a person may send a delivery on its way again."""


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
    return MessageState.IN_DELIVERY
