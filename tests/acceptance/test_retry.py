"""Retry: what certainly failed is tried again, what was refused is not, what is unclear only where that is safe."""

from datetime import datetime, timedelta
from typing import Any

from tests.acceptance.installation import Installation
from tests.acceptance.letters import FUERSTENBERG, PANKETAL, ZOSSEN, a_letter


def test_a_system_that_is_not_ready_gets_it_later(installation: Installation) -> None:
    installation.fault("finance", "unavailable-503", times=2, seconds=2)
    letter = a_letter("finanzen/sepamandat-klein", PANKETAL)
    id = installation.submit(letter)["id"]

    found = installation.settle([letter])

    assert found.settled
    message = installation.message(id)
    assert actions(message) == ["received", "claimed", "failed", "claimed", "failed", "claimed", "delivered"]
    assert message["deliveries"][0]["attempt"] == 3
    failed, claimed = times(message, "failed"), times(message, "claimed")
    assert codes(message, "failed") == ["http-503", "http-503"]
    # The system asked for two seconds; by our own schedule it would have been a fraction of one.
    for end, next_attempt in zip(failed, claimed[1:], strict=True):
        assert next_attempt - end >= timedelta(seconds=2)


def test_a_refusal_is_final_until_a_person_replays_it(installation: Installation) -> None:
    installation.fault("registration", "refuse")
    letter = a_letter("meldewesen/abmeldung-klein", ZOSSEN)
    id = installation.submit(letter)["id"]

    (delivery,) = installation.wait_for(id, "rejected")

    assert delivery["attempt"] == 1
    assert delivery["code"] == "soap-fault:fachlicher-fehler:S999"
    assert installation.message(id)["state"] == "needs-attention"
    assert installation.account([letter]).refused == 1
    installation.amtsbote("replay", delivery["id"], "--reason", "das Verfahren ist berichtigt")
    assert installation.settle([letter]).settled
    replayed = installation.message(id)
    assert "replayed" in actions(replayed)
    assert replayed["id"] == id


def test_a_system_that_confirms_later_may_refuse_too(installation: Installation) -> None:
    installation.fault("real_estate", "refuse")
    letter = a_letter("liegenschaften/katasterauskunft-klein", ZOSSEN)
    id = installation.submit(letter)["id"]

    (delivery,) = installation.wait_for(id, "rejected")

    assert delivery["code"] == "abgelehnt"


def test_a_lost_answer_of_an_idempotent_system_is_asked_for_again(installation: Installation) -> None:
    installation.fault("finance", "cut", when="after")
    letter = a_letter("finanzen/sepamandat-klein", PANKETAL)
    id = installation.submit(letter)["id"]

    found = installation.settle([letter])

    assert found.settled
    assert found.recognised == 1
    message = installation.message(id)
    assert actions(message) == ["received", "claimed", "unclear", "claimed", "delivered"]
    tally = installation.tally("finance", message["deliveries"][0]["id"])
    assert (tally["effects"], tally["repeated"], tally["changed"]) == (1, 1, 0)


def test_a_lost_answer_of_any_other_system_is_for_a_person(installation: Installation) -> None:
    installation.fault("finance", "cut", when="after")
    unclear = a_letter("finanzen/sepamandat-klein", FUERSTENBERG)
    id = installation.submit(unclear)["id"]

    (delivery,) = installation.wait_for(id, "unclear")

    later = a_letter("finanzen/sepamandat-klein", FUERSTENBERG)
    installation.submit(later)
    installation.settle([later])
    assert actions(installation.message(id)) == ["received", "claimed", "unclear"]
    tally = installation.tally("finance", delivery["id"])
    assert (tally["effects"], tally["repeated"]) == (1, 0)


def actions(message: dict[str, Any]) -> list[str]:
    return [each["action"] for each in message["timeline"]]


def times(message: dict[str, Any], action: str) -> list[datetime]:
    return [datetime.fromisoformat(each["at"]) for each in message["timeline"] if each["action"] == action]


def codes(message: dict[str, Any], action: str) -> list[str]:
    return [each["code"] for each in message["timeline"] if each["action"] == action]
