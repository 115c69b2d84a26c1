"""Replay: a person finds what is unclear, decides about it, and sends it again once."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.acceptance.installation import Installation
from tests.acceptance.letters import FUERSTENBERG, a_letter

OK, DENIED = 0, 4


@pytest.fixture
def unclear(installation: Installation) -> dict[str, Any]:
    """A delivery that is unclear although the system has it."""
    installation.fault("registration", "cut", when="after")
    receipt = installation.submit(a_letter("meldewesen/abmeldung-klein", FUERSTENBERG))
    (delivery,) = installation.wait_for(receipt["id"], "unclear")
    return {**delivery, "message": receipt["id"]}


def test_an_unclear_delivery_is_listed_and_sent_again_once(
    installation: Installation, unclear: dict[str, Any]
) -> None:
    listed = json.loads(
        installation.amtsbote("failed", "--destination", "einwohner-einmal", "-o", "json").stdout
    )
    (row,) = (each for each in listed if each["id"] == unclear["id"])
    assert (row["message"], row["state"], row["destination"]) == (
        unclear["message"],
        "unclear",
        "einwohner-einmal",
    )

    refused = installation.amtsbote("replay", unclear["id"], "--reason", "x", exit_code=DENIED)
    assert "--accept-doubling" in refused.stderr
    assert installation.wait_for(unclear["message"], "unclear")

    def replay() -> int:
        command = ("replay", unclear["id"], "--reason", "im Verfahren fehlt sie", "--accept-doubling")
        return installation.exit_code(*command, "-o", "json")

    with ThreadPoolExecutor() as pool:
        codes = sorted(each.result() for each in [pool.submit(replay) for _ in range(2)])
    (delivery,) = installation.wait_for(unclear["message"], "delivered")

    assert codes == [OK, DENIED]
    assert delivery["attempt"] == 2
    tally = installation.tally("registration", unclear["id"])
    assert (tally["effects"], tally["repeated"]) == (1, 1)
    seen_by_operations = json.loads(installation.amtsbote("history", unclear["message"], "-o", "json").stdout)
    (replayed,) = (each for each in seen_by_operations["timeline"] if each["action"] == "replayed")
    assert replayed["actor"].startswith("operator:")
    assert replayed["detail"] == "im Verfahren fehlt sie"
    seen_by_the_portal = installation.message(unclear["message"])
    (replayed,) = (each for each in seen_by_the_portal["timeline"] if each["action"] == "replayed")
    assert (replayed["actor"], replayed["detail"]) == ("operator", None)
