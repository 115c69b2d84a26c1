"""The states of a delivery and of a message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import ForbiddenTransition
from gateway.core.status import (
    DISMISSABLE,
    FAILED,
    NEEDS_A_PERSON,
    REPLAYABLE,
    TRANSITIONS,
    WITHDRAWABLE,
    DeliveryState,
    MessageState,
    check_transition,
    message_state,
)


def test_every_state_has_its_row() -> None:
    assert set(TRANSITIONS) == set(DeliveryState)


def test_what_is_delivered_is_never_sent_again_and_only_its_system_can_still_give_it_up() -> None:
    with pytest.raises(ForbiddenTransition, match="'delivered' to 'queued'"):
        check_transition(DeliveryState.DELIVERED, DeliveryState.QUEUED)

    assert TRANSITIONS[DeliveryState.DELIVERED] == {DeliveryState.REJECTED}


def test_a_person_can_replay_exactly_what_needs_a_person() -> None:
    assert REPLAYABLE == FAILED == NEEDS_A_PERSON | {DeliveryState.EXPIRED}
    assert DISMISSABLE == FAILED


def test_a_portal_can_take_back_only_what_no_system_has_or_may_have() -> None:
    assert {
        DeliveryState.QUEUED,
        DeliveryState.PARKED,
        DeliveryState.REJECTED,
        DeliveryState.EXPIRED,
    } == WITHDRAWABLE


def test_every_state_can_be_reached_and_none_is_a_trap() -> None:
    assert {DeliveryState.QUEUED}.union(*TRANSITIONS.values()) == set(DeliveryState)
    assert [state for state, to in TRANSITIONS.items() if not to] == [DeliveryState.WITHDRAWN]


@pytest.mark.parametrize(
    ("deliveries", "expected"),
    [
        ([DeliveryState.DELIVERED, DeliveryState.DELIVERED], MessageState.DELIVERED),
        ([DeliveryState.DELIVERED, DeliveryState.QUEUED], MessageState.IN_DELIVERY),
        ([DeliveryState.PENDING], MessageState.IN_DELIVERY),
        ([DeliveryState.QUEUED, DeliveryState.REJECTED], MessageState.NEEDS_ATTENTION),
        ([DeliveryState.EXPIRED, DeliveryState.UNCLEAR], MessageState.NEEDS_ATTENTION),
        ([DeliveryState.EXPIRED, DeliveryState.PENDING], MessageState.IN_DELIVERY),
        ([DeliveryState.WITHDRAWN, DeliveryState.DELIVERED], MessageState.UNDELIVERED),
        ([DeliveryState.DISMISSED], MessageState.UNDELIVERED),
    ],
)
def test_message_state(deliveries: list[DeliveryState], expected: MessageState) -> None:
    assert message_state(deliveries) == expected


@given(st.lists(st.sampled_from(DeliveryState), min_size=1))
def test_a_message_is_delivered_only_when_all_its_deliveries_are(deliveries: list[DeliveryState]) -> None:
    everywhere = all(state is DeliveryState.DELIVERED for state in deliveries)

    assert (message_state(deliveries) is MessageState.DELIVERED) == everywhere
