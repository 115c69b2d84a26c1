"""Destinations: an operator holds one, a portal withdraws meanwhile, an outage is one incident."""

import json
from typing import Any

import pytest

from tests.acceptance.installation import Installation
from tests.acceptance.letters import PANKETAL, ZOSSEN, a_letter

pytestmark = pytest.mark.timeout(240)


def withdraw(installation: Installation, message: str) -> dict[str, Any]:
    answer = installation.client.post(
        f"{installation.api}/v1/messages/{message}/withdrawal", headers=installation.portal
    )
    assert answer.status_code == 200, answer.text
    withdrawal: dict[str, Any] = answer.json()
    return withdrawal


def test_a_paused_destination_gets_nothing_until_it_goes_on_and_nothing_that_was_withdrawn(
    installation: Installation,
) -> None:
    (destination,) = installation.submit(a_letter("finanzen/sepamandat-klein", PANKETAL))["destinations"]
    installation.amtsbote("destinations", "pause", destination, "--until", "2h", "--reason", "update")
    kept, taken_back = (a_letter("finanzen/sepamandat-klein", PANKETAL) for _ in range(2))
    waiting = installation.submit(kept)["id"]
    withdrawn = installation.submit(taken_back)["id"]
    elsewhere = [a_letter("meldewesen/anmeldung-klein", ZOSSEN) for _ in range(5)]
    for letter in elsewhere:
        installation.submit(letter)

    assert installation.settle(elsewhere).settled
    assert [each["state"] for each in installation.message(waiting)["deliveries"]] == ["queued"]
    assert withdraw(installation, withdrawn)["complete"]
    listed = json.loads(installation.amtsbote("destinations", "list", "-o", "json").stdout)
    (held,) = (each for each in listed if each["name"] == destination)
    assert held["reason"] == "update"
    assert held["waiting"] >= 1

    installation.amtsbote("destinations", "resume", destination)
    assert installation.settle([kept]).settled
    (delivery,) = installation.message(withdrawn)["deliveries"]
    assert delivery["state"] == "withdrawn"
    assert delivery["id"] not in {each["delivery"] for each in installation.received()["finance"]}
    assert not withdraw(installation, waiting)["complete"]


def test_an_outage_is_one_incident_and_everything_arrives_after_it(installation: Installation) -> None:
    installation.fault("finance", "unavailable-503", times=None)
    letters = [a_letter("finanzen/sepamandat-klein", PANKETAL) for _ in range(12)]
    receipts = [installation.submit(letter) for letter in letters]
    (destination,) = receipts[0]["destinations"]

    def incidents(*options: str) -> list[dict[str, Any]]:
        listed = json.loads(installation.amtsbote("incidents", *options, "-o", "json").stdout)
        return [each for each in listed if each["destination"] == destination]

    (opened,) = installation.eventually(lambda: incidents("--open"))
    assert (opened["trouble"], opened["code"]) == ("unavailable", "http-503")
    installation.no_faults()

    assert installation.settle(letters).settled
    installation.eventually(lambda: not incidents("--open"))
    latest, *_ = incidents()
    assert latest["opened_at"] == opened["opened_at"]
