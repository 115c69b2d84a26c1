"""What specialist systems say, and what it is worth beside what they said before."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.message import DeliveryId
from gateway.core.outcome import Cause
from gateway.core.status import DeliveryState
from gateway.core.word import (
    MEANINGS,
    NO_CODE,
    SpecialistStatus,
    Standing,
    Weight,
    Word,
    refusal_cause,
    weigh,
)

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
STATUS = SpecialistStatus


def a_word(status: SpecialistStatus, at: datetime | None = None) -> Word:
    return Word(DeliveryId("01a1ffcd-b948-7207-9c33-4334c2a25868"), status, at=at)


def test_every_status_has_a_meaning_and_only_a_refusal_denies_the_delivery() -> None:
    assert set(MEANINGS) == set(STATUS)
    denying = {status for status, meaning in MEANINGS.items() if meaning.state is DeliveryState.REJECTED}
    assert denying == {STATUS.REFUSED}
    assert {meaning.state for meaning in MEANINGS.values()} == {
        DeliveryState.DELIVERED,
        DeliveryState.REJECTED,
    }


@pytest.mark.parametrize(
    ("known", "said", "weight"),
    [
        (STATUS.RECEIVED, STATUS.IN_PROGRESS, Weight.NEW),
        (STATUS.RECEIVED, STATUS.REFUSED, Weight.NEW),
        (STATUS.IN_PROGRESS, STATUS.WAITING, Weight.NEW),
        (STATUS.WAITING, STATUS.IN_PROGRESS, Weight.NEW),
        (STATUS.WAITING, STATUS.CLOSED, Weight.NEW),
        (STATUS.WAITING, STATUS.RECEIVED, Weight.LATE),
        (STATUS.CLOSED, STATUS.IN_PROGRESS, Weight.LATE),
        (STATUS.CLOSED, STATUS.REFUSED, Weight.CONTRADICTION),
        (STATUS.REFUSED, STATUS.CLOSED, Weight.CONTRADICTION),
        (STATUS.REFUSED, STATUS.RECEIVED, Weight.CONTRADICTION),
    ],
)
def test_a_word_beside_what_is_known(known: SpecialistStatus, said: SpecialistStatus, weight: Weight) -> None:
    assert weigh(a_word(said), Standing(known, NOON)) is weight


def test_a_confirmation_from_before_the_refusal_is_only_late() -> None:
    refused = Standing(STATUS.REFUSED, NOON)

    assert weigh(a_word(STATUS.RECEIVED, NOON - timedelta(hours=1)), refused) is Weight.LATE
    assert weigh(a_word(STATUS.RECEIVED, NOON + timedelta(hours=1)), refused) is Weight.CONTRADICTION
    assert weigh(a_word(STATUS.CLOSED, NOON - timedelta(hours=1)), refused) is Weight.CONTRADICTION


@given(st.lists(st.sampled_from(STATUS), min_size=1))
def test_the_standing_never_goes_backwards(said: list[SpecialistStatus]) -> None:
    standing: Standing | None = None
    for status in said:
        before = standing
        if weigh(a_word(status), standing) is Weight.NEW:
            standing = Standing(status, NOON)
        assert standing is not None
        if before is not None:
            assert MEANINGS[standing.status].rank >= MEANINGS[before.status].rank
            if MEANINGS[before.status].final:
                assert standing == before


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("plot-unknown", "plot-unknown"),
        (" E_4711 ", "e-4711"),
        ("Frau Müller ist unbekannt", NO_CODE),
        ("a" * 65, NO_CODE),
        ("", NO_CODE),
        (None, NO_CODE),
    ],
)
def test_a_code_is_kept_only_where_it_can_hold_no_value_of_a_message(code: str | None, kept: str) -> None:
    assert refusal_cause(code) == Cause(kept)
