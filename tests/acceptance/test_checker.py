"""The checker itself: it must see every kind of fault, or its silence means nothing."""

import pytest

from tests.acceptance.checker import Ledger, account
from tests.acceptance.letters import COTTBUS, ZOSSEN, a_letter, cases


def tally(
    message: str, delivery: str, effects: int = 1, repeated: int = 0, refused: int = 0, number: int = 1
) -> dict[str, object]:
    return {
        "message": message,
        "delivery": delivery,
        "effects": effects,
        "repeated": repeated,
        "refused": refused,
        "reference": f"KZ-2026-{number:06}" if effects else None,
    }


DOG = a_letter("finanzen/sepamandat-klein", ZOSSEN)
BUSINESS = a_letter("gewerbe/anmeldung-klein", COTTBUS, {"trade": 2})


def a_ledger() -> Ledger:
    ledger = Ledger()
    ledger.acknowledged("id-1", DOG)
    ledger.acknowledged("id-2", BUSINESS)
    return ledger


ALL_WELL = {
    "finance": [tally(DOG.uuid, "a")],
    "trade": [tally("id-2", "b"), tally("id-2", "c", repeated=1)],
}


def test_everything_arrived_once() -> None:
    found = account(a_ledger(), ALL_WELL)

    assert (found.accepted, found.owed, found.delivered, found.recognised) == (2, 3, 3, 1)
    assert found.settled


def test_a_delivery_that_never_came_is_lost() -> None:
    found = account(a_ledger(), ALL_WELL | {"trade": [tally("id-2", "b")]})

    assert (found.delivered, found.lost, found.settled) == (2, 1, False)


def test_a_message_at_the_wrong_system_is_lost_there_and_doubled_here() -> None:
    found = account(a_ledger(), ALL_WELL | {"finance": [], "registration": [tally(DOG.uuid, "a")]})

    assert (found.lost, found.doubled, found.settled) == (1, 1, False)


def test_a_second_effect_is_doubled() -> None:
    found = account(a_ledger(), ALL_WELL | {"finance": [tally(DOG.uuid, "a", effects=3)]})

    assert (found.delivered, found.doubled, found.settled) == (3, 2, False)


def test_a_second_delivery_of_the_same_message_is_doubled() -> None:
    found = account(a_ledger(), ALL_WELL | {"finance": [tally(DOG.uuid, "a"), tally(DOG.uuid, "b")]})

    assert (found.delivered, found.doubled, found.settled) == (3, 1, False)


def test_what_was_never_acknowledged_is_unexpected() -> None:
    found = account(a_ledger(), ALL_WELL | {"civil_status": [tally("somebody", "d")]})

    assert (found.unexpected, found.settled) == (1, False)


def test_what_was_refused_has_no_effect() -> None:
    found = account(a_ledger(), ALL_WELL | {"finance": [tally(DOG.uuid, "a", effects=0, refused=1)]})

    assert (found.lost, found.refused, found.settled) == (1, 1, False)


def test_some_letters_can_be_looked_at_alone() -> None:
    found = account(a_ledger(), ALL_WELL, [DOG])

    assert (found.accepted, found.owed, found.delivered, found.recognised) == (1, 1, 1, 0)
    assert found.settled


CASE = cases(2, 3)[3:]
"""To the finance system, in the order in which they are acknowledged."""


@pytest.mark.parametrize(
    ("numbers", "overtaking"),
    [((7, 8, 12), 0), ((8, 7, 12), 1), ((12, 8, 7), 2), ((7, 12, 8), 1), ((7, 999_999, 1_000_000), 0)],
)
def test_what_overtakes_an_earlier_message_of_its_case_is_out_of_order(
    numbers: tuple[int, ...], overtaking: int
) -> None:
    ledger = Ledger()
    for letter in CASE:
        ledger.acknowledged(f"id-{letter.uuid}", letter)
    taken = [
        tally(letter.uuid, letter.uuid, number=number) for letter, number in zip(CASE, numbers, strict=True)
    ]

    found = account(ledger, {"finance": taken})

    assert (found.delivered, found.out_of_order, found.settled) == (3, overtaking, not overtaking)


def test_what_overtakes_a_message_that_never_came_is_out_of_order() -> None:
    ledger = Ledger()
    for letter in CASE:
        ledger.acknowledged(f"id-{letter.uuid}", letter)

    found = account(ledger, {"finance": [tally(letter.uuid, letter.uuid) for letter in CASE[1:]]})

    assert (found.lost, found.out_of_order) == (1, 2)


def test_messages_that_are_no_case_may_come_in_any_order() -> None:
    ledger = Ledger()
    first, second = (a_letter("finanzen/sepamandat-klein", ZOSSEN) for _ in range(2))
    ledger.acknowledged("id-1", first)
    ledger.acknowledged("id-2", second)

    found = account(
        ledger, {"finance": [tally(first.uuid, "a", number=2), tally(second.uuid, "b", number=1)]}
    )

    assert found.out_of_order == 0


def test_an_acceptance_that_the_portal_first_hears_of_when_it_comes_again_is_late() -> None:
    ledger = a_ledger()
    ledger.acknowledged("id-3", CASE[0], replayed=True)
    ledger.acknowledged("id-1", DOG, replayed=True)  # known already: it only asked again

    assert account(ledger, ALL_WELL).acknowledged_late == 1
    assert account(ledger, ALL_WELL, [DOG]).acknowledged_late == 0
