"""The checker itself: it must see every kind of fault, or its silence means nothing."""

from tests.acceptance.checker import Ledger, account
from tests.acceptance.letters import COTTBUS, ZOSSEN, a_letter


def tally(
    message: str, delivery: str, effects: int = 1, repeated: int = 0, refused: int = 0
) -> dict[str, object]:
    return {
        "message": message,
        "delivery": delivery,
        "effects": effects,
        "repeated": repeated,
        "refused": refused,
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
