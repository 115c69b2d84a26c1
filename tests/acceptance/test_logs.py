"""Logs: what became of a message can be followed by its id through the logs of all processes."""

import json
from datetime import datetime
from typing import Any

from tests.acceptance.installation import Installation
from tests.acceptance.letters import FUERSTENBERG, ZOSSEN, a_letter

STEPS = ["message_accepted", "delivery_published", "delivery_claimed", "attempt_ended", "delivery_attempted"]


def test_every_step_of_a_message_names_it(installation: Installation) -> None:
    letter = a_letter("meldewesen/anmeldung-voll", ZOSSEN)
    id = installation.submit(letter)["id"]
    installation.wait_for(id, "delivered")

    steps = installation.eventually(lambda: followed(installation, id, len(STEPS)))

    assert [step["event"] for step in steps] == STEPS
    assert {step["level"] for step in steps} == {"info"}
    (delivery,) = {step["delivery"] for step in steps[1:]}
    assert installation.message(id)["deliveries"][0]["id"] == delivery
    assert {step["tenant"] for step in steps if step["event"] != "delivery_published"} == {"zossen"}
    assert {step["destination"] for step in steps[1:]} == {"einwohner"}
    assert all(datetime.fromisoformat(step["timestamp"]).utcoffset() is not None for step in steps)


def test_what_waits_for_a_person_is_said_once(installation: Installation) -> None:
    installation.fault("registration", "refuse")
    id = installation.submit(a_letter("meldewesen/abmeldung-klein", FUERSTENBERG))["id"]
    installation.wait_for(id, "rejected")

    steps = installation.eventually(lambda: followed(installation, id, len(STEPS) + 1))

    assert [step["event"] for step in steps] == [*STEPS, "delivery_parked"]
    assert (steps[-1]["level"], steps[-1]["state"]) == ("warning", "rejected")


def followed(installation: Installation, id: str, number: int) -> list[dict[str, Any]] | None:
    """The lines of all processes about a message, in the order of a delivery's life, once there are so many."""
    lines = [
        json.loads(line) for name in installation.processes for line in installation.log(name).splitlines()
    ]
    found = [line for line in lines if line.get("message") == id]
    order = [*STEPS, "delivery_parked"]
    return sorted(found, key=lambda line: order.index(line["event"])) if len(found) >= number else None
